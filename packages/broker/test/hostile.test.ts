/** Whatever bytes come, before or after CONNECT: the broker lives, throws nothing and serves a witness. */
import { encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { arbitraryDamage, arbitraryPacket } from '@mqtt/codec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect, House } from './wire/house.ts';

const version = fc.constantFrom<ProtocolVersion>(3, 4, 5);

/** Packets of one version as bytes, as a client would never send them: any type, any order, some damaged. */
const stream = version.chain((level) =>
  fc.record({
    level: fc.constant(level),
    isConnected: fc.boolean(),
    pieces: fc.array(
      arbitraryPacket(level).chain((packet) => {
        const bytes = encode<ProtocolVersion>(packet as Packet, level);
        return fc.oneof(
          { weight: 3, arbitrary: fc.constant(bytes) },
          { weight: 1, arbitrary: arbitraryDamage(bytes) },
        );
      }),
      { maxLength: 12 },
    ),
  }),
);

describe('any bytes', () => {
  it('[A29] 5.0 [MQTT-4.13.1-1] 3.1.1 [MQTT-4.8.0-1] packets of every type, in any order, damaged or not', () => {
    const house = new House({ limits: { maximumTopicLevels: 20, maximumQueuedMessages: 50 } });
    fc.assert(
      fc.property(fc.array(stream, { minLength: 1, maxLength: 4 }), (streams) => {
        const wires = streams.map(({ level, isConnected, pieces }, i) => {
          const wire = house.open(level);
          // What comes back is not read as packets: the peer's version may be another by then.
          wire.receive = () => {};
          if (isConnected) wire.send(connect({ version: level, clientId: `h${i}`, cleanStart: i % 2 === 0 }));
          for (const piece of pieces) wire.bytes(piece);
          return wire;
        });
        house.advance(1000);
        for (const wire of wires) if (!wire.isClosed) wire.cut();
        expect(house.errors).toEqual([]);
        expect(house.broker.sizes.connections).toBe(0);
      }),
      { numRuns: 400 },
    );
    expect(house.isWell()).toBe(true);
  });

  it('[A29] noise', () => {
    const house = new House();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (noise, isConnected) => {
        const wire = house.open(5);
        wire.receive = () => {};
        if (isConnected) wire.send(connect({ clientId: 'noise' }));
        wire.bytes(noise);
        if (!wire.isClosed) wire.cut();
        expect(house.errors).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(house.isWell()).toBe(true);
  });

  it('[C30] refused and broken connections leave nothing behind', () => {
    const house = new House({ access: { authenticate: ({ clientId }) => clientId === 'witness' } });
    for (let i = 0; i < 300; i++) {
      house.ask({ clientId: `c${i}`, will: { topic: 'w', retain: true } });
      house.open().bytes('10 ff');
      house.open().bytes('00').cut();
    }
    house.advance(20_000);
    for (const [name, size] of Object.entries(house.broker.sizes)) expect(size, name).toBe(0);
    expect(house.clock.pending).toBe(0);
    expect(house.isWell()).toBe(true);
  });
});
