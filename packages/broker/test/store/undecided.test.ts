/**
 * QoS 2 messages that a hook is asked about when their connection is lost: they are answered on the next one when they
 * are kept, not before. (What waits for room on a full disk cannot be lost so: nobody comes back before there is room.)
 */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import type { Hooks, PublishVerdict } from '../../src/index.ts';
import { CrashingStore, type Fact } from '../../src/testing/index.ts';
import { House, type Wire } from '../wire/house.ts';

type OnPublish = NonNullable<Hooks['onPublish']>;

const kept = { clientId: 'p', cleanStart: false, properties: { sessionExpiryInterval: 99 } };
const again = { dup: true };

/** A broker over a store that commits when told, with a subscriber that is away. */
class Scene {
  readonly store: CrashingStore;
  readonly house: House;

  private constructor(left: readonly Fact[], onPublish: OnPublish | undefined) {
    const clock = new ManualClock();
    this.store = new CrashingStore({ defer: clock.defer, left });
    this.house = new House({ store: this.store, hooks: onPublish === undefined ? {} : { onPublish } }, clock);
  }

  static async set(left: readonly Fact[] = [], onPublish?: OnPublish): Promise<Scene> {
    const scene = new Scene(left, onPublish);
    await scene.house.broker.open();
    return scene;
  }

  /** Everything told so far is committed, and what waited for it happens. */
  commit(): void {
    this.house.settle();
    this.store.commit();
    this.house.settle();
  }

  /** Connects and takes CONNACK. */
  async come(wishes: object): Promise<Wire> {
    const wire = this.house.ask(wishes);
    this.commit();
    await this.house.settled();
    expect(wire.takeShort()[0]).toMatch(/^CONNACK/);
    return wire;
  }

  async away(): Promise<void> {
    const away = await this.come({ ...kept, clientId: 's' });
    away.subscribe('#', 2);
    this.commit();
    away.cut();
    this.commit();
  }

  /** What the subscriber gets. */
  async got(): Promise<string[]> {
    const wire = this.house.ask({ ...kept, clientId: 's' });
    for (let turns = 0; turns < 3; turns++) this.commit();
    await this.house.settled();
    return wire.takeShort().slice(1);
  }
}

function asked(): { readonly onPublish: OnPublish; readonly open: ((verdict: PublishVerdict) => void)[] } {
  const open: ((verdict: PublishVerdict) => void)[] = [];
  return { open, onPublish: () => new Promise((resolve) => open.push(resolve)) };
}

describe('a QoS 2 message that a hook is asked about when its connection is lost', () => {
  it('5.0 [MQTT-4.3.3-10] is acknowledged on the next connection only when it is kept', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(kept)).publish('t', 'once', 2).cut();
    const back = await scene.come(kept);
    back.publish('t', 'once', 2, again);
    scene.commit();
    await scene.house.settled();
    expect(back.takeShort()).toEqual([]);
    open[0]?.(undefined);
    await scene.house.settled();
    expect(back.takeShort()).toEqual([]);
    scene.commit();
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(open).toHaveLength(1);
    expect(await scene.got()).toEqual(['PUBLISH t once q2']);
  });

  it('5.0 [MQTT-4.6.0-6] is not overtaken by what its client sends after it', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(kept)).publish('t', '1', 2).cut();
    const back = await scene.come(kept);
    back.publish('t', '1', 2, again).publish('t', '2', 2, { packetId: 2 });
    await scene.house.settled();
    expect(open).toHaveLength(1);
    open[0]?.(undefined);
    await scene.house.settled();
    open[1]?.(undefined);
    await scene.house.settled();
    scene.commit();
    expect(await scene.got()).toEqual(['PUBLISH t 1 q2', 'PUBLISH t 2 q2']);
  });

  it('5.0 [MQTT-4.3.3-10] comes once though the broker dies after it was taken', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(kept)).publish('t', 'once', 2).cut();
    open[0]?.(undefined);
    await scene.house.settled();
    scene.commit();
    const next = await Scene.set(scene.store.crash(0), () => undefined);
    const back = await next.come(kept);
    back.publish('t', 'once', 2, again);
    next.commit();
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(await next.got()).toEqual(['PUBLISH t once q2']);
  });

  it('5.0 [MQTT-4.3.3-9] is refused on the next connection, and asked about again when it comes again', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    (await scene.come(kept)).publish('t', 'no', 2).cut();
    const back = await scene.come(kept);
    back.publish('t', 'no', 2, again);
    open[0]?.({ refuse: 0x97 });
    await scene.house.settled();
    scene.commit();
    expect(back.takeShort()).toEqual(['PUBREC 0x97']);
    back.publish('t', 'yes', 2);
    back.cut();
    open[1]?.({ refuse: 0x97 });
    await scene.house.settled();
    (await scene.come(kept)).publish('t', 'yes', 2, again);
    expect(open).toHaveLength(3);
  });

  it('5.0 [MQTT-3.1.2-4] leaves nothing behind in the session that a clean start begins', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(kept)).publish('t', 'before', 2).cut();
    const fresh = await scene.come({ ...kept, cleanStart: true });
    open[0]?.(undefined);
    await scene.house.settled();
    scene.commit();
    const next = await Scene.set(scene.store.crash(0));
    fresh.cut();
    const back = await next.come(kept);
    back.publish('t', 'new', 2);
    next.commit();
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(await next.got()).toEqual(['PUBLISH t before q2', 'PUBLISH t new q2']);
  });
});

