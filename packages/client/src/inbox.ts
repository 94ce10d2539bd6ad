/**
 * Messages between the network and a handler. Bounded: QoS 0 messages beyond the limit are gone, and of QoS 1 and 2 the
 * server may have no more in flight than Receive Maximum. Knows how many messages its handler works on at once, and
 * nothing of filters. Loops, and a network that waits, are the whole client's (`features/`).
 */
import { MqttError } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { PlainMessage, Received } from './received.ts';
import * as words from './words.ts';

/** Takes one message. The message is finished with when it returns or its promise has settled. */
export type CoreHandler<Message = PlainMessage> = (message: Message) => unknown;

/** What inboxes are told, and what they say. */
export interface Gate {
  /** How many messages may wait in one inbox. */
  readonly maximumInboxMessages: number;
  /** A handler threw or rejected. */
  failed(error: MqttError): void;
  /** A QoS 0 message found its inbox full and is gone. */
  dropped?(message: PlainMessage): void;
  /** Other messages wait in an inbox than before. */
  pace?(inbox: Inbox): void;
}

/** Calls a handler in order. What it throws is reported, and the message counts as finished. */
export class Inbox {
  declare protected readonly gate: Gate;
  readonly #handler: CoreHandler;
  readonly #waiting = new Fifo<Received>();
  /** Messages that may be given now. */
  protected room: number;
  protected closed = false;

  constructor(gate: Gate, handler: CoreHandler, concurrency = 1) {
    this.gate = gate;
    this.#handler = handler;
    this.room = concurrency;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Takes a message, and holds it until it is finished with. */
  accept(message: Received): void {
    const waiting = this.#waiting;
    if (this.closed) return;
    // QoS 1 and 2 are kept over the limit too: the server has at most 65,535 of them in flight.
    if (message.qos === 0 && waiting.size >= this.gate.maximumInboxMessages) {
      this.gate.dropped?.(message);
      return;
    }
    message.hold();
    const isFirst = waiting.size === 0;
    if (isFirst && this.room > 0) {
      this.room -= 1;
      this.give(message);
    } else waiting.push(message);
    // While a handler ran, the network may have been read for it.
    if (!isFirst || waiting.size > 0) this.pump();
  }

  /** Gives what there is room for. */
  protected pump(): void {
    while (this.room > 0 && this.size > 0) {
      this.room -= 1;
      this.give(this.#waiting.shift() as Received);
    }
    this.gate.pace?.(this);
  }

  /** Works on a message, which it holds, and gives back its room in the end. */
  protected give(message: Received): void {
    try {
      const result = this.#handler(message) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function') {
        const done = (): void => {
          this.handled(message);
          this.pump();
        };
        result.then(done, (error: unknown) => {
          this.#failed(error);
          done();
        });
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

  #failed(cause: unknown): void {
    this.gate.failed(new MqttError('HANDLER_FAILED', words.handlerFailed(cause), { cause }));
  }

  /** Takes no more; what waits is given up, as if it were finished with. `error`: a loop throws it. */
  close(_error?: MqttError): void {
    this.closed = true;
    this.clear();
  }

  protected clear(): void {
    const given = this.#waiting.takeAll();
    this.pump();
    for (const message of given) message.finish();
  }
}
