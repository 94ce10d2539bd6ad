/**
 * Durable messages a second: each is told, committed, and settled when 20,000 are open; one batch is told while the one
 * before it is on its way, as messages come to a broker. Beside it a loop of plain lmdb
 * commits with the same batches, records of the same size and the same removals, and how often this disk syncs at all.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { open } from 'lmdb';
import { ratios, type Spread, spread } from '../report/spread.ts';
import { inFolder, messageOf, opened, plainly, sessionsOf } from './stores.ts';

const PAYLOAD = 200;
/** Bytes of a delivery's record with that payload: what the plain loop puts. */
const RECORD = PAYLOAD + 60;
const OPEN = 20_000;
const SESSIONS = 1000;

/** How long, and how many messages a commit. */
export interface Throughput {
  readonly batch: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Messages a second, and the ratio round by round. */
export interface ThroughputReport {
  readonly batch: number;
  readonly ours: Spread;
  readonly plain: Spread;
  readonly ratio: Spread;
}

/** Plays both in turn, `rounds` times. */
export async function throughput({ batch, rounds, seconds }: Throughput): Promise<ThroughputReport> {
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const both = [
      async () => ours.push(await inFolder((path) => ourRate(path, batch, seconds))),
      async () => plain.push(await inFolder((path) => plainRate(path, batch, seconds))),
    ];
    if (round % 2 === 1) both.reverse();
    for (const play of both) await play();
  }
  return { batch, ours: spread(ours), plain: spread(plain), ratio: spread(ratios(ours, plain)) };
}

async function ourRate(path: string, batch: number, seconds: number): Promise<number> {
  const { store, kept } = await opened({ path });
  const sessions = sessionsOf(store, SESSIONS);
  const payload = new Uint8Array(PAYLOAD).fill(7);
  await kept();
  const queue = new Fifo();
  let before = Promise.resolve();
  const rate = await rateOf(batch, seconds, async () => {
    for (let i = 0; i < batch; i++) {
      const session = sessions[queue.length % SESSIONS] ?? 0;
      const over = queue.push(store.queued(session, messageOf(payload), plainly));
      if (over !== undefined) store.settled(over);
    }
    const told = kept();
    await before;
    before = told;
  });
  await store.close();
  return rate;
}

async function plainRate(path: string, batch: number, seconds: number): Promise<number> {
  const file = join(path, 'plain.mdb');
  const root = open({
    path: file,
    noSubdir: true,
    encoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const table = root.openDB<Uint8Array, number>('queue', { encoding: 'binary' });
  const queue = new Fifo();
  let key = 0;
  let before: Promise<unknown> = Promise.resolve();
  const rate = await rateOf(batch, seconds, async () => {
    const committed = root.batch(() => {
      for (let i = 0; i < batch; i++) {
        key++;
        void table.put(key, Buffer.alloc(RECORD, 7));
        const over = queue.push(key);
        if (over !== undefined) void table.remove(over);
      }
    });
    await before;
    before = committed;
  });
  await root.close();
  return rate;
}

/** Keys that are open, the oldest first. */
class Fifo {
  readonly #keys: number[] = [];
  #head = 0;

  get length(): number {
    return this.#keys.length;
  }

  /** Adds a key; the oldest one when there are enough. */
  push(key: number): number | undefined {
    this.#keys.push(key);
    return this.#keys.length - this.#head > OPEN ? this.#keys[this.#head++] : undefined;
  }
}

async function rateOf(batch: number, seconds: number, turn: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  let count = 0;
  for (let now = begin; now - begin < seconds * 1000; now = performance.now()) {
    await turn();
    count += batch;
  }
  return (count / (performance.now() - begin)) * 1000;
}