describe('a QoS 2 message that is refused while others wait for the disk', () => {
  it('5.0 [MQTT-4.3.3-9] is a new one when it comes again on the next connection, not one that was taken', async () => {
    const scene = await Scene.set();
    await scene.away();
    const first = await scene.come(kept);
    first.publish('t', 'waits', 1, { packetId: 9 });
    scene.store.fill(true);
    first.publish('t', 'once', 2).cut(); // PUBREC 0x97 waits behind PUBACK and is lost
    scene.store.fill(false);
    const back = await scene.come(kept);
    back.publish('t', 'once', 2, again);
    scene.commit();
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(await scene.got()).toEqual(['PUBLISH t waits q1', 'PUBLISH t once q2']);
  });
});

describe('a will that a hook is asked about', () => {
  const willing = { ...kept, will: { topic: 'w', payload: 'gone', qos: 1 as const } };

  it('5.0 [MQTT-3.1.2-8] comes though its client is back, with another one, when the broker dies', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(willing)).cut();
    expect(open).toHaveLength(1);
    await scene.come({ ...willing, will: { topic: 'w', payload: 'next' } });
    const next = await Scene.set(scene.store.crash(0), () => undefined);
    next.commit();
    expect(await next.got()).toEqual(['PUBLISH w gone q1']);
  });

  it('5.0 [MQTT-3.1.2-8] does not take the next one with it when it is let go', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    await scene.away();
    (await scene.come(willing)).cut();
    await scene.come({ ...willing, will: { topic: 'w', payload: 'next', qos: 1 } });
    open[0]?.(undefined);
    await scene.house.settled();
    scene.commit();
    const next = await Scene.set(scene.store.crash(0), () => undefined);
    next.commit();
    expect(await next.got()).toEqual(['PUBLISH w gone q1', 'PUBLISH w next q1']);
  });
});

describe('a message that a hook is asked about when its connection is lost', () => {
  it('5.0 [MQTT-4.6.0-6] does not come after what its client published on the next one', async () => {
    const { onPublish, open } = asked();
    const scene = await Scene.set([], onPublish);
    (await scene.come({ clientId: 'p' })).publish('t', 'old', 1, { retain: true }).cut();
    (await scene.come({ clientId: 'p' })).publish('t', 'new', 1, { retain: true });
    await scene.house.settled();
    expect(open).toHaveLength(1);
    open[0]?.(undefined);
    await scene.house.settled();
    open[1]?.(undefined);
    await scene.house.settled();
    const values = [...scene.house.broker.retained()].map(({ payload }) => new TextDecoder().decode(payload));
    expect(values).toEqual(['new']);
  });
});
