/** Sections 3.4 to 3.7 of MQTT 5.0: reason codes and properties of PUBACK, PUBREC, PUBREL and PUBCOMP. */
import { reasonCodes } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { packet, sizeOf, subscriber, text } from './recorder.ts';

const TYPES = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP'] as const;
type Acknowledgement = (typeof TYPES)[number];

/** Plays every cause there is for an acknowledgement to a client with these CONNECT properties. */
function play(properties: object = {}): Wire {
  const house = new House({
    limits: { maximumRetainedMessages: 1 },
    access: { authorizePublish: (_client, topic) => topic !== 'secret' },
  });
  const other = house.connect({ clientId: 'other' });
  other.publish('kept', 'x', 0, { retain: true });
  const wire = subscriber(house, { clientId: 'a', properties }, 't', 2);
  let packetId = 0;
  for (const topic of ['t', 'nobody', 'secret', '$SYS/x', 'x'.repeat(5000)])
    for (const qos of [1, 2] as const) {
      packetId++;
      wire.publish(topic, 'x', qos, { packetId });
      wire.publish(topic, 'x', qos, { packetId: packetId + 20, retain: true });
      wire.send({ type: 'PUBREL', packetId, reasonCode: 0 });
    }
  const userProperties = Array.from({ length: 65 }, () => ['a', 'b']);
  for (const qos of [1, 2] as const)
    wire.publish('t', 'x', qos, { packetId: 90 + qos, properties: { userProperties } });
  wire.send({ type: 'PUBREL', packetId: 999, reasonCode: 0 });
  other.publish('t', 'for a', 2, { packetId: 1 });
  for (const id of [1, 2, 3, 4, 5, 999]) wire.send({ type: 'PUBREC', packetId: id, reasonCode: 0 });
  expect(wire.isClosed).toBe(false);
  return wire;
}

function codesOf(wire: Wire, type: Acknowledgement): number[] {
  return wire.received.flatMap((packet) =>
    packet.type === type && 'reasonCode' in packet ? [packet.reasonCode ?? 0] : [],
  );
}

describe('MQTT 5.0: reason codes', () => {
  it('[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] each acknowledgement has one of its own, for every cause', () => {
    const wire = play();
    for (const type of TYPES) {
      const codes = codesOf(wire, type);
      for (const code of codes) expect(reasonCodes[type], type).toContain(code);
      expect(new Set(codes).size, type).toBeGreaterThan(1);
    }
    expect(new Set(codesOf(wire, 'PUBACK'))).toEqual(new Set([0x00, 0x10, 0x87, 0x90, 0x97]));
    expect(new Set(codesOf(wire, 'PUBREC'))).toEqual(new Set([0x00, 0x10, 0x87, 0x90, 0x97]));
    expect(new Set(codesOf(wire, 'PUBREL'))).toEqual(new Set([0x00, 0x92]));
    expect(new Set(codesOf(wire, 'PUBCOMP'))).toEqual(new Set([0x00, 0x92]));
  });

  it('[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] one that is not its own is malformed from a client', () => {
    for (const [first, codes] of [
      [0x40, [0x01, 0x11, 0x92, 0xff]],
      [0x50, [0x01, 0x11, 0x92, 0xff]],
      [0x62, [0x10, 0x80, 0xff]],
      [0x70, [0x10, 0x80, 0xff]],
    ] as const)
      for (const code of codes) {
        const wire = new House().connect().bytes(packet(first, '00 01', [code]));
        expect([wire.takeShort(), wire.isClosed], `${first} ${code}`).toEqual([['DISCONNECT 0x81'], true]);
      }
  });
});

describe('MQTT 5.0: texts in acknowledgements', () => {
  it('[MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.1.2-24] a client that takes 16 bytes gets the same acknowledgements, none larger', () => {
    const roomy = play();
    const small = play({ maximumPacketSize: 16 });
    for (const type of TYPES) {
      expect(codesOf(small, type), type).toEqual(codesOf(roomy, type));
      expect(codesOf(small, type).length).toBeGreaterThan(2);
    }
    for (const sent of small.received) expect(sizeOf(sent), sent.type).toBeLessThanOrEqual(16);
  });

  it('[MQTT-3.1.2-29] without Request Problem Information none has a Reason String or User Property', () => {
    const wire = play({ requestProblemInformation: false });
    for (const packet of wire.received) {
      if (packet.type === 'PUBLISH') continue;
      expect(packet).not.toMatchObject({ properties: { reasonString: expect.anything() } });
      expect(packet).not.toMatchObject({ properties: { userProperties: expect.anything() } });
    }
    expect(wire.received.length).toBeGreaterThan(40);
  });

  it('[MQTT-3.4.2-2] those of a client are taken with texts of any length', () => {
    const house = new House();
    const wire = subscriber(house, { clientId: 'a' }, 't', 1);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    wire.take();
    const reason = [0x1f, ...text('x'.repeat(100))];
    wire.bytes(packet(0x40, '00 01 80', [reason.length], reason));
    expect([wire.take(), wire.isClosed]).toEqual([[], false]);
  });
});
