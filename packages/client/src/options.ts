/**
 * Every option of `connect`: name, default, unit, meaning, and what is refused. The main names are the
 * specification's; an unknown name is an error that says the right one. Knows nothing of what options do.
 */
import type { Properties, ProtocolVersion, QoS } from '@mqtt/codec';
import { MqttError } from './errors.ts';
import type { MessageHandler } from './inbox.ts';
import { permanentReasonCodes, type ReconnectOptions, type ReconnectSettings } from './reconnect.ts';

/** A payload: text is sent as UTF-8. Bytes must not change until the promise of `publish` has settled. */
export type Payload = string | Uint8Array;

/** Will Message (§3.1.2.5): the server publishes it when this client's connection ends without `end()`. */
export interface WillOptions {
  readonly topic: string;
  readonly payload: Payload;
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** Default false. */
  readonly retain?: boolean | undefined;
  /** 5.0 only; `willDelayInterval` in seconds. */
  readonly properties?: Properties<'WILL'> | undefined;
}

/** The properties of CONNECT that are set through `properties` (§3.1.2.11). */
export type ConnectProperties = Omit<
  Properties<'CONNECT'>,
  'maximumPacketSize' | 'authenticationMethod' | 'authenticationData'
>;

/** What may be said to `connect`, whatever the version. */
interface AnyVersionOptions {
  /** Client Identifier. Default: `mqtt` and 19 random letters and digits. Empty: the server assigns one (5.0). */
  readonly clientId?: string | undefined;
  /**
   * Clean Start (5.0), Clean Session (3.x): begin a new session. Default true. In 5.0 it concerns the first
   * connection: later ones ask for the session back when `sessionExpiryInterval` lets it outlive a connection.
   * With false and no session yet in this process, a session that the server still has is taken as this client's.
   */
  readonly cleanStart?: boolean | undefined;
  /** Keep Alive, seconds, 0 to 65,535; 0 is none. Default 60. A Server Keep Alive replaces it. */
  readonly keepAlive?: number | undefined;
  /** User Name. Overrides the URL's. */
  readonly username?: string | undefined;
  /** Password; text is sent as UTF-8. Overrides the URL's. */
  readonly password?: Payload | undefined;
  /** Bytes of the largest packet to take; announced in 5.0, enforced always. Default 16,777,216. */
  readonly maximumPacketSize?: number | undefined;
  /** Milliseconds from the first attempt to reach the server to its CONNACK, for each attempt. Default 30,000. */
  readonly connectTimeout?: number | undefined;
  /** How to come back after a loss; false: the first loss ends the client. Default true. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** Keep QoS 0 messages that are published while not connected. Default true; false: they are refused. */
  readonly queueQoS0?: boolean | undefined;
  /** Messages that may wait for a connection or for the server's window; more are refused. Default 100,000. */
  readonly maximumQueuedMessages?: number | undefined;
  /** Payload bytes that may wait so. Default 67,108,864. */
  readonly maximumQueuedBytes?: number | undefined;
  /** Messages that may wait for one handler or iterator; then the connection is not read. Default 1,000. */
  readonly maximumInboxMessages?: number | undefined;
  /**
   * What becomes of QoS 1 and 2 messages in flight when the server lost the session: `publish` them again as new, or
   * `reject` their promises. Default `publish`. After PUBREC they are always rejected: again would be twice.
   */
  readonly onSessionLost?: 'publish' | 'reject' | undefined;
  /**
   * Called with every message from the first on, as `client.on('message', …)` is. A session that the server kept for
   * an earlier process sends what waited right after CONNACK, before `connect` has resolved: without this handler
   * nobody sees those messages, and they are acknowledged all the same.
   */
  readonly onMessage?: MessageHandler | undefined;
  /** Ends this call of `connect`; without effect once it has settled. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `connect`. `properties`, and those of the will, exist in 5.0 only. */
export type ConnectOptions = AnyVersionOptions &
  (
    | {
        /** Protocol version: 5 (5.0), 4 (3.1.1) or 3 (3.1). Default 5. */
        readonly version?: 5 | undefined;
        readonly will?: WillOptions | undefined;
        /** Properties of CONNECT. `receiveMaximum` is 1,000 if not given. */
        readonly properties?: ConnectProperties | undefined;
      }
    | {
        readonly version: 3 | 4;
        readonly will?: (WillOptions & { readonly properties?: undefined }) | undefined;
        readonly properties?: undefined;
      }
  );

/** The will as it goes into CONNECT. */
export interface WillSettings {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Properties<'WILL'> | undefined;
}

/** Options with every default filled in and everything checked. */
export interface Settings {
  readonly version: ProtocolVersion;
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly keepAlive: number;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly will: WillSettings | undefined;
  readonly properties: Properties<'CONNECT'> | undefined;
  readonly maximumPacketSize: number;
  readonly connectTimeout: number;
  /** undefined: never. */
  readonly reconnect: ReconnectSettings | undefined;
  readonly queueQoS0: boolean;
  readonly maximumQueuedMessages: number;
  readonly maximumQueuedBytes: number;
  readonly maximumInboxMessages: number;
  readonly onSessionLost: 'publish' | 'reject';
  readonly onMessage: MessageHandler | undefined;
}

/** Says what is wrong with a value; undefined: nothing. */
type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === 'string' ? undefined : 'must be a string');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const bytesOrText: Check = (value) =>
  typeof value === 'string' || value instanceof Uint8Array ? undefined : 'must be a string or a Uint8Array';
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value) ? undefined : `must be one of ${values.join(', ')}`;
const record: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'must be an object';
const isFunction: Check = (value) => (typeof value === 'function' ? undefined : 'must be a function');
const isSignal: Check = (value) => (value instanceof AbortSignal ? undefined : 'must be an AbortSignal');

