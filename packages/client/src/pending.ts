/**
 * A promise that is settled from outside, at most once, and that an AbortSignal can end. Every promise the client
 * gives is one of these, so that "settles always" is a question about who holds it.
 */
import { AbortError } from './errors.ts';

/** A promise and who may settle it. */
export class Pending<Result> {
  readonly promise: Promise<Result>;
  #settle: ((error: Error | undefined, result?: Result) => void) | undefined;
  #unwatch: (() => void) | undefined;

  constructor() {
    this.promise = new Promise<Result>((resolve, reject) => {
      this.#settle = (error, result) => (error === undefined ? resolve(result as Result) : reject(error));
    });
  }

  /** Not settled yet. */
  get open(): boolean {
    return this.#settle !== undefined;
  }

  /** Rejects with an AbortError when `signal` is aborted while this is open; then calls `aborted`. */
  watch(signal: AbortSignal, aborted: () => void): void {
    const onAbort = (): void => {
      if (this.reject(new AbortError(signal))) aborted();
    };
    this.#unwatch = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }

  /** false: it was settled before. */
  resolve(result: Result): boolean {
    return this.#end(undefined, result);
  }

  /** false: it was settled before. */
  reject(error: Error): boolean {
    return this.#end(error);
  }

  #end(error: Error | undefined, result?: Result): boolean {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#unwatch?.();
    settle?.(error, result);
    return settle !== undefined;
  }
}
