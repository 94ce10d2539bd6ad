/** Clients that do not read: what they cost, and whom. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

/** A client that stops reading: its link holds what the broker writes. */
function freeze(wire: Wire): void {
  wire.end.hold();
}

const small = { maximumOutgoingBytes: 100_000 };

describe('a subscriber that does not read', () => {
  it('[G01] costs its own bound and nobody else: others are served, its QoS 0 is dropped and counted', () => {
    const house = new House({ limits: small });
    const frozen = house.connect({ clientId: 'frozen' }).subscribe('t');
    const others = ['a', 'b', 'c'].map((clientId) => house.connect({ clientId }).subscribe('t'));
    for (const wire of others) wire.take();
    freeze(frozen);
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 400; n++) sender.publish('t', 'x'.repeat(1000));
    expect(others.map((wire) => wire.take().length)).toEqual([400, 400, 400]);
    expect(house.broker.metrics.messagesDroppedSlow).toBeGreaterThan(150);
    expect(house.broker.metrics.publishersHeld).toBe(0);
    expect(frozen.link.far.buffered).toBeLessThan(200_000);
    expect(house.isWell()).toBe(true);
  });

  it('[G01] is cut at the drain timeout', () => {
    const house = new House();
    const frozen = house.connect({ clientId: 'frozen' }).subscribe('t');
    freeze(frozen);
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 100; n++) sender.publish('t', 'x'.repeat(1000));
    house.advance(29_000);
    expect(frozen.isClosed).toBe(false);
    house.advance(2000);
    expect(frozen.isClosed).toBe(true);
    expect(house.broker.metrics.connectionsStalled).toBe(1);
  });

  it('[G06] holds its publisher back, if it is the only one, and loses nothing', () => {
    const house = new House({ limits: small });
    const slow = house.connect({ clientId: 'slow' }).subscribe('t');
    slow.take();
    freeze(slow);
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 300; n++) sender.publish('t', `${n} ${'x'.repeat(1000)}`);
    expect(house.broker.metrics.publishersHeld).toBe(1);
    expect(slow.link.far.buffered).toBeLessThan(100_000);
    expect(sender.end.buffered).toBeGreaterThan(100_000);
    slow.end.resume();
    house.settle();
    const got = slow
      .take()
      .map(
        (packet) =>
          packet.type === 'PUBLISH' && Number.parseInt(new TextDecoder().decode(packet.payload), 10),
      );
    expect(got).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(house.broker.metrics.messagesDroppedSlow).toBe(0);
  });

  it('[G01] holds nobody back for longer than maximumHold', () => {
    const house = new House({ limits: { ...small, maximumHold: 1000 } });
    const frozen = house.connect({ clientId: 'frozen' }).subscribe('t');
    freeze(frozen);
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 300; n++) sender.publish('t', 'x'.repeat(1000));
    expect(sender.end.buffered).toBeGreaterThan(0);
    house.advance(1200);
    expect(sender.end.buffered).toBe(0);
    expect(house.broker.metrics.messagesDroppedSlow).toBeGreaterThan(0);
    sender.publish('other', 'x', 1);
    expect(sender.takeShort()).toEqual(['PUBACK 0x10']);
    frozen.end.resume();
    house.settle();
    frozen.take();
    sender.publish('t', 'again');
    expect(frozen.takeShort()).toEqual(['PUBLISH t again']);
  });

  it('QoS 1: waits in its queue, its publisher is held back, nothing is lost', () => {
    const house = new House({ limits: { maximumQueuedMessages: 100 } });
    const slow = house.connect({ clientId: 'slow', properties: { receiveMaximum: 10 } }).subscribe('t', 1);
    slow.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 500; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    expect(house.broker.metrics.publishersHeld).toBe(1);
    const got: string[] = [];
    for (let packets = slow.take(); packets.length > 0; packets = slow.take()) {
      for (const packet of packets) {
        if (packet.type !== 'PUBLISH') continue;
        got.push(new TextDecoder().decode(packet.payload));
        slow.send({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
      }
    }
    expect(got).toEqual(Array.from({ length: 500 }, (_, n) => `${n + 1}`));
    expect(sender.take()).toHaveLength(500);
    expect(house.broker.metrics.messagesOverflowed).toBe(0);
  });

  it('that goes away lets its publisher go on', () => {
    const house = new House({ limits: small });
    const slow = house.connect({ clientId: 'slow' }).subscribe('t');
    freeze(slow);
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 300; n++) sender.publish('t', 'x'.repeat(1000));
    expect(sender.end.buffered).toBeGreaterThan(0);
    slow.cut();
    expect(sender.end.buffered).toBe(0);
  });
});

