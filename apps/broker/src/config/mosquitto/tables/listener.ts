/** The directives of a mosquitto.conf that concern one listener: the one begun before, or the default one. */
import { added, bool, choice, type Directive, file, integer, listener, type Target } from '../directive.ts';

function port(value: string): number | undefined {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  return number <= 65_535 ? number : undefined;
}

/** `listener PORT [ADDRESS]`, or `listener 0 SOCKET`. */
function begin(value: string, to: Target): string | undefined {
  const [first = '', second] = value.split(/\s+/);
  const number = port(first);
  if (number === undefined)
    return `listener PORT [ADDRESS]: a port is a number from 0 to 65535, not ${JSON.stringify(first)}`;
  const address = second === undefined || second.startsWith('#') ? undefined : second;
  if (number === 0 && address === undefined) return 'listener 0 needs the path of a Unix socket';
  to.open();
  if (number === 0) {
    to.listener('path', to.path(address ?? ''));
    return undefined;
  }
  to.listener('port', number);
  if (address !== undefined) to.listener('host', address);
  return undefined;
}

const FALSE = /^(?:false|0)$/;

/** The table. */
export const listenerDirectives: readonly Directive[] = [
  {
    name: 'listener',
    answer: 'supported',
    syntax: 'port [address or path of a socket]',
    says: 'one of `listeners`; without an address `host: "::"`, which is everywhere',
    take: begin,
  },
  {
    name: 'port',
    answer: 'supported',
    syntax: 'port',
    says: '`listeners[].port` of the default listener',
    take: (value, to) => {
      const number = port(value);
      if (number === undefined || number === 0) return `must be 1 to 65535, not ${JSON.stringify(value)}`;
      return listener('port')(number, to);
    },
    of: 'listener',
  },
  {
    name: 'bind_address',
    answer: 'supported',
    syntax: 'address',
    says: '`listeners[].host` of the default listener',
    take: listener('host'),
    of: 'listener',
  },
  {
    name: 'protocol',
    answer: 'supported',
    syntax: 'mqtt or websockets',
    says: '`listeners[].type`: tcp or ws, with certificates tls or wss; ws and wss with `path: "*"`',
    take: choice({ mqtt: 'mqtt', websockets: 'websockets' }, listener('protocol')),
    of: 'listener',
  },
  {
    name: 'max_connections',
    answer: 'supported',
    syntax: 'count',
    says: '`listeners[].maximumConnections`; -1 is no limit of its own',
    take: integer((value, to) => (value < 0 ? undefined : listener('maximumConnections')(value, to))),
    of: 'listener',
  },
  {
    name: 'max_qos',
    answer: 'supported',
    syntax: '0, 1 or 2',
    says: '`listeners[].maximumQoS`',
    take: integer(listener('maximumQoS')),
    of: 'listener',
  },
  {
    name: 'maximum_qos',
    answer: 'supported',
    syntax: '0, 1 or 2',
    says: 'the old name of max_qos',
    take: integer(listener('maximumQoS')),
    of: 'listener',
  },
  {
    name: 'max_topic_alias',
    answer: 'supported',
    syntax: 'number',
    says: '`listeners[].topicAliasMaximum`; without it `limits.topicAliasMaximum`',
    take: integer(listener('topicAliasMaximum')),
    of: 'listener',
  },
  {
    name: 'mount_point',
    answer: 'supported',
    syntax: 'topic prefix',
    says: '`listeners[].mountPoint`; it must end with `/`',
    take: listener('mountPoint'),
    of: 'listener',
  },
  {
    name: 'listener_allow_anonymous',
    answer: 'supported',
    syntax: 'true or false',
    says: '`listeners[].security.anonymous`',
    take: bool(listener('anonymous')),
    of: 'listener',
  },
  {
    name: 'listener_auto_id_prefix',
    answer: 'supported',
    syntax: 'prefix',
    says: '`listeners[].clients.autoClientIdPrefix`',
    take: listener('autoClientIdPrefix'),
    of: 'listener',
  },
  {
    name: 'enable_proxy_protocol',
    answer: 'supported',
    syntax: '1 or 2',
    says: '`listeners[].proxyProtocol: { from: ["0.0.0.0/0", "::/0"] }`: both versions, from everywhere; name your proxies',
    take: choice({ 1: 1, 2: 2 }, (_, to) => listener('proxyProtocol')({ from: ['0.0.0.0/0', '::/0'] }, to)),
    of: 'listener',
  },
  {
    name: 'websockets_origin',
    answer: 'supported',
    syntax: 'origin',
    says: '`listeners[].origins`',
    take: (value, to) => added('listener', 'origins', value, to),
    of: 'listener',
  },
  {
    name: 'certfile',
    answer: 'supported',
    syntax: 'file',
    says: '`listeners[].tls.cert`',
    take: file(listener('tls.cert')),
    of: 'listener',
  },
  {
    name: 'keyfile',
    answer: 'supported',
    syntax: 'file',
    says: '`listeners[].tls.key`',
    take: file(listener('tls.key')),
    of: 'listener',
  },
  {
    name: 'cafile',
    answer: 'supported',
    syntax: 'file',
    says: '`listeners[].tls.ca`',
    take: file((value, to) => added('listener', 'tls.ca', value, to)),
    of: 'listener',
  },
  {
    name: 'capath',
    answer: 'supported',
    syntax: 'folder',
    says: '`listeners[].tls.ca`; every certificate in it counts, `openssl rehash` is not needed',
    take: file((value, to) => added('listener', 'tls.ca', value, to)),
    of: 'listener',
  },
  {
    name: 'crlfile',
    answer: 'supported',
    syntax: 'file',
    says: '`listeners[].tls.crl`',
    take: file(listener('tls.crl')),
    of: 'listener',
  },
  {
    name: 'require_certificate',
    answer: 'supported',
    syntax: 'true or false',
    says: '`listeners[].tls.requireCertificate`',
    take: bool(listener('tls.requireCertificate')),
    of: 'listener',
  },
  {
    name: 'use_identity_as_username',
    answer: 'supported',
    syntax: 'true or false',
    says: '`security.authenticate: [{ type: certificate, username: common-name }]` of the listener; with `psk_hint`, `[{ type: psk }]`',
    take: bool(listener('identity')),
    of: 'listener',
  },
  {
    name: 'use_subject_as_username',
    answer: 'supported',
    syntax: 'true or false',
    says: '`security.authenticate: [{ type: certificate, username: subject }]` of the listener',
    take: bool(listener('subject')),
    of: 'listener',
  },
  {
    name: 'tls_version',
    answer: 'supported',
    syntax: 'tlsv1.2 or tlsv1.3',
    says: '`listeners[].tls.minimumVersion`; tlsv1.1 is refused',
    take: choice({ 'tlsv1.2': 'TLSv1.2', 'tlsv1.3': 'TLSv1.3' }, listener('tls.minimumVersion')),
    of: 'listener',
  },
  {
    name: 'ciphers',
    answer: 'supported',
    syntax: 'cipher:cipher…',
    says: '`listeners[].tls.ciphers`',
    take: listener('tls.ciphers'),
    of: 'listener',
  },
  {
    name: 'ciphers_tls1.3',
    answer: 'supported',
    syntax: 'cipher:cipher…',
    says: '`listeners[].tls.cipherSuites`',
    take: listener('tls.cipherSuites'),
    of: 'listener',
  },
  {
    name: 'tls_keyform',
    answer: 'refused',
    syntax: 'pem or engine',
    says: 'keys are PEM files: mqttd uses no OpenSSL engine',
    harmless: /^pem$/,
    of: 'listener',
  },
  {
    name: 'tls_engine',
    of: 'listener',
    answer: 'refused',
    syntax: 'engine',
    says: 'keys are PEM files: mqttd uses no OpenSSL engine',
  },
  {
    name: 'tls_engine_kpass_sha1',
    of: 'listener',
    answer: 'refused',
    syntax: 'hash',
    says: 'keys are PEM files: mqttd uses no OpenSSL engine',
  },
  {
    name: 'dhparamfile',
    of: 'listener',
    answer: 'no effect',
    syntax: 'file',
    says: 'Node and OpenSSL choose parameters that are safe',
  },
  {
    name: 'disable_client_cert_date_checks',
    of: 'listener',
    answer: 'refused',
    syntax: 'true or false',
    says: 'an expired certificate is none: renew it',
    harmless: FALSE,
  },
  {
    name: 'use_username_as_clientid',
    of: 'listener',
    answer: 'supported',
    syntax: 'true or false',
    says: '`listeners[].clients.usernameAsClientId`',
    take: bool(listener('usernameAsClientId')),
  },
  {
    name: 'proxy_protocol_v2_require_tls',
    of: 'listener',
    answer: 'refused',
    syntax: 'true or false',
    says: 'let the proxy refuse connections without TLS',
    harmless: FALSE,
  },
  {
    name: 'http_dir',
    of: 'listener',
    answer: 'refused',
    syntax: 'folder',
    says: 'mqttd serves no files: a web server does',
  },
  {
    name: 'bind_interface',
    of: 'listener',
    answer: 'refused',
    syntax: 'device',
    says: 'name the address of the interface: listener PORT ADDRESS',
  },
  {
    name: 'psk_hint',
    of: 'listener',
    answer: 'supported',
    syntax: 'hint',
    says: '`listeners[].tls.psk.hint`; the keys are those of `psk_file`',
    take: listener('tls.psk.hint'),
  },
  {
    name: 'accept_protocol_versions',
    of: 'listener',
    answer: 'supported',
    syntax: '3, 4 and 5, with commas',
    says: '`listeners[].protocolVersions`',
    take: (value, to) =>
      /^[345](?:[, \t]+[345])*$/.test(value)
        ? listener('protocolVersions')([...new Set(value.split(/[, \t]+/).map(Number))], to)
        : `must be some of 3, 4 and 5 with commas, not ${JSON.stringify(value)}`,
  },
  {
    name: 'max_topic_alias_broker',
    of: 'listener',
    answer: 'supported',
    syntax: 'number',
    says: '`listeners[].maximumOutboundTopicAliases`; without it `limits.maximumOutboundTopicAliases`',
    take: integer(listener('maximumOutboundTopicAliases')),
  },
  {
    name: 'socket_domain',
    answer: 'supported',
    syntax: 'ipv4 or ipv6',
    says: 'the `host` of a listener that names none: `0.0.0.0` for ipv4; ipv6 needs an address in `listener`',
    take: choice({ ipv4: 'ipv4', ipv6: 'ipv6' }, (value, to) => to.listener('domain', value) as undefined),
    of: 'listener',
  },
];
