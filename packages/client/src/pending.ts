/**
 * A promise that is settled from outside, at most once. Every promise the client gives is one of these, so that
 * "settles always" is a question about who holds it.
 */

/** A promise and who may settle it. */
export class Pending<Result> {
  declare readonly promise: Promise<Result>;
  #resolve: ((outcome: Result | Promise<never>) => void) | undefined;
  /** Called once, when it is settled. */
  settled: (() => void) | undefined;

  constructor() {
    this.promise = new Promise<Result>((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Not settled yet. */
  get open(): boolean {
    return this.#resolve !== undefined;
  }

  /** false: it was settled before. */
  resolve(outcome: Result | Promise<never>): boolean {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.settled?.();
    resolve?.(outcome);
    return resolve !== undefined;
  }

  /** false: it was settled before. */
  reject(error: Error): boolean {
    return this.open && this.resolve(Promise.reject(error));
  }
}
