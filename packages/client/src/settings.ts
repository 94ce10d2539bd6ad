/**
 * What the core of a client must be told, with the default of each: what `connect` makes of its options. Checks nothing
 * but names; what goes to the server the codec checks, and `options.ts` checks everything for the whole client.
 */
import type { Properties, ProtocolVersion, QoS, TopicName } from '@mqtt/codec';
import { invalid } from './errors.ts';
import type { PlainMessage } from './received.ts';
import type { ReconnectOptions, ReconnectSettings } from './reconnect.ts';
import { permanentReasonCodes } from './reconnect.ts';
import * as words from './words.ts';

/** A payload: text is sent as UTF-8. Bytes must not change until the promise of `publish` has settled. */
export type Payload = string | Uint8Array;

/** Will Message (§3.1.2.5): the server publishes it when this client's connection ends without `end()`. */
export interface WillOptions<WillTopic extends string = string> {
  readonly topic: TopicName<WillTopic>;
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

/** The options of every `connect`, whatever the version. */
export interface CoreOptions<Message = PlainMessage> {
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
  /** User Name. */
  readonly username?: string | undefined;
  /** Password; text is sent as UTF-8. */
  readonly password?: Payload | undefined;
  /** Bytes of the largest packet to take; announced in 5.0, enforced always. Default 16,777,216. */
  readonly maximumPacketSize?: number | undefined;
  /** Milliseconds until CONNACK, for each attempt. Default 30,000. */
  readonly connectTimeout?: number | undefined;
  /** How to reconnect; false: never, the client ends with its connection. Default true. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** Messages that may wait for a connection or for the server's window; more are refused. Default 100,000. */
  readonly maximumQueuedMessages?: number | undefined;
  /** Payload bytes that may wait so. Default 67,108,864. */
  readonly maximumQueuedBytes?: number | undefined;
  /** Messages that may wait for one handler or iterator; then the connection is not read. Default 1,000. */
  readonly maximumInboxMessages?: number | undefined;
  /**
   * Called with every message from the first on, as `client.on('message', …)` is. A session that the server kept for
   * an earlier process sends what waited right after CONNACK, before `connect` has resolved: without this handler
   * nobody sees those messages, and they are acknowledged all the same.
   */
  readonly onMessage?: ((message: Message) => unknown) | undefined;
}

/** The will as it goes into CONNECT. */
export interface WillSettings {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Properties<'WILL'> | undefined;
}

/** What the core works with: options with every default filled in. */
export interface CoreSettings {
  /** The one server, where there is one. */
  readonly endpoint?: { readonly href: string };
  readonly version: ProtocolVersion;
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly keepAlive: number;
  readonly username: string | undefined;
  readonly password: Payload | undefined;
  readonly will: WillSettings | undefined;
  readonly properties: Properties<'CONNECT'> | undefined;
  readonly maximumPacketSize: number;
  readonly connectTimeout: number;
  /** undefined: never. */
  readonly reconnect: ReconnectSettings | undefined;
  readonly maximumQueuedMessages: number;
  readonly maximumQueuedBytes: number;
  readonly maximumInboxMessages: number;
}

/** What is so when nothing is said; `undefined` where nothing is the default. */
export const defaults = {
  version: 5,
  clientId: undefined,
  cleanStart: true,
  keepAlive: 60,
  username: undefined,
  password: undefined,
  will: undefined,
  properties: undefined,
  maximumPacketSize: 16_777_216,
  connectTimeout: 30_000,
  reconnect: true,
  maximumQueuedMessages: 100_000,
  maximumQueuedBytes: 67_108_864,
  maximumInboxMessages: 1000,
  onMessage: undefined,
} as const;

/** The same for `reconnect`. */
export const reconnectDefaults: ReconnectSettings = {
  minimumDelay: 1000,
  maximumDelay: 60_000,
  maximumAttempts: Infinity,
  resetAfter: 30_000,
  initial: false,
  stopOn: permanentReasonCodes,
};

/** The same for properties of CONNECT, and for the will. */
export const propertyDefaults = { receiveMaximum: 1000 } as const;
export const willDefaults = { qos: 0, retain: false, properties: undefined } as const;

/** Defaults, and over them what is given; undefined counts as not given. @throws MqttError INVALID_OPTION for another name */
export function fill<Filled>(byDefault: object, given: object): Filled {
  const filled: Record<string, unknown> = { ...byDefault };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in filled)) throw invalid(words.noOption(name));
    if (value !== undefined) filled[name] = value;
  }
  return filled as Filled;
}

const utf8 = /* @__PURE__ */ new TextEncoder();

/** Text as UTF-8, bytes as they are. */
export function toBytes(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? utf8.encode(payload) : payload;
}

/** 23 characters that every server must take [MQTT-3.1.3-5]. */
export function makeClientId(random: () => number): string {
  let clientId = 'mqtt';
  while (clientId.length < 23) clientId += Math.floor(random() * 36).toString(36);
  return clientId;
}
