/** Bounds of one client that no other test reaches: bytes of user properties, bytes in flight, the window of 3.x. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

const large = { userProperties: [['name', 'x'.repeat(97)]] };
/** 100 bytes: as many as there may be; two of the letters take two bytes each. */
const fits = { userProperties: [['näme', 'é'.repeat(1) + 'x'.repeat(93)]] };

describe('bytes of user properties', () => {
  const make = (): House => new House({ limits: { maximumUserPropertyBytes: 100 } });

  it('5.0 [C29] of CONNECT and will: CONNACK 0x97', () => {
    const house = make();
    const will = { topic: 'w', properties: large };
    expect(house.ask({ properties: large }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.ask({ will }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.ask({ properties: fits, will: { topic: 'w', properties: fits } }).takeShort()).toEqual([
      'CONNACK',
    ]);
    expect(house.broker.metrics.userPropertiesRefused).toBe(2);
  });

  it('5.0 [C29] of PUBLISH: PUBACK 0x97, and nobody gets it', () => {
    const house = make();
    const wire = house.connect().subscribe('t', 1);
    wire.take();
    wire.publish('t', 'x', 1, { properties: large }).publish('t', 'y', 1, { packetId: 2, properties: fits });
    expect(wire.takeShort()).toEqual(['PUBACK 0x97', 'PUBLISH t y q1', 'PUBACK']);
  });

  it('5.0 [C29] of SUBSCRIBE and UNSUBSCRIBE: DISCONNECT 0x97', () => {
    const house = make();
    const unsubscribe = { type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['t'] };
    const wire = house
      .connect()
      .subscribe('t', 0, {}, fits)
      .send({ ...unsubscribe, properties: fits });
    expect(wire.takeShort()).toEqual(['SUBACK 0', 'UNSUBACK 0']);
    expect(wire.send({ ...unsubscribe, properties: large }).takeShort()).toEqual(['DISCONNECT 0x97']);
    expect(house.connect().subscribe('t', 0, {}, large).takeShort()).toEqual(['DISCONNECT 0x97']);
  });
});

describe('bytes in flight to one client', () => {
  it('[F04] maximumInflightBytes: more wait in the queue, in order; one message always goes', () => {
    const house = new House({ limits: { maximumInflightBytes: 1000 } });
    const reader = house.connect({ clientId: 'r' }).subscribe('t', 2);
    reader.take();
    const sender = house.connect({ clientId: 's' });
    const sizes = [5000, 400, 400, 400, 2000, 10];
    for (const [i, size] of sizes.entries()) {
      sender.publish('t', `${i}`.repeat(size), i % 2 === 0 ? 1 : 2, { packetId: i + 1 });
      if (i % 2 === 1) sender.send({ type: 'PUBREL', packetId: i + 1, reasonCode: 0 });
    }
    const rounds: number[][] = [];
    for (let packets = reader.take(); packets.length > 0; packets = reader.take()) {
      rounds.push(packets.flatMap((packet) => (packet.type === 'PUBLISH' ? [packet.payload.length] : [])));
      for (const packet of packets) {
        if (packet.type === 'PUBREL')
          reader.send({ type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 });
        if (packet.type !== 'PUBLISH') continue;
        const type = packet.qos === 1 ? 'PUBACK' : 'PUBREC';
        reader.send({ type, packetId: packet.packetId, reasonCode: 0 });
      }
    }
    expect(rounds.flat()).toEqual(sizes);
    for (const round of rounds) {
      if (round.length > 1) expect(round.reduce((sum, size) => sum + size, 0)).toBeLessThan(1000);
    }
    expect(house.broker.sizes).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
  });

  it('a client that acknowledges nothing holds no more than that and its queue', () => {
    const house = new House({ limits: { maximumInflightBytes: 20_000, maximumQueuedBytes: 30_000 } });
    const reader = house.connect({ clientId: 'r' }).subscribe('t', 1);
    reader.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 100; n++) sender.publish('t', 'x'.repeat(1000), 1, { packetId: n });
    house.advance(10_000); // maximumHold is over
    expect(reader.take()).toHaveLength(19);
    expect(house.broker.sizes.queuedBytes).toBeLessThanOrEqual(30_000);
    expect(house.broker.metrics.messagesOverflowed).toBeGreaterThan(40);
  });
});

describe('open messages of a 3.x client', () => {
  it('[F03] [F05] maximumReceived3: one more ends it; 5.0 has its Receive Maximum', () => {
    const house = new House({ limits: { maximumReceived3: 5, receiveMaximum: 3 } });
    for (const version of [3, 4] as const) {
      const wire = house.connect({ version });
      for (let n = 1; n <= 5; n++) wire.publish('t', 'x', 2, { packetId: n });
      expect(wire.take()).toHaveLength(5);
      wire.publish('t', 'x', 2, { packetId: 6 });
      expect([wire.take(), wire.isClosed]).toEqual([[], true]);
    }
    expect(house.broker.metrics.receiveMaximumExceeded).toBe(2);
  });

  it('[F05] by default all 65,535 packet ids may be open', () => {
    const house = new House();
    const wire = house.connect({ version: 4 });
    const all = new Uint8Array(65_535 * 7);
    for (let n = 1; n <= 65_535; n++) all.set(publishQoS2(n), (n - 1) * 7);
    for (let at = 0; at < all.length; at += 65_536) wire.bytes(all.slice(at, at + 65_536));
    expect(wire.take()).toHaveLength(65_535);
    expect(wire.isClosed).toBe(false);
    wire.bytes(publishQoS2(77)); // the same id again: stored once, answered each time
    expect(wire.takeShort()).toEqual(['PUBREC']);
  });
});

function publishQoS2(packetId: number): Uint8Array {
  return new Uint8Array([0x34, 5, 0, 1, 0x74, packetId >> 8, packetId & 255]);
}
