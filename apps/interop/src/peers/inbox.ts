/**
 * Messages that arrived and those who wait for one, first come first served.
 */
import { within } from './deadline.ts';
import type { Message } from './peer.ts';

/** Where a client's callback meets a scenario that reads. */
export class Inbox {
  readonly #arrived: Message[] = [];
  readonly #waiting: ((message: Message) => void)[] = [];

  /** A message arrived. */
  put(message: Message): void {
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#arrived.push(message);
    else reader(message);
  }

  /** The next message, now or when it comes. @throws {Error} when none comes within `patience` ms */
  next(patience?: number): Promise<Message> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    return within(new Promise((resolve) => this.#waiting.push(resolve)), 'a message', { patience });
  }
}
