/** A store whose disk is a test's: what is told is kept when the test says so. */
import { MemoryStore, type StoreWatcher, type Ticket } from '../../src/store/index.ts';

/** A store that keeps its facts when the test says so. */
export class SlowStore extends MemoryStore {
  #durable = 0;
  #isFull = false;
  isClosed = false;
  #watcher: StoreWatcher | undefined;

  override get durable(): Ticket {
    return this.#durable;
  }

  override get isFull(): boolean {
    return this.#isFull;
  }

  override watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  /** Everything up to `ticket` is kept; without one, everything. */
  keep(ticket: Ticket = this.newest): void {
    this.#durable = ticket;
    this.#watcher?.durable();
  }

  /** The disk is full, or it is not any more. */
  fill(isFull: boolean): void {
    this.#isFull = isFull;
    this.#watcher?.full(isFull);
  }

  /** The disk is gone. */
  fail(error: Error): void {
    this.#watcher?.failed(error);
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}
