/** A configuration from file, variables and command line: what is in force, and how faults are said. */
import { limits } from '@mqtt/broker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMosquitto } from '../../src/config/load.ts';
import { printed } from '../../src/config/print.ts';
import { Folder, faultsIn, settingsIn } from './folder.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const faults = (text: string, environment = {}, words = {}): readonly string[] => {
  folder.write('a.yaml', text);
  return faultsIn(folder.load('a.yaml', environment, words));
};
const settings = (text: string, environment = {}, words = {}): ReturnType<typeof settingsIn> => {
  folder.write('a.yaml', text);
  return settingsIn(folder.load('a.yaml', environment, words));
};

describe('a fault has file, line, column, key and what would be right', () => {
  const table: readonly (readonly [text: string, ...expected: string[]])[] = [
    [
      'limits: {receiveMaximum: 0}',
      '1:26: limits.receiveMaximum: must be a whole number of messages from 1 to 65535, not 0',
    ],
    [
      'limits: {receiveMaximum: 1.5}',
      '1:26: limits.receiveMaximum: must be a whole number of messages from 1 to 65535, not 1.5',
    ],
    [
      'limits:\n  receiveMaximums: 3',
      '2:3: limits.receiveMaximums: no such key; did you mean receiveMaximum?',
    ],
    ['limts: {}', '1:1: limts: no such key; did you mean limits?'],
    [
      'listeners:\n - type: tpc',
      '2:10: listeners[0].type: must be one of tcp, tls, ws, wss, unix, not "tpc"',
    ],
    [
      'listeners:\n - port: 3',
      '2:4: listeners[0].type: is missing; it must be one of tcp, tls, ws, wss, unix',
    ],
    ['listeners:\n - {type: tls}', '2:4: listeners[0].tls: is missing; it must be a map with cert, key,'],
    [
      'listeners:\n - {type: tcp, path: /x}',
      '2:16: listeners[0].path: no such key with this type; those with it: ws, wss, unix',
    ],
    [
      'listeners: []',
      '1:12: listeners: must be a list that is not empty, of lines that begin with "- ", not []',
    ],
    [
      'listeners:\n - {type: ws, path: mqtt}',
      '2:21: listeners[0].path: must begin with /, or be * for every path',
    ],
    ['log: {level: loud}', '1:14: log.level: must be one of debug, info, warn, error, silent, not "loud"'],
    ['log: {packets: "yes"}', '1:16: log.packets: must be true or false, not "yes"'],
    ['log:', '1:5: log: must be a map with level, packets,'],
    ['a: [', '1:5: something is not closed'],
    ['log: {}\nlog: {}', '2:1: this key is there already'],
    ['- a', '1:1: must be a map of keys and values, not ["a"]'],
    ['log: {level: loud}\nlimts: 1', '1:14: log.level', '2:1: limts'],
  ];
  for (const [text, ...expected] of table) {
    it(JSON.stringify(text), () => {
      const said = faults(text);
      expect(said).toHaveLength(expected.length);
      for (const [index, start] of expected.entries()) {
        expect(said[index]?.slice(0, `a.yaml:${start}`.length)).toBe(`a.yaml:${start}`);
      }
    });
  }

  it('what stands in a file cannot forge a line or drive a terminal', () => {
    const [line] = faults('"a\\nb\\e[2J\\u202e": 1');
    expect(line).toMatch(/^a\.yaml:1:1: a\?b\?\[2J\?: no such key/);
  });

  it('a passphrase is never said', () => {
    const said = faults('listeners: [{type: tls, tls: {cert: a, key: b, passphrase: [opensesame]}}]');
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('passphrase: must be text');
    expect(said[0]).not.toContain('opensesame');
  });

  it('a file that is not there, or is a folder', () => {
    expect(faultsIn(folder.load('none.yaml'))).toEqual(['none.yaml: there is no such file']);
    folder.write('dir/x', '');
    expect(faultsIn(folder.load('dir'))).toEqual(['dir: is a folder; name a file in it']);
  });
});

describe('every limit of the broker', () => {
  for (const [name, [standard, least, most]] of Object.entries(limits)) {
    it(`${name} has the bounds and the default of its table`, () => {
      const at = (value: number): string => `limits: {${name}: ${value}}`;
      expect(settings('{}').limits).toMatchObject({ [name]: standard });
      expect(settings(at(most)).limits).toMatchObject({ [name]: most });
      expect(faults(at(least - 1))[0]).toContain(`from ${least} to ${most}, not ${least - 1}`);
      expect(faults(at(most + 1))).toHaveLength(1);
    });
  }
});

describe('whoever opens a port to the network says who may come in', () => {
  const everywhere = 'listeners: [{type: tcp, host: 0.0.0.0, port: 0}]\n';

  it('nothing said: refused, with what to do', () => {
    expect(faults(everywhere)).toEqual([
      expect.stringMatching(
        /^a\.yaml:1:13: listeners\[0\]: 0\.0\.0\.0 .*authenticate.*anonymous: true.*127\.0\.0\.1$/,
      ),
    ]);
  });

  for (const host of ['::', '10.0.0.1', 'example.org', '127.0.0.1.example.org', '::ffff:0.0.0.0']) {
    it(`${host} is the network`, () => {
      expect(faults(`listeners: [{type: tcp, host: "${host}"}]`)).toHaveLength(1);
    });
  }

  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost']) {
    it(`${host} is this machine, and anonymous`, () => {
      const { listeners } = settings(`listeners: [{type: tcp, host: "${host}"}]`);
      expect(listeners[0]?.security.anonymous).toBe(true);
    });
  }

  it('anonymous: true is a word', () => {
    const text = `${everywhere}security: {anonymous: true}`;
    expect(settings(text).listeners[0]?.security.anonymous).toBe(true);
  });

  it('a word for one listener is none for another', () => {
    const one = '{type: tcp, host: 0.0.0.0, port: 1, security: {anonymous: true}}';
    expect(faults(`listeners: [${one}, {type: tcp, host: 0.0.0.0, port: 2}]`)).toEqual([
      expect.stringContaining('listeners[1]'),
    ]);
  });

  it('the command line opens loopback only', () => {
    expect(settings('{}', {}, { port: 0 }).listeners.map(({ host }) => host)).toEqual([
      '127.0.0.1',
      '127.0.0.1',
    ]);
  });
});

