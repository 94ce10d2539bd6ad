/** The store in memory passes what every store must pass; and a store that breaks a promise does not. */
import { describe, expect, it } from 'vitest';
import type { DeliveryKey, KeptMessage, RetainedKey, SessionKey } from '../../src/store/index.ts';
import { MemoryStore } from '../../src/store/index.ts';
import { type StoreSubject, storeSuite } from '../../src/testing/index.ts';

/** The same object: what a MemoryStore outlives is the broker, not the process. */
function memory(make: () => MemoryStore): StoreSubject {
  return { open: make, reopen: (store) => store };
}

describe('the store in memory', () => {
  for (const { name, run } of storeSuite(memory(() => new MemoryStore()))) it(name, run);
});

class ForgetsUnsubscribed extends MemoryStore {
  override unsubscribed(session: SessionKey): void {
    super.unsubscribed(session, 'another');
  }
}
class KeepsViews extends MemoryStore {
  readonly #views = new Map<DeliveryKey, KeptMessage>();
  override queued(...told: Parameters<MemoryStore['queued']>): DeliveryKey {
    const key = super.queued(...told);
    this.#views.set(key, told[1]);
    return key;
  }
  override delivery(key: DeliveryKey): ReturnType<MemoryStore['delivery']> {
    const kept = super.delivery(key);
    const message = this.#views.get(key);
    return kept && message ? { ...kept, message } : kept;
  }
}
class Resurrects extends MemoryStore {
  override cleared(_key: RetainedKey): void {
    super.cleared(0);
  }
}
class ForgetsHeld extends MemoryStore {
  override held(session: SessionKey, packetId: number): void {
    if (packetId !== 65_535) super.held(session, packetId);
  }
}
class SettlesAll extends MemoryStore {
  override settled(key: DeliveryKey): void {
    super.settled(key);
    if (super.newest % 7 === 0) super.ended(1);
  }
}

describe('a store that breaks a promise is found', () => {
  for (const Broken of [ForgetsUnsubscribed, KeepsViews, Resurrects, ForgetsHeld, SettlesAll]) {
    it(Broken.name, async () => {
      const found: string[] = [];
      for (const { name, run } of storeSuite(memory(() => new Broken())))
        await run().catch(() => found.push(name));
      expect(found).not.toEqual([]);
    });
  }
});
