/**
 * The configurations of mqttd that cases are tried on, one process each. Answers: how is the broker set up that a case
 * meets? Knows no cases.
 */
import { limited, type Setup } from './folder.ts';
import { keys, passwordFile, WITNESS } from './secrets.ts';

/**
 * As it comes, with every kind of listener that needs no certificate. A machine that is busy with other tests must not
 * make it refuse clients: that has a case of its own [G05].
 */
const plain: Setup = {
  listeners: ['tcp', 'ws', 'ws-origins', 'proxy', 'far-proxy', 'mounted'],
  yaml: `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: ws, port: 0, name: ws }
  - { type: ws, port: 0, name: ws-origins, origins: ["https://good.example"] }
  - { type: tcp, port: 0, name: proxy, proxyProtocol: { from: ["127.0.0.1"] } }
  - { type: tcp, port: 0, name: far-proxy, proxyProtocol: { from: ["192.0.2.1"] } }
  - { type: tcp, port: 0, name: mounted, mountPoint: "mount/" }
sysInterval: 1
limits: { refuseDelay: 0, shedDelay: 0 }
`,
};

/** The same for what keeps it busy on purpose: no other case is to wait for that. */
const busy: Setup = { ...plain };

/** Short deadlines, small bounds: what they are for is seen in a second. */
const small: Setup = {
  listeners: ['tcp', 'ws'],
  yaml: `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: ws, port: 0, name: ws }
limits:
  connectTimeout: 700
  maximumTotalBytesBeforeConnect: 200000
  maximumSessions: 300
  maximumSubscriptions: 20
  maximumQueuedMessages: 50
  maximumQueuedBytes: 100000
  maximumRetainedMessages: 20
  maximumRetainedBytes: 100000
  maximumKeepAlive: 60
  maximumSessionExpiry: 3600
  receiveMaximum: 10
  maximumInflight: 10
  drainTimeout: 1000
  maximumHold: 300
  packetTimeout: 1000
  maximumOutgoingBytes: 65536
messages: { validatePayloadFormat: true }
`,
};

/** New connections of one address are few. */
const rated: Setup = {
  listeners: ['tcp'],
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
limits: { maximumConnectRatePerAddress: 5, maximumConnectBurstPerAddress: 20 }
`,
};

/** Few descriptors. */
const poor: Setup = {
  listeners: ['tcp'],
  before: limited('-n 400'),
  yaml: 'listeners: [{ type: tcp, port: 0, name: tcp }]\n',
};

/** Nobody else is here, so that lines of the log can be counted. */
const noisy: Setup = { listeners: ['tcp'], yaml: 'listeners: [{ type: tcp, port: 0, name: tcp }]\n' };

const ACL = `
topic read open/#
topic readwrite here/#
user witness
topic readwrite witness/#
user alice
topic readwrite alice/#
topic readwrite open/#
topic read d/#
topic deny d/secret
user bob
topic readwrite bob/#
topic readwrite d/#
topic read open/#
pattern readwrite u/%u/#
pattern readwrite c/%c/#
`;

/** Passwords, tokens and rights. */
const secured: Setup = {
  listeners: ['tcp', 'anonymous', 'jwt', 'ws'],
  witness: WITNESS,
  files: { passwords: passwordFile(), acl: ACL, key: keys.es256.publicKey },
  yaml: `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - type: tcp
    port: 0
    name: anonymous
    security: { anonymous: true, authorize: [{ type: acl-file, file: "@acl" }] }
  - type: tcp
    port: 0
    name: jwt
    security:
      authenticate: [{ type: jwt, publicKeyFile: "@key", algorithms: [ES256], issuer: us, audience: mqttd, clockTolerance: 0 }]
      authorize: [{ type: jwt }]
  - { type: ws, port: 0, name: ws }
security:
  authenticate: [{ type: password-file, file: "@passwords" }]
  authorize: [{ type: acl-file, file: "@acl" }]
failedLogins: { slowAfter: 0, refuseAfter: 0 }
limits: { connectTimeout: 6000 }
sysInterval: 1
`,
};

/** Who guesses is refused soon. */
const guessed: Setup = {
  listeners: ['tcp'],
  witness: WITNESS,
  files: { passwords: passwordFile() },
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
security: { authenticate: [{ type: password-file, file: "@passwords" }] }
failedLogins: { slowAfter: 0, refuseAfter: 5, refuseFor: 300 }
`,
};

/** Many come at once, and each is to be hashed. */
const crowded: Setup = {
  ...guessed,
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
security: { authenticate: [{ type: password-file, file: "@passwords" }] }
failedLogins: { slowAfter: 0, refuseAfter: 0 }
limits: { connectTimeout: 20000 }
`,
};

/** Small bounds of what all clients hold together: whoever fills one fills it for all. */
const tight: Setup = {
  listeners: ['tcp'],
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
limits: { maximumWillBytes: 100000, maximumSessionExpiry: 4294967295 }
`,
};

/** All of them, by name. */
export const setups: Readonly<Record<string, Setup>> = {
  plain,
  busy,
  small,
  rated,
  poor,
  noisy,
  secured,
  guessed,
  crowded,
  tight,
};
