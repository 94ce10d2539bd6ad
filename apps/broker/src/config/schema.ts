/**
 * The one schema of a configuration: which keys there are, what their values may be, what they mean. It checks files
 * and the environment, and makes the JSON Schema that editors read. Limits come from the broker's own table.
 * Knows nothing of files, and no rule that concerns two keys: those are in `settings.ts`.
 */
import { type LimitName, limits } from '@mqtt/broker';
import { z } from 'zod';
import type { Configuration } from './configuration.ts';

const text = (meaning: string): z.ZodString => z.string().min(1).describe(meaning);
const yes = (meaning: string): z.ZodOptional<z.ZodBoolean> => z.boolean().describe(meaning).optional();
const whole = (least: number, most: number, description: string, unit?: string): z.ZodOptional<z.ZodNumber> =>
  z
    .number()
    .int()
    .min(least)
    .max(most)
    .meta(unit === undefined ? { description } : { description, unit })
    .optional();

const tls = z
  .strictObject({
    cert: text('File with the certificate, then those between it and its CA, as PEM.').optional(),
    key: text('File with the private key, as PEM.').optional(),
    psk: z
      .strictObject({
        file: text('File with a line `identity:key` for each client, keys in hexadecimal digits.'),
        hint: text('Tells clients which identity to use; anybody can read it.').max(128).optional(),
      })
      .describe('Pre-shared keys in place of certificates.')
      .optional(),
    passphrase: text('Passphrase of the key.').optional(),
    ca: z
      .union([text(''), z.array(text('')).min(1)])
      .describe('Who signs certificates of clients: files, or folders of files, as PEM.')
      .optional(),
    crl: text('File with the certificates that were taken back, as PEM.').optional(),
    requireCertificate: yes('Only clients with a certificate that `ca` signed. Default false.'),
    requestCertificate: yes('Clients are asked for a certificate, and come in without one. Default false.'),
    minimumVersion: z.enum(['TLSv1.2', 'TLSv1.3']).describe('Oldest version. Default TLSv1.2.').optional(),
    ciphers: text('Ciphers of TLS 1.2, by their OpenSSL names, with a colon between.').optional(),
    cipherSuites: text('Ciphers of TLS 1.3, by their OpenSSL names, with a colon between.').optional(),
  })
  .describe('Certificates, or pre-shared keys. Read again by a reload.');

const http = z.strictObject({
  type: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }).describe('Where the question is sent by POST.'),
  headers: z.record(z.string(), z.string()).describe('Sent with each question; never printed.').optional(),
  timeout: whole(10, 60_000, 'ms to wait; no answer is a no. Default 3000.', 'milliseconds'),
  cache: whole(0, 86_400, 'Seconds that an answer is remembered. Default 0.', 'seconds'),
});

const authenticator = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('password-file'),
    file: text('A password file; `mqttd passwd` makes it, and those of mosquitto_passwd are read too.'),
  }),
  z.strictObject({
    type: z.literal('certificate'),
    username: z
      .enum(['common-name', 'subject'])
      .describe('What of the certificate is the user name. Default common-name.')
      .optional(),
  }),
  z.strictObject({ type: z.literal('psk') }),
  z.strictObject({
    type: z.literal('jwt'),
    jwks: text('File with the public keys, as a JSON Web Key Set.').optional(),
    publicKeyFile: text('File with one public key, as PEM.').optional(),
    secretFile: text('File with the shared secret of HS256.').optional(),
    algorithms: z
      .array(z.enum(['HS256', 'RS256', 'ES256', 'EdDSA']))
      .min(1)
      .optional(),
    issuer: text('What `iss` must be.').optional(),
    audience: text('What `aud` must contain.').optional(),
    usernameClaim: text('The claim that is the user name. Default sub.').optional(),
    aclClaim: text('The claim that holds { publish: [...], subscribe: [...] }. Default acl.').optional(),
    clockTolerance: whole(0, 3600, 'Seconds that clocks may differ. Default 5.', 'seconds'),
  }),
  http,
]);

const authorizer = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('acl-file'),
    file: text('An ACL file in the syntax of Mosquitto.'),
    subscriptions: z
      .enum(['covered', 'overlapping'])
      .describe('A subscription is granted when its filter is readable: all of it, or some. Default covered.')
      .optional(),
  }),
  z.strictObject({ type: z.literal('jwt') }),
  http,
]);

const security = z
  .strictObject({
    anonymous: yes(
      'Clients without a user name may come in. Default: true on loopback when `authenticate` is empty.',
    ),
    authenticate: z
      .array(authenticator)
      .describe('Ways to know who a client is, asked in order until one knows it.')
      .optional(),
    authorize: z
      .array(authorizer)
      .describe('Ways to know what a client may do, asked in order. Empty: everything.')
      .optional(),
  })
  .describe('Who may come in, and what they may do.');

