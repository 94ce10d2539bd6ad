/**
 * Random clients against one broker, under a seed: they publish, are cut at any byte, acknowledge late, stop reading and
 * come back to their sessions; the broker has options and bounds of every kind. In the end every delivery is held against what the specification promises each of them.
 * A failing seed stands in the test's name and runs exactly so again.
 */
import type { QoS } from '@mqtt/codec';
import { ManualClock, seededRandom } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import { createBroker } from '../../src/index.ts';
import { Actor, type Told } from './actor.ts';

const TOPICS = ['a', 'a/b', 'a/c', 'b/c/d', 'a/topic/worth/an/alias', 'b/c/another/long/topic'];
const FILTERS = ['a', '+', 'a/#', 'a/+', '#', 'a/b', '+/c/#', 'b/c/d'];
const STEPS = 800;

class Run {
  readonly actors: Actor[];
  readonly errors: unknown[] = [];
  readonly told = new Map<string, Told>();
  readonly isUpgraded: boolean;
  readonly #clock = new ManualClock();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const limits = {
      maximumQueuedMessages: 1_000_000,
      maximumInflight: 1 + this.#pick(30),
      maximumOutgoingBytes: 16_384,
    };
    this.isUpgraded = this.#random() < 0.2;
    const broker = createBroker({
      clock: this.#clock,
      random: (target) => target.map(() => this.#pick(256)),
      limits,
      queueQoS0: this.#random() < 0.3,
      upgradeOutgoingQoS: this.isUpgraded,
      hooks: { onError: (error) => this.errors.push(error) },
    });
    this.actors = ['A', 'B', 'C', 'D'].map(
      (id, i) => new Actor(id, i % 2 === 0 ? 5 : 4, broker, this.#random),
    );
    this.finish();
    for (const actor of this.actors) {
      for (const filter of FILTERS) if (this.#random() < 0.3) actor.subscribe(filter, this.#pick(3) as QoS);
    }
    this.finish();
  }

  /** One random thing happens. */
  act(): void {
    const actor = this.actors[this.#pick(this.actors.length)];
    if (actor === undefined) return;
    const chance = this.#random();
    if (actor.link === undefined) {
      if (chance < 0.4) actor.connect();
    } else if (chance < 0.02) actor.cut();
    else if (chance < 0.05) actor.freeze(!actor.isFrozen);
    else if (chance < 0.4) this.#publish(actor);
    else if (chance < 0.6) actor.acknowledge();
    else this.#move(this.#pick(30));
    if (this.#random() < 0.01) this.#clock.advance(this.#pick(5000));
  }

  /** Everybody is there and acknowledges, until nothing moves any more. */
  finish(): void {
    for (let quiet = 0; quiet < 3; ) {
      for (const actor of this.actors) {
        if (actor.link === undefined) actor.connect();
        actor.freeze(false);
        actor.acknowledge();
      }
      quiet = this.#move(300) ? 0 : quiet + 1;
    }
  }

  /** Lets up to `steps` chunks arrive. */
  #move(steps: number): boolean {
    let isMoved = false;
    for (let i = 0; i < steps; i++) {
      this.#clock.turn();
      const linked = this.actors.filter(({ link }) => link !== undefined);
      const actor = linked[this.#pick(linked.length)];
      if (actor?.link?.step()) isMoved = true;
    }
    return isMoved;
  }

  #publish(actor: Actor): void {
    const topic = TOPICS[this.#pick(TOPICS.length)] ?? 'a';
    const qos = this.#pick(3) as QoS;
    const size = this.#random() < 0.3 ? this.#pick(6000) : 0;
    const told: Told = { name: `${this.told.size}`, publisher: actor.clientId, topic, qos, size };
    if (actor.publish(told)) this.told.set(told.name, told);
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }
}

/** What is wrong with what `actor` got; empty when nothing is. */
function faults(actor: Actor, told: ReadonlyMap<string, Told>, isUpgraded: boolean): string[] {
  const wrong: string[] = [];
  const first = new Map<string, number>();
  const again = new Map<string, number>();
  for (const [at, { name, topic, qos, dup }] of actor.got.entries()) {
    const one = told.get(name);
    const granted = actor.granted(topic);
    if (one === undefined || one.topic !== topic || granted === undefined) wrong.push(`${name}: invented`);
    else if (qos !== (isUpgraded ? granted : Math.min(one.qos, granted)))
      wrong.push(`${name}: at QoS ${qos}`);
    if (!first.has(name)) first.set(name, at);
    else if (!dup) again.set(name, (again.get(name) ?? 0) + 1);
  }
  const newest = new Map<string, number>();
  for (const one of told.values()) {
    const granted = actor.granted(one.topic);
    // What is published at QoS 0 is lost with its publisher's connection, whatever it is delivered at.
    const qos = granted === undefined ? 0 : Math.min(granted, one.qos);
    const at = first.get(one.name);
    if (qos > 0 && at === undefined) wrong.push(`${one.name}: lost at QoS ${qos}`);
    // A QoS 1 publisher sends again what was not acknowledged: that may be a new message (§4.3.2).
    if (one.qos !== 1 && again.has(one.name)) wrong.push(`${one.name}: twice`);
    // At QoS 0 the first of two copies may have been dropped: the second is late and none of its flow.
    if (at === undefined || (one.qos === 1 && qos === 0)) continue;
    const flow = `${one.publisher} ${one.topic} ${one.qos}`;
    if (at < (newest.get(flow) ?? -1)) wrong.push(`${one.name}: overtaken`);
    newest.set(flow, at);
  }
  return wrong;
}

describe('random clients', () => {
  for (let seed = 1; seed <= 60; seed++) {
    it(`5.0 [MQTT-4.3.2-4] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.5.0-1] [MQTT-4.6.0-6] 3.1.1 [MQTT-4.3.3-2] [MQTT-4.4.0-1] seed ${seed}: nothing is lost, doubled, invented or overtaken`, () => {
      const run = new Run(seed);
      for (let step = 0; step < STEPS; step++) run.act();
      run.finish();
      expect(run.errors).toEqual([]);
      expect(run.told.size).toBeGreaterThan(50);
      for (const actor of run.actors) {
        expect(actor.outbound.inflight, actor.clientId).toBe(0);
        expect(faults(actor, run.told, run.isUpgraded), actor.clientId).toEqual([]);
      }
    });
  }

  it('5.0 [MQTT-3.3.2-8] among them are clients that are given topic aliases', () => {
    let aliased = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const run = new Run(seed);
      for (let step = 0; step < STEPS; step++) run.act();
      run.finish();
      for (const actor of run.actors) aliased += actor.aliased;
    }
    expect(aliased).toBeGreaterThan(10);
  });
});
