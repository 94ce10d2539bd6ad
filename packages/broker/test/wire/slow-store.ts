/** A store whose disk is a test's: what is told is kept when the test says so. */
import { MemoryStore, type StoreWatcher } from '../../src/store/index.ts';

/** A store that keeps its facts when the test says so. */
export class SlowStore extends MemoryStore {
  #durable = 0;
  #told = 0;
  isClosed = false;
  #listener: () => void = () => {};

  override get newest(): number {
    return this.#told;
  }

  override get durable(): number {
    return this.#durable;
  }

  override watch({ durable }: StoreWatcher): void {
    this.#listener = durable;
  }

  /** Another fact is under way. */
  tell(): void {
    this.#told++;
  }

  /** Everything up to `ticket` is kept. */
  keep(ticket: number): void {
    this.#durable = ticket;
    this.#listener();
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}