describe('rules between keys', () => {
  const tls = (more: string): string => `listeners: [{type: tls, tls: {cert: a, key: b, ${more}}}]`;

  it('requireCertificate and requestCertificate need ca', () => {
    expect(faults(tls('requireCertificate: true'))).toEqual([expect.stringContaining('needs ca')]);
    expect(faults(tls('requestCertificate: true'))).toEqual([expect.stringContaining('needs ca')]);
  });

  it('two listeners cannot have one place', () => {
    const two = 'listeners: [{type: tcp, port: 5}, {type: ws, port: 5}]';
    expect(faults(two)).toEqual([
      'a.yaml:1:35: listeners[1]: 127.0.0.1:5 is listeners[0] already: choose another port or address',
    ]);
    expect(faults('listeners: [{type: tcp, port: 0}, {type: ws, port: 0}]')).toEqual([]);
  });

  it('client ids may differ between listeners; a name as client id does not go with tokens', () => {
    const two = 'listeners: [{type: tcp, port: 1}, {type: tcp, port: 2, clients: {autoClientIdPrefix: x}}]';
    expect(faults(two)).toEqual([]);
    const tokens = 'security: {authenticate: [{type: jwt, jwks: k}]}';
    const both = `listeners: [{type: tcp, clients: {usernameAsClientId: true}, ${tokens}}]`;
    expect(faults(both)).toEqual([expect.stringContaining('usernameAsClientId does not go with')]);
  });

  it('a mount point is whole levels', () => {
    const mounted = (at: string): string => `listeners: [{type: tcp, mountPoint: "${at}"}]`;
    for (const wrong of ['a', '$SYS/', 'a/#/', '+/', ''])
      expect(faults(mounted(wrong))).toEqual([
        expect.stringContaining('listeners[0].mountPoint: must end with /'),
      ]);
    for (const right of ['a/', 'a/b/', '/']) expect(faults(mounted(right))).toEqual([]);
  });

  it('a certificate as proof must be asked for', () => {
    const text = 'listeners: [{type: tcp, security: {authenticate: [{type: certificate}]}}]';
    expect(faults(text)).toEqual([expect.stringContaining('use type tls or wss')]);
  });

  it('a jwt is checked with one thing', () => {
    const ways = (keys: string): string => `security: {authenticate: [{type: jwt${keys}}]}`;
    expect(faults(ways(''))[0]).toContain('jwks, publicKeyFile or secretFile');
    expect(faults(ways(', jwks: a, secretFile: b'))[0]).toContain('give one of them');
  });
});

