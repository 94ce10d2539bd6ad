/**
 * Every option of `connect`: name, default, unit, meaning, and what is refused. The main names are the
 * specification's; an unknown name is an error that says the right one. Knows nothing of what options do.
 */
import type { Attempt, Credentials } from './attempt.ts';
import type { Authentication } from './authentication.ts';
import { invalid } from './errors.ts';
import type { ConsumeOptions, MessageHandler } from './features/consuming.ts';
import type { MessageHook } from './hooks.ts';
import type { Message } from './message.ts';
import type { ReconnectOptions, ReconnectSettings } from './reconnect.ts';
import {
  type ConnectProperties,
  type CoreOptions,
  type CoreSettings,
  defaults,
  makeClientId,
  propertyDefaults,
  reconnectDefaults,
  toBytes,
  type WillOptions,
  type WillSettings,
  willDefaults,
} from './settings.ts';
import type { Store } from './store.ts';
import type { TopicAliases } from './topic-aliases.ts';
import type { Transport } from './transports/transport.ts';

/** What may be said to `connect`, whatever the version. */
interface AnyVersionOptions extends CoreOptions<Message>, ConsumeOptions {
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
  /** Keep QoS 0 messages that are published while not connected. Default true; false: they are refused. */
  readonly queueQoS0?: boolean | undefined;
  /**
   * QoS 2 messages that are in flight at a time in 3.x, where no server says its Receive Maximum; more wait. Default 20:
   * Mosquitto acknowledges what is beyond its `max_inflight_messages`, 20 as it comes, and loses it.
   */
  readonly maximumQoS2InFlight?: number | undefined;
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
   * Gives topics an alias by itself: `automaticTopicAliases()` of `@mqtt/client/topic-aliases`. 5.0 only; as many as the
   * server allows. Default: none.
   */
  readonly topicAliases?: TopicAliases | undefined;
  /** What sees every message, e.g. `traceContext(…)` of `@mqtt/client/tracing`. */
  readonly hooks?: readonly MessageHook[] | undefined;
  /**
   * What becomes of QoS 1 and 2 messages in flight when the server lost the session: `publish` them again as new, or
   * `reject` their promises. Default `publish`. After PUBREC they are always rejected: again would be twice.
   */
  readonly onSessionLost?: 'publish' | 'reject' | undefined;
  /** Ends this call of `connect`; without effect once it has settled. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `connect`. `properties`, and those of the will, exist in 5.0 only. */
export type ConnectOptions<WillTopic extends string = string> = AnyVersionOptions &
  (
    | {
        /** Protocol version: 5 (5.0), 4 (3.1.1) or 3 (3.1). Default 5. */
        readonly version?: 5 | undefined;
        readonly will?: WillOptions<WillTopic> | undefined;
        /** Properties of CONNECT. `receiveMaximum` is 1,000 if not given. */
        readonly properties?: ConnectProperties | undefined;
        /** Enhanced authentication (§4.12): `scramSha256({ … })` of `@mqtt/client/scram`, or your own. */
        readonly authentication?: Authentication | undefined;
      }
    | {
        readonly version: 3 | 4;
        readonly authentication?: undefined;
        readonly will?: (WillOptions<WillTopic> & { readonly properties?: undefined }) | undefined;
        readonly properties?: undefined;
      }
  );

/** What the versions have in common is all that is looked at. */
type ConnectOptions5 = Extract<ConnectOptions, { readonly version?: 5 | undefined }>;

/** Options with every default filled in and everything checked. */
export interface Settings extends CoreSettings {
  readonly credentials: ConnectOptions['credentials'];
  readonly followRedirects: boolean;
  readonly authentication: Authentication | undefined;
  readonly queueQoS0: boolean;
  readonly maximumQoS2InFlight: number;
  readonly queueOverflow: 'reject' | 'drop-oldest' | 'drop-newest';
  readonly acknowledge: 'automatic' | 'manual';
  readonly concurrency: number;
  readonly topicAliases: TopicAliases | undefined;
  readonly hooks: readonly MessageHook[] | undefined;
  readonly onSessionLost: 'publish' | 'reject';
  readonly onMessage: MessageHandler | undefined;
}

/**
 * What a value may be, and what it is when it is not given: the default and the bounds of a whole number; a default and
 * the words beside it; a boolean, which is the default; a type without a default; undefined for what others check.
 */
type Row =
  | readonly [byDefault: number, least: number, most: number]
  | readonly string[]
  | boolean
  | 'string'
  | 'object'
  | 'function'
  | undefined;
/** A row for every name of `Options`, and no others. */
type Rows<Options> = { readonly [Name in keyof Options]-?: Row };

const LONGEST_DELAY = 2 ** 31 - 1; // what a timer of the platform can wait

const optionRows: Rows<ConnectOptions> = {
  version: [defaults.version, 3, 5],
  clientId: 'string',
  cleanStart: defaults.cleanStart,
  keepAlive: [defaults.keepAlive, 0, 65_535],
  username: 'string',
  password: undefined,
  credentials: 'function',
  followRedirects: false,
  authentication: 'object',
  transport: 'function',
  will: 'object',
  properties: 'object',
  maximumPacketSize: [defaults.maximumPacketSize, 2, 268_435_460],
  reconnect: undefined, // before `connectTimeout`, so that it is what reconnectPeriod resembles first
  connectTimeout: [defaults.connectTimeout, 1, LONGEST_DELAY],
  queueQoS0: true,
  maximumQueuedMessages: [defaults.maximumQueuedMessages, 0, Infinity],
  maximumQueuedBytes: [defaults.maximumQueuedBytes, 0, Infinity],
  maximumQoS2InFlight: [20, 1, 65_535],
  queueOverflow: ['reject', 'drop-oldest', 'drop-newest'],
  store: 'object',
  topicAliases: 'object',
  hooks: 'object',
  maximumInboxMessages: [defaults.maximumInboxMessages, 1, Infinity],
  acknowledge: ['automatic', 'manual'],
  concurrency: [1, 1, Infinity],
  onSessionLost: ['publish', 'reject'],
  onMessage: 'function',
  signal: 'object',
};

/** The codec checks their values. */
const propertyRows: Rows<ConnectProperties> = {
  sessionExpiryInterval: undefined,
  receiveMaximum: [propertyDefaults.receiveMaximum, 1, 65_535],
  topicAliasMaximum: undefined,
  requestResponseInformation: undefined,
  requestProblemInformation: undefined,
  userProperties: undefined,
};

const willRows: Rows<WillOptions> = {
  topic: 'string',
  payload: undefined,
  qos: [willDefaults.qos, 0, 2],
  retain: willDefaults.retain,
  properties: 'object',
};

const reconnectRows: Rows<ReconnectOptions> = {
  minimumDelay: [reconnectDefaults.minimumDelay, 1, LONGEST_DELAY],
  maximumDelay: [reconnectDefaults.maximumDelay, 1, LONGEST_DELAY],
  maximumAttempts: [reconnectDefaults.maximumAttempts, 0, Infinity],
  resetAfter: [reconnectDefaults.resetAfter, 0, Infinity],
  initial: reconnectDefaults.initial,
  stopOn: 'object',
};

/** What `value` should be and is not. */
function expected(value: unknown, row: Row): string | undefined {
  if (typeof row !== 'object') {
    const type = typeof row === 'boolean' ? 'boolean' : row;
    return type === undefined || typeof value === type ? undefined : type;
  }
  const [byDefault, least, most] = row;
  if (typeof byDefault === 'string') return row.includes(value as never) ? undefined : row.join(' or ');
  const number = value as number; // what is none equals nothing that `floor` gives
  const fits = number === Math.floor(number) && number >= (least as number) && number <= (most as number);
  return fits ? undefined : `${least} to ${most}`;
}

/** Checks what is given against its rows and fills in the rest; undefined counts as not given. */
function fill<Filled>(given: object, rows: Readonly<Record<string, Row>>, prefix = ''): Filled {
  const names = Object.keys(rows);
  const entries = names.map((name) => {
    const row = rows[name];
    return [name, typeof row === 'boolean' ? row : typeof row === 'object' ? row[0] : undefined];
  });
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      // keepalive, clean, protocolVersion, reconnectPeriod, queueQoSZero, …
      const near = names.find((right) => new RegExp(right.slice(0, 5), 'i').test(name));
      throw invalid(`there is no option "${prefix}${name}"; write ${near ?? `one of ${names.join(', ')}`}`);
    }
    if (value === undefined) continue;
    const wanted = expected(value, rows[name]);
    if (wanted !== undefined) throw invalid(`option "${prefix}${name}" must be ${wanted}`);
    entries.push([name, value]);
  }
  return Object.fromEntries(entries) as Filled;
}

