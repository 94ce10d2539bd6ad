/** What every measurement of the store needs: an open one that can be waited for, sessions and messages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeptMessage, Restored, SessionKey } from '@mqtt/broker/store';
import { type DurableStore, openStore, type StoreOptions } from '@mqtt/store-lmdb';

/** A store that is open, and when it is durable. */
export interface Opened {
  readonly store: DurableStore;
  /** Waits until all that was told is durable. */
  kept(): Promise<void>;
}

const IGNORED: Restored = {
  session: () => {},
  subscription: () => {},
  delivery: () => {},
  held: () => {},
  retained: () => {},
  progress: () => {},
};

/** Opens the store in a folder; a store that is damaged or full ends the measurement. */
export async function opened(options: StoreOptions, restored: Restored = IGNORED): Promise<Opened> {
  const store = openStore(options);
  let waiting: (() => void)[] = [];
  const fail = (why: unknown): never => {
    throw new Error(`the store cannot be measured: ${String(why)}`);
  };
  store.watch({
    durable: () => {
      const all = waiting;
      waiting = [];
      for (const go of all) go();
    },
    full: (isFull) => isFull && fail('there is no room'),
    failed: fail,
    damaged: fail,
  });
  await store.load(restored);
  const kept = async (): Promise<void> => {
    const ticket = store.newest;
    while (store.durable < ticket) await new Promise<void>((go) => waiting.push(go));
  };
  return { store, kept };
}

/** Sessions that are away. */
export function sessionsOf(store: DurableStore, count: number): SessionKey[] {
  const client = { username: undefined, version: 5, peer: '127.0.0.1:50000' } as const;
  const rest = { identity: '', expiryInterval: 86_400, awaySince: Date.now(), client, will: undefined };
  return Array.from({ length: count }, (_, i) => store.opened({ clientId: `sensor-${i}`, ...rest }));
}

/** A message as a sensor sends it. */
export function messageOf(payload: Uint8Array, topic = 'plant/3/line/7/temperature'): KeptMessage {
  const rest = { qos: 1, retain: false, properties: undefined, publisher: 'sensor-1' } as const;
  return {
    topic,
    payload,
    ...rest,
    arrivedAt: 1_700_000_000_000,
    expiresAt: undefined,
    size: payload.length + 40,
  };
}

/** QoS 1, no identifier, no share. */
export const plainly = { qos: 1, retain: false, identifiers: undefined, share: undefined } as const;

/** Runs `use` in a new folder, which is gone afterwards. */
export async function inFolder<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'bench-store-'));
  try {
    return await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
