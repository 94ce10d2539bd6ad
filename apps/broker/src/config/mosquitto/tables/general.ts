/** The directives of a mosquitto.conf that concern the whole broker: logging, persistence, messages, clients. */
import {
  added,
  bool,
  type Directive,
  file,
  general,
  integer,
  limit,
  security,
  type Target,
} from '../directive.ts';

const NO_PLUGINS =
  'mqttd loads no plugins: use password_file and acl_file, or security.authenticate of type http or jwt in YAML';
const FALSE = /^(?:false|0)$/;
const TRUE = /^(?:true|1)$/;

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  h: 3600,
  d: 86_400,
  w: 604_800,
  m: 2_592_000,
  y: 31_536_000,
};
const LONGEST = 4_294_967_295;

function expiration(value: string, to: Target): string | undefined {
  const match = /^(\d{1,9})([shdwmy])$/.exec(value);
  const seconds = Number(match?.[1]) * (SECONDS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(seconds > 0))
    return `must be a number and one of s, h, d, w, m, y, as 14d, not ${JSON.stringify(value)}`;
  to.general('limits.maximumSessionExpiry', Math.min(seconds, LONGEST));
  return undefined;
}

/** log_type says which kinds are written, `log.level` from which on: the lowest named one decides. */
const LEVELS: Readonly<Record<string, string>> = {
  error: 'error',
  warning: 'warn',
  notice: 'info',
  information: 'info',
  debug: 'debug',
  all: 'debug',
  none: 'silent',
};
const ORDER = ['debug', 'info', 'warn', 'error', 'silent'];
const UNLOGGED = ['subscribe', 'unsubscribe', 'websockets', 'internal'];

function logType(value: string, to: Target): string | undefined {
  for (const word of value.split(/\s+/)) {
    if (UNLOGGED.includes(word)) to.note(`log_type ${word}: has no effect; there are no lines of that kind`);
    else if (!Object.hasOwn(LEVELS, word))
      return `must be one of ${[...Object.keys(LEVELS), ...UNLOGGED].join(', ')}, not ${JSON.stringify(word)}`;
    else {
      const level = LEVELS[word] ?? 'info';
      const now = String(to.now('general', 'log.level') ?? 'silent');
      const isLower = word === 'none' || ORDER.indexOf(level) < ORDER.indexOf(now);
      if (isLower) to.general('log.level', level);
      if (level === 'debug') to.general('log.packets', true);
      else if (word === 'none') to.general('log.packets', false);
    }
  }
  return undefined;
}

function logDestination(value: string, to: Target): string | undefined {
  const [kind = '', ...rest] = value.split(/\s+/);
  switch (kind) {
    case 'none':
      to.general('log.destinations', []);
      return undefined;
    case 'stdout':
    case 'stderr':
      return added('general', 'log.destinations', kind, to);
    case 'file': {
      const path = rest.length > 0 ? value.slice(value.indexOf(kind) + kind.length).trim() : '';
      if (path === '') return 'log_dest file needs the path of a file';
      return added('general', 'log.destinations', to.path(path), to);
    }
    case 'syslog':
    case 'topic':
    case 'dlt':
    case 'android':
      return `mqttd does not log to ${kind}: use log_dest stderr, which systemd puts into the journal, or log_dest file`;
    default:
      return `must be one of stdout, stderr, file PATH, none, not ${JSON.stringify(kind)}`;
  }
}

