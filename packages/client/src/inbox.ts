/**
 * Messages between the network and one consumer: a handler that takes them one after the other, or an iterator.
 * Bounded: at its limit an inbox is full, and who reads the network stops (`Gate`). A handler that returns a promise
 * is not called again until that promise has settled.
 */
import { MqttError, wordsOf } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import type { Ticket } from './ticket.ts';

/** Takes one message. With a promise, the next message waits for it, and so does the acknowledgement of this one. */
export type MessageHandler = (message: Message) => unknown;

/** What inboxes say to whoever reads the network. */
export interface Gate {
  /** An inbox became full, or has room again. */
  pace(isFull: boolean): void;
  /** A QoS 0 message found its inbox full and is gone. */
  dropped(message: Message): void;
  /** A handler threw or rejected. */
  failed(error: MqttError): void;
}

/** One consumer of messages. */
export interface Inbox {
  /** Hands over a message. Whoever is not finished with it when this returns holds the ticket. */
  accept(message: Message, ticket: Ticket | undefined): void;
  /** Takes no more; what waits is given up and its tickets are finished. `error`: an iterator throws it. */
  close(error?: MqttError): void;
}

interface Waiting {
  readonly message: Message;
  readonly ticket: Ticket | undefined;
}

/** The waiting line of an inbox, with its limit. */
class Line {
  readonly #waiting = new Fifo<Waiting>();
  readonly #limit: number;
  readonly #gate: Gate;
  #full = false;

  constructor(limit: number, gate: Gate) {
    this.#limit = limit;
    this.#gate = gate;
  }

  /** QoS 1 and 2 are kept over the limit too: the server has at most 65,535 of them in flight. */
  push(message: Message, ticket: Ticket | undefined): void {
    if (ticket === undefined && this.#waiting.size >= this.#limit) {
      this.#gate.dropped(message);
      return;
    }
    ticket?.hold();
    this.#waiting.push({ message, ticket });
    this.#tell();
  }

  shift(): Waiting | undefined {
    const next = this.#waiting.shift();
    this.#tell();
    return next;
  }

  clear(): void {
    const given = this.#waiting.takeAll();
    this.#tell();
    for (const { ticket } of given) ticket?.finish();
  }

  /** Full at the limit, and until half of it has gone, so that reading does not stop and go with every message. */
  #tell(): void {
    const { size } = this.#waiting;
    const full = size >= (this.#full ? this.#limit / 2 : this.#limit);
    if (full === this.#full) return;
    this.#full = full;
    this.#gate.pace(full);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Calls a handler with one message at a time, in order. What it throws is reported, and the message counts as done. */
export class HandlerInbox implements Inbox {
  readonly #handler: MessageHandler;
  readonly #gate: Gate;
  readonly #line: Line;
  #busy = false;
  #closed = false;

  constructor(handler: MessageHandler, limit: number, gate: Gate) {
    this.#handler = handler;
    this.#gate = gate;
    this.#line = new Line(limit, gate);
  }

  accept(message: Message, ticket: Ticket | undefined): void {
    if (this.#closed) return;
    if (this.#busy) this.#line.push(message, ticket);
    else this.#busy = this.#run(message, ticket);
  }

  close(): void {
    this.#closed = true;
    this.#line.clear();
  }

  /** true: the handler has not finished, and `#next` will be called. */
  #run(message: Message, ticket: Ticket | undefined): boolean {
    try {
      const result = this.#handler(message);
      if (!isPromise(result)) return false;
      ticket?.hold();
      result.then(
        () => this.#next(ticket),
        (error: unknown) => {
          this.#failed(error);
          this.#next(ticket);
        },
      );
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** Still busy while it takes from the line: what comes meanwhile has to join the line, or it would overtake. */
  #next(ticket: Ticket | undefined): void {
    ticket?.finish();
    for (let waiting = this.#line.shift(); waiting !== undefined; waiting = this.#line.shift()) {
      const isRunning = this.#run(waiting.message, waiting.ticket);
      waiting.ticket?.finish();
      if (isRunning) return;
    }
    this.#busy = false;
  }

  #failed(cause: unknown): void {
    this.#gate.failed(
      new MqttError('HANDLER_FAILED', `a message handler failed: ${wordsOf(cause)}`, { cause }),
    );
  }
}

/** Messages for `for await`. A message is finished with when the next one is asked for. */
export class IteratorInbox implements Inbox, AsyncIterator<Message, undefined>, AsyncIterable<Message> {
  readonly #line: Line;
  readonly #onReturn: () => void;
  readonly #asking = new Fifo<{
    readonly resolve: (result: IteratorResult<Message, undefined>) => void;
    readonly reject: (error: MqttError) => void;
  }>();
  #given: Ticket[] = [];
  #end: { error: MqttError | undefined } | undefined;

  /** `onReturn`: the loop was left. */
  constructor(limit: number, gate: Gate, onReturn: () => void) {
    this.#line = new Line(limit, gate);
    this.#onReturn = onReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  accept(message: Message, ticket: Ticket | undefined): void {
    if (this.#end !== undefined) return;
    const asking = this.#asking.shift();
    if (asking === undefined) {
      this.#line.push(message, ticket);
      return;
    }
    if (ticket !== undefined) {
      ticket.hold();
      this.#given.push(ticket);
    }
    asking.resolve({ done: false, value: message });
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    this.#finishGiven();
    const waiting = this.#line.shift();
    if (waiting !== undefined) {
      if (waiting.ticket !== undefined) this.#given.push(waiting.ticket);
      return Promise.resolve({ done: false, value: waiting.message });
    }
    const end = this.#end;
    if (end === undefined) return new Promise((resolve, reject) => this.#asking.push({ resolve, reject }));
    const { error } = end;
    end.error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    const wasOpen = this.#end === undefined;
    this.#finishGiven();
    this.close();
    this.#line.clear();
    if (wasOpen) this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** What has come stays readable; then the iteration ends, or throws `error`. */
  close(error?: MqttError): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const asking of this.#asking.takeAll()) {
      if (error !== undefined && this.#end.error !== undefined) {
        this.#end.error = undefined;
        asking.reject(error);
      } else asking.resolve({ done: true, value: undefined });
    }
  }

  #finishGiven(): void {
    const given = this.#given;
    if (given.length === 0) return;
    this.#given = [];
    for (const ticket of given) ticket.finish();
  }
}
