/**
 * A promise that is settled from outside, at most once, and that an AbortSignal can end. Every promise the client
 * gives is one of these, so that "settles always" is a question about who holds it.
 */
import { AbortError } from './errors.ts';

/** A promise and who may settle it. */
export class Pending<Result> {
  readonly promise: Promise<Result>;
  #resolve: (result: Result) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  #open = true;

  constructor() {
    this.promise = new Promise<Result>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Not settled yet. */
  get open(): boolean {
    return this.#open;
  }

  /** Rejects with an AbortError when `signal` is aborted while this is open; then calls `aborted`. */
  watch(signal: AbortSignal, aborted: () => void): void {
    const onAbort = (): void => {
      if (this.reject(new AbortError(signal))) aborted();
    };
    this.#signal = signal;
    this.#onAbort = onAbort;
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  }

  /** false: it was settled before. */
  resolve(result: Result): boolean {
    if (!this.#close()) return false;
    this.#resolve(result);
    return true;
  }

  /** false: it was settled before. */
  reject(error: Error): boolean {
    if (!this.#close()) return false;
    this.#reject(error);
    return true;
  }

  #close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
