/**
 * Messages between the network and one consumer: a handler or a loop. Bounded: at its limit an inbox is full, and who
 * reads the network stops (`Gate`). Knows how many messages its consumer works on at once, and nothing of filters.
 */
import { MqttError, wordsOf } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { PlainMessage, Received } from './received.ts';

/** Takes one message. The message is finished with when it returns or its promise has settled. */
export type CoreHandler<Message = PlainMessage> = (message: Message) => unknown;

/** What inboxes are told, and what they say to whoever reads the network. */
export interface Gate {
  /** How many messages may wait in one inbox. */
  readonly maximumInboxMessages: number;
  /** An inbox became full, or has room again. */
  pace(isFull: boolean): void;
  /** A QoS 0 message found its inbox full and is gone. */
  dropped(message: PlainMessage): void;
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
    if (message.qos === 0 && this.#waiting.size >= this.gate.maximumInboxMessages) {
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
    const limit = this.gate.maximumInboxMessages;
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

/** Calls a handler in order. What it throws is reported, and the message counts as finished. */
export class HandlerInbox extends Inbox {
  readonly #handler: CoreHandler;

  constructor(gate: Gate, handler: CoreHandler, concurrency = 1) {
    super(gate, concurrency);
    this.#handler = handler;
  }

  protected give(message: Received): void {
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
    this.handled(message);
  }

  /** The handler has returned, or its promise has settled. */
  protected handled(message: Received): void {
    message.finish();
    this.room += 1;
  }

  #done(message: Received): void {
    this.handled(message);
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

type Result = IteratorResult<PlainMessage, undefined>;
const DONE: Result = { done: true, value: undefined };

/** Messages for `for await`. A message is finished with when the next one is asked for. */
export class LoopInbox extends Inbox implements AsyncIterableIterator<PlainMessage, undefined> {
  readonly #left: (inbox: LoopInbox) => void;
  readonly #asking = new Fifo<
    readonly [resolve: (result: Result) => void, reject: (error: MqttError) => void]
  >();
  protected given: Received[] = [];
  #error: MqttError | undefined;

  /** `left`: the loop was left. */
  constructor(gate: Gate, left: (inbox: LoopInbox) => void) {
    super(gate, 0);
    this.#left = left;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  protected give(message: Received): void {
    this.given.push(message);
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
    for (const message of this.given.splice(0)) message.finish();
  }
}