const names = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z
    .array(text(`A ${what}, or how it begins, with * at the end.`))
    .describe(`Banned ${what}s.`)
    .optional();

const banned = z
  .strictObject({
    clientIds: names('client id'),
    users: names('user name'),
    addresses: z
      .array(text('An address, or a network as 10.0.0.0/8.'))
      .describe('Banned addresses of clients, those that a proxy gives where there is one.')
      .optional(),
  })
  .describe(
    'Who comes in no more, at any listener. In force at a reload: connections and sessions of the banned end.',
  );

const clients = z
  .strictObject({
    allowEmptyClientId: yes('A client without a client id gets one. Default true.'),
    autoClientIdPrefix: z
      .string()
      .max(50)
      .describe('What client ids that mqttd makes begin with. Default auto.')
      .optional(),
    clientIdPrefix: text('Only client ids that begin so are taken. Default any.').optional(),
    usernameAsClientId: yes(
      'A client gets its user name as client id, whatever it brings; without a name it is refused. Default false.',
    ),
  })
  .describe('Which client ids are taken.');

const anyListener = {
  name: text('What logs and metrics call it.').optional(),
  proxyProtocol: z
    .strictObject({
      from: z
        .array(text('An address, or a network as 10.0.0.0/8; on a Unix socket: unix.'))
        .min(1)
        .describe('The proxies: nobody else may connect.'),
    })
    .describe('Every connection begins with a PROXY header, version 1 or 2. Default: none does.')
    .optional(),
  maximumConnections: whole(1, 10_000_000, 'Open connections of this listener. Default: the limit of all.'),
  maximumQoS: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .describe('Highest QoS a client may publish. Default 2.')
    .optional(),
  topicAliasMaximum: whole(0, 65_535, 'Topic aliases a client may set. Default: the limit of all.'),
  maximumKeepAlive: whole(
    0,
    65_535,
    'Longest keep alive in seconds; 0 is any. Default: the limit of all.',
    'seconds',
  ),
  receiveMaximum: whole(1, 65_535, 'Open QoS 1 and 2 messages from a client. Default: the limit of all.'),
  maximumPacketSize: whole(
    1024,
    268_435_460,
    'Bytes of a packet from a client. Default: the limit of all.',
    'bytes',
  ),
  maximumOutboundTopicAliases: whole(
    0,
    65_535,
    'Topic aliases a client is given, if less than the limit of all.',
  ),
  protocolVersions: z
    .array(z.union([z.literal(3), z.literal(4), z.literal(5)]))
    .min(1)
    .describe('Versions of MQTT that are served: 3 is 3.1, 4 is 3.1.1, 5 is 5.0. Default all.')
    .optional(),
  mountPoint: z
    .string()
    .regex(
      /^[^$#+\0/][^#+\0]*\/$|^\/$/,
      'must end with /, begin without $ and have no wildcards, as plant-1/',
    )
    .describe('Put before every topic of its clients, and taken off what they receive. Ends with /.')
    .optional(),
  security: security.describe('In place of the `security` at the top, as a whole.').optional(),
  clients: clients.describe('In place of the `clients` at the top, as a whole.').optional(),
};
const host = text(
  'Address or name to listen on. Default 127.0.0.1; `::` or 0.0.0.0 is everywhere.',
).optional();
const port = z.number().int().min(0).max(65_535);
const place = (standard: number): object => ({
  ...anyListener,
  host,
  port: port.describe(`TCP port; 0 is any free one. Default ${standard}.`).optional(),
});
const page = {
  path: z
    .string()
    .regex(/^(\/|\*$)/, 'must begin with /, or be * for every path')
    .describe('Path of the URL; `*` is every path. Default /mqtt.')
    .optional(),
  origins: z
    .array(text(''))
    .min(1)
    .describe('Origins of web pages that may connect, as https://example.org. Default all.')
    .optional(),
};

const listener = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('tcp'), ...place(1883) }),
  z.strictObject({ type: z.literal('tls'), ...place(8883), tls }),
  z.strictObject({ type: z.literal('ws'), ...place(8083), ...page }),
  z.strictObject({ type: z.literal('wss'), ...place(8084), ...page, tls }),
  z.strictObject({
    type: z.literal('unix'),
    ...anyListener,
    path: text('Path of the socket.'),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'must be three octal digits in quotes, as "0660"')
      .describe('Who may connect, in octal digits and quotes. Default 0600: this user only.')
      .optional(),
  }),
]);

