/**
 * What options add to consumers of messages: several at once, acknowledgements by the consumer, hooks. Waiting and
 * order are `inbox.ts`.
 */
import type { MessageHook } from '../hooks.ts';
import { type CoreHandler, type Gate, Inbox } from '../inbox.ts';
import type { Acknowledgeable, Message } from '../message.ts';
import type { Received } from '../received.ts';
import { LoopInbox } from './loop-inbox.ts';

/** Takes one message. The message is finished with when it returns or its promise has settled. */
export type MessageHandler = CoreHandler<Message>;

/** How messages reach a handler or a loop. */
export interface ConsumeOptions {
  /**
   * When a QoS 1 or 2 message is acknowledged. `automatic`: when the handler has returned, its promise has settled, or the
   * loop asks for the next message. `manual`: when `message.acknowledge()` is called. Default `automatic`.
   */
  readonly acknowledge?: 'automatic' | 'manual' | undefined;
  /**
   * How many messages a handler works on at once. Default 1: the next message waits for the promise of this one, so
   * that they are handled in the order they came. With more they begin in that order and end in any; acknowledgements
   * leave in the order of arrival all the same. Without effect on a handler that returns no promise, and on a loop.
   */
  readonly concurrency?: number | undefined;
}

/** Defaults of `ConsumeOptions`, and what sees every message. */
export interface ConsumeSettings {
  readonly acknowledge: 'automatic' | 'manual';
  readonly concurrency: number;
  readonly hooks: readonly MessageHook[] | undefined;
}

/** A handler with every option. */
export function handlerInbox(
  gate: Gate,
  settings: ConsumeSettings,
  handler: MessageHandler,
  { acknowledge = settings.acknowledge, concurrency = settings.concurrency }: ConsumeOptions,
): Inbox {
  const hooked = (settings.hooks ?? []).reduceRight<MessageHandler>(
    (next, hook) => (hook.handle ? (message) => hook.handle?.(message, () => next(message)) : next),
    handler,
  );
  return new (acknowledge === 'manual' ? ManualInbox : Inbox)(gate, hooked as CoreHandler, concurrency);
}

/** A loop with every option. */
export function loopInbox(
  gate: Gate,
  settings: ConsumeSettings,
  { acknowledge = settings.acknowledge }: ConsumeOptions,
  left: () => void,
): LoopInbox {
  return new (acknowledge === 'manual' ? ManualLoop : LoopInbox)(gate, left);
}

class ManualInbox extends Inbox {
  protected override give(message: Acknowledgeable): void {
    message.leave();
    super.give(message);
  }

  /** Finished with when `acknowledge` says so. */
  protected override handled(_message: Received): void {
    this.room += 1;
  }
}

class ManualLoop extends LoopInbox {
  protected override give(message: Acknowledgeable): void {
    message.leave();
    super.give(message);
    this.given = [];
  }
}
