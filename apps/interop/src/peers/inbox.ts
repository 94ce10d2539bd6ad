/**
 * Messages that arrived and those who wait for one, first come first served.
 */
import { within } from './deadline.ts';
import type { Message } from './peer.ts';

/** Where a client's callback meets a scenario that reads. */
export class Inbox {
  readonly #arrived: Message[] = [];
  readonly #waiting: { resolve(message: Message): void; reject(reason: Error): void }[] = [];
  #over: Error | undefined;

  /** A message arrived. */
  put(message: Message): void {
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#arrived.push(message);
    else reader.resolve(message);
  }

  /** Nothing comes any more: who waits, or asks when all that arrived was taken, is told why. */
  end(reason: Error): void {
    this.#over = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  /** The next message, now or when it comes. @throws {Error} when none comes within `patience` ms, or any more */
  next(patience?: number): Promise<Message> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const coming = new Promise<Message>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return within(coming, 'a message', { patience });
  }
}
