/**
 * Every promise of the client's Store port as a case that any store must pass. Framework-free: each case has a name and
 * a function that throws when the promise is broken, so that `for (const { name, run } of storeSuite(place)) it(name, run)`
 * is all a test file needs. Knows no store.
 */
import { MqttError } from '../errors.ts';
import type { Fact, Keeper, Kept, Store } from '../store.ts';
import { anyFacts, everything, message, textOf, textOfFacts } from './store-facts.ts';

/** One place where a store keeps things, with nothing in it. */
export interface StorePlace {
  /** A store of this place, as each process would make it. */
  store(): Store;
  /**
   * A store on what is there when the process that has the place open dies now. Without it the cases of a death are
   * left out.
   */
  readonly afterDeath?: (() => Store | Promise<Store>) | undefined;
  /** Called at the end of each case. */
  readonly remove?: (() => void | Promise<void>) | undefined;
}

/** One promise. */
export interface StoreCase {
  readonly name: string;
  /** @throws {StoreSuiteError} when the store breaks the promise */
  readonly run: () => Promise<void>;
}

/** A store does not keep its promise. */
export class StoreSuiteError extends Error {
  override readonly name = 'StoreSuiteError';
  /** Stable, for `switch`. */
  readonly code = 'STORE_SUITE';
}

const SERVER = 'mqtt://broker:1883';
const RANDOM_PLAYS = 25;

/** The cases for one kind of store. `place` makes a new, empty place. */
export function storeSuite(place: () => StorePlace | Promise<StorePlace>): readonly StoreCase[] {
  const cases: StoreCase[] = [];
  const add: Add = (name, run) => {
    cases.push({
      name,
      run: async () => {
        const here = await place();
        try {
          await run(here);
        } finally {
          await here.remove?.();
        }
      },
    });
  };
  addContents(add);
  addTelling(add);
  addOwners(add);
  addDeaths(add);
  for (let seed = 1; seed <= RANDOM_PLAYS; seed += 1) addPlay(add, seed);
  return cases;
}

type Add = (name: string, run: (here: StorePlace) => Promise<void>) => void;

function addContents(add: Add): void {
  add('begins with nothing, and asks for a session that lasts', async (here) => {
    const keeper = await here.store().open(SERVER, { properties: { receiveMaximum: 7 } });
    const { cleanStart, properties } = keeper.resumed;
    same(textOf(keeper.kept), textOfFacts([]), 'a new store');
    same(`${cleanStart}`, 'true', 'cleanStart');
    if (!((properties?.sessionExpiryInterval ?? 0) > 0)) fail('a session has to last: sessionExpiryInterval');
    same(`${properties?.receiveMaximum}`, '7', 'the options that were given');
    await keeper.close();
  });
  add('keeps messages with everything that belongs to them', (here) =>
    comesTo(here, [
      { fact: 'queued', key: 1, message: everything },
      { fact: 'queued', key: 2, message: { ...message(''), topic: 'empty' } },
      {
        fact: 'queued',
        key: 3,
        message: { ...message('a view'), payload: everything.payload.subarray(5, 9) },
      },
    ]),
  );
  add('[MQTT-4.1.0-1] keeps what was sent, released and held, and forgets what was settled', (here) =>
    comesTo(here, [
      { fact: 'session', clientId: 'c', isNew: true },
      ...[1, 2, 3, 4].map((key): Fact => ({ fact: 'queued', key, message: message(`${key}`, 2) })),
      ...[1, 2, 3].map((key): Fact => ({ fact: 'sent', key, packetId: 70 + key })),
      { fact: 'released', key: 2 },
      { fact: 'released', key: 1 },
      { fact: 'settled', key: 3 },
      { fact: 'held', packetId: 65_535 },
      { fact: 'held', packetId: 1 },
      { fact: 'unheld', packetId: 1 },
    ]),
  );
  add('[MQTT-3.2.2-5] a new session keeps the messages and forgets what packet ids meant', (here) =>
    comesTo(here, [
      { fact: 'queued', key: 1, message: message('1') },
      { fact: 'sent', key: 1, packetId: 1 },
      { fact: 'queued', key: 2, message: message('2', 2) },
      { fact: 'sent', key: 2, packetId: 2 },
      { fact: 'released', key: 2 },
      { fact: 'held', packetId: 9 },
      { fact: 'session', clientId: 'c', isNew: true },
    ]),
  );
}

function addTelling(add: Add): void {
  add('says what is kept later, in the order in which it was told', async (here) => {
    const keeper = await here.store().open(SERVER, {});
    const said: number[] = [];
    for (let key = 1; key <= 300; key += 1) {
      let isTelling = true;
      keeper.tell({ fact: 'queued', key, message: message('x') }, () => {
        if (isTelling) fail('`then` was called from inside `tell`');
        said.push(key);
      });
      isTelling = false;
      if (key % 100 === 0) await tell(keeper, []);
    }
    same(`${said}`, `${Array.from({ length: 300 }, (_, index) => index + 1)}`, 'order');
    await keeper.close();
  });
  add('keeps before it closes what was told', async (here) => {
    const keeper = await here.store().open(SERVER, {});
    const told: Fact = { fact: 'queued', key: 1, message: message('told before close') };
    keeper.tell(told);
    await keeper.close();
    same(textOf(await read(here.store())), textOfFacts([told]), 'after close');
  });
}

