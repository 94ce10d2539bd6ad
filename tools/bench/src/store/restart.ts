/**
 * How long a large store takes to load, in a process of its own, with how much memory, and how long the event loop waits
 * meanwhile.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import { createBroker } from '@mqtt/broker';
import { openStore } from '@mqtt/store-lmdb';
import { messageOf, opened, plainly, sessionsOf } from './stores.ts';

/** How much is in the store. */
export interface Contents {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly queued: number;
  readonly retained: number;
}

/** What loading it took. */
export interface RestartReport {
  /** ms from nothing to all handed over. */
  readonly took: number;
  /** ms of processor that it took. */
  readonly processor: number;
  /** Longest wait of the event loop, ms. */
  readonly longestWait: number;
  /** Mebibytes of the process's own memory, before and after, and of mapped file after. */
  readonly before: number;
  readonly after: number;
  readonly mapped: number;
  readonly fileBytes: number;
  readonly records: number;
}

const TURN = 10_000;

/** Fills the store in `path`. */
export async function fill(path: string, contents: Contents): Promise<void> {
  const { store, kept } = await opened({ path, durability: 'system' });
  const sessions = sessionsOf(store, contents.sessions);
  const payload = new Uint8Array(200).fill(7);
  const each = async (count: number, tell: (index: number) => void): Promise<void> => {
    for (let index = 0; index < count; index++) {
      tell(index);
      if (index % TURN === TURN - 1) await kept();
    }
    await kept();
  };
  const sessionOf = (index: number): number => sessions[index % sessions.length] ?? 0;
  const rest = { qos: 1, noLocal: false, retainAsPublished: false, identifier: undefined } as const;
  await each(contents.subscriptions, (index) => {
    store.subscribed(sessionOf(index), { topicFilter: `plant/${index % 97}/line/${index}/+`, ...rest });
  });
  await each(contents.queued, (index) => void store.queued(sessionOf(index), messageOf(payload), plainly));
  await each(contents.retained, (index) => {
    store.retained({ ...messageOf(payload, `plant/3/line/${index}/temperature`), retain: true });
  });
  await store.close();
}

/** Loads it, remembering nothing: what is measured is the store. */
export function loadStore(path: string): Promise<RestartReport> {
  return measured(async () => {
    let records = 0;
    const count = (): void => void records++;
    const restored = { session: count, subscription: count, delivery: count, held: count, retained: count };
    const { store } = await opened({ path }, { ...restored, progress: () => {} });
    return { records, fileBytes: store.fileBytes, close: () => store.close() };
  });
}

/** Loads it into a broker, which is ready for clients then. */
export function loadBroker(path: string): Promise<RestartReport> {
  return measured(async () => {
    const store = openStore({ path });
    const broker = createBroker({ store, probe: false });
    let records = 0;
    await broker.open({ onProgress: (done) => (records = done) });
    return { records, fileBytes: store.fileBytes, close: () => broker.close({ drain: 0 }) };
  });
}

interface Loaded {
  readonly records: number;
  readonly fileBytes: number;
  close(): Promise<void>;
}

async function measured(run: () => Promise<Loaded>): Promise<RestartReport> {
  const before = memory('RssAnon');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const used = process.cpuUsage();
  const begin = performance.now();
  const { records, fileBytes, close } = await run();
  const took = performance.now() - begin;
  const { user, system } = process.cpuUsage(used);
  delay.disable();
  const sizes = { before, after: memory('RssAnon'), mapped: memory('RssFile'), fileBytes };
  await close();
  return { took, processor: (user + system) / 1000, longestWait: delay.max / 1e6, ...sizes, records };
}

/** MiB, of Linux's account of this process; elsewhere all of its memory. */
function memory(kind: 'RssAnon' | 'RssFile'): number {
  try {
    const line = new RegExp(`^${kind}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(line?.[1]) / 1024;
  } catch {
    return process.memoryUsage().rss / 2 ** 20;
  }
}
