/** Slow subscribers, fast publishers, floods and storms: what they cost, and whom. Counted in bytes and turns, not in time. */
import { encode, type Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { Overflow } from '../../src/index.ts';
import { connect, House, type Wire } from '../wire/house.ts';

function payloads(wire: Wire): string[] {
  return wire
    .take()
    .flatMap((packet) => (packet.type === 'PUBLISH' ? [new TextDecoder().decode(packet.payload)] : []));
}

describe('a slow subscriber among 1,000 fast ones', () => {
  it('[G01] [G09] costs no more than its bound, and the fast ones get each message in its turn', () => {
    const bound = 16_384;
    const house = new House({ limits: { maximumOutgoingBytes: bound } });
    const fast = Array.from({ length: 1000 }, (_, n) => house.connect({ clientId: `f${n}` }).subscribe('t'));
    const slow = house.connect({ clientId: 'slow' }, { highWaterMark: 4096 }).subscribe('t');
    for (const wire of [...fast, slow]) wire.take();
    slow.end.hold();
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 20; n++) {
      sender.publish('t', `${n} ${'x'.repeat(3000)}`);
      // After the turn of one message every fast client has it: nobody waits for the slow one.
      expect(sender.end.buffered).toBe(0);
      expect(fast.every(({ received }) => received.length === n + 1)).toBe(true);
      expect(house.broker.sizes.outgoingBytes).toBeLessThanOrEqual(bound);
    }
    expect(house.broker.metrics.publishersHeld).toBe(0);
    const dropped = house.broker.metrics.messagesDroppedSlow;
    expect(dropped).toBeGreaterThan(10);
    slow.end.resume();
    house.settle();
    const got = payloads(slow).map((text) => Number.parseInt(text, 10));
    expect(got).toEqual(Array.from({ length: 20 - dropped }, (_, n) => n)); // what was taken, in order
    expect(house.broker.sizes.outgoingBytes).toBe(0);
  });

  it('[G01] [G02] at QoS 1: its window and its queue are all it may hold', () => {
    const limits = { maximumInflight: 10, maximumQueuedMessages: 50, maximumQueuedBytes: 20_000 };
    const house = new House({ limits });
    const fast = Array.from({ length: 50 }, (_, n) => house.connect({ clientId: `f${n}` }).subscribe('t', 1));
    const slow = house.connect({ clientId: 'slow' }).subscribe('t', 1);
    for (const wire of [...fast, slow]) wire.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 100; n++) {
      sender.publish('t', `${n} ${'x'.repeat(500)}`, 1, { packetId: n });
      expect(sender.takeShort()).toEqual(['PUBACK']);
      for (const wire of fast) {
        const [packet] = wire.take();
        if (packet?.type !== 'PUBLISH') throw new Error(`a fast client did not get message ${n}`);
        const { packetId = 0 } = packet;
        wire.end.write(encode({ type: 'PUBACK', packetId, reasonCode: 0, properties: {} }, 5));
      }
      house.settle(); // once for all: it looks at every link
      expect(house.broker.sizes.queuedBytes).toBeLessThanOrEqual(20_000);
    }
    expect(slow.take()).toHaveLength(10);
    expect(house.broker.metrics.messagesOverflowed).toBe(100 - 10 - house.broker.sizes.queuedMessages);
    expect(house.broker.metrics.publishersHeld).toBe(0);
  });
});

