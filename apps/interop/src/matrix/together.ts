/**
 * One broker that many plays want to start again: it is, once all of them are ready for it. Who has ended is not waited
 * for. Knows no broker and no play.
 */

/** Brings them together. */
export class Together {
  readonly #act: () => Promise<void>;
  readonly #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #members: number;

  /** @param act what is done when all are ready */
  constructor(members: number, act: () => Promise<void>) {
    this.#members = members;
    this.#act = act;
  }

  /** Resolves when it was done; rejects when it failed, for all. */
  ready(): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#go();
    return done;
  }

  /** One of them has ended. */
  leave(): void {
    this.#members -= 1;
    this.#go();
  }

  #go(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#members) return;
    const ready = this.#waiting.splice(0);
    this.#act().then(
      () => {
        for (const { resolve } of ready) resolve();
      },
      (error: unknown) => {
        for (const { reject } of ready) reject(error);
      },
    );
  }
}
