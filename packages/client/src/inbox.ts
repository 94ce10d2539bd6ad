/**
 * Messages between the network and one consumer: a handler or a loop. Bounded: at its limit an inbox is full, and who
 * reads the network stops (`Gate`). Knows how many messages its consumer works on at once, and nothing of filters.
 */
import { MqttError, wordsOf } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { MessageHook } from './hooks.ts';
import type { Message, Received } from './message.ts';

/** Takes one message. The message is finished with when it returns or its promise has settled. */
export type MessageHandler = (message: Message) => unknown;

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

/** What inboxes are told, and what they say to whoever reads the network. */
export interface Gate {
  /** Defaults of `ConsumeOptions`, and how many messages may wait in one inbox. */
  readonly settings: {
    readonly acknowledge: 'automatic' | 'manual';
    readonly concurrency: number;
    readonly maximumInboxMessages: number;
    readonly hooks?: readonly MessageHook[] | undefined;
  };
  /** An inbox became full, or has room again. */
  pace(isFull: boolean): void;
  /** A QoS 0 message found its inbox full and is gone. */
  dropped(message: Message): void;
  /** A handler threw or rejected. */
  failed(error: MqttError): void;
}

/** One consumer of messages: what waits, and how many more it takes now. */
export abstract class Inbox {
  protected readonly gate: Gate;
  readonly #waiting = new Fifo<Received>();
  #full = false;
  /** Messages that may be given now. */
  protected room: number;
  protected closed = false;

  constructor(gate: Gate, room: number) {
    this.gate = gate;
    this.room = room;
  }

  /** Works on a message, which it holds, and gives back its room in the end. */
  protected abstract give(message: Received): void;

  /** Takes a message, and holds it until it is finished with. */
  accept(message: Received): void {
    if (this.closed) return;
    // QoS 1 and 2 are kept over the limit too: the server has at most 65,535 of them in flight.
    if (message.qos === 0 && this.#waiting.size >= this.gate.settings.maximumInboxMessages) {
      this.gate.dropped(message);
      return;
    }
    message.hold();
    const isFirst = this.#waiting.size === 0;
    if (isFirst && this.room > 0) {
      this.room -= 1;
      this.give(message);
    } else this.#waiting.push(message);
    // While a handler ran, the network may have been read for it.
    if (!isFirst || this.#waiting.size > 0) this.pump();
  }

  /** Gives what there is room for. Full at the limit, and until half of it has gone, so that reading does not flicker. */
  protected pump(): void {
    while (this.room > 0) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      this.room -= 1;
      this.give(message);
    }
    const limit = this.gate.settings.maximumInboxMessages;
    const full = this.#waiting.size >= (this.#full ? limit / 2 : limit);
    if (full === this.#full) return;
    this.#full = full;
    this.gate.pace(full);
  }

  /** What waits is given up, as if it were finished with. */
  protected clear(): void {
    const given = this.#waiting.takeAll();
    this.pump();
    for (const message of given) message.finish();
  }

  /** Takes no more. `error`: a loop throws it. */
  abstract close(error?: MqttError): void;
}

/** Calls a handler in order. What it throws is reported, and the message counts as finished unless that is manual. */
export class HandlerInbox extends Inbox {
  readonly #handler: MessageHandler;
  readonly #isManual: boolean;

  constructor(gate: Gate, handler: MessageHandler, options: ConsumeOptions = {}) {
    const { acknowledge = gate.settings.acknowledge, concurrency = gate.settings.concurrency } = options;
    super(gate, concurrency);
    this.#handler = (gate.settings.hooks ?? []).reduceRight<MessageHandler>(
      (next, hook) => (hook.handle ? (message) => hook.handle?.(message, () => next(message)) : next),
      handler,
    );
    this.#isManual = acknowledge === 'manual';
  }

  protected give(message: Received): void {
    if (this.#isManual) message.leave();
    try {
      const result = this.#handler(message) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function') {
        result.then(
          () => this.#done(message),
          (error: unknown) => {
            this.#failed(error);
            this.#done(message);
          },
        );
        return;
      }
    } catch (error) {
      this.#failed(error);
    }
    this.#end(message);
  }

  #end(message: Received): void {
    if (!this.#isManual) message.finish();
    this.room += 1;
  }

  #done(message: Received): void {
    this.#end(message);
    this.pump();
  }

  #failed(cause: unknown): void {
    const what = `a message handler failed: ${wordsOf(cause)}`;
    this.gate.failed(new MqttError('HANDLER_FAILED', what, { cause }));
  }

  close(): void {
    this.closed = true;
    this.clear();
  }
}

type Result = IteratorResult<Message, undefined>;
const DONE: Result = { done: true, value: undefined };

/** Messages for `for await`. A message is finished with when the next one is asked for, unless that is manual. */
export class LoopInbox extends Inbox implements AsyncIterableIterator<Message, undefined> {
  readonly #isManual: boolean;
  readonly #left: (inbox: LoopInbox) => void;
  readonly #asking = new Fifo<
    readonly [resolve: (result: Result) => void, reject: (error: MqttError) => void]
  >();
  #given: Received[] = [];
  #error: MqttError | undefined;

  /** `left`: the loop was left. */
  constructor(
    gate: Gate,
    { acknowledge = gate.settings.acknowledge }: ConsumeOptions,
    left: (inbox: LoopInbox) => void,
  ) {
    super(gate, 0);
    this.#isManual = acknowledge === 'manual';
    this.#left = left;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  protected give(message: Received): void {
    if (this.#isManual) message.leave();
    else this.#given.push(message);
    this.#asking.shift()?.[0]({ done: false, value: message });
  }

  next(): Promise<Result> {
    this.#finishGiven();
    return new Promise((...ask) => {
      this.#asking.push(ask);
      this.room += 1;
      this.pump();
      if (this.closed) this.#end();
    });
  }

  async return(): Promise<Result> {
    const isFirst = !this.closed;
    this.#finishGiven();
    this.close();
    this.clear();
    if (isFirst) this.#left(this);
    return DONE;
  }

  /** What has come stays readable; then the iteration ends, or throws `error`, once. */
  close(error?: MqttError): void {
    if (this.closed) return;
    this.closed = true;
    this.#error = error;
    this.#end();
  }

  #end(): void {
    for (const [resolve, reject] of this.#asking.takeAll()) {
      const error = this.#error;
      this.#error = undefined;
      this.room -= 1;
      if (error === undefined) resolve(DONE);
      else reject(error);
    }
  }

  #finishGiven(): void {
    for (const message of this.#given.splice(0)) message.finish();
  }
}
