/** Acknowledged means kept: what is answered waits for the store, in order, and everything else goes on. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/index.ts';
import { House } from '../wire/house.ts';
import { SlowStore } from '../wire/slow-store.ts';

function publish(packetId: number, qos: 1 | 2): object {
  return {
    type: 'PUBLISH',
    topic: 't',
    payload: new Uint8Array(1),
    retain: false,
    dup: false,
    qos,
    packetId,
  };
}

describe('with a store that takes its time', () => {
  it('5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.3.2-4] [MQTT-4.3.3-8] PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK wait, in order', () => {
    const store = new SlowStore();
    const house = new House({ store });
    const wire = house.connect();
    store.tell();
    wire.send(publish(1, 1), publish(2, 2)).subscribe('x');
    store.tell();
    wire.send(
      publish(3, 1),
      { type: 'PUBREL', packetId: 2, reasonCode: 0 },
      { type: 'UNSUBSCRIBE', packetId: 8, topicFilters: ['x'] },
    );
    expect(wire.take()).toEqual([]);
    store.keep(1);
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBACK 0x10', 'PUBREC 0x10', 'SUBACK 0']);
    store.keep(2);
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBACK 0x10', 'PUBCOMP', 'UNSUBACK 0']);
    wire.send(publish(4, 1));
    expect(wire.takeShort()).toEqual(['PUBACK 0x10']);
  });

  it('messages do not wait for it, nor do PINGRESP and QoS 0', () => {
    const store = new SlowStore();
    const house = new House({ store });
    const receiver = house.connect({ clientId: 'r' }).subscribe('t', 1);
    receiver.take();
    store.tell();
    const sender = house.connect({ clientId: 's' }).send(publish(1, 1), { type: 'PINGREQ' });
    expect(sender.takeShort()).toEqual(['PINGRESP']);
    expect(receiver.takeShort()).toEqual(['PUBLISH t \u0000 q1']);
  });

  it('5.0 [MQTT-3.3.4-7] what waits counts against Receive Maximum', () => {
    const store = new SlowStore();
    const house = new House({ store, limits: { receiveMaximum: 2 } });
    const wire = house.connect();
    store.tell();
    wire.send(publish(1, 1), publish(2, 1));
    expect(wire.isClosed).toBe(false);
    wire.send(publish(3, 1));
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x93']);
  });

  it('5.0 [MQTT-4.3.3-10] a QoS 2 message that comes again is answered after the first one is kept', () => {
    const store = new SlowStore();
    const house = new House({ store });
    const wire = house.connect();
    store.tell();
    wire.send(publish(1, 2), publish(1, 2));
    expect(wire.take()).toEqual([]);
    store.keep(1);
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBREC 0x10', 'PUBREC']);
  });

  it('a connection that ends is owed nothing any more', () => {
    const store = new SlowStore();
    const house = new House({ store });
    const wire = house.connect();
    store.tell();
    wire.send(publish(1, 1)).cut();
    store.keep(1);
    house.settle();
    expect(wire.take()).toEqual([]);
    expect(house.isWell()).toBe(true);
  });

  it('publish of the program resolves when it is kept', async () => {
    const store = new SlowStore();
    const house = new House({ store });
    store.tell();
    let isKept = false;
    const published = house.broker.publish('t', 'x', { qos: 1 }).then(() => {
      isKept = true;
    });
    await house.settled();
    expect(isKept).toBe(false);
    store.keep(1);
    await published;
    expect(isKept).toBe(true);
  });

  it('is closed with the broker', async () => {
    const store = new SlowStore();
    await new House({ store }).broker.close();
    expect(store.isClosed).toBe(true);
  });
});

describe('the store in memory', () => {
  it('has kept everything it was told, at once', async () => {
    const store = new MemoryStore();
    store.opened({
      clientId: 'a',
      identity: '',
      expiryInterval: 60,
      awaySince: undefined,
      client: { username: undefined, version: 5, peer: '' },
      will: undefined,
    });
    expect([store.newest, store.durable]).toEqual([1, 1]);
    await expect(store.close()).resolves.toBe(undefined);
  });
});
