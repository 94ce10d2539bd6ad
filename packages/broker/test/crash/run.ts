/** One run under a seed: random clients, a broker that dies again and again, and what they wrote down about it. */
import type { QoS } from '@mqtt/codec';
import { ManualClock, type MemoryLink, seededRandom } from '@mqtt/session/testing';
import { type Broker, createBroker } from '../../src/index.ts';
import { type CrashingOptions, CrashingStore, type Fact } from '../../src/testing/index.ts';
import { Actor } from './actor.ts';
import { History } from './history.ts';
import { RULES, SHARE } from './rules.ts';

const TOPICS = ['a', 'a/b', 'a/c', 's'];
const FILTERS = ['a', 'a/+', '+/b', 'a/b', 'a/#'];
const STEPS = 500;

/** How a store is made: the right one, or one that is meant to be wrong. */
export type MakeStore = (options: CrashingOptions) => CrashingStore;

/** Plays a seed; returns what is wrong, empty when nothing is. */
export async function play(seed: number, make?: MakeStore): Promise<readonly string[]> {
  const run = new Run(seed, make ?? ((options) => new CrashingStore(options)));
  await run.begin();
  for (let step = 0; step < STEPS; step++) await run.act();
  await run.finish();
  return run.faults();
}

class Run {
  readonly #history = new History();
  readonly #errors: unknown[] = [];
  readonly #actors: Actor[];
  readonly #random: () => number;
  readonly #make: MakeStore;
  #clock = new ManualClock();
  #store: CrashingStore | undefined;
  #broker: Broker | undefined;

  constructor(seed: number, make: MakeStore) {
    this.#random = seededRandom(seed);
    this.#make = make;
    this.#actors = (
      [
        ['watcher', 5, true],
        ['five', 5, true],
        ['three', 4, true],
        ['other', 5, true],
        ['clean5', 5, false],
        ['clean4', 4, false],
      ] as const
    ).map(
      ([clientId, version, isKept]) => new Actor({ clientId, version, isKept }, this.#history, this.#random),
    );
  }

  async begin(): Promise<void> {
    await this.#start([]);
    this.#settle();
    const [watcher, five, three] = this.#actors;
    watcher?.subscribe('w', 2);
    five?.subscribe(SHARE, 2);
    three?.subscribe(SHARE, 1);
    this.#settle();
    for (const actor of this.#actors.slice(1)) {
      for (const filter of FILTERS) if (this.#chance(0.3)) actor.subscribe(filter, this.#qos());
    }
  }

  /** One random thing happens. */
  async act(): Promise<void> {
    this.#history.step++;
    if (this.#chance(0.01)) {
      await this.#crash();
      return;
    }
    if (this.#chance(0.25)) this.#store?.commit(this.#pick(this.#store.uncommitted + 1));
    const actor = this.#actors[this.#pick(this.#actors.length)];
    if (actor === undefined) return;
    if (actor.link === undefined) {
      if (this.#chance(0.5)) this.#connect(actor);
    } else if (this.#chance(0.04)) actor.cut();
    else if (this.#chance(0.02) && actor.isConnected) actor.disconnect();
    else if (this.#chance(0.3)) this.#publish(actor);
    else if (this.#chance(0.05)) this.#resubscribe(actor);
    else if (this.#chance(0.4)) actor.answer();
    else this.#move(this.#pick(25));
  }

  /** Everybody is there and answers, until nothing moves any more; then somebody looks at what is retained. */
  async finish(): Promise<void> {
    this.#settle();
    await this.#crash();
    this.#settle();
    this.#probe();
  }

  faults(): string[] {
    const wrong = Object.entries(RULES).flatMap(([name, rule]) =>
      rule(this.#history, this.#actors).map((fault) => `${name}: ${fault}`),
    );
    for (const { clientId, inflight } of this.#actors)
      if (inflight > 0) wrong.push(`${clientId} has ${inflight} open`);
    for (const error of this.#errors) wrong.push(String(error));
    if (this.#history.told.size < 30) wrong.push('hardly anything was published');
    return wrong;
  }

  async #start(left: readonly Fact[]): Promise<void> {
    this.#clock = new ManualClock(0, this.#clock.wallTime() + 1000);
    this.#store = this.#make({ defer: this.#clock.defer, left });
    this.#broker = createBroker({
      clock: this.#clock,
      store: this.#store,
      probe: false,
      limits: { maximumQueuedMessages: 1_000_000, maximumInflight: 1 + this.#pick(6) },
      hooks: { onError: (error) => this.#errors.push(error), onDamage: (what) => this.#errors.push(what) },
    });
    await this.#broker.open();
    if (left.length > 0 && this.#chance(0.5)) this.#probe();
  }

  async #crash(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const left = store.crash(this.#pick(store.uncommitted + 1));
    for (const actor of this.#actors) actor.cut(true);
    await this.#start(left);
  }

  #connect(actor: Actor): void {
    if (this.#broker === undefined) return;
    const isWatcher = actor === this.#actors[0];
    const isMember = isWatcher || actor === this.#actors[1] || actor === this.#actors[2];
    actor.connect(this.#broker, !isMember && this.#chance(0.1), !isWatcher && this.#chance(0.5));
  }

  #publish(actor: Actor): void {
    const qos = this.#qos();
    // One QoS for each topic: when both are sent again, QoS 1 is a new message and QoS 2 is not, so they change places.
    const own = actor.nature.version === 5 ? 2 : 1;
    if (this.#chance(0.25))
      actor.publish(`r/${actor.clientId}`, own, true, this.#chance(0.3) ? '' : undefined);
    else actor.publish(TOPICS[this.#pick(TOPICS.length)] ?? 'a', qos);
  }

  #resubscribe(actor: Actor): void {
    if (actor === this.#actors[0]) return;
    const filter = FILTERS[this.#pick(FILTERS.length)] ?? 'a';
    if (this.#chance(0.5)) actor.subscribe(filter, this.#qos());
    else actor.unsubscribe(filter);
  }

  /** Lets up to `steps` chunks arrive. */
  #move(steps: number): boolean {
    let isMoved = false;
    for (let i = 0; i < steps; i++) {
      this.#clock.turn();
      const linked = this.#actors.filter(({ link }) => link !== undefined);
      if (linked[this.#pick(linked.length)]?.link?.step()) isMoved = true;
    }
    return isMoved;
  }

  #settle(): void {
    for (let quiet = 0; quiet < 3; ) {
      this.#history.step++;
      for (const actor of this.#actors) {
        if (actor.link === undefined) this.#connect(actor);
        actor.answer();
      }
      const isMoved = this.#move(150);
      const isCommitted = (this.#store?.uncommitted ?? 0) > 0;
      this.#store?.commit();
      quiet = isMoved || isCommitted ? 0 : quiet + 1;
    }
  }

  /** A clean client asks for all retained messages, and takes them at once. */
  #probe(): void {
    if (this.#broker === undefined) return;
    const at = this.#history.step;
    const values = new Map<string, string>();
    const probe = new Actor({ clientId: 'probe', version: 4, isKept: false }, this.#history, this.#random);
    const settle = (): MemoryLink | undefined => {
      for (let moves = true; moves; this.#clock.turn()) moves = probe.link?.step() ?? false;
      return probe.link;
    };
    probe.connect(this.#broker);
    settle();
    probe.subscribe('r/#', 0);
    settle();
    for (const { topic, name } of probe.got) values.set(topic, name);
    probe.disconnect();
    settle();
    this.#history.probes.push({ at, values });
  }

  #qos(): QoS {
    return this.#pick(3) as QoS;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }
}
