/**
 * A checker that nothing trips is worth nothing: each of these stores breaks one promise, and a rule must say so. One that
 * forgets `settled` is not here: it only sends again with DUP what was acknowledged, which §4.3.2 allows.
 */
import { describe, expect, it } from 'vitest';
import { type CrashingOptions, CrashingStore, type Fact } from '../../src/testing/index.ts';
import { type MakeStore, play } from './run.ts';

/** Seeds played before a mutant counts as not found. */
const MOST = 60;

/** Takes facts of these names and does not write them. */
function forgets(...names: readonly string[]): MakeStore {
  const written = (name: string, fact: Fact): Fact => (names.includes(name) ? () => {} : fact);
  return (options) => new CrashingStore({ ...options, written });
}

class SaysItIsDurable extends CrashingStore {
  override get durable(): number {
    return this.newest;
  }
}

class MixesPacketIds extends CrashingStore {
  override sent(delivery: number, packetId: number): void {
    super.sent(delivery, packetId + 1);
  }
}

class TearsTurns extends CrashingStore {
  override crash(turns: number): readonly Fact[] {
    const left = super.crash(turns);
    return left.slice(0, Math.max(this.durable, left.length - 1));
  }
}

class TakesBackWhatIsDurable extends CrashingStore {
  override crash(_turns: number): readonly Fact[] {
    return super.crash(0).slice(0, -3);
  }
}

const make =
  (Store: new (options: CrashingOptions) => CrashingStore): MakeStore =>
  (options) =>
    new Store(options);

const mutants: Readonly<Record<string, MakeStore>> = {
  'acknowledges before it is durable': make(SaysItIsDurable),
  'takes back what was durable': make(TakesBackWhatIsDurable),
  'keeps a turn in part': make(TearsTurns),
  'sends again with another packet id': make(MixesPacketIds),
  'forgets held QoS 2 ids': forgets('held', 'unheld'),
  'forgets that messages were sent': forgets('sent', 'released'),
  'forgets that messages were released': forgets('released'),
  'forgets UNSUBSCRIBE': forgets('unsubscribed'),
  'forgets SUBSCRIBE': forgets('subscribed'),
  'resurrects retained messages': forgets('cleared'),
  'forgets that a session changed, and its will with it': forgets('changed'),
};

describe('a broken store is found', () => {
  for (const [name, makeStore] of Object.entries(mutants)) {
    it(`${name}`, async () => {
      let found: readonly string[] = [];
      for (let seed = 1; seed <= MOST && found.length === 0; seed++)
        found = await play(seed, makeStore).catch((error: unknown) => [String(error)]);
      expect(found).not.toEqual([]);
      if (process.env.CRASH_TELL !== undefined) console.log(`${name}: ${found[0]}`);
    });
  }
});
