/**
 * Every option of `connect`: name, default, unit, meaning, and what is refused. The main names are the
 * specification's; an unknown name is an error that says the right one. Knows nothing of what options do.
 */
import type { Properties, ProtocolVersion, QoS } from '@mqtt/codec';
import type { Attempt, Credentials } from './attempt.ts';
import type { Authentication } from './authentication.ts';
import { invalid } from './errors.ts';
import type { ConsumeOptions, MessageHandler } from './inbox.ts';
import { permanentReasonCodes, type ReconnectOptions, type ReconnectSettings } from './reconnect.ts';
import type { Store } from './store.ts';
import type { Transport } from './transports/transport.ts';

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
interface AnyVersionOptions extends ConsumeOptions {
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
  /**
   * Called at each attempt for a User Name and Password that expire; what it leaves out is the option's, or the URL's.
   * What it throws is tried again like any failure.
   */
  readonly credentials?: ((attempt: Attempt) => Credentials | Promise<Credentials>) | undefined;
  /**
   * Go to the server that CONNACK or DISCONNECT 0x9C or 0x9D points to (§4.11), with the same credentials: at most five
   * times in a row, never from TLS to plain text. Default false.
   */
  readonly followRedirects?: boolean | undefined;
  /** A way to the network in place of the platform's. */
  readonly transport?: Transport | undefined;
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
   * What happens when more would wait: `reject` the new message, or give up one that waits (QoS 0 before the others),
   * the `drop-oldest` or the `drop-newest`. Whoever published it gets QUEUE_FULL. Default `reject`.
   */
  readonly queueOverflow?: 'reject' | 'drop-oldest' | 'drop-newest' | undefined;
  /**
   * Where QoS 1 and 2 messages and the session are kept, so that the next process goes on where this one died:
   * `fileStore` of `@mqtt/client/store-file`, `indexedDbStore` of `@mqtt/client/store-indexeddb`. Default: memory only.
   * With a store, `clientId` and `cleanStart` are what the last process left unless they are given, and
   * `sessionExpiryInterval` is seven days. What waits when `end()` is called, or is not acknowledged, stays kept.
   */
  readonly store?: Store | undefined;
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
        /** Enhanced authentication (§4.12): `scramSha256({ … })` of `@mqtt/client/scram`, or your own. */
        readonly authentication?: Authentication | undefined;
      }
    | {
        readonly version: 3 | 4;
        readonly authentication?: undefined;
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
  readonly password: Payload | undefined;
  readonly credentials: ConnectOptions['credentials'];
  readonly followRedirects: boolean;
  readonly authentication: Authentication | undefined;
  readonly will: WillSettings | undefined;
  readonly properties: Properties<'CONNECT'> | undefined;
  readonly maximumPacketSize: number;
  readonly connectTimeout: number;
  /** undefined: never. */
  readonly reconnect: ReconnectSettings | undefined;
  readonly queueQoS0: boolean;
  readonly maximumQueuedMessages: number;
  readonly maximumQueuedBytes: number;
  readonly queueOverflow: 'reject' | 'drop-oldest' | 'drop-newest';
  readonly maximumInboxMessages: number;
  readonly acknowledge: 'automatic' | 'manual';
  readonly concurrency: number;
  readonly onSessionLost: 'publish' | 'reject';
  readonly onMessage: MessageHandler | undefined;
}

/**
 * What a value may be, and what it is when it is not given. Rules are alternatives joined by ` or `: a range of whole
 * numbers (`0 to 65535`), a kind (`string`, `boolean`, `object`, `array`, `function`, `bytes`, `AbortSignal`), or a text in quotes.
 */
type Row = readonly [rule: string, byDefault?: unknown];
/** A row for every name of `Options`, and no others. */
type Rows<Options> = { readonly [Name in keyof Options]-?: Row };

const ANY_AMOUNT = '0 to Infinity';
const ANY_DELAY = '1 to 2147483647'; // what a timer of the platform can wait

const optionRows: Rows<ConnectOptions> = {
  version: ['3 to 5', 5],
  clientId: ['string'],
  cleanStart: ['boolean', true],
  keepAlive: ['0 to 65535', 60],
  username: ['string'],
  password: ['string or bytes'],
  credentials: ['function'],
  followRedirects: ['boolean', false],
  authentication: ['object'],
  transport: ['function'],
  will: ['object'],
  properties: ['object'],
  maximumPacketSize: ['2 to 268435460', 16_777_216],
  connectTimeout: [ANY_DELAY, 30_000],
  reconnect: ['boolean or object', true],
  queueQoS0: ['boolean', true],
  maximumQueuedMessages: [ANY_AMOUNT, 100_000],
  maximumQueuedBytes: [ANY_AMOUNT, 67_108_864],
  queueOverflow: ['"reject" or "drop-oldest" or "drop-newest"', 'reject'],
  store: ['object'],
  maximumInboxMessages: ['1 to Infinity', 1000],
  acknowledge: ['"automatic" or "manual"', 'automatic'],
  concurrency: ['1 to Infinity', 1],
  onSessionLost: ['"publish" or "reject"', 'publish'],
  onMessage: ['function'],
  signal: ['AbortSignal'],
};