describe('a client that does not read its own answers', () => {
  it('[G08] is not read either, within a bound', () => {
    const house = new House({ limits: small });
    const rude = house.connect({ clientId: 'rude' });
    freeze(rude);
    const pings = new Uint8Array(20_000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0));
    for (let i = 0; i < 50; i++) rude.bytes(pings);
    expect(rude.end.buffered).toBeGreaterThan(500_000);
    expect(rude.link.far.buffered).toBeLessThan(200_000);
    expect(house.isWell()).toBe(true);
    rude.end.resume();
    house.settle();
    expect(rude.take()).toHaveLength(500_000);
  });
});

describe('a client that floods', () => {
  it('[G08] is read so much in one turn; others are served before it goes on', () => {
    const house = new House({ limits: { maximumReadBytes: 20_000 } });
    const flood = house.connect({ clientId: 'flood' }, { largestChunk: 10_000 });
    const other = house.connect({ clientId: 'other' }).subscribe('t');
    other.take();
    flood.end.write(new Uint8Array(100_000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0)));
    let read = 0;
    while (flood.link.step()) read++;
    expect([read, flood.end.buffered]).toEqual([2, 80_000]);
    house.settle();
    expect(flood.end.buffered).toBe(0);
    expect(flood.take()).toHaveLength(50_000);
  });

  it('[C25] a client that is not read is not silent: its keep alive waits', () => {
    const house = new House({ limits: { maximumHold: 60_000 } });
    const slow = house.connect({ clientId: 'slow' }).subscribe('t');
    slow.take();
    slow.end.hold();
    const sender = house.connect({ clientId: 's', keepAlive: 2 });
    for (let n = 0; n < 200; n++) sender.publish('t', 'x'.repeat(1000));
    expect(sender.end.buffered).toBeGreaterThan(0);
    for (let n = 0; n < 8; n++) {
      house.advance(1000);
      sender.send({ type: 'PINGREQ' });
    }
    expect(sender.isClosed).toBe(false);
    slow.end.resume();
    house.settle();
    expect(sender.take().length).toBe(8);
    house.advance(6500);
    expect(sender.isClosed).toBe(true);
  });
});

describe('what waits because the link takes nothing', () => {
  it('5.0 [MQTT-4.6.0-6] is not overtaken by a smaller message that would still fit', () => {
    const house = new House({ limits: { maximumOutgoingBytes: 16_384 } });
    const slow = house.connect({ clientId: 'slow' }, { highWaterMark: 100 }).subscribe('t', 1);
    for (const clientId of ['x', 'y']) house.connect({ clientId }).subscribe('t', 1);
    slow.take();
    freeze(slow);
    const sender = house.connect({ clientId: 's' });
    const sizes = [...Array<number>(8).fill(2000), 6000, 5, 5, 2000, 5];
    for (const [n, size] of sizes.entries()) {
      sender.publish('t', `${n} ${'x'.repeat(size)}`, 1, { packetId: n + 1 });
    }
    const state = [...house.broker.sessions()].find(({ clientId }) => clientId === 'slow');
    expect(state?.queued).toBeGreaterThan(2); // the large one, and the small ones behind it
    expect(state?.inflight).toBeLessThan(10);
    slow.end.resume();
    house.settle();
    const got = slow.take().map((packet) => {
      return packet.type === 'PUBLISH'
        ? Number.parseInt(new TextDecoder().decode(packet.payload), 10)
        : packet.type;
    });
    expect(got).toEqual(sizes.map((_, n) => n));
  });
});
