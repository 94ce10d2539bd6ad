/**
 * What the core's errors say to a person: one sentence each, with what to do. Knows no codes and nobody who raises them.
 * The small client has `words.terse.ts` in its place, where the code of an error is its message.
 */
import { printable } from './printable.ts';

/** What reason codes are called, where bytes are cheap. */
export type Names = Readonly<Record<number, string | undefined>> | undefined;

/** A URL of the small client. */
export const credentialsInUrl = 'give user and password as options, not in the URL';
/** An unknown option. */
export function noOption(name: string): string {
  return `there is no option "${name}"`;
}

/** A connection: where it goes, and whether there is one yet. */
export interface Way {
  readonly opening: { readonly endpoint: { readonly href: string } } | undefined;
  readonly outbox: unknown;
}

function nameOf({ opening }: Way): string {
  return opening?.endpoint.href ?? 'the server';
}

/** No CONNACK in time. */
export function late(way: Way, ms: number): string {
  return `${nameOf(way)} ${way.outbox === undefined ? 'was not reached' : 'sent no CONNACK'} within ${ms} ms`;
}

/** The server could not be reached. */
export function unreachable(way: Way, cause: unknown): string {
  return `${nameOf(way)} cannot be reached: ${wordsOf(cause)}`;
}

/** The network ended before CONNACK. */
export function early(error: Error | undefined): string {
  return `${whyClosed(error)} before CONNACK${error ? '' : '; is it MQTT of this version?'}`;
}

/** The network ended. */
export function lost(way: Way, error: Error | undefined): string {
  return `the connection to ${nameOf(way)} was lost: ${whyClosed(error)}`;
}

function whyClosed(error: Error | undefined): string {
  return error?.message ?? 'the server closed the connection';
}

/** The WebSocket's close code, and what the server gave as its reason. */
export function socketClosed(code: number, reason: string): string {
  return `the WebSocket closed with ${code} ${reason}`;
}
/** The attempt was given up. */
export const aborted = 'aborted';
/** A frame of text came. */
export const notBinary = 'a WebSocket frame was not binary';

/** The keep-alive is over. */
export function silent(keepAlive: number): string {
  return `nothing came from the server for ${keepAlive * 1.5} s`;
}

/** The codec refused what came. */
export function malformed(error: Error, reasonCode: number): string {
  const hint = reasonCode === 0x95 ? '; raise maximumPacketSize' : '';
  return `the server sent what is not MQTT: ${error.message}${hint}`;
}

/** Another packet than CONNACK came first. */
export function beforeConnack(type: string): string {
  return `the server sent ${type} before CONNACK`;
}
/** Two CONNACKs. */
export const secondConnack = 'the server sent a second CONNACK';
/** Session Present after Clean Start. */
export const sessionUnasked = 'the server says it has a session, and a new one was asked for';
/** CONNACK with a reason code that refuses. */
export function connectRefused(way: Way): string {
  return `${nameOf(way)} refused the connection`;
}
/** DISCONNECT came. */
export const disconnected = 'the server disconnected';

/** More than our Receive Maximum. */
export function tooManyAtOnce(most: number): string {
  return `the server sent more than ${most} messages at once; raise receiveMaximum`;
}
/** A Topic Alias. */
export const badAlias = 'the server sent a topic alias that was not allowed or means nothing';
/** SUBACK or UNSUBACK for no request. */
export function strayAnswer(type: string, packetId: number): string {
  return `the server sent ${type} for packet id ${packetId}, which nothing waits for`;
}
/** SUBACK or UNSUBACK with too few or too many reason codes. */
export function unequalAnswer(type: string, given: number, wanted: number): string {
  return `the server sent ${type} with ${given} reason codes for ${wanted} filters`;
}

/** The caller's packet is not legal. */
export function unsendable(what: string, error: unknown): string {
  return `${what} cannot be sent: ${wordsOf(error)}`;
}
/** QoS 3, or none. */
export const badQoS = 'qos must be 0, 1 or 2';
/** Over a limit of CONNACK. */
export function overLimit<Limit extends string>(
  limits: { readonly [Name in Limit]: unknown },
  limit: Limit,
  size?: number,
): string {
  return `not sent: the server's ${limit} is ${limits[limit]}${size === undefined ? '' : `, this needs ${size} bytes`}`;
}
/** No room for one more message. */
export const queueFull = 'too many messages wait; raise maximumQueuedMessages or maximumQueuedBytes';
/** No room for one more SUBSCRIBE. */
export function requestsFull(maximum: number): string {
  return `${maximum} requests wait to be sent already`;
}
/** Whether the server has the message is unknown; to publish it again may be twice. */
export const sessionLost = 'the server lost the session with this message in flight';

/** `what` was refused with a reason code: its `name` and advice, and what the server said. */
export function refusal(what: string, reasonCode: number, names?: Names, reasonString?: string): string {
  const name = names?.[reasonCode] ?? '';
  const hex = `0x${reasonCode.toString(16).padStart(2, '0').toUpperCase()}`;
  return `${what}: ${hex}${name && ` ${name}`}${reasonString === undefined ? '' : ` ("${reasonString}")`}`;
}
/** PUBACK or PUBREC. */
export function publishRefused({ topic }: { readonly topic: string }): string {
  return `the server refused the message to ${printable(topic)}`;
}
/** SUBACK. */
export function subscribeRefused(
  grants: readonly { readonly topicFilter: string; readonly qos: unknown }[],
): string {
  const filters = grants.flatMap(({ topicFilter, qos }) =>
    qos === undefined ? [printable(topicFilter)] : [],
  );
  return `the server refused to subscribe ${filters.join(', ')}`;
}
/** UNSUBACK. */
export function unsubscribeRefused(filters: readonly string[]): string {
  return `the server refused to unsubscribe ${filters.map(printable).join(', ')}`;
}

/** `end` was called. */
export const ended = 'the client was ended';
/** The same before there was a connection. */
export const endedEarly = 'the client was ended before it was connected';
/** The connection was ended by this client. */
export const connectionEnded = 'the connection was ended';
/** After the end. */
export function afterEnd(reason: Error | undefined): string {
  return reason === undefined ? ended : `the client has ended: ${reason.message}`;
}
/** A handler threw. */
export function handlerFailed(cause: unknown): string {
  return `a message handler failed: ${wordsOf(cause)}`;
}

/** What went wrong, in the words of whoever threw. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
