/**
 * A promise that is settled from outside, at most once. Every promise the client gives is one of these, so that
 * "settles always" is a question about who holds it.
 */

/** A promise and who may settle it. */
export class Pending<Result> {
  declare readonly promise: Promise<Result>;
  #settle: ((error: Error | undefined, result?: Result) => void) | undefined;
  /** Called once, when it is settled. */
  settled: (() => void) | undefined;

  constructor() {
    this.promise = new Promise<Result>((resolve, reject) => {
      this.#settle = (error, result) => (error === undefined ? resolve(result as Result) : reject(error));
    });
  }

  /** Not settled yet. */
  get open(): boolean {
    return this.#settle !== undefined;
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
    this.settled?.();
    settle?.(error, result);
    return settle !== undefined;
  }
}
