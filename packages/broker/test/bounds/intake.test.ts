/** What clients have sent and is not handled yet: half packets, silence, bytes of all together, rates. */
import { encode, type Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { connect, House, type Wire } from '../wire/house.ts';

/** A PUBLISH of 200,000 bytes. */
const large = encode<5>(
  {
    type: 'PUBLISH',
    topic: 't',
    payload: new Uint8Array(200_000),
    qos: 0,
    dup: false,
    retain: false,
  },
  5,
);

/** Sends `bytes` one by one, `seconds` apart, until the broker has had enough; returns how many it sent. */
function dribble(house: House, wire: Wire, bytes: Uint8Array, seconds: number): number {
  let sent = 0;
  for (; sent < bytes.length && !wire.isClosed; sent++) {
    wire.bytes(bytes.subarray(sent, sent + 1));
    house.advance(seconds * 1000);
  }
  return sent;
}

describe('a packet that comes byte by byte', () => {
  it('5.0 [MQTT-3.1.2-22] 3.1.1 [MQTT-3.1.2-24] [C25] does not keep its client alive: packets do', () => {
    const house = new House();
    for (const version of [4, 5] as const) {
      const wire = house.connect({ version, keepAlive: 10 });
      expect(dribble(house, wire, large, 1)).toBe(16);
      expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x8d'] : []);
    }
    expect(house.broker.metrics.keepAliveTimeouts).toBe(2);
    expect(house.broker.sizes.receivedBytes).toBe(0);
  });

  it('[A07] packetTimeout: without keep alive it may take so long and no longer', () => {
    const house = new House({ limits: { packetTimeout: 60_000 } });
    for (const version of [4, 5] as const) {
      const wire = house.connect({ version });
      expect(dribble(house, wire, large, 1)).toBeLessThanOrEqual(61);
      expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x83'] : []);
    }
    expect(house.broker.metrics.packetTimeouts).toBe(2);
  });

  it('[A07] each packet has its own time, however many come one after the other', () => {
    const house = new House({ limits: { packetTimeout: 60_000 } });
    const reader = house.connect({ clientId: 'r' }).subscribe('t');
    reader.take();
    const wire = house.connect();
    const half = large.length >> 1;
    for (let n = 0; n < 5; n++) {
      wire.bytes(large.subarray(0, half));
      expect(house.broker.sizes.receivedBytes).toBe(half);
      house.advance(50_000);
      wire.bytes(large.subarray(half));
      expect(house.broker.sizes.receivedBytes).toBe(0);
    }
    house.advance(100_000);
    expect([wire.isClosed, reader.take().length]).toEqual([false, 5]);
  });

  it('a packet that begins where another ends has its time from then', () => {
    const house = new House({ limits: { packetTimeout: 60_000 } });
    const wire = house.connect();
    wire.bytes(large.subarray(0, 10));
    house.advance(50_000);
    wire.bytes(large.subarray(10)).bytes(large.subarray(0, 1));
    house.advance(59_000);
    expect(wire.isClosed).toBe(false);
    house.advance(2000);
    expect(wire.isClosed).toBe(true);
  });
});

describe('keep alive while the broker is busy', () => {
  it('[G05] a client whose PINGREQ lies unread is not silent', () => {
    const house = new House();
    const wire = house.connect({ keepAlive: 10 });
    house.advance(9000);
    wire.end.write(new Uint8Array([0xc0, 0])); // in time, but nobody reads it
    house.clock.advance(6050);
    expect(house.broker.metrics.keepAliveTimeouts).toBe(0);
    house.settle();
    expect(wire.takeShort()).toEqual(['PINGRESP']);
    house.advance(14_000);
    expect(wire.isClosed).toBe(false);
    house.advance(1300);
    expect(wire.isClosed).toBe(true);
  });
});

describe('bytes of all connections before CONNECT', () => {
  it('[C01] [C02] [A03] maximumTotalBytesBeforeConnect: who sends more is cut, and a good client gets in', () => {
    const house = new House({ limits: { maximumTotalBytesBeforeConnect: 100_000 } });
    const half = new Uint8Array([0x10, 0x80, 0x7d, ...new Array<number>(9997).fill(0)]); // of 16,003 bytes
    const open = Array.from({ length: 15 }, () => house.open().bytes(half));
    expect(open.filter(({ isClosed }) => isClosed)).toHaveLength(5);
    expect(house.broker.sizes.bytesBeforeConnect).toBe(100_000);
    expect(house.broker.metrics.receivedBytesExceeded).toBe(5);
    expect(house.isWell()).toBe(true);
    house.advance(10_200); // connectTimeout
    expect(house.broker.metrics.connectTimeouts).toBe(10);
    expect(house.broker.sizes.bytesBeforeConnect).toBe(0);
  });

  it('[C04] what follows CONNECT while its answer is open counts, and moves on with it', async () => {
    let admit = (_: boolean): void => {};
    const house = new House({
      access: {
        authenticate: ({ clientId }) => clientId !== 'c' || new Promise((resolve) => (admit = resolve)),
      },
    });
    const wire = house.open();
    const pings = new Uint8Array(1000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0));
    wire.bytes(new Uint8Array([...encode(connect() as Packet<5>, 5), ...pings]));
    expect(house.broker.sizes).toMatchObject({ bytesBeforeConnect: 1000, receivedBytes: 0 });
    admit(true);
    await house.settled();
    expect(house.broker.sizes).toMatchObject({ bytesBeforeConnect: 0, receivedBytes: 0 });
    expect(wire.take()).toHaveLength(501);
  });
});

