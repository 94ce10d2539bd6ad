/** Sections 3.8 and 3.9: SUBSCRIBE and SUBACK, in 5.0 and 3.1.1. */
import { reasonCodes } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import {
  kept,
  type Numbered,
  packet,
  payloads,
  record,
  sizeOf,
  subscriber,
  text,
  VERSIONS,
} from './recorder.ts';

/** A SUBSCRIBE with these filters and options bytes. */
function bytes(version: Numbered, packetId: number, ...filters: (readonly [string, number])[]): Uint8Array {
  const body = filters.flatMap(([filter, options]) => [...text(filter), options]);
  return packet(0x82, [packetId >> 8, packetId & 0xff], version === 5 ? [0] : [], body);
}

/** Filters that are refused each for a cause of its own, among good ones. */
const MIXED = [
  ['good', 0],
  ['bad#', 1],
  ['secret', 2],
  ['also/good', 2],
  ['$share/x', 0],
  ['x'.repeat(5000), 1],
  ['fine/+', 1],
  ['one too many', 0],
] as const;

function mixed(version: Numbered, properties: object = {}): Wire {
  const house = new House({
    limits: { maximumSubscriptions: 3 },
    access: { authorizeSubscribe: (_client, filter) => filter !== 'secret' },
  });
  const five = version === 5 ? { properties } : {};
  return house.connect({ version, clientId: 'a', ...five }).bytes(bytes(version, 0x1234, ...MIXED));
}

describe('what is refused', () => {
  it('5.0 [MQTT-3.8.1-1] 3.1.1 [MQTT-3.8.1-1] flags other than 0010 close the connection and subscribe to nothing', () => {
    for (const version of VERSIONS)
      for (const flags of [0, 1, 3, 4, 8, 10, 15]) {
        const house = new House();
        const right = bytes(version, 1, ['t', 0]);
        right[0] = 0x80 | flags;
        const wire = house.connect({ version }).bytes(right);
        expect(wire.takeShort(), `${flags}`).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
        expect([wire.isClosed, house.broker.sizes.subscriptions], `${flags}`).toEqual([true, 0]);
      }
  });

  it('5.0 [MQTT-3.8.3-2] 3.1.1 [MQTT-3.8.3-3] no filter, or a filter without options, closes the connection', () => {
    for (const version of VERSIONS) {
      const cut = packet(0x82, '00 01', version === 5 ? [0] : [], text('t'));
      for (const [wrong, answer] of [
        [bytes(version, 1), 'DISCONNECT 0x82'],
        [cut, 'DISCONNECT 0x81'],
      ] as const) {
        const wire = new House().connect({ version }).bytes(wrong);
        expect(wire.takeShort()).toEqual(version === 5 ? [answer] : []);
        expect(wire.isClosed).toBe(true);
      }
    }
  });

  it('5.0 [MQTT-3.8.3-5] 3.1.1 [MQTT-3.8.3-4] reserved bits in the options, and QoS 3, are malformed, beside good filters too', () => {
    for (const version of VERSIONS) {
      const wrong =
        version === 5 ? [0x40, 0x80, 0xc0, 0x03, 0x41] : [0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x03, 0xff];
      for (const options of wrong) {
        const house = new House();
        const wire = house.connect({ version }).bytes(bytes(version, 1, ['good', 0], ['t', options]));
        expect(wire.takeShort(), `${options}`).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
        expect([wire.isClosed, house.broker.sizes.subscriptions], `${options}`).toEqual([true, 0]);
      }
    }
  });

  it('5.0 [MQTT-3.8.3-4] No Local on a shared subscription is a protocol error and subscribes to nothing', () => {
    const house = new House();
    const wire = house.connect().bytes(bytes(5, 1, ['good', 0], ['$share/g/t', 0x04]));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
    expect(house.broker.sizes.subscriptions).toBe(0);
  });
});