/** What is written shorter in the table of limits. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', '%': 'percent' };

const limitKeys = Object.fromEntries(
  (Object.keys(limits) as LimitName[]).map((name) => {
    const [standard, least, most, unit, , meaning] = limits[name];
    return [name, whole(least, most, `${meaning}. In ${unit}; default ${standard}.`, UNITS[unit] ?? unit)];
  }),
);

const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .describe('From which level on lines are written. Default info.')
      .optional(),
    packets: yes('Log each packet, without payloads and secrets, at level debug. Default false.'),
    connections: yes('Log who came and who left. Default true.'),
    timestamp: yes('Begin lines with the time. Default true.'),
    format: z.enum(['auto', 'json', 'text']).describe('auto: text on a terminal, else JSON.').optional(),
    destinations: z
      .array(text('stderr, stdout, or the path of a file.'))
      .describe('Where lines go: stderr, stdout, or paths of files. Default [stderr]; [] is nowhere.')
      .optional(),
  })
  .describe('What is logged, and where to.');

/** The schema. */
export const schema: z.ZodType<Configuration> = z
  .strictObject({
    $schema: z.string().describe('For editors; means nothing to mqttd.').optional(),
    listeners: z
      .array(listener)
      .min(1)
      .describe('Where clients connect to. Default: tcp and ws on loopback.')
      .optional(),
    security: security.optional(),
    clients: clients.optional(),
    banned: banned.optional(),
    failedLogins: z
      .strictObject({
        slowAfter: whole(0, 1_000_000, 'Failures in `window` before answers come late; 0 never. Default 5.'),
        refuseAfter: whole(
          0,
          1_000_000,
          'Failures in `window` before more are refused; 0 never. Default 20.',
        ),
        window: whole(1, 86_400, 'Seconds in which they are counted. Default 300.', 'seconds'),
        refuseFor: whole(
          1,
          86_400,
          'Seconds of refusal, doubled each time, up to an hour. Default 60.',
          'seconds',
        ),
      })
      .describe('What is done about those who guess passwords.')
      .optional(),
    limits: z.strictObject(limitKeys).describe('Bounds of everything a client can make grow.').optional(),
    overflow: z
      .enum(['drop-newest', 'drop-oldest', 'disconnect'])
      .describe('When a queue is full: which message goes, or whether the client does. Default drop-newest.')
      .optional(),
    messages: z
      .strictObject({
        retainAvailable: yes('Retained messages are kept. Default true.'),
        retainExpiryInterval: whole(
          0,
          4_294_967_295,
          'Seconds after which a retained message is forgotten; 0 never. Default 0.',
          'seconds',
        ),
        checkRetainSource: yes(
          'A retained message is delivered only while its publisher may publish it, as far as ACL files say. Default true.',
        ),
        queueQoS0: yes('QoS 0 messages wait for clients that are away. Default false.'),
        upgradeOutgoingQoS: yes('Deliver with the QoS of the subscription, even if higher. Default false.'),
        wildcardSubscriptionAvailable: yes('Topic filters may have wildcards. Default true.'),
        sharedSubscriptionAvailable: yes('There are shared subscriptions ($share). Default true.'),
        subscriptionIdentifiersAvailable: yes('There are subscription identifiers. Default true.'),
        sharedSubscriptions: z
          .enum(['round-robin', 'random', 'least-inflight', 'by-publisher', 'by-topic'])
          .describe('Which member of a shared subscription gets a message. Default round-robin.')
          .optional(),
        validatePayloadFormat: yes(
          'Refuse payloads that are not the UTF-8 they say they are. Default false.',
        ),
      })
      .describe('How messages are treated where the specification leaves a choice.')
      .optional(),
    persistence: z
      .strictObject({
        data: text('Folder for sessions and retained messages; `:memory:` keeps nothing.').optional(),
        durability: z
          .enum(['full', 'relaxed'])
          .describe('full: on disk before it is acknowledged. Default full.')
          .optional(),
      })
      .describe('What outlives the process.')
      .optional(),
    log: log.optional(),
    admin: z
      .strictObject({ host, port: port.describe('TCP port of /metrics, /healthz and /readyz.') })
      .describe('Metrics and health over HTTP. Default none.')
      .optional(),
    sysInterval: whole(
      0,
      86_400,
      'Seconds between two rounds of $SYS topics; 0 is never. Default 0.',
      'seconds',
    ),
    pidFile: text('File that holds the process id while mqttd runs.').optional(),
    user: text('Started as root: the user to be once the ports are open.').optional(),
  })
  .describe('Configuration of mqttd.');

/** The schema for editors and other programs (JSON Schema 2020-12). */
export function jsonSchema(): Record<string, unknown> {
  return { title: 'mqttd', ...z.toJSONSchema(schema, { io: 'input' }) };
}
