/**
 * A token bucket: so much a second, at most one second's worth saved up. It may go into debt, because a packet cannot
 * be taken in part; the debt is how long to wait. Time is an argument.
 */

/** So much a second. */
export class Rate {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  /** @param now ms */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** Takes `amount`; returns the ms until it is paid for, 0 or less when it is. @param now ms, never less than before */
  take(amount: number, now: number): number {
    const earned = ((now - this.#at) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned) - amount;
    this.#at = now;
    return (-this.#tokens * 1000) / this.#perSecond;
  }
}

/** What one client may send: messages and bytes a second. */
export class ClientRate {
  readonly #messages: Rate | undefined;
  readonly #bytes: Rate | undefined;

  /** @param messages a second, 0 is any number @param bytes a second, 0 is any number @param now ms */
  constructor(messages: number, bytes: number, now: number) {
    this.#messages = messages > 0 ? new Rate(messages, now) : undefined;
    this.#bytes = bytes > 0 ? new Rate(bytes, now) : undefined;
  }

  /** A packet was handled: how many ms to wait before the next one, 0 or less is not at all. */
  spend(isMessage: boolean, bytes: number, now: number): number {
    const forMessage = isMessage ? (this.#messages?.take(1, now) ?? 0) : 0;
    return Math.max(forMessage, this.#bytes?.take(bytes, now) ?? 0);
  }
}