const propertyRows: Rows<ConnectProperties> = {
  sessionExpiryInterval: ['0 to 4294967295'],
  receiveMaximum: ['1 to 65535', 1000],
  topicAliasMaximum: ['0 to 65535'],
  requestResponseInformation: ['boolean'],
  requestProblemInformation: ['boolean'],
  userProperties: ['array'],
};

const willRows: Rows<WillOptions> = {
  topic: ['string'],
  payload: ['string or bytes'],
  qos: ['0 to 2', 0],
  retain: ['boolean', false],
  properties: ['object'],
};

const reconnectRows: Rows<ReconnectOptions> = {
  minimumDelay: [ANY_DELAY, 1000],
  maximumDelay: [ANY_DELAY, 60_000],
  maximumAttempts: [ANY_AMOUNT, Infinity],
  resetAfter: [ANY_AMOUNT, 30_000],
  initial: ['boolean', false],
  stopOn: ['array', permanentReasonCodes],
};

/** Names that other clients use, and what to write here. */
const otherNames: Readonly<Record<string, string>> = {
  clean: 'cleanStart',
  keepalive: 'keepAlive',
  protocolVersion: 'version',
  reconnectPeriod: 'reconnect: { minimumDelay, maximumDelay }',
  queueQoSZero: 'queueQoS0',
};

function kindOf(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof AbortSignal) return 'AbortSignal';
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function fits(value: unknown, rule: string): boolean {
  return rule.split(' or ').some((alternative) => {
    const [least, most] = alternative.split(' to ').map(Number);
    if (most === undefined) return alternative === kindOf(value) || alternative === JSON.stringify(value);
    return (
      typeof value === 'number' && value === Math.floor(value) && value >= Number(least) && value <= most
    );
  });
}

/** Checks what is given against its rows and fills in the rest; undefined counts as not given. */
function fill<Filled>(given: object, rows: Readonly<Record<string, Row>>, prefix = ''): Filled {
  const names = Object.keys(rows);
  const filled: Record<string, unknown> = {};
  for (const name of names) filled[name] = rows[name]?.[1];
  for (const [name, value] of Object.entries(given)) {
    const rule = names.includes(name) ? rows[name]?.[0] : undefined;
    if (rule === undefined) {
      const right = Object.hasOwn(otherNames, name) ? otherNames[name] : `one of ${names.join(', ')}`;
      throw invalid(`there is no option "${prefix}${name}"; write ${right}`);
    }
    if (value === undefined) continue;
    if (!fits(value, rule)) throw invalid(`option "${prefix}${name}" must be ${rule}`);
    filled[name] = value;
  }
  return filled as Filled;
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
  const filled = fill<Settings>(options, optionRows);
  const { version, cleanStart, maximumPacketSize } = filled;
  const { will, properties, authentication }: ConnectOptions = options;
  const clientId = options.clientId ?? makeClientId(random);
  if (version < 5) {
    if (properties !== undefined || will?.properties !== undefined || authentication !== undefined) {
      throw invalid('authentication and properties need version 5, also those of the will');
    }
    // [MQTT-3.1.3-7] of 3.1.1
    if (clientId === '' && !cleanStart)
      throw invalid('an empty clientId needs cleanStart: true, or version 5');
    if (version === 3 && (clientId === '' || clientId.length > 23))
      throw invalid('version 3 needs a clientId of 1 to 23 characters');
  }
  return {
    ...filled,
    clientId,
    will: will === undefined ? undefined : toWill(will),
    properties:
      version < 5
        ? undefined
        : { ...fill<ConnectProperties>(properties ?? {}, propertyRows, 'properties.'), maximumPacketSize },
    reconnect: toReconnect(options.reconnect),
  };
}

function toReconnect(given: boolean | ReconnectOptions = true): ReconnectSettings | undefined {
  return given === false ? undefined : fill(given === true ? {} : given, reconnectRows, 'reconnect.');
}

function toWill(will: WillOptions): WillSettings {
  const filled = fill<WillSettings>(will, willRows, 'will.');
  if (will.topic === undefined || will.payload === undefined) throw invalid('a will needs topic and payload');
  return { ...filled, payload: toBytes(will.payload) };
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 23 characters that every server must take [MQTT-3.1.3-5]. */
function makeClientId(random: () => number): string {
  let clientId = 'mqtt';
  while (clientId.length < 23) clientId += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
  return clientId;
}