function addOwners(add: Add): void {
  add("is one client's at a time, and the next one's after close", async (here) => {
    const first = await here.store().open(SERVER, {});
    await refused(here.store().open(SERVER, {}), 'a second client');
    await first.close();
    await read(here.store());
  });
  add(
    'takes up the session of the client that it holds, and gives its messages to no other',
    async (here) => {
      await comesTo(here, [
        { fact: 'session', clientId: 'assigned', isNew: true },
        { fact: 'queued', key: 1, message: message('1') },
      ]);
      for (const version of [5, 4] as const) {
        const keeper = await here.store().open(SERVER, { version });
        const { clientId, cleanStart, properties } = keeper.resumed;
        same(`${clientId} ${cleanStart}`, 'assigned false', `version ${version}`);
        if (version === 4 && properties !== undefined) fail('3.1.1 has no properties');
        await keeper.close();
      }
      await refused(here.store().open(SERVER, { clientId: 'another' }), 'another client id');
    },
  );
  add('gives the messages for one server to no other', async (here) => {
    const facts: Fact[] = [{ fact: 'queued', key: 1, message: message('1') }];
    await comesTo(here, facts);
    // Either is a way: to refuse, or to keep what is for each server apart.
    const other = await here.store().open('mqtt://elsewhere', {}).catch(storeFailed);
    if (other !== undefined) {
      same(textOf(other.kept), textOfFacts([]), 'for another server');
      await other.close();
    }
    same(textOf(await read(here.store())), textOfFacts(facts), 'for the first server');
  });
}

function addDeaths(add: Add): void {
  const facts = Array.from({ length: 40 }, (_, index): Fact => {
    return { fact: 'queued', key: index + 1, message: message(`${index}`) };
  });
  add('has all that it said is kept when the process dies', async ({ store, afterDeath }) => {
    if (afterDeath === undefined) return;
    const keeper = await store().open(SERVER, {});
    await tell(keeper, facts);
    const left = await read(await afterDeath());
    await keeper.close();
    same(textOf(left), textOfFacts(facts), 'what is there');
  });
  add('has when the process dies what was told first, and nothing behind a gap', async (here) => {
    if (here.afterDeath === undefined) return;
    const keeper = await here.store().open(SERVER, {});
    await tell(keeper, facts.slice(0, 20));
    for (const fact of facts.slice(20)) keeper.tell(fact);
    const left = await read(await here.afterDeath());
    await keeper.close();
    same(textOf(left), textOfFacts(facts.slice(0, left.flows.length)), 'what is there');
  });
}

function addPlay(add: Add, seed: number): void {
  add(`comes to the same as its facts, however often it is opened (seed ${seed})`, async (here) => {
    const facts = anyFacts(seed);
    const part = 1 + (seed % 20);
    for (let at = 0; at < facts.length + part; at += part) {
      const keeper = await here.store().open(SERVER, {});
      same(textOf(keeper.kept), textOfFacts(facts.slice(0, at)), `after ${at} facts`);
      await tell(keeper, facts.slice(at, at + part));
      await keeper.close();
    }
  });
}

/** Tells facts, and waits until they are kept. */
function tell(keeper: Keeper, facts: readonly Fact[]): Promise<void> {
  return new Promise((resolve, reject) => {
    keeper.failed = reject;
    for (const fact of facts) keeper.tell(fact);
    keeper.tell(undefined, resolve);
  });
}

async function read(store: Store): Promise<Kept> {
  const keeper = await store.open(SERVER, {});
  await keeper.close();
  return keeper.kept;
}

/** What is there after these facts and a close is what they come to. */
async function comesTo(here: StorePlace, facts: readonly Fact[]): Promise<void> {
  const keeper = await here.store().open(SERVER, {});
  await tell(keeper, facts);
  await keeper.close();
  same(textOf(await read(here.store())), textOfFacts(facts), 'after close and open');
}

/** @throws StoreSuiteError when it opens, and what it rejected with when that is not STORE_FAILED */
async function refused(opening: Promise<Keeper>, what: string): Promise<void> {
  const keeper = await opening.catch(storeFailed);
  if (keeper === undefined) return;
  await keeper.close();
  fail(`${what} was let in`);
}

function storeFailed(error: unknown): undefined {
  if (error instanceof MqttError && error.code === 'STORE_FAILED') return undefined;
  fail(`it rejected with ${error}, which is no MqttError STORE_FAILED`);
}

function same(found: string, wanted: string, where: string): void {
  if (found !== wanted) fail(`${where}: wanted\n${wanted}\nbut found\n${found}`);
}

function fail(what: string): never {
  throw new StoreSuiteError(what);
}
