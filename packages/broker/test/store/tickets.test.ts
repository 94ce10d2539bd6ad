/** Acknowledged means kept: each answer waits for what it promises, in order, and for nothing else. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { SlowStore } from '../wire/slow-store.ts';

function publish(packetId: number, qos: 1 | 2, topic = 't'): object {
  const payload = new Uint8Array(1);
  return { type: 'PUBLISH', topic, payload, retain: false, dup: false, qos, packetId };
}

const kept = { properties: { sessionExpiryInterval: 60, receiveMaximum: 4 } };

/** A house with a slow store and one kept subscriber of `t`, everything durable. */
async function slowHouse(
  options: object = {},
): Promise<{ readonly house: House; readonly store: SlowStore; readonly receiver: Wire }> {
  const store = new SlowStore();
  const house = await House.opened({ store, ...options });
  const receiver = house.ask({ clientId: 'r', ...kept });
  settle(house, store);
  receiver.subscribe('t', 2);
  settle(house, store);
  receiver.take();
  return { house, store, receiver };
}

function settle(house: House, store: SlowStore): void {
  for (let before = -1; before !== store.newest; ) {
    before = store.newest;
    store.keep();
    house.settle();
  }
}

describe('with a store that takes its time', () => {
  it('5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.3.2-4] [MQTT-4.3.3-8] PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK wait, in order', async () => {
    const { house, store } = await slowHouse();
    const wire = house.ask({ clientId: 's', ...kept });
    expect(wire.take()).toEqual([]);
    settle(house, store);
    expect(wire.takeShort()).toEqual(['CONNACK']);
    wire.send(publish(1, 1), publish(2, 2)).subscribe('x');
    const first = store.newest;
    wire.send(
      publish(3, 1, 'nobody'),
      { type: 'PUBREL', packetId: 2, reasonCode: 0 },
      { type: 'UNSUBSCRIBE', packetId: 8, topicFilters: ['x'] },
    );
    expect(wire.take()).toEqual([]);
    store.keep(first);
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBACK', 'PUBREC', 'SUBACK 0', 'PUBACK 0x10']);
    store.keep();
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBCOMP', 'UNSUBACK 0']);
  });

  it('a SUBSCRIBE flood faster than the store is not read beyond a bound, and is answered whole', async () => {
    const { house, store } = await slowHouse({ limits: { maximumPendingReasonCodes: 4 } });
    const wire = house.ask({ clientId: 's', ...kept });
    settle(house, store);
    wire.take();
    const subscribe = (packetId: number): object => ({
      type: 'SUBSCRIBE',
      packetId,
      subscriptions: ['a', 'b'].map((name) => ({ topicFilter: `${name}/${packetId}`, qos: 1 })),
      properties: {},
    });
    const before = house.broker.sizes.subscriptions;
    wire.send(...Array.from({ length: 10 }, (_, n) => subscribe(n + 1)));
    expect(house.broker.sizes.subscriptions - before).toBe(4);
    expect(house.broker.metrics.clientsHeldForStore).toBe(1);
    expect(wire.take()).toEqual([]);
    settle(house, store);
    expect(wire.take().map((packet) => 'packetId' in packet && packet.packetId)).toEqual(
      Array.from({ length: 10 }, (_, n) => n + 1),
    );
    expect(house.broker.sizes.subscriptions - before).toBe(20);
    expect(house.broker.metrics.clientsHeldForStore).toBe(5);
  });

  it('how long a message takes to be durable is measured, one at a time', async () => {
    const { house, store } = await slowHouse();
    const { metrics } = house.broker;
    const before = metrics.storeCommitMilliseconds;
    expect(metrics.storeCommitsMeasured).toBe(0);
    const wire = house.connect({ clientId: 's' });
    const idle = store.newest;
    wire.send(publish(1, 1));
    house.advance(30);
    wire.send(publish(2, 1));
    house.advance(20);
    store.keep(idle); // what came before it
    expect(metrics.storeCommitsMeasured).toBe(0);
    store.keep();
    expect([metrics.storeCommitsMeasured, metrics.storeCommitMilliseconds - before]).toEqual([1, 50]);
    house.advance(1000); // nothing is under way
    wire.send(publish(3, 1));
    house.advance(7);
    store.keep();
    expect([metrics.storeCommitsMeasured, metrics.storeCommitMilliseconds - before]).toEqual([2, 57]);
  });

  it('what tells the store nothing does not wait for what others told it', async () => {
    const { house, store } = await slowHouse();
    const busy = house.connect({ clientId: 'busy' });
    const idle = house.connect({ clientId: 'idle' });
    busy.send(publish(1, 1));
    expect(store.newest).toBeGreaterThan(store.durable);
    idle.send(publish(1, 1, 'nobody'), publish(2, 2, 'nobody'), { type: 'PINGREQ' });
    expect(idle.takeShort()).toEqual(['PUBACK 0x10', 'PUBREC 0x10', 'PINGRESP']);
    expect(busy.take()).toEqual([]);
  });

  it('a kept session gets a message when it is kept that it was sent, others at once', async () => {
    const { house, store, receiver } = await slowHouse();
    const other = house.connect({ clientId: 'o' }).subscribe('t', 2);
    other.take();
    house.connect({ clientId: 's' }).send(publish(1, 2));
    expect(other.takeShort()).toEqual(['PUBLISH t \u0000 q2']);
    expect(receiver.take()).toEqual([]);
    store.keep();
    house.settle();
    expect(receiver.takeShort()).toEqual(['PUBLISH t \u0000 q2']);
    receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    expect(receiver.take()).toEqual([]);
    store.keep();
    house.settle();
    expect(receiver.takeShort()).toEqual(['PUBREL']);
    receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    expect(receiver.takeShort()).toEqual(['PUBREL']);
  });

  it('5.0 [MQTT-4.9.0-2] [MQTT-3.3.4-9] the window counts what waits for the store', async () => {
    const { house, store, receiver } = await slowHouse();
    const sender = house.connect({ clientId: 's' });
    for (let i = 1; i <= 6; i++) sender.send(publish(i, 1));
    store.keep();
    house.settle();
    expect(receiver.take()).toHaveLength(4);
    receiver.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 });
    expect(receiver.take()).toEqual([]);
    store.keep();
    house.settle();
    expect(receiver.take()).toMatchObject([{ type: 'PUBLISH', packetId: 5 }]);
  });

  it('5.0 [MQTT-3.1.2-24] [MQTT-3.1.2-25] a message that is too large for the client makes room for the next one', async () => {
    const store = new SlowStore();
    const house = await House.opened({ store });
    const small = { sessionExpiryInterval: 60, receiveMaximum: 1, maximumPacketSize: 60 };
    const receiver = house.ask({ clientId: 'r', properties: small });
    settle(house, store);
    receiver.subscribe('t', 1);
    settle(house, store);
    receiver.take();
    const sender = house.connect({ clientId: 's' });
    for (const [packetId, length] of [1, 100, 100, 1].entries())
      sender.publish('t', 'x'.repeat(length), 1, { packetId: packetId + 1 });
    settle(house, store);
    expect(receiver.take()).toMatchObject([{ type: 'PUBLISH', packetId: 1 }]);
    receiver.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 });
    settle(house, store);
    expect(receiver.takeShort()).toEqual(['PUBLISH t x q1']);
    expect(house.broker.metrics.messagesDroppedTooLarge).toBe(2);
  });

  it('5.0 [MQTT-4.4.0-1] what waits when the connection ends leaves on the next one, once', async () => {
    const { house, store, receiver } = await slowHouse();
    house.connect({ clientId: 's' }).send(publish(1, 1), publish(2, 1));
    const again = house.ask({ clientId: 'r', cleanStart: false, ...kept });
    expect(receiver.isClosed).toBe(true);
    expect(again.take()).toEqual([]);
    settle(house, store);
    expect(again.take()).toMatchObject([
      { type: 'CONNACK', sessionPresent: true },
      { type: 'PUBLISH', packetId: 1, dup: false },
      { type: 'PUBLISH', packetId: 2, dup: false },
    ]);
    expect(receiver.take().map(({ type }) => type)).toEqual(['DISCONNECT']);
    expect(house.errors).toEqual([]);
  });

  it('5.0 [MQTT-3.2.0-1] nothing comes before CONNACK, and a client that is taken over before it gets none', async () => {
    const { house, store } = await slowHouse();
    const first = house.ask({ clientId: 'x', ...kept });
    const second = house.ask({ clientId: 'x', cleanStart: false, ...kept });
    first.send({ type: 'PINGREQ' });
    settle(house, store);
    expect([first.takeShort(), first.isClosed]).toEqual([[], true]);
    expect(second.take()).toMatchObject([{ type: 'CONNACK', sessionPresent: true }]);
    second.send({ type: 'PINGREQ' });
    expect(second.takeShort()).toEqual(['PINGRESP']);
  });

  it('5.0 [MQTT-3.3.4-7] what waits counts against Receive Maximum', async () => {
    const { house } = await slowHouse({ limits: { receiveMaximum: 2 } });
    const wire = house.connect({ clientId: 's' });
    wire.send(publish(1, 1), publish(2, 1));
    expect(wire.isClosed).toBe(false);
    wire.send(publish(3, 1));
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x93']);
  });

  it('5.0 [MQTT-4.3.3-10] a QoS 2 message that comes again is answered after the first one is kept', async () => {
    const { house, store } = await slowHouse();
    const wire = house.connect({ clientId: 's' });
    wire.send(publish(1, 2), publish(1, 2));
    expect(wire.take()).toEqual([]);
    store.keep();
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBREC', 'PUBREC']);
  });

  it('a connection that ends is owed nothing any more', async () => {
    const { house, store } = await slowHouse();
    const wire = house.connect({ clientId: 's' });
    wire.send(publish(1, 1)).cut();
    settle(house, store);
    expect(wire.take()).toEqual([]);
    expect(house.errors).toEqual([]);
  });

  it('publish of the program resolves when it is kept', async () => {
    const { house, store } = await slowHouse();
    let isKept = false;
    const published = house.broker.publish('t', 'x', { qos: 1 }).then(() => {
      isKept = true;
    });
    await house.settled();
    expect(isKept).toBe(false);
    store.keep();
    await published;
    expect(isKept).toBe(true);
  });

  it('is closed with the broker', async () => {
    const { house, store, receiver } = await slowHouse();
    receiver.disconnect();
    await house.broker.close();
    expect(store.isClosed).toBe(true);
  });
});

