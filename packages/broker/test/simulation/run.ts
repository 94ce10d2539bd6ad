/** One run under a seed: random clients, a broker that dies again and again, and what they wrote down about it. */
import type { QoS } from '@mqtt/codec';
import { ManualClock, type MemoryLink, seededRandom } from '@mqtt/session/testing';
import { type Broker, createBroker } from '../../src/index.ts';
import { type CrashingOptions, CrashingStore, type Fact } from '../../src/testing/index.ts';
import { Actor } from './actor.ts';
import { type Conditions, conditionsFrom, wayFrom } from './conditions.ts';
import { History } from './history.ts';
import { RULES, SHARE } from './rules.ts';

const TOPICS = ['a', 'a/b', 'a/c', 's', 'a/topic/worth/an/alias'];
const FILTERS = ['a', 'a/+', '+/b', 'a/b', 'a/#'];
const STEPS = 500;

/** How a store is made: the right one, or one that is meant to be wrong. */
export type MakeStore = (options: CrashingOptions) => CrashingStore;

/** Plays a seed; returns what is wrong, empty when nothing is. */
export async function play(seed: number, make?: MakeStore): Promise<readonly string[]> {
  return (await played(seed, make)).faults();
}

/** Plays a seed to its end. */
export async function played(seed: number, make?: MakeStore): Promise<Run> {
  const run = new Run(seed, make ?? ((options) => new CrashingStore(options)));
  await run.begin();
  for (let step = 0; step < STEPS; step++) await run.act();
  await run.finish();
  return run;
}

/** A run. */
export class Run {
  readonly history: History = new History();
  readonly actors: readonly Actor[];
  readonly conditions: Conditions;
  /** Messages whose hook was late, and times that the disk was full, or failed. */
  asked = 0;
  timesFull = 0;
  timesFailed = 0;
  readonly #errors: unknown[] = [];
  readonly #random: () => number;
  readonly #make: MakeStore;
  #clock = new ManualClock();
  #store: CrashingStore | undefined;
  #broker: Broker | undefined;
  /** Answers of `onPublish` that are due. */
  #open: (() => void)[] = [];
  #isFull = false;
  #hasFailed = false;

