/**
 * What a program may do to every message on its way out and in: the port of the option `hooks`. Types only.
 */
import type { Properties, ProtocolVersion, QoS } from '@mqtt/codec';
import type { Message } from './message.ts';

/** A message that is about to be published. */
export interface PublishedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly properties: Properties<'PUBLISH'> | undefined;
  /** Before 5 there are no properties. */
  readonly version: ProtocolVersion;
}

/** Sees every message. An absent function costs nothing. */
export interface MessageHook {
  /**
   * Called by `publish`, before the message is checked. Gives the properties to publish with; undefined: as they are.
   * When it throws, that message is refused.
   */
  publish?(message: PublishedMessage): Properties<'PUBLISH'> | undefined;
  /** Called in place of a message handler, which is `handler`; what it gives or throws counts as the handler's. */
  handle?(message: Message, handler: () => unknown): unknown;
}