describe('with a store that has no room', () => {
  it('5.0 [MQTT-3.4.2-1] publishers of what would be kept get 0x97, 3.x waits, and the rest goes on', async () => {
    const { house, store, receiver } = await slowHouse();
    const five = house.connect({ clientId: 'five' });
    const three = house.connect({ clientId: 'three', version: 4 });
    store.fill(true);
    five.send(publish(1, 1), publish(2, 2), publish(3, 1, 'nobody'));
    expect(five.takeShort()).toEqual(['PUBACK 0x97', 'PUBREC 0x97', 'PUBACK 0x10']);
    three.send(publish(1, 1), { type: 'PINGREQ' });
    expect(three.take()).toEqual([]);
    store.fill(false);
    await house.settled();
    settle(house, store);
    expect(three.takeShort()).toEqual(['PINGRESP', 'PUBACK']);
    expect(receiver.takeShort()).toEqual(['PUBLISH t \u0000 q1']);
    expect([house.broker.metrics.storeFull, house.broker.metrics.storeRefused]).toEqual([1, 3]);
  });

  it('5.0 [MQTT-3.9.3-1] SUBSCRIBE of a kept session and its CONNECT are refused, others are not', async () => {
    const states: unknown[] = [];
    const { house, store, receiver } = await slowHouse({
      hooks: { onStore: (state: string) => states.push(state) },
    });
    store.fill(true);
    receiver.subscribe('y', 1);
    expect(receiver.takeShort()).toEqual(['SUBACK 0x97']);
    expect(house.ask({ clientId: 'new', ...kept }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.ask({ clientId: 'old', version: 4, cleanStart: false }).takeShort()).toEqual(['CONNACK 3']);
    expect(house.connect({ clientId: 'clean' }).subscribe('y', 1).takeShort()).toEqual(['SUBACK 1']);
    await expect(house.broker.publish('r', 'x', { retain: true })).rejects.toMatchObject({
      code: 'STORE_FULL',
    });
    store.fill(false);
    expect(states).toEqual(['full', 'ready']);
  });
});

describe('with a store that failed', () => {
  it('nothing is acknowledged any more, every connection ends, and the program knows', async () => {
    const states: unknown[] = [];
    const { house, store, receiver } = await slowHouse({
      hooks: { onStore: (state: string, error?: Error) => states.push(state, error) },
    });
    const sender = house.connect({ clientId: 's' });
    sender.send(publish(1, 1));
    const published = house.broker.publish('t', 'x', { qos: 1 });
    const error = new Error('EIO');
    store.fail(error);
    house.settle();
    await expect(published).rejects.toBe(error);
    store.keep();
    house.settle();
    expect(sender.takeShort()).toEqual(['DISCONNECT 0x83']);
    expect(receiver.takeShort()).toEqual(['DISCONNECT 0x83']);
    expect([house.broker.failed, states]).toEqual([error, ['failed', error]]);
    expect([sender.isClosed, house.open().isClosed]).toEqual([true, true]);
  });
});

describe('without a store, and before it is loaded', () => {
  it('nothing is told, and nothing waits', async () => {
    const house = new House();
    await house.broker.open();
    const wire = house.connect({ clientId: 's', ...kept }).subscribe('t', 1);
    expect(wire.send(publish(1, 1)).takeShort()).toEqual(['SUBACK 1', 'PUBLISH t \u0000 q1', 'PUBACK']);
    expect(house.broker.failed).toBe(undefined);
  });

  it('a broker whose store is not loaded serves nobody, and says why', async () => {
    const house = new House({ store: new SlowStore() });
    const notLoaded = { code: 'STORE_NOT_LOADED' };
    expect(() => house.open()).toThrow(expect.objectContaining(notLoaded));
    expect(() => house.broker.subscribe('t', () => {})).toThrow(expect.objectContaining(notLoaded));
    await expect(house.broker.publish('t', 'x')).rejects.toMatchObject(notLoaded);
    await house.broker.open();
    expect(house.open().isClosed).toBe(false);
  });
});
