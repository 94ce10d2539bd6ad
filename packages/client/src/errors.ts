/**
 * Every way this client says no: classes with a stable `code`, and a message that says what to do.
 * Knows reason codes and their names; not when which error is raised.
 */
import { type Properties, ProtocolError, type QoS, type ReasonCode } from '@mqtt/codec';
import { printable } from './printable.ts';
import * as words from './words.ts';

/** What `MqttError.code` can be; stable, for `switch`. */
export type MqttErrorCode =
  /** The URL cannot be used; fix it. */
  | 'INVALID_URL'
  /** An option or argument cannot be used; fix it. */
  | 'INVALID_OPTION'
  /** The server could not be reached, or the network ended before CONNACK. */
  | 'CONNECT_FAILED'
  /** No CONNACK within `connectTimeout`. */
  | 'CONNECT_TIMEOUT'
  /** CONNACK with a reason code that refuses; a `RefusedError`. */
  | 'CONNECT_REFUSED'
  /** Enhanced authentication failed on this side: the server did not prove itself; no further attempt is made. */
  | 'AUTHENTICATION_FAILED'
  /** An open network connection ended without a word. */
  | 'CONNECTION_LOST'
  /** Nothing came within the keep-alive: the connection is half open or the server is stuck. */
  | 'KEEP_ALIVE_TIMEOUT'
  /** The server sent DISCONNECT; a `RefusedError`. */
  | 'DISCONNECTED'
  /** The server broke the protocol; `statement` names the rule. */
  | 'PROTOCOL_ERROR'
  /** PUBACK or PUBREC with 0x80 or above; a `RefusedError`. */
  | 'PUBLISH_REFUSED'
  /** SUBACK with 0x80 or above for at least one filter; a `SubscribeRefusedError`. */
  | 'SUBSCRIBE_REFUSED'
  /** UNSUBACK with 0x80 or above for at least one filter; a `RefusedError`. */
  | 'UNSUBSCRIBE_REFUSED'
  /** Not sent, because the server said in CONNACK that it does not take it; a `LimitError`. */
  | 'LIMIT_EXCEEDED'
  /** No answer to `request` within its `timeout`. */
  | 'REQUEST_TIMEOUT'
  /** A QoS 0 message was published while not connected, and `queueQoS0` is false. */
  | 'NOT_CONNECTED'
  /** Not sent: its Message Expiry Interval passed while it waited. */
  | 'MESSAGE_EXPIRED'
  /** Not accepted, because too much waits already. */
  | 'QUEUE_FULL'
  /** The caller's `AbortSignal` ended the operation; `cause` is its reason. */
  | 'ABORTED'
  /** The server lost the session, so whether the message was delivered is unknown. */
  | 'SESSION_LOST'
  /** The store cannot be opened, or cannot keep a message; the client ends. */
  | 'STORE_FAILED'
  /** The client has ended. */
  | 'CLOSED'
  /** A message handler or listener of the application threw; `cause` is what it threw. */
  | 'HANDLER_FAILED';

/** Details of an error, each optional. */
export interface MqttErrorDetails {
  readonly reasonCode?: number | undefined;
  readonly statement?: string | undefined;
  readonly cause?: unknown;
}

/** Any failure of this client. `code` is stable; `message` is for a person and says what to do. */
export class MqttError extends Error {
  override readonly name: string = 'MqttError';
  /** Stable, for `switch`. */
  declare readonly code: MqttErrorCode;
  /** The reason code that the server sent or that the specification gives to this failure (§2.4); 3.x: the return code. */
  declare readonly reasonCode: number | undefined;
  /** The normative statement that was broken, `MQTT-3.2.2-1`; only for protocol errors. */
  declare readonly statement: string | undefined;

  /** Without a `message` it is the code. */
  constructor(code: MqttErrorCode, message = '', details: MqttErrorDetails = {}) {
    super(message || code, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reasonCode = details.reasonCode;
    this.statement = details.statement;
  }
}

/** An option or argument cannot be used. */
export function invalid(message: string): MqttError {
  return new MqttError('INVALID_OPTION', message);
}

/** The server broke the statement of this `section`; `reasonCode` is what it is told. */
export function breach(message: string, section: string, reasonCode = 0x82): MqttError {
  return new MqttError('PROTOCOL_ERROR', message, { reasonCode, statement: `MQTT-${section}` });
}

/** Why `what` cannot be sent: an error of this client as it is; what the codec refuses is the caller's fault. */
export function unsendable(error: unknown, what = 'the message'): MqttError {
  if (error instanceof MqttError) return error;
  const { reasonCode, statement } = error instanceof ProtocolError ? error : {};
  return new MqttError('INVALID_OPTION', words.unsendable(what, error), {
    reasonCode,
    statement,
    cause: error,
  });
}

/** Refused here, before anything was sent: CONNACK said that the server does not take it (§3.2.2.3). */
export class LimitError extends MqttError {
  override readonly name: string = 'LimitError';
  /** The limit that is exceeded, by its name in CONNACK: `maximumQoS`, `maximumPacketSize`, … */
  declare readonly limit: string;

  constructor(limit: string, reasonCode: ReasonCode, message: string) {
    super('LIMIT_EXCEEDED', message, { reasonCode });
    this.limit = limit;
  }
}

/** Whatever a refusing packet may say beside its reason code. */
export type RefusalProperties =
  | Properties<'CONNACK'>
  | Properties<'DISCONNECT'>
  | Properties<'PUBACK'>
  | Properties<'PUBREC'>
  | Properties<'SUBACK'>
  | Properties<'UNSUBACK'>;

/** The server said no, with a reason code. */
export class RefusedError extends MqttError {
  override readonly name: string = 'RefusedError';
  declare readonly reasonCode: number;
  /** The server's words for a person, with control characters made visible; only 5.0. */
  declare readonly reasonString: string | undefined;
  /** The refusing packet's properties as they came. */
  declare readonly properties: RefusalProperties | undefined;

  constructor(
    code: MqttErrorCode,
    what: string,
    reasonCode: number,
    properties?: RefusalProperties,
    names?: words.Names,
  ) {
    const reasonString =
      properties?.reasonString === undefined ? undefined : printable(properties.reasonString);
    super(code, words.refusal(what, reasonCode, names, reasonString), { reasonCode });
    this.reasonString = reasonString;
    this.properties = properties;
  }
}

/** What the server answered for one Topic Filter (§3.9.3). */
export interface Grant {
  readonly topicFilter: string;
  /** The highest QoS of messages that will come; undefined when this filter was refused. */
  readonly qos: QoS | undefined;
  /** The SUBACK's reason code for this filter: 0 to 2 granted, 0x80 and above refused. */
  readonly reasonCode: number;
}

/** At least one Topic Filter of a SUBSCRIBE was refused. Those that were granted are subscribed. */
export class SubscribeRefusedError extends RefusedError {
  override readonly name: string = 'SubscribeRefusedError';
  /** Every filter of the SUBSCRIBE, granted or not, in order. */
  declare readonly grants: readonly Grant[];

  constructor(
    grants: readonly Grant[],
    reasonCode: number,
    properties?: Properties<'SUBACK'>,
    names?: words.Names,
  ) {
    super('SUBSCRIBE_REFUSED', words.subscribeRefused(grants), reasonCode, properties, names);
    this.grants = grants;
  }
}