  constructor(seed: number, make: MakeStore) {
    // Seeds that are close to each other would begin with numbers that are.
    this.#random = seededRandom(Math.imul(seed, 0x9e37_79b1));
    for (let i = 0; i < 8; i++) this.#random();
    this.#make = make;
    this.conditions = conditionsFrom(this.#random);
    this.history.isUpgraded = this.conditions.isUpgraded;
    this.actors = (
      [
        ['watcher', 5, true],
        ['five', 5, true],
        ['three', 4, true],
        ['other', 5, true],
        ['clean5', 5, false],
        ['clean4', 4, false],
      ] as const
    ).map(
      ([clientId, version, isKept]) => new Actor({ clientId, version, isKept }, this.history, this.#random),
    );
  }

  async begin(): Promise<void> {
    await this.#start([]);
    await this.#settle();
    const [watcher, five, three] = this.actors;
    watcher?.subscribe('w', 2);
    five?.subscribe(SHARE, 2);
    three?.subscribe(SHARE, 1);
    await this.#settle();
    for (const actor of this.actors.slice(1)) {
      for (const filter of FILTERS) if (this.#chance(0.3)) actor.subscribe(filter, this.#qos());
    }
  }

  /** One random thing happens. */
  async act(): Promise<void> {
    this.history.step++;
    const { crash, freeze, answer } = this.conditions;
    if (this.#chance(this.#hasFailed ? 0.3 : crash)) {
      this.history.crashes++;
      await this.#crash();
      // Now and then it dies again before anybody is there.
      if (this.#chance(0.15)) await this.#crash();
      return;
    }
    if (this.#chance(0.25)) this.#store?.commit(this.#pick(this.#store.uncommitted + 1));
    if (this.#open.length > 0 && this.#chance(answer)) this.#open.shift()?.();
    this.#trouble();
    if (this.#chance(0.01)) this.#clock.advance(this.#pick(5000));
    const actor = this.actors[this.#pick(this.actors.length)];
    if (actor === undefined) return;
    if (actor.link === undefined) {
      if (this.#chance(0.5)) this.#connect(actor);
    } else if (this.#chance(0.04)) actor.cut();
    else if (this.#chance(0.02) && actor.isConnected) actor.disconnect();
    else if (this.#chance(freeze)) actor.freeze(!actor.isFrozen);
    else if (this.#chance(0.3)) this.#publish(actor);
    else if (this.#chance(0.05)) this.#resubscribe(actor);
    else if (this.#chance(0.4)) actor.answer();
    else this.#move(this.#pick(25));
  }

  /** Everybody is there and answers, until nothing moves any more; then somebody looks at what is retained. */
  async finish(): Promise<void> {
    if (this.#hasFailed) await this.#crash();
    await this.#settle();
    await this.#crash();
    await this.#settle();
    this.#probe();
  }

  faults(): string[] {
    const wrong = Object.entries(RULES).flatMap(([name, rule]) =>
      rule(this.history, this.actors).map((fault) => `${name}: ${fault}`),
    );
    for (const { clientId, inflight } of this.actors)
      if (inflight > 0) wrong.push(`${clientId} has ${inflight} open`);
    for (const error of this.#errors) wrong.push(String(error));
    if (this.history.told.size < 30) wrong.push('hardly anything was published');
    return wrong;
  }

  async #start(left: readonly Fact[]): Promise<void> {
    this.#clock = new ManualClock(0, this.#clock.wallTime() + 1000);
    this.#store = this.conditions.isStored ? this.#make({ defer: this.#clock.defer, left }) : undefined;
    this.#open = [];
    this.#isFull = false;
    this.#hasFailed = false;
    this.history.isHard = false;
    const { isUpgraded, queueQoS0, maximumInflight, maximumOutgoingBytes, answer } = this.conditions;
    this.#broker = createBroker({
      clock: this.#clock,
      random: (target) => target.map(() => this.#pick(256)),
      store: this.#store,
      probe: false,
      queueQoS0,
      upgradeOutgoingQoS: isUpgraded,
      // A hook that takes too long refuses, and 3.1.1 is not told: here it may take any time.
      limits: {
        maximumQueuedMessages: 1_000_000,
        maximumInflight,
        maximumOutgoingBytes,
        hookTimeout: 3_600_000,
      },
      hooks: {
        onError: (error) => this.#errors.push(error),
        onDamage: (what) => this.#errors.push(what),
        ...(answer > 0 ? { onPublish: () => this.#later() } : {}),
      },
    });
    await this.#broker.open();
    if (left.length > 0 && this.#chance(0.5)) this.#probe();
  }

  /** Half of the messages are let through at once. */
  #later(): Promise<undefined> | undefined {
    if (this.#chance(0.5)) return undefined;
    this.asked++;
    return new Promise((resolve) => this.#open.push(() => resolve(undefined)));
  }

  /** The disk: full for a while, or it fails for good. */
  #trouble(): void {
    const { full, fail } = this.conditions;
    if (this.#chance(this.#isFull ? 0.05 : full)) this.#fill(!this.#isFull);
    if (this.#hasFailed || !this.#chance(fail)) return;
    this.#hasFailed = true;
    this.timesFailed++;
    this.history.isHard = true;
    this.#store?.fail();
  }

  #fill(isFull: boolean): void {
    if (isFull) this.timesFull++;
    this.#isFull = isFull;
    if (isFull) this.history.isHard = true;
    this.#store?.fill(isFull);
  }

  async #crash(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const left = store.crash(this.#pick(store.uncommitted + 1));
    for (const actor of this.actors) actor.cut(true);
    await this.#start(left);
  }

  #connect(actor: Actor): void {
    if (this.#broker === undefined) return;
    const isWatcher = actor === this.actors[0];
    const isMember = isWatcher || actor === this.actors[1] || actor === this.actors[2];
    const isClean = !isMember && this.#chance(0.1);
    const wantsWill = !isWatcher && this.#chance(0.5);
    actor.connect(this.#broker, wayFrom(this.#random, this.conditions, isClean, wantsWill));
  }

  #publish(actor: Actor): void {
    const qos = this.#qos();
    const { largest } = this.conditions;
    const size = largest > 0 && this.#chance(0.3) ? this.#pick(largest) : 0;
    // One QoS for each topic: when both are sent again, QoS 1 is a new message and QoS 2 is not, so they change places.
    const own = actor.nature.version === 5 ? 2 : 1;
    if (this.#chance(0.25))
      actor.publish(`r/${actor.clientId}`, own, 0, true, this.#chance(0.3) ? '' : undefined);
    else actor.publish(TOPICS[this.#pick(TOPICS.length)] ?? 'a', qos, size);
  }

  #resubscribe(actor: Actor): void {
    if (actor === this.actors[0]) return;
    const filter = FILTERS[this.#pick(FILTERS.length)] ?? 'a';
    if (this.#chance(0.5)) actor.subscribe(filter, this.#qos());
    else actor.unsubscribe(filter);
  }

  /** Lets up to `steps` chunks arrive. */
  #move(steps: number): boolean {
    let isMoved = false;
    for (let i = 0; i < steps; i++) {
      this.#clock.turn();
      if (this.actors[this.#pick(this.actors.length)]?.link?.step()) isMoved = true;
    }
    return isMoved;
  }

  async #settle(): Promise<void> {
    if (this.#isFull) this.#fill(false);
    for (let quiet = 0; quiet < 3; ) {
      this.history.step++;
      for (const actor of this.actors) {
        if (actor.link === undefined) this.#connect(actor);
        if (actor.isFrozen) actor.freeze(false);
        actor.answer();
      }
      const isMoved = this.#move(150);
      const isCommitted = (this.#store?.uncommitted ?? 0) > 0;
      this.#store?.commit();
      const isAnswered = this.#open.length > 0;
      for (const answer of this.#open.splice(0)) answer();
      if (this.conditions.answer > 0) for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      quiet = isMoved || isCommitted || isAnswered ? 0 : quiet + 1;
    }
    this.history.isHard = false;
  }

  /** A clean client asks for all retained messages, and takes them at once. */
  #probe(): void {
    if (this.#broker === undefined) return;
    const at = this.history.step;
    const values = new Map<string, string>();
    const probe = new Actor({ clientId: 'probe', version: 4, isKept: false }, this.history, this.#random);
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
    this.history.probes.push({ at, values });
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