const LONGEST_DELAY = 2 ** 31 - 1;

const checks: { readonly [Name in keyof ConnectOptions]-?: Check } = {
  version: oneOf(3, 4, 5),
  clientId: text,
  cleanStart: flag,
  keepAlive: whole(0, 65_535),
  username: text,
  password: bytesOrText,
  will: record,
  properties: record,
  maximumPacketSize: whole(2, 268_435_460),
  connectTimeout: whole(1, LONGEST_DELAY),
  reconnect: (value) => (typeof value === 'boolean' ? undefined : record(value)),
  queueQoS0: flag,
  maximumQueuedMessages: whole(0, Number.MAX_SAFE_INTEGER),
  maximumQueuedBytes: whole(0, Number.MAX_SAFE_INTEGER),
  maximumInboxMessages: whole(1, Number.MAX_SAFE_INTEGER),
  onSessionLost: oneOf('publish', 'reject'),
  onMessage: isFunction,
  signal: isSignal,
};

const propertyChecks: { readonly [Name in keyof ConnectProperties]-?: Check } = {
  sessionExpiryInterval: whole(0, 0xffff_ffff),
  receiveMaximum: whole(1, 65_535),
  topicAliasMaximum: whole(0, 65_535),
  requestResponseInformation: flag,
  requestProblemInformation: flag,
  userProperties: (value) => (Array.isArray(value) ? undefined : 'must be an array of [name, value] pairs'),
};

const willChecks: { readonly [Name in keyof WillOptions]-?: Check } = {
  topic: text,
  payload: bytesOrText,
  qos: oneOf(0, 1, 2),
  retain: flag,
  properties: record,
};

const reconnectChecks: { readonly [Name in keyof ReconnectOptions]-?: Check } = {
  minimumDelay: whole(1, LONGEST_DELAY),
  maximumDelay: whole(1, LONGEST_DELAY),
  maximumAttempts: (value) => (value === Infinity ? undefined : whole(0, Number.MAX_SAFE_INTEGER)(value)),
  resetAfter: whole(0, Number.MAX_SAFE_INTEGER),
  initial: flag,
  stopOn: (value) => (Array.isArray(value) ? undefined : 'must be an array of reason codes'),
};

/** Names that other clients use, and what to write here. */
const otherNames: Readonly<Record<string, string>> = {
  clean: 'cleanStart',
  keepalive: 'keepAlive',
  protocolVersion: 'version',
  reconnectPeriod: 'reconnect: { minimumDelay, maximumDelay }',
  queueQoSZero: 'queueQoS0',
};

function invalid(what: string): MqttError {
  return new MqttError('INVALID_OPTION', what);
}