/**
 * Checks options and fills in defaults; what only CONNECT can say is the codec's to check. `random` (0 to below 1) makes
 * a client id. @throws MqttError INVALID_OPTION
 */
export function toSettings(options: ConnectOptions, random: () => number): Settings {
  const filled = fill<Settings>(options, optionRows);
  const { version, maximumPacketSize } = filled;
  const { clientId = makeClientId(random), will, properties, reconnect = true } = options as ConnectOptions5;
  return {
    ...filled,
    clientId,
    will: will && toWill(will),
    properties:
      version < 5
        ? properties
        : { ...fill<ConnectProperties>(properties ?? {}, propertyRows, 'properties.'), maximumPacketSize },
    reconnect: reconnect === false ? undefined : toReconnect(reconnect === true ? {} : reconnect),
  };
}

function toReconnect(given: ReconnectOptions): ReconnectSettings {
  if (typeof given !== 'object') throw invalid('option "reconnect" must be boolean or object');
  const filled = fill<ReconnectSettings>(given, reconnectRows, 'reconnect.');
  return { ...filled, stopOn: given.stopOn ?? reconnectDefaults.stopOn };
}

function toWill(will: WillOptions): WillSettings {
  const filled = fill<WillSettings>(will, willRows, 'will.');
  if (will.topic === undefined || will.payload === undefined) throw invalid('a will needs topic and payload');
  return { ...filled, payload: toBytes(will.payload) };
}