describe('environment over file, command line over both', () => {
  const file = 'listeners: [{type: tcp, port: 1}]\nlog: {level: warn}';

  it('each wins over the one before', () => {
    expect(settings(file).listeners[0]?.port).toBe(1);
    expect(settings(file, { MQTTD_LISTENERS_0_PORT: '2' }).listeners[0]?.port).toBe(2);
    expect(settings(file, { MQTTD_LISTENERS_0_PORT: '2' }, { port: 3 }).listeners[0]?.port).toBe(3);
    expect(settings(file, {}, { verbose: true }).log).toMatchObject({ level: 'debug', packets: true });
  });

  it('the environment changes the listeners that there are without any in a file, or makes others', () => {
    const places = (environment: Record<string, string>): readonly unknown[] =>
      settings('', environment).listeners.map(({ type, host, port }) => `${type} ${host}:${port}`);
    expect(places({ MQTTD_LISTENERS_0_PORT: '2', MQTTD_LISTENERS_1_HOST: '::1' })).toEqual([
      'tcp 127.0.0.1:2',
      'ws ::1:8083',
    ]);
    expect(places({ MQTTD_LISTENERS_0_TYPE: 'tcp', MQTTD_LISTENERS_0_PORT: '2' })).toEqual([
      'tcp 127.0.0.1:2',
    ]);
  });

  it('a fault names the variable', () => {
    expect(faults(file, { MQTTD_LISTENERS_0_PORT: 'x' })).toEqual([
      'MQTTD_LISTENERS_0_PORT: listeners[0].port: must be a whole number from 0 to 65535, not "x"',
    ]);
    expect(faults(file, { MQTTD_LOG_LEVLE: 'info' })).toEqual([
      'MQTTD_LOG_LEVLE: means no setting; did you mean MQTTD_LOG_LEVEL?',
    ]);
    expect(faults(file, { MQTTD_LISTENERS_2_TYPE: 'tcp' })[0]).toContain('lists have no gaps');
    expect(faults(file, { MQTTD_LISTENERS_1_TYPE: 'tcp', MQTTD_LISTENERS_1_HOST: '::' })).toEqual([
      expect.stringMatching(/^MQTTD_LISTENERS_1_\w+: listeners\[1\]: :: can be reached/),
    ]);
  });

  it('they are enough without a file', () => {
    const loaded = folder.load(undefined, { MQTTD_LIMITS_MAXIMUM_PACKET_SIZE: '4096' });
    expect(settingsIn(loaded).limits.maximumPacketSize).toBe(4096);
  });

  it('where things are kept: the command line, then the file, then the state folder', () => {
    const dataOf = (text: string, environment: Record<string, string>, words = {}): string =>
      settingsIn(folder.load(folder.write('kept.yaml', text), environment, words)).persistence.data;
    expect(dataOf('persistence: {data: kept}', {}, { data: 'other' })).toBe(`${folder.path}/other`);
    expect(dataOf('persistence: {data: kept}', { STATE_DIRECTORY: '/s' })).toBe(`${folder.path}/kept`);
    expect(dataOf('sysInterval: 1', { STATE_DIRECTORY: '/s:/t', XDG_STATE_HOME: '/x' })).toBe('/s');
    expect(dataOf('sysInterval: 1', { STATE_DIRECTORY: '', XDG_STATE_HOME: '/x' })).toBe('/x/mqttd');
    expect(dataOf('sysInterval: 1', { HOME: '/home/me' })).toBe('/home/me/.local/state/mqttd');
    expect(dataOf('persistence: {data: ":memory:"}', {})).toBe(':memory:');
  });

  it('a listener that the command line took away leaves the others where they were', () => {
    const two = 'listeners:\n - {type: ws}\n - {type: tcp, host: 0.0.0.0}';
    expect(faults(two, {}, { wsPort: 'off' })).toEqual([expect.stringContaining('a.yaml:3:4: listeners[0]')]);
  });

  it('paths are relative to the file that says them, and to the folder of the start', () => {
    const text = 'log: {destinations: [sub.log, stderr]}\npidFile: pid';
    folder.write('sub/a.yaml', text);
    const loaded = settingsIn(folder.load('sub/a.yaml', { MQTTD_PID_FILE: 'other' }));
    expect(loaded.log.destinations).toEqual([`${folder.path}/sub/sub.log`, 'stderr']);
    expect(loaded.pidFile).toBe(`${folder.path}/other`);
  });
});

describe('what is printed', () => {
  it('read again means the same', () => {
    const text = [
      'listeners:',
      ' - {type: tcp, port: 0, name: inside}',
      ' - {type: ws, port: 0, path: /x, origins: ["https://example.org"]}',
      ' - {type: wss, port: 0, tls: {cert: c, key: k, ca: [a, b], requireCertificate: true}}',
      'limits: {maximumPacketSize: 5000}',
      'overflow: disconnect',
      'log: {level: warn, destinations: []}',
      'sysInterval: 5',
    ].join('\n');
    const before = settings(text);
    expect(settings(printed(before))).toEqual(before);
  });

  it('has no secrets', () => {
    const secret = settings('listeners: [{type: tls, tls: {cert: c, key: k, passphrase: opensesame}}]');
    expect(printed(secret)).toContain('passphrase: "***"');
    expect(printed(secret)).not.toContain('opensesame');
  });
});

describe('the kind of a file', () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ['x.yaml', 'listener 1883', false],
    ['x.conf', 'listeners: []', true],
    ['x', '# a comment\n\nlistener 1883', true],
    ['x', '# a comment\nlisteners:\n - type: tcp', false],
    ['x', '---\nlog: {}', false],
    ['x', 'persistence', true],
    ['x', '', false],
  ];
  for (const [name, text, expected] of table) {
    it(`${name} with ${JSON.stringify(text)} is ${expected ? 'a mosquitto.conf' : 'YAML'}`, () => {
      expect(isMosquitto(name, text)).toBe(expected);
    });
  }
});