/** Checks each given value of `given` by its row; what is undefined counts as not given. */
export function check(given: object, rows: Readonly<Record<string, Check>>, prefix = ''): void {
  for (const [name, value] of Object.entries(given)) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) {
      const right = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
      const hint = right === undefined ? `the options are ${Object.keys(rows).join(', ')}` : `write ${right}`;
      throw invalid(`there is no option "${prefix}${name}"; ${hint}`);
    }
    const fault = value === undefined ? undefined : row(value);
    if (fault !== undefined) throw invalid(`option "${prefix}${name}" ${fault}`);
  }
}

const utf8 = new TextEncoder();

/** Text as UTF-8, bytes as they are. */
export function toBytes(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? utf8.encode(payload) : payload;
}

/**
 * Checks options and fills in defaults. `random` (0 to below 1) makes a client id.
 * @throws MqttError INVALID_OPTION
 */
export function toSettings(options: ConnectOptions, random: () => number): Settings {
  check(options, checks);
  const version = options.version ?? 5;
  const will = options.will === undefined ? undefined : toWill(options.will, version);
  const maximumPacketSize = options.maximumPacketSize ?? 16_777_216;
  if (version < 5 && options.properties !== undefined) {
    throw invalid('option "properties" needs version 5; 3.x has no properties');
  }
  check(options.properties ?? {}, propertyChecks, 'properties.');
  const receiveMaximum = options.properties?.receiveMaximum ?? 1000;
  const properties = version < 5 ? undefined : { ...options.properties, receiveMaximum, maximumPacketSize };
  const cleanStart = options.cleanStart ?? true;
  const clientId = options.clientId ?? makeClientId(random);
  checkClientId(clientId, version, cleanStart);
  if (version < 5 && options.password !== undefined && options.username === undefined) {
    throw invalid('a password without a username needs version 5; set username'); // [MQTT-3.1.2-22] of 3.1.1
  }
  return {
    version,
    clientId,
    cleanStart,
    keepAlive: options.keepAlive ?? 60,
    username: options.username,
    password: options.password === undefined ? undefined : toBytes(options.password),
    will,
    properties,
    maximumPacketSize,
    connectTimeout: options.connectTimeout ?? 30_000,
    reconnect: toReconnect(options.reconnect ?? true),
    queueQoS0: options.queueQoS0 ?? true,
    maximumQueuedMessages: options.maximumQueuedMessages ?? 100_000,
    maximumQueuedBytes: options.maximumQueuedBytes ?? 67_108_864,
    maximumInboxMessages: options.maximumInboxMessages ?? 1000,
    onSessionLost: options.onSessionLost ?? 'publish',
    onMessage: options.onMessage,
  };
}

function toWill(will: WillOptions, version: ProtocolVersion): WillSettings {
  check(will, willChecks, 'will.');
  if (will.topic === undefined || will.payload === undefined)
    throw invalid('a will needs "topic" and "payload"');
  if (version < 5 && will.properties !== undefined) throw invalid('option "will.properties" needs version 5');
  return {
    topic: will.topic,
    payload: toBytes(will.payload),
    qos: will.qos ?? 0,
    retain: will.retain ?? false,
    properties: will.properties,
  };
}

function toReconnect(reconnect: boolean | ReconnectOptions): ReconnectSettings | undefined {
  if (reconnect === false) return undefined;
  const given = reconnect === true ? {} : reconnect;
  check(given, reconnectChecks, 'reconnect.');
  return {
    minimumDelay: given.minimumDelay ?? 1000,
    maximumDelay: given.maximumDelay ?? 60_000,
    maximumAttempts: given.maximumAttempts ?? Infinity,
    resetAfter: given.resetAfter ?? 30_000,
    initial: given.initial ?? false,
    stopOn: given.stopOn ?? permanentReasonCodes,
  };
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 23 characters that every server must take [MQTT-3.1.3-5]. */
function makeClientId(random: () => number): string {
  let clientId = 'mqtt';
  while (clientId.length < 23) clientId += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
  return clientId;
}

function checkClientId(clientId: string, version: ProtocolVersion, cleanStart: boolean): void {
  if (version === 3 && (clientId === '' || clientId.length > 23)) {
    throw invalid('option "clientId" must have 1 to 23 characters in version 3');
  }
  if (version === 4 && clientId === '' && !cleanStart) {
    throw invalid('an empty "clientId" needs cleanStart: true in version 4'); // [MQTT-3.1.3-7] of 3.1.1
  }
}
