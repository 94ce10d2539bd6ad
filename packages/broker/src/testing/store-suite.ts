/**
 * Every promise of the Store port as a case that any store must pass. Framework-free: each case has a name and a
 * function that throws when the promise is broken, so that `for (const { name, run } of storeSuite(subject)) it(name, run)`
 * is all a test file needs. Knows no store.
 */
import { systemClock } from '../clock.ts';
import type { Delivery, KeptMessage, KeptSession, SessionKey } from '../store/facts.ts';
import { MemoryStore } from '../store/memory.ts';
import type { Store, StoreWatcher, Ticket } from '../store/store.ts';
import { canonical, type Snapshot, snapshot } from './store-snapshot.ts';

/** How the store under test is made. None of these loads it. */
export interface StoreSubject {
  /** A store with nothing in it, in a place of its own. */
  open(): Store | Promise<Store>;
  /** A store on what `closed` left behind. */
  reopen(closed: Store): Store | Promise<Store>;
  /** A store on what is there when the process of `open` dies now. Without it the cases of a crash are left out. */
  readonly crash?: ((open: Store) => Store | Promise<Store>) | undefined;
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

/** A store that is being told things, and what it says about them. */
class Bench implements StoreWatcher {
  readonly store: Store;
  readonly faults: string[] = [];
  #isTelling = false;
  #waiting: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
    store.watch(this);
  }