describe('a publisher that is faster than its subscriber', () => {
  const count = 300;
  const limits = { maximumInflight: 5, maximumQueuedMessages: 40, maximumHold: 1000 };

  /** A publisher that sends all at once, and a subscriber that acknowledges nothing. */
  function race(overflow: Overflow): { house: House; reader: Wire; sender: Wire } {
    const house = new House({ limits, overflow });
    const reader = house.connect({ clientId: 'r' }).subscribe('t', 1);
    reader.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= count; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    return { house, reader, sender };
  }

  /** Acknowledges until nothing comes any more; returns all that came. */
  function readAll(reader: Wire): number[] {
    const got: number[] = [];
    for (let packets = reader.take(); packets.length > 0; packets = reader.take()) {
      for (const packet of packets) {
        if (packet.type !== 'PUBLISH') continue;
        got.push(Number(new TextDecoder().decode(packet.payload)));
        reader.send({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
      }
    }
    return got;
  }

  for (const overflow of ['drop-newest', 'drop-oldest', 'disconnect'] as const) {
    it(`[G06] is held back first, and while it is nothing is lost: ${overflow}`, () => {
      const { house, reader, sender } = race(overflow);
      expect(sender.end.buffered).toBeGreaterThan(0);
      expect(house.broker.sizes.queuedMessages).toBeLessThan(40);
      expect(readAll(reader)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
      expect(house.broker.metrics.messagesOverflowed).toBe(0);
      expect(sender.take()).toHaveLength(count);
    });
  }

  it('[G02] after maximumHold drop-newest keeps what came first', () => {
    const { house, reader, sender } = race('drop-newest');
    house.advance(1200);
    expect(sender.take()).toHaveLength(count);
    expect(house.broker.metrics.messagesOverflowed).toBe(count - 45);
    expect(readAll(reader)).toEqual(Array.from({ length: 45 }, (_, n) => n + 1));
  });

  it('[G02] after maximumHold drop-oldest keeps what came last', () => {
    const { house, reader } = race('drop-oldest');
    house.advance(1200);
    expect(house.broker.metrics.messagesOverflowed).toBe(count - 45);
    const last = Array.from({ length: 40 }, (_, n) => count - 39 + n);
    expect(readAll(reader)).toEqual([1, 2, 3, 4, 5, ...last]);
  });

  it('5.0 [G02] after maximumHold disconnect ends the subscriber with 0x97; its publisher goes on', () => {
    const { house, reader, sender } = race('disconnect');
    house.advance(1200);
    expect(reader.takeShort().slice(5)).toEqual(['DISCONNECT 0x97']);
    expect(sender.take()).toHaveLength(count);
    expect(house.broker.sizes).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
  });
});

describe('one client that floods', () => {
  it('[G08] is read maximumReadBytes a turn: in each turn the others are served', () => {
    const house = new House({ limits: { maximumReadBytes: 16_384 } });
    const flood = house.connect({ clientId: 'flood' }, { largestChunk: 16_384 });
    const others = Array.from({ length: 20 }, (_, n) => house.connect({ clientId: `o${n}` }));
    flood.end.write(new Uint8Array(1_000_000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0)));
    let turns = 0;
    for (; flood.end.buffered > 0; turns++) {
      for (const other of others) other.end.write(new Uint8Array([0xc0, 0]));
      const before = flood.end.buffered;
      // One turn of the event loop: every link may move what it has, then what was put off runs.
      while (flood.link.step());
      for (const other of others) while (other.link.step());
      expect(before - flood.end.buffered).toBeLessThanOrEqual(16_384);
      house.clock.turn();
      for (const other of others) while (other.link.step());
      expect(others.every((other) => other.take().length === 1)).toBe(true);
    }
    expect(turns).toBe(62);
    house.settle();
    expect(flood.take()).toHaveLength(500_000);
  });
});

describe('a storm of connections', () => {
  it('[C30] thousands that come, half of them broken, leave nothing behind; those who stay are served', () => {
    const house = new House({ limits: { maximumConnections: 250 } });
    const whole = encode(connect({ version: 4, clientId: 'x' }) as Packet<4>, 4);
    for (let n = 0; n < 1500; n++) {
      const wire = house.open(4);
      if (n % 3 === 0) wire.bytes(whole.subarray(0, 1 + (n % whole.length)));
      else if (n % 3 === 1) wire.send(connect({ version: 4, clientId: `c${n}` }));
      if (n % 2 === 0) wire.cut();
    }
    const { connections, bytesBeforeConnect } = house.broker.sizes;
    expect(connections).toBe(250);
    expect(bytesBeforeConnect).toBeGreaterThan(0);
    expect(house.broker.metrics.connectionsRefused).toBeGreaterThan(250);
    house.advance(11_000); // connectTimeout
    expect(house.broker.sizes).toMatchObject({ bytesBeforeConnect: 0, receivedBytes: 0 });
    expect(house.isWell()).toBe(true);
  });

  it('[G10] a thousand that connect, subscribe and go: sessions, totals and timers are back to none', () => {
    const house = new House();
    for (let n = 0; n < 1000; n++) {
      const wire = house.connect({ clientId: `c${n % 100}`, keepAlive: 60 }).subscribe(`t/${n}`);
      if (n % 2 === 0) wire.cut();
      else wire.disconnect();
    }
    house.advance(6000);
    for (const [name, size] of Object.entries(house.broker.sizes)) expect(size, name).toBe(0);
    expect(house.clock.pending).toBe(0);
  });
});
