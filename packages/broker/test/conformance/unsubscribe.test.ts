/** Sections 3.10 and 3.11: UNSUBSCRIBE and UNSUBACK, in 5.0 and 3.1.1. */
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

function bytes(version: Numbered, ...filters: string[]): Uint8Array {
  return packet(0xa2, '12 34', version === 5 ? [0] : [], filters.flatMap(text));
}

function unsubscribe(wire: Wire, ...filters: string[]): Wire {
  return wire.bytes(bytes(wire.version === 5 ? 5 : 4, ...filters));
}

describe('UNSUBSCRIBE', () => {
  it('5.0 [MQTT-3.10.1-1] 3.1.1 [MQTT-3.10.1-1] flags other than 0010 close the connection and end no subscription', () => {
    for (const version of VERSIONS)
      for (const flags of [0, 1, 3, 6, 8, 10, 15]) {
        const house = new House();
        const wire = subscriber(house, kept(version, 'a'), 't', 1);
        const wrong = bytes(version, 't');
        wrong[0] = 0xa0 | flags;
        wire.bytes(wrong);
        expect(wire.takeShort(), `${flags}`).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
        expect([wire.isClosed, house.broker.sizes.subscriptions], `${flags}`).toEqual([true, 1]);
      }
  });

  it('5.0 [MQTT-3.10.3-2] 3.1.1 [MQTT-3.10.3-2] no filter closes the connection', () => {
    for (const version of VERSIONS) {
      const wire = unsubscribe(new House().connect({ version }));
      expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x82'] : []);
      expect(wire.isClosed).toBe(true);
    }
  });

  it('5.0 [MQTT-3.10.4-1] 3.1.1 [MQTT-3.10.4-1] ends the filter that is equal character by character, and no other', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const filters = ['a/+', 'a/#', 'a/b', 'A/b', 'a/b/', '/a/b', 'a/é', 'a/e\u0301', '#'];
      const wire = house.connect({ version, clientId: 'a' });
      for (const filter of filters) wire.subscribe(filter);
      for (const other of ['+/b', 'a', 'A/B', 'a//b']) unsubscribe(wire, other);
      expect(house.broker.sizes.subscriptions).toBe(filters.length);
      filters.forEach((filter, ended) => {
        unsubscribe(wire, filter);
        expect(house.broker.sizes.subscriptions, filter).toBe(filters.length - ended - 1);
      });
    }
  });

  it('5.0 [MQTT-3.10.4-2] 3.1.1 [MQTT-3.10.4-2] after it nothing new is added, for the client that is there and for its session', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, kept(version, 'r'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'before');
      unsubscribe(wire, 't');
      for (const qos of [0, 1, 2] as const)
        sender.publish('t', 'after', qos, { packetId: qos === 0 ? undefined : qos });
      expect(payloads(wire)).toEqual(['before']);
      wire.cut();
      sender.publish('t', 'later', 1, { packetId: 9 });
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK']);
    }
  });

  it('5.0 [MQTT-3.10.4-3] 3.1.1 [MQTT-3.10.4-3] QoS 1 and 2 deliveries that began are completed, after a reconnect too', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, kept(version, 'r'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'one', 1).publish('t', 'two', 2, { packetId: 2 });
      wire.take();
      unsubscribe(wire, 't').take();
      wire.send({ type: 'PUBREC', packetId: 2, reasonCode: 0 });
      expect(wire.takeShort()).toEqual(['PUBREL']);
      wire.cut();
      const back = house.ask(kept(version, 'r'));
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t one q1 dup', 'PUBREL']);
    }
  });
});

describe('UNSUBACK', () => {
  it('5.0 [MQTT-3.10.4-4] [MQTT-3.10.4-5] 3.1.1 [MQTT-3.10.4-4] [MQTT-3.10.4-5] answers with the id of the request, also when there was nothing to end', () => {
    for (const version of VERSIONS) {
      const wire = subscriber(new House(), { version }, 't');
      for (const filter of ['t', 't', 'never']) {
        unsubscribe(wire, filter);
        expect(wire.take()).toMatchObject([{ type: 'UNSUBACK', packetId: 0x1234 }]);
      }
    }
  });

  it('5.0 [MQTT-3.10.4-6] [MQTT-3.11.3-1] 3.1.1 [MQTT-3.10.4-6] is one for all filters, which are taken one after the other', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.connect({ version });
      for (const filter of ['a', 'b/#', 'c']) wire.subscribe(filter);
      wire.take();
      const sent = record(wire);
      unsubscribe(wire, 'x', 'b/#', 'a', 'a', 'c/#');
      expect(sent()).toBe(version === 5 ? 'b0 08 12 34 00 11 00 00 11 11' : 'b0 02 12 34');
      expect(house.broker.sizes.subscriptions).toBe(1);
    }
  });

  it('5.0 [MQTT-3.11.3-2] has only codes of its own, for filters that are no filters too', () => {
    const wire = subscriber(new House(), {}, 't');
    unsubscribe(wire, 't', 'x', 'a#', '$share/g', '');
    const [unsuback] = wire.take();
    const codes = unsuback?.type === 'UNSUBACK' ? unsuback.reasonCodes : undefined;
    expect(codes).toHaveLength(5);
    for (const code of codes ?? []) expect(reasonCodes.UNSUBACK).toContain(code);
  });

  it('5.0 [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.1.2-29] a client that takes 16 bytes and no texts gets the same codes', () => {
    const properties = { maximumPacketSize: 16, requestProblemInformation: false };
    const wire = subscriber(new House(), { properties }, 't');
    unsubscribe(wire, 't', 'x', 'a#');
    const [unsuback, ...more] = wire.take();
    expect([unsuback, more]).toMatchObject([{ type: 'UNSUBACK', reasonCodes: [0, 0x11, 0x8f] }, []]);
    expect(unsuback === undefined ? 0 : sizeOf(unsuback)).toBeLessThanOrEqual(16);
    expect(unsuback).not.toMatchObject({ properties: { reasonString: expect.anything() } });
  });
});