  readonly durable = (): void => {
    if (this.#isTelling) this.faults.push('durable() was called from inside a fact');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  };
  readonly full = (isFull: boolean): void => {
    this.faults.push(`full(${isFull})`);
  };
  readonly failed = (error: Error): void => {
    this.faults.push(`failed: ${error.message}`);
  };
  readonly damaged = (what: string): void => {
    this.faults.push(`damaged: ${what}`);
  };

  /** Tells one fact, and looks at its ticket. */
  tell<T>(fact: (store: Store) => T): T {
    const before = this.store.newest;
    this.#isTelling = true;
    const answer = fact(this.store);
    this.#isTelling = false;
    if (this.store.newest <= before) this.faults.push(`newest stood still at ${before}`);
    return answer;
  }

  /** Waits until all that was told is durable. */
  async kept(ticket: Ticket = this.store.newest): Promise<void> {
    while (this.store.durable < ticket) await new Promise<void>((go) => this.#waiting.push(go));
    this.check();
  }

  check(): void {
    if (this.faults.length > 0) throw new StoreSuiteError(this.faults.join('; '));
  }
}

/** The cases for one kind of store. */
export function storeSuite(subject: StoreSubject): readonly StoreCase[] {
  const cases: StoreCase[] = [];
  const add = (name: string, run: (bench: Bench) => Promise<void>): void => {
    cases.push({
      name,
      run: async () => {
        const bench = new Bench(await subject.open());
        const empty = await snapshot(bench.store);
        same(empty.text, '', 'a new store is empty');
        await run(bench);
        bench.check();
      },
    });
  };
  addContents(add, subject);
  addEnds(add, subject);
  addTiming(add);
  addBytes(add, subject);
  if (subject.crash !== undefined) addCrashes(add, subject.crash);
  return cases;
}

type Add = (name: string, run: (bench: Bench) => Promise<void>) => void;

function addContents(add: Add, subject: StoreSubject): void {
  add('gives back all it was told, to the last property', async (bench) => {
    const model = await load(new MemoryStore());
    const facts = (store: Store): void => tellEverything(store);
    bench.tell(facts);
    facts(model);
    const back = await reopened(subject, bench);
    same(back.text, (await snapshot(model)).text, 'after close and reopen');
    same(back.disorder.join(), '', 'order');
  });
  add('gives back nothing that is over', async (bench) => {
    const { store } = bench;
    const a = bench.tell(() => store.opened(session('a')));
    const b = bench.tell(() => store.opened(session('b')));
    bench.tell(() => store.subscribed(a, subscription('x', 1)));
    bench.tell(() => store.subscribed(a, subscription('x', 2)));
    bench.tell(() => store.subscribed(a, subscription('y', 1)));
    bench.tell(() => store.unsubscribed(a, 'y'));
    const one = bench.tell(() => store.queued(a, message('x'), plainly));
    const two = bench.tell(() => store.queued(a, message('x', 'later'), plainly));
    bench.tell(() => store.settled(one));
    bench.tell(() => store.held(a, 1));
    bench.tell(() => store.held(a, 65_535));
    bench.tell(() => store.unheld(a, 1));
    const old = bench.tell(() => store.retained(message('r', 'old')));
    bench.tell(() => store.cleared(old));
    bench.tell(() => store.retained(message('r', 'new')));
    bench.tell(() => store.changed(a, { ...session('a'), expiryInterval: 7, awaySince: 1_000 }));
    bench.tell(() => store.ended(b));
    const back = await reopened(subject, bench);
    same([...back.sessions.keys()].join(), 'a', 'sessions');
    same(`${back.deliveries.get('a')?.length}`, '1', 'deliveries');
    if ((back.deliveries.get('a')?.[0] ?? 0) < two) throw new StoreSuiteError('the wrong delivery is left');
    for (const part of ['"expiryInterval":7', '"awaySince":1000', 'held 65535', '"qos":2', '6e6577']) {
      if (!back.text.includes(part)) throw new StoreSuiteError(`${part} is missing in\n${back.text}`);
    }
    for (const part of ['held 1\n', '"topicFilter":"y"', '6f6c64']) {
      if (back.text.includes(part)) throw new StoreSuiteError(`${part} came back in\n${back.text}`);
    }
  });
  add('keeps one message for many sessions, until the last one is done', async (bench) => {
    const { store } = bench;
    const many = message('m', 'for all');
    const keys = Array.from({ length: 50 }, (_, i) => {
      const key = store.opened(session(`s${i}`));
      return store.queued(key, many, { ...plainly, qos: i % 2 === 0 ? 1 : 2, identifiers: [i + 1] });
    });
    await bench.kept();
    const last = keys.pop() ?? 0;
    for (const key of keys) store.settled(key);
    await bench.kept();
    same(canonical(store.delivery(last)?.message), canonical(many), 'the last one');
    same(canonical(store.delivery(last)?.identifiers), '[50]', 'its identifiers');
    const back = await reopened(subject, bench);
    same(`${back.deliveries.get('s49')?.length}`, '1', 'after a restart');
    const after = [...back.deliveries.values()].reduce((sum, { length }) => sum + length, 0);
    same(`${after}`, '1', 'deliveries in all');
  });
}

function addEnds(add: Add, subject: StoreSubject): void {
  add('gives larger keys for later deliveries, over restarts too', async (bench) => {
    const a = bench.tell((store) => store.opened(session('a')));
    const first = bench.tell((store) => store.queued(a, message('x'), plainly));
    const second = bench.tell((store) => store.queued(a, message('x'), plainly));
    if (!(first > 0 && second > first)) throw new StoreSuiteError(`keys ${first}, ${second}`);
    bench.tell((store) => store.settled(second));
    await bench.store.close();
    const again = new Bench(await subject.reopen(bench.store));
    const back = await snapshot(again.store);
    const b = again.store.opened(session('b'));
    if ([...back.sessions.values()].includes(b)) throw new StoreSuiteError('a session key was given twice');
    const key = back.sessions.get('a') ?? 0;
    const third = again.store.queued(key, message('x'), plainly);
    if (third <= (back.deliveries.get('a')?.[0] ?? 0)) throw new StoreSuiteError('keys do not grow');
    await again.kept();
    const later = await reopened(subject, again);
    same(`${later.deliveries.get('a')?.length}`, '2', 'deliveries in the end');
    same(later.disorder.join(), '', 'order');
  });
  add('goes on with what a restart gave back', async (bench) => {
    tellEverything(bench.store);
    await bench.store.close();
    const again = new Bench(await subject.reopen(bench.store));
    const { store } = again;
    const { sessions, deliveries, retained } = await snapshot(store);
    for (const keys of deliveries.values()) for (const key of keys) again.tell(() => store.settled(key));
    for (const key of retained.values()) again.tell(() => store.cleared(key));
    for (const key of sessions.values()) again.tell(() => store.ended(key));
    const back = await reopened(subject, again);
    // Of two sessions with one client id only the later one was ended above.
    same([...back.sessions.keys()].join(), 'twice', 'what is left');
    same(`${back.retained.size}`, '0', 'retained messages left');
  });
  add('knows two sessions with one client id apart', async (bench) => {
    const { store } = bench;
    const old = store.opened({ ...session('a'), expiryInterval: 0, will: will('w') });
    const young = store.opened(session('a'));
    store.queued(young, message('x'), plainly);
    store.ended(old);
    const back = await reopened(subject, bench);
    same(`${back.sessions.size} ${back.deliveries.get('a')?.length}`, '1 1', 'the young one stays');
    if (back.text.includes('"delay"')) throw new StoreSuiteError('the will of the old one came back');
  });
  add('keeps what is still under way when it is closed', async (bench) => {
    const a = bench.store.opened(session('a'));
    for (let i = 0; i < 500; i++) bench.store.queued(a, message('x', `${i}`), plainly);
    const back = await reopened(subject, bench);
    same(`${back.deliveries.get('a')?.length}`, '500', 'deliveries');
  });
}

function addTiming(add: Add): void {
  add('says when facts are durable, between turns, and in order', async (bench) => {
    const { store } = bench;
    const a = bench.tell(() => store.opened(session('a')));
    await bench.kept();
    let before = store.durable;
    for (let i = 0; i < 20; i++) {
      bench.tell(() => store.queued(a, message('x'), plainly));
      const ticket = store.newest;
      if (store.durable > store.newest) throw new StoreSuiteError('durable is ahead of newest');
      if (i % 3 === 0) await bench.kept(ticket);
      if (store.durable < before) throw new StoreSuiteError('durable went back');
      before = store.durable;
    }
    await bench.kept();
  });
}

/** Bytes are the store's own from the moment they were told. */
function addBytes(add: Add, subject: StoreSubject): void {
  add('has copied what it was told, and lets it be read at once', async (bench) => {
    const { store } = bench;
    const a = store.opened(session('a'));
    const payload = new Uint8Array([1, 2, 3]);
    const told = { ...message('x'), payload };
    const owed = store.queued(a, told, plainly);
    const kept = store.retained({ ...told, retain: true });
    payload.fill(9);
    const read = (): string =>
      `${store.delivery(owed)?.message.payload.join()} ${store.retainedMessage(kept)?.payload.join()}`;
    same(read(), '1,2,3 1,2,3', 'before it is durable');
    await bench.kept();
    same(read(), '1,2,3 1,2,3', 'when it is durable');
    const back = await reopened(subject, bench);
    if (!back.text.includes('010203') || back.text.includes('090909'))
      throw new StoreSuiteError('it kept what was written over its bytes');
  });
  add(
    'has copied the correlation data of a message, and payload and correlation data of a will',
    async (bench) => {
      const { store } = bench;
      const payload = new Uint8Array([1, 2, 3]);
      const correlationData = new Uint8Array([4, 5, 6]);
      const last = { ...will('w'), payload, properties: { correlationData } };
      const a = store.opened({ ...session('a'), will: last });
      store.changed(store.opened(session('b')), { ...session('b'), will: last });
      const owed = store.queued(a, { ...message('x'), properties: { correlationData } }, plainly);
      payload.fill(9);
      correlationData.fill(9);
      same(`${store.delivery(owed)?.message.properties?.correlationData?.join()}`, '4,5,6', 'at once');
      await bench.kept();
      const back = await reopened(subject, bench);
      same(`${back.text.split('010203').length - 1}`, '2', 'wills with the payload that was told');
      if (back.text.includes('090909')) throw new StoreSuiteError('it kept what was written over its bytes');
    },
  );
  add('gives back a payload that later reads leave alone', async (bench) => {
    const { store } = bench;
    const a = store.opened(session('a'));
    const keys = Array.from({ length: 20 }, (_, i) => store.queued(a, message('x', `payload ${i}`), plainly));
    await bench.kept();
    const read = keys.map((key) => store.delivery(key)?.message.payload);
    for (const [i, payload] of read.entries())
      same(text(payload), `payload ${i}`, 'a payload that was read before the others');
  });
  add('keeps large payloads and empty ones', async (bench) => {
    const { store } = bench;
    const a = store.opened(session('a'));
    const large = new Uint8Array(1_048_576).map((_, i) => i * 7);
    const one = store.queued(a, { ...message('x'), payload: large, size: large.length }, plainly);
    const two = store.queued(a, { ...message('x'), payload: new Uint8Array(0) }, plainly);
    await bench.kept();
    const read = store.delivery(one)?.message.payload;
    if (read?.length !== large.length || read.some((byte, i) => byte !== large[i]))
      throw new StoreSuiteError('a payload of 1 MiB came back different');
    same(`${store.delivery(two)?.message.payload.length}`, '0', 'an empty payload');
  });
}

function addCrashes(add: Add, crash: NonNullable<StoreSubject['crash']>): void {
  add('has everything after a crash that was durable before it', async (bench) => {
    const model = await load(new MemoryStore());
    for (const store of [bench.store, model]) tellEverything(store);
    await bench.kept();
    const back = await snapshot(await crash(bench.store));
    same(back.text, (await snapshot(model)).text, 'after the crash');
  });
  add('has a beginning of what it was told after a crash, and each turn whole', async (bench) => {
    const { store } = bench;
    const a = store.opened(session('a'));
    await bench.kept();
    const turns = 40;
    let acknowledged = 0;
    for (let turn = 1; turn <= turns; turn++) {
      for (let i = 0; i < 3; i++) store.queued(a, message('x', `${turn}.${i}`), plainly);
      store.held(a, turn);
      await pause();
      if (turn !== turns / 2) continue;
      await bench.kept();
      acknowledged = turn;
    }
    const after = await crash(store);
    const back = await snapshot(after);
    const keys = back.deliveries.get('a') ?? [];
    const held = back.text.split('\n').filter((line) => line.startsWith('  held')).length;
    if (held < acknowledged) throw new StoreSuiteError(`turn ${acknowledged} was durable, ${held} are there`);
    same(`${keys.length}`, `${held * 3}`, 'deliveries of the turns that are there');
    const payloads = keys.map((key) => text(after.delivery(key)?.message.payload));
    const told = Array.from({ length: held * 3 }, (_, i) => `${1 + Math.floor(i / 3)}.${i % 3}`);
    same(payloads.join(), told.join(), 'which ones, in order');
  });
}

/** Gives way to the event loop: a turn of the broker ends here. */
function pause(): Promise<void> {
  return new Promise((go) => systemClock.defer(go));
}

async function load(store: MemoryStore): Promise<MemoryStore> {
  await snapshot(store);
  return store;
}

async function reopened(subject: StoreSubject, bench: Bench): Promise<Snapshot> {
  await bench.store.close();
  bench.check();
  const again = new Bench(await subject.reopen(bench.store));
  const back = await snapshot(again.store);
  again.check();
  return back;
}

function same(found: string, wanted: string, where: string): void {
  if (found === wanted) return;
  throw new StoreSuiteError(`${where}: wanted\n${wanted}\nbut found\n${found}`);
}

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'nothing' : new TextDecoder().decode(bytes);
}

const plainly: Delivery = { qos: 1, retain: false, identifiers: undefined, share: undefined };

function subscription(topicFilter: string, qos: 0 | 1 | 2) {
  return { topicFilter, qos, noLocal: false, retainAsPublished: false, identifier: undefined } as const;
}

function will(topic: string) {
  const properties = { contentType: 'text/plain', correlationData: new Uint8Array([5, 6]) };
  return { topic, payload: new Uint8Array([1]), qos: 2, retain: true, properties, delay: 30 } as const;
}

function session(clientId: string): KeptSession {
  const client = { username: undefined, version: 5, peer: '127.0.0.1:1' } as const;
  return { clientId, identity: '', expiryInterval: 60, awaySince: undefined, client, will: undefined };
}

function message(topic: string, payload = 'payload'): KeptMessage {
  const bytes = new TextEncoder().encode(payload);
  const rest = { qos: 1, retain: false, properties: undefined, publisher: undefined } as const;
  return { topic, payload: bytes, ...rest, arrivedAt: 1, expiresAt: undefined, size: bytes.length + 9 };
}

/** At least one of everything. */
function tellEverything(store: Store): void {
  const full = store.opened({
    clientId: 'full/é/\u{1f600}',
    identity: 'somebody',
    expiryInterval: 0xffff_ffff,
    awaySince: 1_700_000_000_123,
    client: { username: 'ü', version: 3, peer: '[::1]:65535' },
    will: will('will/é'),
  });
  const plain = store.opened(session('plain'));
  store.opened({ ...session('twice'), expiryInterval: 0, will: will('first') });
  store.opened(session('twice'));
  store.subscribed(full, subscription('plain/+', 1));
  store.subscribed(full, { ...subscription('$share/g/#', 2), noLocal: true, identifier: 268_435_455 });
  store.subscribed(plain, { ...subscription('é', 0), retainAsPublished: true });
  const rich: KeptMessage = {
    ...message('rich/é', 'x'),
    qos: 2,
    retain: true,
    publisher: 'plain',
    source: { identity: 'é', listener: undefined },
    arrivedAt: 1_700_000_000_000,
    expiresAt: 1_700_000_060_000,
    properties: {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 60,
      contentType: 'text/plain',
      responseTopic: 'answers/é',
      correlationData: new Uint8Array([0, 255, 1]),
      userProperties: [
        ['b', '1'],
        ['a', ''],
        ['b', '1'],
      ],
    },
  };
  tellDeliveries(store, full, plain, rich);
  store.held(plain, 1);
  store.held(plain, 65_535);
  store.retained(rich);
  store.retained({ ...rich, topic: 'rich', source: { identity: '', listener: 'tcp' } });
  store.retained({ ...message('plain'), retain: true, payload: new Uint8Array([0]) });
}

function tellDeliveries(store: Store, full: SessionKey, plain: SessionKey, rich: KeptMessage): void {
  const one = store.queued(full, rich, { qos: 2, retain: true, identifiers: [1, 7], share: '$share/g/#' });
  store.queued(plain, rich, { ...plainly, retain: true });
  const two = store.queued(full, message('x', ''), { ...plainly, qos: 2 });
  store.queued(full, message('x', 'third'), plainly);
  store.sent(one, 65_535);
  store.sent(two, 1);
  store.released(two);
}