describe('SUBACK', () => {
  it('5.0 [MQTT-3.8.4-1] [MQTT-3.8.4-2] 3.1.1 [MQTT-3.8.4-1] [MQTT-3.8.4-2] answers each SUBSCRIBE with its id', () => {
    for (const version of VERSIONS) {
      const wire = new House().connect({ version });
      for (const id of [1, 255, 256, 65_535]) {
        wire.bytes(bytes(version, id, ['t', 1]));
        expect(wire.take()).toMatchObject([{ type: 'SUBACK', packetId: id, reasonCodes: [1] }]);
      }
    }
  });

  it('5.0 [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] 3.1.1 [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] is one for all filters, with a code for each, in their order', () => {
    expect(mixed(5).take()).toMatchObject([
      { type: 'SUBACK', packetId: 0x1234, reasonCodes: [0, 0x8f, 0x87, 2, 0x8f, 0x8f, 1, 0x97] },
    ]);
    expect(mixed(4).take()).toMatchObject([
      { type: 'SUBACK', packetId: 0x1234, reasonCodes: [0, 0x80, 0x80, 2, 0x80, 0x80, 1, 0x80] },
    ]);
  });

  it('5.0 [MQTT-3.8.4-5] 3.1.1 [MQTT-3.8.4-4] filters are taken one after the other: the last of two equal ones stays', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house
        .connect({ version, clientId: 'a' })
        .bytes(bytes(version, 1, ['t', 2], ['u', 0], ['t', 0]));
      expect(wire.takeShort()).toEqual(['SUBACK 2 0 0']);
      house.connect({ version, clientId: 's' }).publish('t', 'x', 2);
      expect(wire.takeShort()).toEqual(['PUBLISH t x']);
      expect(house.broker.sizes.subscriptions).toBe(2);
    }
  });

  it('5.0 [MQTT-3.9.3-2] 3.1.1 [MQTT-3.9.3-2] has only codes of its own', () => {
    for (const version of VERSIONS) {
      const [suback] = mixed(version).take();
      const codes = suback?.type === 'SUBACK' ? suback.reasonCodes : [];
      expect(codes).toHaveLength(MIXED.length);
      for (const code of codes) expect(reasonCodes[version === 5 ? 'SUBACK' : 'SUBACK4']).toContain(code);
    }
  });

  it('5.0 [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.1.2-24] a client that takes 16 bytes gets the same codes, and no larger packet', () => {
    const small = mixed(5, { maximumPacketSize: 16 }).take();
    expect(small).toMatchObject(
      mixed(5)
        .take()
        .map(({ type }) => ({ type })),
    );
    for (const sent of small) expect(sizeOf(sent)).toBeLessThanOrEqual(16);
    expect(small).toMatchObject([{ reasonCodes: [0, 0x8f, 0x87, 2, 0x8f, 0x8f, 1, 0x97] }]);
  });

  it('5.0 [MQTT-3.1.2-29] without Request Problem Information it has no text', () => {
    const [suback] = mixed(5, { requestProblemInformation: false }).take();
    expect(suback).not.toMatchObject({ properties: { reasonString: expect.anything() } });
    expect(suback).not.toMatchObject({ properties: { userProperties: expect.anything() } });
    expect(suback?.type).toBe('SUBACK');
  });
});

