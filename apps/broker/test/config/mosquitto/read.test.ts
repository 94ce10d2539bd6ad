/** What a mosquitto.conf means to mqttd. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from '../../../src/config/check.ts';
import { faultLine } from '../../../src/config/faults.ts';
import { readMosquitto } from '../../../src/config/mosquitto/read.ts';
import { printed } from '../../../src/config/print.ts';
import { type Settings, settingsOf } from '../../../src/config/settings.ts';
import { readYaml } from '../../../src/config/yaml-file.ts';
import { Folder } from '../folder.ts';

const FOLDER = '/srv';
const read = (...lines: string[]): ReturnType<typeof readMosquitto> =>
  readMosquitto('m.conf', lines.join('\n'), FOLDER);
const settings = (...lines: string[]): Settings => {
  const { value, origin, faults } = read(...lines);
  const checked = check(value, origin);
  expect([...faults, ...checked.faults].map(faultLine)).toEqual([]);
  return settingsOf(checked.configuration, (path) => path);
};
const faults = (...lines: string[]): readonly string[] => {
  const { value, origin, faults: early } = read(...lines);
  return [...early, ...check(value, origin).faults].map(faultLine);
};
const places = (...lines: string[]): readonly string[] =>
  settings(...lines).listeners.map(({ type, host, port, path }) =>
    type === 'unix' ? `unix ${path}` : `${type} ${host} ${port}`,
  );

describe('listeners', () => {
  it('none: loopback only, and anonymous', () => {
    const { listeners } = settings('');
    expect(listeners).toMatchObject([{ type: 'tcp', host: '127.0.0.1', port: 1883 }]);
    expect(listeners[0]?.security.anonymous).toBe(true);
  });

  it('one: everywhere, not anonymous, and no default listener', () => {
    const { listeners } = settings('listener 1884');
    expect(listeners).toMatchObject([{ type: 'tcp', host: '::', port: 1884 }]);
    expect(listeners[0]?.security).toEqual({ anonymous: false, authenticate: [], authorize: [] });
  });

  const table: readonly (readonly [string, ...string[]])[] = [
    ['listener 1884 127.0.0.1', 'tcp 127.0.0.1 1884'],
    ['listener 0 run/m.sock', 'unix /srv/run/m.sock'],
    ['listener 9001|protocol websockets', 'ws :: 9001'],
    ['listener 1|certfile c|keyfile k', 'tls :: 1'],
    ['listener 1|protocol websockets|certfile c|keyfile k', 'wss :: 1'],
    ['port 1885', 'tcp :: 1885'],
    ['bind_address 10.0.0.1', 'tcp 10.0.0.1 1883'],
    ['port 1885|bind_address 10.0.0.1|listener 1', 'tcp 10.0.0.1 1885', 'tcp :: 1'],
    ['max_connections 5|listener 1', 'tcp :: 1883', 'tcp :: 1'],
    ['listener 1|listener 2|listener 3', 'tcp :: 1', 'tcp :: 2', 'tcp :: 3'],
    ['listener 1|socket_domain ipv4', 'tcp 0.0.0.0 1'],
    ['max_inflight_messages 5', 'tcp 127.0.0.1 1883'],
  ];
  for (const [text, ...expected] of table)
    it(text, () => expect(places(...text.split('|'))).toEqual(expected));

  it('directives are of the listener before them', () => {
    const { listeners } = settings(
      'listener 1',
      'max_connections 5',
      'listener 2',
      'max_connections -1',
      'max_qos 1',
    );
    expect(listeners).toMatchObject([{ maximumConnections: 5, maximumQoS: 2 }, { maximumQoS: 1 }]);
    expect(listeners[1]?.maximumConnections).toBe(undefined);
  });
});

describe('security', () => {
  it('is everybody’s', () => {
    const { listeners } = settings(
      'allow_anonymous true',
      'password_file p',
      'listener 1',
      'listener 2',
      'acl_file a',
    );
    const expected = {
      anonymous: true,
      authenticate: [{ type: 'password-file', file: '/srv/p' }],
      authorize: [{ type: 'acl-file', file: '/srv/a', subscriptions: 'overlapping' }],
    };
    expect(listeners.map(({ security }) => security)).toEqual([expected, expected]);
  });

  it('is each listener’s with per_listener_settings', () => {
    const { listeners } = settings(
      'per_listener_settings true',
      'listener 1',
      'allow_anonymous true',
      'listener 2',
      'password_file p',
      'allow_zero_length_clientid false',
    );
    expect(listeners.map(({ security }) => security)).toEqual([
      { anonymous: true, authenticate: [], authorize: [] },
      { anonymous: false, authenticate: [{ type: 'password-file', file: '/srv/p' }], authorize: [] },
    ]);
    expect(listeners.map(({ clients }) => clients.allowEmptyClientId)).toEqual([true, false]);
  });

  it('listener_allow_anonymous is for one', () => {
    const { listeners } = settings(
      'listener 1',
      'listener_allow_anonymous true',
      'listener 2',
      'password_file p',
    );
    expect(listeners.map(({ security }) => security.anonymous)).toEqual([true, false]);
    expect(listeners[0]?.security.authenticate).toHaveLength(1);
  });

  it('a certificate names the user, and then passwords do not', () => {
    const tls = ['listener 1', 'certfile c', 'keyfile k', 'cafile ca', 'require_certificate true'];
    const [byName] = settings(
      'password_file p',
      'acl_file a',
      ...tls,
      'use_identity_as_username true',
    ).listeners;
    expect(byName?.security).toEqual({
      anonymous: false,
      authenticate: [{ type: 'certificate', username: 'common-name' }],
      authorize: [{ type: 'acl-file', file: '/srv/a', subscriptions: 'overlapping' }],
    });
    const [bySubject] = settings(...tls, 'use_subject_as_username true').listeners;
    expect(bySubject?.security.authenticate).toEqual([{ type: 'certificate', username: 'subject' }]);
  });

  it('per_listener_settings after security is refused', () => {
    expect(faults('password_file p', 'per_listener_settings true')).toEqual([
      'm.conf:2:1: per_listener_settings: must stand before every directive of security',
    ]);
  });
});

describe('values', () => {
  const limit = (name: string, value: number): object => ({ limits: { [name]: value } });
  const table: readonly (readonly [string, object])[] = [
    ['max_inflight_messages 0', limit('maximumInflight', 65_535)],
    ['max_inflight_messages 7', limit('maximumInflight', 7)],
    ['max_queued_messages 0', limit('maximumQueuedMessages', 100_000_000)],
    ['max_queued_bytes 0', limit('maximumQueuedBytes', 2 ** 40)],
    ['max_keepalive 65535', limit('maximumKeepAlive', 0)],
    ['max_keepalive 60', limit('maximumKeepAlive', 60)],
    ['max_packet_size 4096', limit('maximumPacketSize', 4096)],
    ['global_max_connections -1', limit('maximumConnections', 10_000_000)],
    ['persistent_client_expiration 2w', limit('maximumSessionExpiry', 1_209_600)],
    ['', limit('maximumSessionExpiry', 4_294_967_295)],
    ['check_retain_source false', { messages: { checkRetainSource: false } }],
    ['message_size_limit 10', { limits: { maximumPayloadSize: 10 } }],
    ['sys_interval 0', { sysInterval: 0 }],
    ['', { sysInterval: 10 }],
    ['retain_expiry_interval 2', { messages: { retainExpiryInterval: 120 } }],
    ['log_dest none', { log: { destinations: [] } }],
    ['log_dest stdout|log_dest file my log', { log: { destinations: ['stdout', '/srv/my log'] } }],
    ['log_type error|log_type warning', { log: { level: 'warn', packets: false } }],
    ['log_type all', { log: { level: 'debug', packets: true } }],
    ['log_type none', { log: { level: 'silent' } }],
    ['connection_messages false', { log: { connections: false } }],
    ['persistence true|persistence_location /var/lib/m/', { persistence: { data: '/var/lib/m' } }],
    ['persistence false|persistence_location /var/lib/m/', { persistence: { data: ':memory:' } }],
    ['max_queued_messages 5\r', limit('maximumQueuedMessages', 5)],
    ['max_inflight_bytes 100', limit('maximumInflightBytes', 100)],
    ['  max_queued_messages   5  ', limit('maximumQueuedMessages', 5)],
  ];
  for (const [text, expected] of table)
    it(JSON.stringify(text), () => expect(settings(...text.split('|'))).toMatchObject(expected));
});

describe('faults', () => {
  const table: readonly (readonly [string, ...string[]])[] = [
    [
      'max_inflight_message 5',
      '1:1: max_inflight_message: is no directive of mosquitto.conf; did you mean max_inflight_messages?',
    ],
    ['allow_anonymous yes', '1:1: allow_anonymous: must be true or false, not "yes"'],
    ['allow_anonymous', '1:1: allow_anonymous: needs a value: allow_anonymous true or false'],
    ['listener x', '1:1: listener: listener PORT [ADDRESS]: a port is a number from 0 to 65535, not "x"'],
    ['listener 0', '1:1: listener: listener 0 needs the path of a Unix socket'],
    ['listener 1|max_qos 3', '2:1: listeners[0].maximumQoS: must be one of 0, 1, 2, not 3'],
    [
      'max_packet_size 20',
      '1:1: limits.maximumPacketSize: must be a whole number of bytes from 1024 to 268435460, not 20',
    ],
    ['log_dest syslog', '1:1: log_dest: mqttd does not log to syslog'],
    ['psk_hint x', '1:1: psk_hint: needs psk_file: the file with a line'],
    ['plugin /x.so', '1:1: plugin: is not supported: mqttd loads no plugins'],
    ['plugin_opt_anything x', '1:1: plugin_opt_anything: is not supported'],
    [
      'connection a|address b:1|topic # both|password x',
      '1:1: connection: is not supported: mqttd has no bridges yet',
    ],
    ['listener 1|tls_version tlsv1.1', '2:1: tls_version: must be one of tlsv1.2, tlsv1.3, not "tlsv1.1"'],
    ['memory_limit 100', '1:1: memory_limit: is not supported'],
    ['# fine|  bogus x', '2:3: bogus: is no directive'],
    ['include_dir none', '1:1: include_dir: /srv/none: there is no such folder'],
  ];
  for (const [text, ...expected] of table) {
    it(text, () => {
      const said = faults(...text.split('|'));
      expect(said).toHaveLength(expected.length);
      for (const [index, start] of expected.entries()) {
        expect(said[index]?.slice(0, start.length + 7)).toBe(`m.conf:${start}`);
      }
    });
  }

  it('values that mean nothing are no fault', () => {
    expect(
      faults('memory_limit 0', 'max_inflight_bytes 0', 'enable_control_api false', 'message_size_limit 0'),
    ).toEqual([]);
  });
});

describe('what has no effect', () => {
  it('is said once for each line, with the reason', () => {
    expect(read('autosave_interval 60', 'set_tcp_nodelay false').notes).toEqual([
      {
        where: 'm.conf:1:1',
        message:
          'autosave_interval has no effect: every acknowledged message is already kept: there is nothing to save later',
      },
      { where: 'm.conf:2:1', message: expect.stringContaining('it is always on') },
    ]);
  });

  it('is not said where it asks for what is so anyway', () => {
    const lines = ['set_tcp_nodelay true', 'allow_duplicate_messages false'];
    expect(read(...lines).notes).toEqual([]);
  });

  it('certificates of a listener that has no certfile', () => {
    expect(read('listener 1', 'cafile ca').notes[0]?.message).toContain('neither certfile nor keyfile');
  });
});

describe('include_dir', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  it('reads *.conf in Mosquitto’s order, and a fault names the file', () => {
    for (const [name, port] of [
      ['b', 4],
      ['B', 3],
      ['a', 2],
      ['A', 1],
    ] as const)
      folder.write(`d/${name}.conf`, `listener ${port}\n`);
    folder.write('d/x.txt', 'bogus');
    folder.write('d/z.conf', '\nbogus 1\ninclude_dir x\n');
    const { value, faults: said } = readMosquitto('m.conf', 'include_dir d\nlistener 5', folder.path);
    expect(value).toMatchObject({ listeners: [1, 2, 3, 4, 5].map((port) => ({ port })) });
    expect(said.map(({ where, key }) => [where, key])).toEqual([
      [`${folder.path}/d/z.conf:3:1`, 'include_dir'],
      [`${folder.path}/d/z.conf:2:1`, 'bogus'],
    ]);
  });

  it('an included file has its own listener being configured', () => {
    folder.write('d/a.conf', 'listener 2\nmax_connections 22\n');
    const text = 'listener 1\ninclude_dir d\nmax_connections 11';
    const { value } = readMosquitto('m.conf', text, folder.path);
    expect(value).toMatchObject({
      listeners: [
        { port: 1, maximumConnections: 11 },
        { port: 2, maximumConnections: 22 },
      ],
    });
  });
});

describe('migrated, a mosquitto.conf means the same', () => {
  const table = [
    '',
    'listener 1884',
    'port 1884|bind_address localhost|allow_anonymous true',
    'per_listener_settings true|listener 1|allow_anonymous true|listener 2|password_file p|acl_file a|mount_point m/',
    'listener 9001|protocol websockets|websockets_origin https://a.example|websockets_origin https://b.example',
    'listener 1|certfile c|keyfile k|cafile ca|capath cas|crlfile crl|require_certificate true|use_subject_as_username true|tls_version tlsv1.3|ciphers_tls1.3 TLS_AES_128_GCM_SHA256',
    'listener 0 /run/m.sock|listener_allow_anonymous true|listener_auto_id_prefix x-',
    'max_inflight_messages 0|max_queued_messages 0|max_packet_size 5000|persistent_client_expiration 1y|sys_interval 3',
    'log_dest file /var/log/m.log|log_dest stdout|log_type all|log_timestamp false|connection_messages false',
    'persistence true|persistence_location /var/lib/m|autosave_interval 60|pid_file /run/m.pid|user mosquitto',
    'queue_qos0_messages true|retain_available false|upgrade_outgoing_qos true|retain_expiry_interval 60',
    'clientid_prefixes secure-|auto_id_prefix auto-|allow_zero_length_clientid false|password_file p: # odd "name"',
    'listener 1|enable_proxy_protocol 2|max_qos 1|max_topic_alias 0|max_connections 100',
  ];
  for (const text of table) {
    it(text, () => {
      const lines = text.split('|');
      const before = settings(...lines);
      const yaml = readYaml('m.yaml', printed(read(...lines).value as object, ' a comment'));
      const after = check(yaml.value, yaml.origin);
      expect([...yaml.faults, ...after.faults]).toEqual([]);
      expect(settingsOf(after.configuration, (path) => path)).toEqual(before);
    });
  }
});
