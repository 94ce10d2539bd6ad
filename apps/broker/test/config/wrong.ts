/** Configurations that are wrong, each in a way that people are, and what mqttd says: where, what, and what would be right. */

/** One of them. */
export interface Wrong {
  readonly what: string;
  /** Its name ends in `.yaml` or `.conf`. */
  readonly file: string;
  readonly text: string;
  /** Other files beside it. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Lines of stderr, without `mqttd: ` and the folder. */
  readonly says: readonly string[];
}

/** `tls: {...}` of the only listener. */
const secure = (tls: string): string => `listeners:\n  - { type: tls, port: 0, tls: { ${tls} } }\n`;
const tcp = 'listeners:\n  - { type: tcp, port: 0 }\n';

/** The table. `CERT`, `KEY`, `OTHER` (of another certificate) and `LOCKED` (encrypted) are files that are there. */
export const wrong: readonly Wrong[] = [
  {
    what: 'keys with slips of the finger',
    file: 'a.yaml',
    text: 'listeners:\n  - type: tcp\n    prot: 1899\nlimts: {}\n',
    says: [
      'a.yaml:3:5: listeners[0].prot: no such key; did you mean port?',
      'a.yaml:4:1: limts: no such key; did you mean limits?',
    ],
  },
  {
    what: 'a key that another type has',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, port: 0, tls: { cert: CERT, key: KEY } }\n',
    says: ['a.yaml:2:27: listeners[0].tls: no such key with this type; those with it: tls, wss'],
  },
  {
    what: 'wrong indentation',
    file: 'a.yaml',
    text: 'listeners:\n  - type: tcp\n     port: 1899\n',
    says: [
      'a.yaml:2:11: is indented deeper than the key before it, which has a value: keys of one map begin in one column',
    ],
  },
  {
    what: 'a tab',
    file: 'a.yaml',
    text: 'listeners:\n\t- type: tcp\n',
    says: ['a.yaml:2:1: a tab cannot indent: use spaces'],
  },
  {
    what: 'a bracket that is not closed',
    file: 'a.yaml',
    text: 'listeners: [\n  { type: tcp\n',
    says: [
      'a.yaml:3:1: something is not closed or not parted: look for a missing ], }, colon, comma or quote',
    ],
  },
  {
    what: 'a key that is there twice',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, port: 0, port: 1 }\n',
    says: ['a.yaml:2:27: this key is there already: keep one of them'],
  },
  {
    what: 'a port that is none, a type that is none, and no type',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, port: 99999 }\n  - { type: quic, port: 1 }\n  - { port: 1 }\n',
    says: [
      'a.yaml:2:24: listeners[0].port: must be a whole number from 0 to 65535, not 99999',
      'a.yaml:3:13: listeners[1].type: must be one of tcp, tls, ws, wss, unix, not "quic"',
      'a.yaml:4:5: listeners[2].type: is missing; it must be one of tcp, tls, ws, wss, unix',
    ],
  },
  {
    what: 'sizes and durations with units',
    file: 'a.yaml',
    text: `${tcp}limits: { maximumPacketSize: 2MB, connectTimeout: 10s, maximumSessionExpiry: 7d }\n`,
    says: [
      'a.yaml:3:30: limits.maximumPacketSize: must be a whole number of bytes from 1024 to 268435460, not "2MB"',
      'a.yaml:3:51: limits.connectTimeout: must be a whole number of milliseconds from 100 to 3600000, not "10s"',
      'a.yaml:3:78: limits.maximumSessionExpiry: must be a whole number of seconds from 0 to 4294967295, not "7d"',
    ],
  },
  {
    what: 'other things in lists than they hold',
    file: 'a.yaml',
    text: `listeners:\n  - { type: tcp, port: 0, protocolVersions: [4, 6] }\nlog: { destinations: [stderr, 5] }\n`,
    says: [
      'a.yaml:2:49: listeners[0].protocolVersions[1]: must be one of 3, 4, 5, not 6',
      'a.yaml:3:31: log.destinations[1]: must be text that is not empty, not 5',
    ],
  },
  {
    what: 'text where a map stands',
    file: 'a.yaml',
    text: `${tcp}security: { authenticate: [passwd] }\n`,
    says: [
      'a.yaml:3:28: security.authenticate[0]: must be { type: password-file, ... }, or { type: certificate, ... }, or { type: psk, ... }, or { type: jwt, ... }, or { type: http, ... }, not "passwd"',
    ],
  },
  {
    what: 'two listeners at one place, at one of its addresses, and the admin pages there too',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, port: 18990 }\n  - { type: ws, port: 18990 }\n  - { type: ws, host: "::", port: 18990 }\nadmin: { port: 18990 }\nsecurity: { anonymous: true }\n',
    says: [
      'a.yaml:3:5: listeners[1]: 127.0.0.1:18990 is listeners[0] already: choose another port or address',
      'a.yaml:4:5: listeners[2]: :::18990 is listeners[0] already, at 127.0.0.1:18990: choose another port or address',
      'a.yaml:5:8: admin: 127.0.0.1:18990 is listeners[0] already: choose another port or address',
    ],
  },
  {
    what: 'a port to the network that nobody guards',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, host: 0.0.0.0, port: 0 }\n',
    says: [
      'a.yaml:2:5: listeners[0]: 0.0.0.0 can be reached from the network, and nothing says who may come in: give security.authenticate, or say security.anonymous: true, or listen on 127.0.0.1',
    ],
  },
  {
    what: 'a proxy that is no address',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: tcp, port: 0, proxyProtocol: { from: [10.0.0.0/99] } }\n',
    says: [
      'a.yaml:2:51: listeners[0].proxyProtocol.from[0]: must be an address or a network, as 10.0.0.1 or 10.0.0.0/8, not "10.0.0.0/99"',
    ],
  },
  {
    what: 'a certificate that is not there',
    file: 'a.yaml',
    text: secure('cert: no.pem, key: KEY'),
    says: ['a.yaml:2:40: listeners[0].tls.cert: no.pem: there is no such file'],
  },
  {
    what: 'a certificate that is none',
    file: 'a.yaml',
    text: secure('cert: a.yaml, key: KEY'),
    says: ['a.yaml:2:40: listeners[0].tls.cert: a.yaml: the file holds nothing that is PEM'],
  },
  {
    what: 'the key of another certificate',
    file: 'a.yaml',
    text: secure('cert: CERT, key: OTHER'),
    says: ['a.yaml:2:51: listeners[0].tls.key: OTHER: is not the key of the certificate CERT'],
  },
  {
    what: 'an encrypted key without its passphrase, and with a wrong one',
    file: 'a.yaml',
    text: `${secure('cert: CERT, key: LOCKED')}  - { type: wss, port: 0, tls: { cert: CERT, key: LOCKED, passphrase: no } }\n`,
    says: [
      'a.yaml:2:51: listeners[0].tls.key: LOCKED: is encrypted; say tls.passphrase, or take the passphrase off: openssl pkey -in LOCKED -out NEW',
      'a.yaml:3:71: listeners[1].tls.passphrase: does not open LOCKED: it is another passphrase',
    ],
  },
  {
    what: 'a list of revoked certificates that is none, and ciphers that nobody knows',
    file: 'a.yaml',
    text: secure('cert: CERT, key: KEY, crl: CERT, ciphers: NONSENSE'),
    says: [
      'a.yaml:2:61: listeners[0].tls.crl: CERT: holds no list of revoked certificates',
      'a.yaml:2:76: listeners[0].tls.ciphers: OpenSSL knows none of these ciphers; `openssl ciphers` prints those it knows',
    ],
  },
  {
    what: 'lines of a password file and an ACL file',
    file: 'a.yaml',
    text: `${tcp}security:\n  authenticate: [{ type: password-file, file: passwd }]\n  authorize: [{ type: acl-file, file: acl }]\n`,
    beside: {
      passwd: 'alice:$7$101$abc\nbob\n:x\n',
      acl: 'user a\ntopic readd x\ntopic read a/#/b\nfoo\n  pattern\n',
    },
    says: [
      'passwd:1:7: the password of "alice" is no hash that is known: write it with `mqttd passwd passwd alice`, or hash a whole file of plain passwords with `mqttd passwd -U passwd`',
      'passwd:2:1: a line is `user:hash`, and this one has no colon',
      'passwd:3:1: there is no user name before the colon',
      'acl:2:7: "readd" is no access: it is read, write, readwrite or deny, or left out for readwrite',
      'acl:3:12: "a/#/b" is not a topic filter: # stands last, + and # fill a whole level',
      'acl:4:1: "foo" is not known here: a line begins with user, topic or pattern',
      'acl:5:3: the topic is missing',
    ],
  },
  {
    what: 'a password file and keys of tokens that are not there, or no keys',
    file: 'a.yaml',
    text: `${tcp}security:\n  authenticate: [{ type: password-file, file: none }, { type: jwt, jwks: a.yaml }]\n`,
    says: [
      'a.yaml:4:74: security.authenticate[1].jwks: a.yaml: is no JSON: Unexpected token',
      'a.yaml:4:47: security.authenticate[0].file: none: there is no such file',
    ],
  },
  {
    what: 'files in folders that are not there',
    file: 'a.yaml',
    text: 'listeners:\n  - { type: unix, path: none/sock }\nlog: { destinations: [none/log] }\npidFile: none/pid\n',
    says: [
      'a.yaml:2:25: listeners[0].path: none/sock: there is no folder none; make it, or name another',
      'a.yaml:3:23: log.destinations[0]: none/log: there is no folder none; make it, or name another',
      'a.yaml:4:10: pidFile: none/pid: there is no folder none; make it, or name another',
    ],
  },
  {
    what: 'a web service that is waited for longer than the answer counts',
    file: 'a.yaml',
    text: 'listeners: [{ type: tcp }]\nlimits: { hookTimeout: 1000 }\nsecurity:\n  authenticate: [{ type: http, url: "http://127.0.0.1/", timeout: 1000 }]\n  authorize: [{ type: http, url: "http://127.0.0.1/", timeout: 999 }]\n',
    says: [
      'a.yaml:4:67: security.authenticate[0].timeout: 1000 ms is not below limits.hookTimeout (1000 ms), when the answer is no anyway: lower it, or raise that',
    ],
  },
  {
    what: 'lines of a mosquitto.conf, by their own names',
    file: 'm.conf',
    text: 'listener 1899 127.0.0.1\nallow_anonymus true\nmax_qos 3\nmax_packet_size 10\npersistent_client_expiration 3x\nmax_connections x\nconnection a\naddress b\n',
    says: [
      'm.conf:2:1: allow_anonymus: is no directive of mosquitto.conf; did you mean allow_anonymous?',
      'm.conf:5:1: persistent_client_expiration: must be a number and one of s, h, d, w, m, y, as 14d, not "3x"',
      'm.conf:6:1: max_connections: must be a whole number, not "x"',
      'm.conf:7:1: connection: is not supported: mqttd has no bridges yet: take the section that begins with `connection` out of the file',
      'm.conf:3:1: max_qos: must be one of 0, 1, 2, not 3',
      'm.conf:4:1: max_packet_size: must be a whole number of bytes from 1024 to 268435460, not 10',
    ],
  },
  {
    what: 'files that a mosquitto.conf names',
    file: 'm.conf',
    text: 'include_dir HERE/conf.d\nlistener 1899 127.0.0.1\n',
    says: ['m.conf:1:1: include_dir: conf.d: there is no such folder'],
  },
  {
    what: 'certificates and passwords of a mosquitto.conf',
    file: 'm.conf',
    text: 'password_file HERE/none\nlistener 1899 127.0.0.1\ncertfile HERE/CERT\nkeyfile HERE/OTHER\n',
    says: ['m.conf:4:1: keyfile: OTHER: is not the key of the certificate CERT'],
  },
];