describe('what a subscription does', () => {
  it('5.0 [MQTT-3.8.4-8] 3.1.1 [MQTT-3.8.4-6] delivery is at the lower of the two QoS, at once, from the queue and as retained message', () => {
    for (const version of VERSIONS)
      for (const granted of [0, 1, 2] as const)
        for (const published of [0, 1, 2] as const) {
          const house = new House();
          const wire = subscriber(house, kept(version, 'r'), 't', granted);
          const sender = house.connect({ version, clientId: 's' });
          const more = { packetId: published === 0 ? undefined : 1 };
          const lower = Math.min(granted, published);
          sender.publish('t', 'now', published, { ...more, retain: true });
          expect(wire.take(), `${granted} ${published}`).toMatchObject([{ qos: lower }]);
          wire.subscribe('t', granted);
          expect(wire.take()[1], `${granted} ${published} retained`).toMatchObject({
            qos: lower,
            retain: true,
          });
        }
  });

  it('5.0 [MQTT-3.8.4-8] 3.1.1 [MQTT-3.8.4-6] a queued message has the lower QoS too', () => {
    for (const version of VERSIONS) {
      const house = new House();
      subscriber(house, kept(version, 'r'), 't', 1).cut();
      house.connect({ version, clientId: 's' }).publish('t', 'x', 2);
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1']);
    }
  });

  it('5.0 [MQTT-3.8.4-3] 3.1.1 [MQTT-3.8.4-3] the same filter again is one subscription, with the new QoS; another spelling is another', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.connect({ version, clientId: 'a' }).subscribe('a/+', 2).subscribe('a/+', 1);
      expect(wire.takeShort()).toEqual(['SUBACK 2', 'SUBACK 1']);
      house.connect({ version, clientId: 's' }).publish('a/b', 'x', 2);
      expect(wire.takeShort()).toEqual(['PUBLISH a/b x q1']);
      expect(house.broker.sizes.subscriptions).toBe(1);
      wire.subscribe('a/b', 0);
      expect(house.broker.sizes.subscriptions).toBe(2);
    }
  });

  it('5.0 [MQTT-3.8.4-3] every option and the identifier are replaced', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a' });
    wire.subscribe('t', 0, { noLocal: true, retainAsPublished: true }, { subscriptionIdentifier: 9 });
    wire.subscribe('t', 0).take();
    wire.publish('t', 'x', 0, { retain: true });
    const [own] = wire.take();
    expect(own).toMatchObject({ type: 'PUBLISH', retain: false });
    expect(own).not.toMatchObject({ properties: { subscriptionIdentifiers: expect.anything() } });
  });

  it('5.0 [MQTT-3.8.4-4] 3.1.1 [MQTT-3.8.4-3] replacing sends the retained messages again and loses none that is on its way', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const receiveMaximum =
        version === 5 ? { properties: { receiveMaximum: 1, sessionExpiryInterval: 99 } } : {};
      const wire = house.connect(kept(version, 'r', receiveMaximum));
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'kept', 0, { retain: true });
      wire.subscribe('t', 1);
      const got = payloads(wire);
      for (const n of [1, 2, 3, 4]) {
        sender.publish('t', `${n}`, 1, { packetId: n });
        wire.subscribe('t', 1);
      }
      for (let left = 8; left > 0; left--)
        for (const sent of wire.take()) {
          if (sent.type !== 'PUBLISH') continue;
          got.push(new TextDecoder().decode(sent.payload));
          if (sent.qos > 0) wire.send({ type: 'PUBACK', packetId: sent.packetId, reasonCode: 0 });
        }
      expect(got.filter((payload) => payload === 'kept')).toHaveLength(5);
      expect(got.filter((payload) => payload !== 'kept')).toEqual(['1', '2', '3', '4']);
    }
  });

  it('5.0 [MQTT-3.8.3-3] No Local keeps a message from the client that published it, on whatever connection, and from no other', () => {
    const house = new House();
    const wire = house.connect(kept(5, 'a')).subscribe('t', 1, { noLocal: true });
    const other = subscriber(house, { clientId: 'b' }, 't', 1);
    wire.take();
    wire.publish('t', 'own', 1).publish('t', 'own');
    expect(wire.takeShort()).toEqual(['PUBACK']);
    expect(payloads(other)).toEqual(['own', 'own']);
    wire.cut();
    const back = house.connect(kept(5, 'a'));
    back.publish('t', 'own', 1);
    expect(back.takeShort()).toEqual(['PUBACK']);
    other.publish('t', 'of b');
    expect(payloads(back)).toEqual(['of b']);
  });

  it('5.0 [MQTT-3.8.3-3] No Local beside a subscription without it: the own message comes through that one alone', () => {
    const wire = new House().connect({ clientId: 'a' });
    wire.subscribe('t/#', 1, { noLocal: true }, { subscriptionIdentifier: 1 });
    wire.subscribe('t/x', 0, {}, { subscriptionIdentifier: 2 }).take();
    wire.publish('t/x', 'own', 1);
    const [own, puback] = wire.take();
    expect(own).toMatchObject({ qos: 0, properties: { subscriptionIdentifiers: [2] } });
    expect(puback?.type).toBe('PUBACK');
  });

  it('5.0 [MQTT-3.8.3-3] nor do its own retained messages come, of an earlier session neither; those of others do', () => {
    const house = new House();
    house.connect({ clientId: 'a' }).publish('r/earlier', 'own', 0, { retain: true }).disconnect();
    house.connect({ clientId: 'b' }).publish('r/other', 'of b', 0, { retain: true });
    const wire = house.connect({ clientId: 'a' }).publish('r/now', 'own', 0, { retain: true });
    expect(payloads(wire.subscribe('r/#', 0, { noLocal: true }))).toEqual(['of b']);
    expect(payloads(wire.subscribe('r/#', 0)).sort()).toEqual(['of b', 'own', 'own']);
  });

  it('5.0 [MQTT-3.8.3-3] a will of the client itself is not sent to its own No Local subscription', () => {
    const house = new House();
    const wire = house
      .connect(kept(5, 'a', { will: { topic: 't', qos: 1 } }))
      .subscribe('t', 1, { noLocal: true });
    wire.cut();
    expect(house.ask(kept(5, 'a')).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 [MQTT-3.8.4-1] 3.1.1 [MQTT-3.8.4-1] SUBACK stands on the wire as it should', () => {
    for (const version of VERSIONS) {
      const wire = new House().connect({ version });
      const sent = record(wire);
      wire.bytes(bytes(version, 10, ['a/b', 1], ['c/d', 2]));
      expect(sent()).toBe(version === 5 ? '90 05 00 0a 00 01 02' : '90 04 00 0a 01 02');
    }
  });
});
