/**
 * Messages between the network and a loop, `for await`: given one by one as they are asked for. Waiting and its bound
 * are `inbox.ts`.
 */
import type { MqttError } from '../errors.ts';
import { Fifo } from '../fifo.ts';
import { type Gate, Inbox } from '../inbox.ts';
import type { PlainMessage, Received } from '../received.ts';
import { AbortError } from './abort.ts';

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
  #unwatch: (() => void) | undefined;

  /** `left`: the loop was left. */
  constructor(gate: Gate, left: (inbox: LoopInbox) => void) {
    super(gate, () => {}, 0);
    this.#left = left;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  protected override give(message: Received): void {
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
  override close(error?: MqttError): void {
    if (this.closed) return;
    this.closed = true;
    this.#unwatch?.();
    this.#error = error;
    this.#end();
  }

  /** When `signal` is aborted the iteration throws, and what waits is finished with. The loop counts as left then. */
  watch(signal: AbortSignal): void {
    if (this.closed) return;
    const onAbort = (): void => {
      this.close(new AbortError(signal));
      this.clear();
      this.#left(this);
    };
    this.#unwatch = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
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
