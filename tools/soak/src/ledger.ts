/**
 * What was sent and what came, as numbers in a row: one ledger for each stream of messages and reader. It keeps a few
 * numbers and no history, so that a soak may last as long as it likes.
 */

/** Writes down what is wrong. */
export type Find = (what: string) => void;

/** One publisher's messages as one reader sees them. */
export class Ledger {
  readonly #name: string;
  readonly #qos: 0 | 1 | 2;
  readonly #find: Find;
  /** The last number that was published. */
  #sent = 0;
  /** All up to here were acknowledged. */
  #acknowledged = 0;
  /** The highest number that came; QoS 1 and 2: all up to here came. */
  #highest = 0;
  duplicates = 0;
  missed = 0;
  received = 0;

  constructor(name: string, qos: 0 | 1 | 2, find: Find) {
    this.#name = name;
    this.#qos = qos;
    this.#find = find;
  }

  /** The number of the next message. */
  next(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** The broker acknowledged a message; those before it were acknowledged before. */
  acknowledged(number: number): void {
    if (number > this.#acknowledged) this.#acknowledged = number;
  }

  /** A message came. */
  came(number: number): void {
    this.received += 1;
    if (number > this.#sent) this.#find(`${this.#name}: ${number} came, and was never sent`);
    if (number <= this.#highest) {
      this.duplicates += 1;
      if (this.#qos !== 1) this.#find(`${this.#name}: ${number} came twice, at QoS ${this.#qos}`);
      return;
    }
    if (number > this.#highest + 1) {
      const gap = number - this.#highest - 1;
      this.missed += gap;
      if (this.#qos > 0)
        this.#find(`${this.#name}: ${number} came after ${this.#highest}: ${gap} lost, or out of order`);
    }
    this.#highest = number;
  }

  /** Everything that was acknowledged has come. */
  get isSettled(): boolean {
    return this.#qos === 0 || this.#highest >= this.#acknowledged;
  }

  /** The end: what was acknowledged must have come. */
  close(): void {
    if (this.#qos > 0 && this.#highest < this.#acknowledged)
      this.#find(`${this.#name}: ${this.#acknowledged - this.#highest} acknowledged messages never came`);
  }
}

/** Messages that exactly one of several readers must get, in no order: a shared subscription. */
export class SharedLedger {
  readonly #name: string;
  readonly #find: Find;
  readonly #missing = new Set<number>();
  #sent = 0;
  received = 0;
  duplicates = 0;

  constructor(name: string, find: Find) {
    this.#name = name;
    this.#find = find;
  }

  next(): number {
    this.#sent += 1;
    this.#missing.add(this.#sent);
    return this.#sent;
  }

  /** A message came to one of them; again after a cut, as QoS 1 allows. */
  came(number: number): void {
    this.received += 1;
    if (number > this.#sent) this.#find(`${this.#name}: ${number} came, and was never sent`);
    if (!this.#missing.delete(number)) this.duplicates += 1;
  }

  get isSettled(): boolean {
    return this.#missing.size === 0;
  }

  close(): void {
    if (this.#missing.size > 0) this.#find(`${this.#name}: ${this.#missing.size} messages never came`);
  }
}
