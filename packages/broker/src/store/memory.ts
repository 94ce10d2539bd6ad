/** The store that keeps nothing: what a broker without a disk promises, it promises at once. */
import type { Store, Ticket } from './store.ts';

/** Everything is as durable as the process. */
export class MemoryStore implements Store {
  readonly durable: Ticket = 0;
  readonly newest: Ticket = 0;

  onDurable(): void {
    // never grows
  }

  async close(): Promise<void> {
    // nothing is under way
  }
}