/** The table. */
export const generalDirectives: readonly Directive[] = [
  {
    name: 'acl_file',
    answer: 'supported',
    syntax: 'file',
    says: '`security.authorize: [{ type: acl-file, file }]`',
    take: file(security('aclFile')),
  },
  {
    name: 'allow_anonymous',
    answer: 'supported',
    syntax: 'true or false',
    says: '`security.anonymous`; without it false, and true where no listener is configured (loopback)',
    take: bool(security('anonymous')),
  },
  {
    name: 'allow_duplicate_messages',
    answer: 'no effect',
    syntax: 'true or false',
    says: 'a client whose subscriptions overlap gets each message once',
    harmless: FALSE,
  },
  {
    name: 'allow_zero_length_clientid',
    answer: 'supported',
    syntax: 'true or false',
    says: '`clients.allowEmptyClientId`',
    take: bool(security('allowEmptyClientId')),
  },
  {
    name: 'auth_opt_*',
    answer: 'refused',
    syntax: 'value',
    says: NO_PLUGINS,
  },
  {
    name: 'auth_plugin',
    answer: 'refused',
    syntax: 'file',
    says: NO_PLUGINS,
  },
  {
    name: 'auth_plugin_deny_special_chars',
    answer: 'no effect',
    syntax: 'true or false',
    says: 'mqttd loads no plugins, and its own rules never take a user name or client id for a wildcard',
    harmless: TRUE,
  },
  {
    name: 'auto_id_prefix',
    answer: 'supported',
    syntax: 'prefix',
    says: '`clients.autoClientIdPrefix`; without it `auto-`, as in Mosquitto',
    take: security('autoClientIdPrefix'),
  },
  {
    name: 'autosave_interval',
    answer: 'no effect',
    syntax: 'seconds',
    says: 'every acknowledged message is already kept: there is nothing to save later',
  },
  {
    name: 'autosave_on_changes',
    answer: 'no effect',
    syntax: 'true or false',
    says: 'every acknowledged message is already kept: there is nothing to save later',
  },
  {
    name: 'check_retain_source',
    answer: 'supported',
    syntax: 'true or false',
    says: '`messages.checkRetainSource`, true as in Mosquitto: who published a retained message is checked again, by ACL files, when it is delivered',
    take: bool(general('messages.checkRetainSource')),
  },
  {
    name: 'clientid_prefixes',
    answer: 'supported',
    syntax: 'prefix',
    says: '`clients.clientIdPrefix`',
    take: general('clients.clientIdPrefix'),
  },
  {
    name: 'connection_messages',
    answer: 'supported',
    syntax: 'true or false',
    says: '`log.connections`',
    take: bool(general('log.connections')),
  },
  {
    name: 'enable_control_api',
    answer: 'refused',
    syntax: 'true or false',
    says: 'mqttd has no $CONTROL topics',
    harmless: FALSE,
  },
  {
    name: 'ffdc_output',
    answer: 'no effect',
    syntax: 'file',
    says: 'Mosquitto ignores it too: it is of another broker',
  },
  {
    name: 'global_max_clients',
    answer: 'supported',
    syntax: 'count',
    says: '`limits.maximumSessions`; less than 0 is no limit',
    take: limit('maximumSessions', (value) => value < 0),
  },
  {
    name: 'global_max_connections',
    answer: 'supported',
    syntax: 'count',
    says: '`limits.maximumConnections`; less than 0 is no limit',
    take: limit('maximumConnections', (value) => value < 0),
  },
  {
    name: 'global_plugin',
    answer: 'refused',
    syntax: 'file',
    says: NO_PLUGINS,
  },
  {
    name: 'include_dir',
    answer: 'supported',
    syntax: 'folder',
    says: 'its files that end in .conf are read in the order Mosquitto reads them; `migrate` writes one file',
    take: () => undefined, // the reader of lines has followed it
  },
  {
    name: 'log_dest',
    answer: 'supported',
    syntax: 'stdout, stderr, file PATH or none',
    says: '`log.destinations`; syslog, topic, dlt and android are refused',
    take: logDestination,
  },
  {
    name: 'log_facility',
    answer: 'no effect',
    syntax: 'number',
    says: 'it is for syslog, to which mqttd does not write',
  },
  {
    name: 'log_timestamp',
    answer: 'supported',
    syntax: 'true or false',
    says: '`log.timestamp`',
    take: bool(general('log.timestamp')),
  },
  {
    name: 'log_timestamp_format',
    answer: 'no effect',
    syntax: 'format',
    says: 'lines are JSON with `time` in ms, or text with the time of day in UTC',
  },
  {
    name: 'log_type',
    answer: 'supported',
    syntax: 'debug, information, notice, warning, error, none or all',
    says: '`log.level`, the lowest one named; debug and all are `log.packets: true` too',
    take: logType,
  },
  {
    name: 'max_inflight_bytes',
    answer: 'supported',
    syntax: 'bytes',
    says: '`limits.maximumInflightBytes`, of which one message always may go; 0 is no limit',
    take: limit('maximumInflightBytes', (value) => value <= 0),
  },
  {
    name: 'max_inflight_messages',
    answer: 'supported',
    syntax: 'count',
    says: '`limits.maximumInflight`; 0 is no limit but the protocol’s: 65535',
    take: limit('maximumInflight', (value) => value <= 0),
  },
  {
    name: 'max_keepalive',
    answer: 'supported',
    syntax: 'seconds',
    says: '`limits.maximumKeepAlive`; 65535 is any',
    take: integer((value, to) => general('limits.maximumKeepAlive')(value === 65_535 ? 0 : value, to)),
  },
  {
    name: 'max_log_entries',
    answer: 'no effect',
    syntax: 'count',
    says: 'Mosquitto ignores it too: it is of another broker',
  },
  {
    name: 'max_packet_size',
    answer: 'supported',
    syntax: 'bytes',
    says: '`limits.maximumPacketSize`, 1024 or more',
    take: limit('maximumPacketSize'),
  },
  {
    name: 'max_queued_bytes',
    answer: 'supported',
    syntax: 'bytes',
    says: '`limits.maximumQueuedBytes`; 0 is no limit',
    take: limit('maximumQueuedBytes', (value) => value <= 0),
  },
  {
    name: 'max_queued_messages',
    answer: 'supported',
    syntax: 'count',
    says: '`limits.maximumQueuedMessages`; 0 is no limit',
    take: limit('maximumQueuedMessages', (value) => value <= 0),
  },
  {
    name: 'memory_limit',
    answer: 'refused',
    syntax: 'bytes',
    says: 'queues have bounds under `limits`, each and all together; for the heap NODE_OPTIONS=--max-old-space-size=MB, before which publishers wait; for the process MemoryMax= of systemd',
    harmless: /^0$/,
  },
  {
    name: 'message_size_limit',
    answer: 'supported',
    syntax: 'bytes',
    says: '`limits.maximumPayloadSize`; 0 is no limit',
    take: integer(general('limits.maximumPayloadSize')),
  },
  {
    name: 'packet_buffer_size',
    answer: 'no effect',
    syntax: 'bytes',
    says: 'buffers are as large as what comes',
  },
  {
    name: 'password_file',
    answer: 'supported',
    syntax: 'file',
    says: '`security.authenticate: [{ type: password-file, file }]`',
    take: file(security('passwordFile')),
  },
  {
    name: 'per_listener_settings',
    answer: 'supported',
    syntax: 'true or false',
    says: '`security` and `clients` of each listener in place of those at the top',
    take: bool((value, to) => {
      if (value) to.perListener();
      return undefined;
    }),
  },
  {
    name: 'persistence',
    answer: 'supported',
    syntax: 'true or false',
    says: '`persistence.data`: the folder of persistence_location, or `:memory:`',
    take: bool(general('persistence.on')),
  },
  {
    name: 'persistence_file',
    answer: 'no effect',
    syntax: 'name',
    says: 'what is kept is a folder, the one of persistence_location; a mosquitto.db is not read',
  },
  {
    name: 'persistence_location',
    answer: 'supported',
    syntax: 'folder',
    says: '`persistence.data`, where persistence is true',
    take: file(general('persistence.location')),
  },
  {
    name: 'persistent_client_expiration',
    answer: 'supported',
    syntax: 'number and s, h, d, w, m or y',
    says: '`limits.maximumSessionExpiry` in seconds; without it never, as in Mosquitto',
    take: expiration,
  },
  {
    name: 'pid_file',
    answer: 'supported',
    syntax: 'file',
    says: '`pidFile`',
    take: file(general('pidFile')),
  },
  {
    name: 'plugin',
    answer: 'refused',
    syntax: 'file',
    says: NO_PLUGINS,
  },
  {
    name: 'plugin_load',
    answer: 'refused',
    syntax: 'name file',
    says: NO_PLUGINS,
  },
  {
    name: 'plugin_opt_*',
    answer: 'refused',
    syntax: 'value',
    says: NO_PLUGINS,
  },
  {
    name: 'plugin_use',
    answer: 'refused',
    syntax: 'name',
    says: NO_PLUGINS,
  },
  {
    name: 'psk_file',
    answer: 'supported',
    syntax: 'file',
    says: '`listeners[].tls.psk.file` of the listeners with `psk_hint`',
    take: file(security('pskFile')),
  },
  {
    name: 'queue_qos0_messages',
    answer: 'supported',
    syntax: 'true or false',
    says: '`messages.queueQoS0`',
    take: bool(general('messages.queueQoS0')),
  },
  {
    name: 'retain_available',
    answer: 'supported',
    syntax: 'true or false',
    says: '`messages.retainAvailable`',
    take: bool(general('messages.retainAvailable')),
  },
  {
    name: 'retain_expiry_interval',
    answer: 'supported',
    syntax: 'minutes',
    says: '`messages.retainExpiryInterval` in seconds',
    take: integer((value, to) => general('messages.retainExpiryInterval')(value * 60, to)),
  },
  {
    name: 'retained_persistence',
    answer: 'supported',
    syntax: 'true or false',
    says: 'the old name of persistence',
    take: bool(general('persistence.on')),
  },
  {
    name: 'retry_interval',
    answer: 'no effect',
    syntax: 'seconds',
    says: 'messages are sent again when a client reconnects and never before, as MQTT asks; Mosquitto ignores it too',
  },
  {
    name: 'set_tcp_nodelay',
    answer: 'no effect',
    syntax: 'true or false',
    says: 'it is always on, and what leaves in one turn leaves in one piece',
    harmless: TRUE,
  },
  {
    name: 'store_clean_interval',
    answer: 'no effect',
    syntax: 'seconds',
    says: 'what nobody needs is freed at once; Mosquitto ignores it too',
  },
  {
    name: 'sys_interval',
    answer: 'supported',
    syntax: 'seconds',
    says: '`sysInterval`; without it 10, as in Mosquitto',
    take: integer(general('sysInterval')),
  },
  {
    name: 'trace_level',
    answer: 'no effect',
    syntax: 'level',
    says: 'Mosquitto ignores it too: it is of another broker',
  },
  {
    name: 'trace_output',
    answer: 'no effect',
    syntax: 'file',
    says: 'Mosquitto ignores it too: it is of another broker',
  },
  {
    name: 'upgrade_outgoing_qos',
    answer: 'supported',
    syntax: 'true or false',
    says: '`messages.upgradeOutgoingQoS`',
    take: bool(general('messages.upgradeOutgoingQoS')),
  },
  {
    name: 'user',
    answer: 'supported',
    syntax: 'name',
    says: '`user`; without it mqttd stays who started it',
    take: general('user'),
  },
  {
    name: 'websockets_headers_size',
    answer: 'no effect',
    syntax: 'bytes',
    says: 'headers of 16 KiB are read',
  },
  {
    name: 'websockets_log_level',
    answer: 'no effect',
    syntax: 'number',
    says: 'it is of a library that mqttd does not use; see log_type',
  },
];