describe('half packets of all clients', () => {
  it('[A03] maximumTotalReceivedBytes: the client that adds to them gets 0x97', () => {
    const house = new House({ limits: { maximumTotalReceivedBytes: 500_000 } });
    const wires = ['a', 'b', 'c', 'd'].map((clientId) => house.connect({ clientId }));
    for (const wire of wires) wire.bytes(large.subarray(0, 150_000));
    expect(wires.map((wire) => wire.takeShort().join())).toEqual(['', '', '', 'DISCONNECT 0x97']);
    expect(house.broker.metrics.receivedBytesExceeded).toBe(1);
    expect(house.broker.sizes.receivedBytes).toBe(450_000);
    for (const wire of wires.slice(0, 3)) wire.bytes(large.subarray(150_000));
    expect(house.broker.sizes.receivedBytes).toBe(0);
    expect(house.isWell()).toBe(true);
  });
});

describe('the rate of one client', () => {
  it('maximumMessageRate: it is not read, nothing is lost, others are not slowed', () => {
    const house = new House({ limits: { maximumMessageRate: 100 } });
    const reader = house.connect({ clientId: 'r' }).subscribe('t');
    reader.take();
    const flood = house.connect({ clientId: 'flood', keepAlive: 1 });
    for (let n = 0; n < 1000; n++) flood.end.write(publish(`${n}`));
    house.settle();
    expect(reader.take().length).toBe(101);
    const other = house.connect({ clientId: 'other' });
    other.publish('t', 'mine');
    expect(reader.takeShort()).toEqual(['PUBLISH t mine']);
    house.advance(4000);
    const got = reader.take().length;
    expect(got).toBeGreaterThan(380);
    expect(got).toBeLessThan(420);
    house.advance(6000);
    expect(got + 101 + reader.take().length).toBe(1000);
    expect(house.broker.metrics.publishersPaced).toBeGreaterThan(10);
    expect(flood.isClosed).toBe(false);
  });

  it('maximumByteRate: as well, for all packets', () => {
    const house = new House({ limits: { maximumByteRate: 10_000 } });
    const reader = house.connect({ clientId: 'r' }).subscribe('t');
    reader.take();
    const flood = house.connect({ clientId: 'flood' });
    for (let n = 0; n < 50; n++) flood.end.write(publish('x'.repeat(993))); // 1000 bytes each
    house.settle();
    expect(reader.take().length).toBe(10); // CONNECT had its part
    house.advance(2000);
    expect(Math.abs(reader.take().length - 20)).toBeLessThan(3);
    house.advance(3000);
    expect(flood.end.buffered).toBe(0);
  });

  it('what was not used is saved up for a second, not for longer', () => {
    const house = new House({ limits: { maximumMessageRate: 10 } });
    const wire = house.connect().subscribe('t');
    house.advance(60_000);
    wire.take();
    for (let n = 0; n < 30; n++) wire.end.write(publish(`${n}`));
    house.settle();
    expect(wire.take()).toHaveLength(11);
  });
});

function publish(payload: string): Uint8Array {
  const bytes = new TextEncoder().encode(payload);
  return encode<5>({ type: 'PUBLISH', topic: 't', payload: bytes, qos: 0, dup: false, retain: false }, 5);
}
