/** Bounds of what all clients have open at once: clients that acknowledge nothing cannot fill the memory together. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/index.ts';
import { House, type Wire } from '../wire/house.ts';

const NONE = { inflightBytes: 0, messagesInMemory: 0, queuedMessages: 0, queuedBytes: 0 };

/** Clients with a subscription at QoS 2 that take everything and acknowledge nothing. */
function silent(house: House, count: number, connect: object = {}): Wire[] {
  return Array.from({ length: count }, (_, n) => {
    const wire = house.connect({ clientId: `reader-${n}`, ...connect }).subscribe('t', 2);
    wire.take();
    return wire;
  });
}

function publish(house: House, count: number, qos: 1 | 2 = 1, size = 100): void {
  const sender = house.connect({ clientId: 'sender' });
  for (let n = 1; n <= count; n++) sender.publish('t', 'x'.repeat(size), qos, { packetId: n });
  if (qos === 2) for (let n = 1; n <= count; n++) sender.send({ type: 'PUBREL', packetId: n, reasonCode: 0 });
}

/** Takes and acknowledges until nothing comes any more; how many messages there were. */
function acknowledgeAll(wire: Wire): number {
  let count = 0;
  for (let packets = wire.take(); packets.length > 0; packets = wire.take()) {
    for (const packet of packets) {
      if (packet.type === 'PUBREL') wire.send({ type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 });
      if (packet.type !== 'PUBLISH') continue;
      count++;
      const type = packet.qos === 1 ? 'PUBACK' : 'PUBREC';
      wire.send({ type, packetId: packet.packetId, reasonCode: 0 });
    }
  }
  return count;
}

describe('bytes in flight to all clients', () => {
  it.each([1, 2] as const)(
    '[F04] maximumTotalInflightBytes: one message to each, more wait; QoS %i',
    (qos) => {
      const house = new House({ limits: { maximumTotalInflightBytes: 1000 } });
      const readers = silent(house, 4);
      publish(house, 10, qos);
      const { inflightBytes, queuedMessages } = house.broker.sizes;
      expect(inflightBytes).toBeLessThanOrEqual(1000 + 3 * 110);
      expect(queuedMessages).toBeGreaterThan(25);
      expect(readers.map(acknowledgeAll)).toEqual([10, 10, 10, 10]);
      expect(house.broker.sizes).toMatchObject(NONE);
      expect(house.broker.metrics.messagesAwaitingBytes).toBeGreaterThan(0);
    },
  );

  it('a client that leaves gives back what was open to it; one that is away keeps it', () => {
    const house = new House();
    const [gone] = silent(house, 1);
    const [kept] = silent(house, 1, { clientId: 'kept', properties: { sessionExpiryInterval: 60 } });
    publish(house, 5);
    expect(house.broker.sizes.messagesInMemory).toBe(10);
    gone?.cut();
    kept?.cut();
    expect(house.broker.sizes.messagesInMemory).toBe(5);
    house.advance(61_000);
    expect(house.broker.sizes).toMatchObject({ ...NONE, sessions: 1 });
  });
});

describe('messages in memory', () => {
  it('[F04] maximumMessagesInMemory: beyond it one open message to each, the rest by overflow', () => {
    const house = new House({ limits: { maximumMessagesInMemory: 100, maximumInflight: 20 } });
    const readers = silent(house, 30);
    publish(house, 60);
    house.advance(10_000); // maximumHold is over
    expect(house.broker.sizes.messagesInMemory).toBeLessThanOrEqual(100 + 30);
    expect(house.broker.metrics.messagesOverflowed).toBeGreaterThan(1000);
    for (const count of readers.map(acknowledgeAll)) expect(count).toBeGreaterThan(0);
    expect(house.broker.sizes).toMatchObject(NONE);
  });

  it('counts what is open to sessions that a store keeps, not what waits there', async () => {
    const house = new House({ store: new MemoryStore(), limits: { maximumInflight: 4 } });
    await house.broker.open();
    const properties = { sessionExpiryInterval: 60 };
    const [reader] = silent(house, 1, { clientId: 'kept', cleanStart: false, properties });
    publish(house, 10);
    expect(house.broker.sizes).toMatchObject({ inflightBytes: 0, messagesInMemory: 4, queuedMessages: 6 });
    if (reader !== undefined) expect(acknowledgeAll(reader)).toBe(10);
    expect(house.broker.sizes).toMatchObject(NONE);
  });
});
