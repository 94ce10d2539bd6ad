/** The suite for stores finds the stores that break a promise, and lets one in memory pass. */
import { describe, expect, it } from 'vitest';
import type { Fact, Store } from '../src/store.ts';
import { durable, StoredState } from '../src/stores/index.ts';
import { type StorePlace, StoreSuiteError, storeSuite } from '../src/testing/index.ts';

/** A store in memory, and the ways in which it may be wrong. */
interface Faults {
  /** What is written of a fact; undefined: nothing. */
  readonly written?: (fact: Fact) => Fact | undefined;
  readonly letsAllIn?: boolean;
  readonly forgetsServers?: boolean;
  /** Says that a batch is kept and writes it when the next one comes, or at `close`. */
  readonly isLate?: boolean;
}

function memory({ written = (fact) => fact, letsAllIn, forgetsServers, isLate }: Faults = {}): StorePlace {
  const states = new Map<string, StoredState>();
  let isOpen = false;
  const store = (): Store =>
    durable({
      async open(server) {
        if (isOpen && !letsAllIn) throw new Error('another client has it open');
        isOpen = true;
        const name = forgetsServers ? '' : server;
        const state = states.get(name) ?? new StoredState();
        states.set(name, state);
        let late: readonly Fact[] = [];
        const write = (facts: readonly Fact[]): void => {
          for (const fact of facts.flatMap((one) => written(one) ?? [])) state.apply(fact);
        };
        return {
          kept: state.kept(),
          async write(facts) {
            write(isLate ? late : facts);
            late = facts;
          },
          async close() {
            if (isLate) write(late);
            isOpen = false;
          },
        };
      },
    });
  const afterDeath = (): Store => {
    isOpen = false;
    return store();
  };
  return { store, afterDeath };
}

async function findings(faults?: Faults): Promise<string[]> {
  const found: string[] = [];
  for (const { name, run } of storeSuite(() => memory(faults))) {
    await run().catch((error: unknown) => {
      expect(error).toBeInstanceOf(StoreSuiteError);
      found.push(name);
    });
  }
  return found;
}

const without = (name: Fact['fact']) => (fact: Fact) => (fact.fact === name ? undefined : fact);

describe('the suite for stores', () => {
  it('lets a store in memory pass', async () => {
    expect(await findings()).toEqual([]);
  });

  it.each(['session', 'queued', 'sent', 'released', 'settled', 'held', 'unheld'] as const)(
    'finds a store that forgets every fact "%s"',
    async (name) => {
      expect(await findings({ written: without(name) })).not.toEqual([]);
    },
  );

  it.each(['properties', 'expiresAt', 'retain'] as const)(
    'finds a store that keeps a message without its %s',
    async (name) => {
      const wrong = { properties: undefined, expiresAt: undefined, retain: false };
      const written = (fact: Fact): Fact =>
        fact.fact === 'queued' ? { ...fact, message: { ...fact.message, [name]: wrong[name] } } : fact;
      expect(await findings({ written })).toEqual(['keeps messages with everything that belongs to them']);
    },
  );

  it('finds a store that lets two clients in, and one that gives messages to another server', async () => {
    expect(await findings({ letsAllIn: true })).toEqual([
      "is one client's at a time, and the next one's after close",
    ]);
    expect(await findings({ forgetsServers: true })).toEqual([
      'gives the messages for one server to no other',
    ]);
  });

  it('finds a store that says too early that it keeps', async () => {
    expect(await findings({ isLate: true })).toEqual(['has all that it said is kept when the process dies']);
  });
});
