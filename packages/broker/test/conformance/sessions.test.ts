/** Sections 3.1.2.4, 3.1.2.11.2, 4.1, 4.4 and 4.5: sessions, what they keep, what is sent again. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';
import { kept, payloads, subscriber, VERSIONS } from './recorder.ts';

describe('clean start', () => {
  it('5.0 [MQTT-3.1.2-4] 3.1.1 [MQTT-3.1.2-6] throws everything away: subscriptions, messages that wait, messages that are open both ways', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const receiver = subscriber(house, { version, clientId: 'r' }, 'u', 2);
      const wire = subscriber(house, kept(version, 'a'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'open', 2);
      wire.publish('u', 'one', 2, { packetId: 7 }).cut();
      sender.publish('t', 'waits', 1, { packetId: 2 });
      const clean = house.ask(kept(version, 'a', { cleanStart: true }));
      sender.publish('t', 'new', 1, { packetId: 3 });
      expect(clean.takeShort()).toEqual(['CONNACK']);
      expect(house.broker.sizes).toMatchObject({ sessions: 3, subscriptions: 1 });
      clean.publish('u', 'two', 2, { packetId: 7 });
      expect(clean.takeShort()).toEqual(['PUBREC']);
      expect(payloads(receiver)).toEqual(['one', 'two']);
    }
  });

  it('3.1.1 [MQTT-3.1.2-6] a clean session ends with its connection, whether by DISCONNECT or not', () => {
    const house = new House();
    for (const isCut of [true, false]) {
      const wire = subscriber(house, { version: 4, clientId: 'a' }, 't', 1);
      if (isCut) wire.cut();
      else wire.disconnect();
      house.connect({ version: 4, clientId: 's' }).publish('t', 'x', 1);
      const back = house.ask(kept(4, 'a'));
      expect(back.take()).toMatchObject([{ type: 'CONNACK', sessionPresent: false }]);
      back.disconnect();
    }
  });

  it('5.0 [MQTT-3.1.2-6] 3.1.1 [MQTT-3.1.2-4] not clean and without a session, a new and empty one begins', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.ask(kept(version, 'a'));
      house.connect({ version, clientId: 's' }).publish('t', 'x', 1);
      expect(wire.take()).toMatchObject([{ type: 'CONNACK', sessionPresent: false }]);
      wire.cut();
      expect(house.ask(kept(version, 'a')).take()).toMatchObject([{ sessionPresent: true }]);
    }
  });
});

describe('a session that is kept', () => {
  it('5.0 [MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-4.5.0-1] 3.1.1 [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-4.5.0-1] has its subscriptions and every QoS 1 and 2 message of its absence, after DISCONNECT too', () => {
    for (const version of VERSIONS)
      for (const isCut of [true, false]) {
        const house = new House();
        const wire = subscriber(house, kept(version, 'a'), 'a/#', 2);
        wire.subscribe('b', 1).take();
        if (isCut) wire.cut();
        else wire.disconnect();
        const sender = house.connect({ version, clientId: 's' });
        sender
          .publish('a/1', '1', 1)
          .publish('b', '2', 2, { packetId: 2 })
          .publish('a/2', '3', 2, { packetId: 3 });
        sender.publish('c', 'not mine', 1, { packetId: 4 });
        const back = house.ask(kept(version, 'a'));
        expect(back.takeShort()).toEqual([
          'CONNACK',
          'PUBLISH a/1 1 q1',
          'PUBLISH b 2 q1',
          'PUBLISH a/2 3 q2',
        ]);
        sender.publish('b', '4');
        expect(payloads(back)).toEqual(['4']);
      }
  });

  it('5.0 [MQTT-4.5.0-1] 3.1.1 [MQTT-4.5.0-1] a message is added for every client that matches, there or away', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const ids = Array.from({ length: 20 }, (_, n) => `c${n}`);
      const wires = ids.map((clientId) => subscriber(house, kept(version, clientId), 't', 1));
      for (const wire of wires.slice(0, 10)) wire.cut();
      house.connect({ version, clientId: 's' }).publish('t', 'x', 1);
      for (const clientId of ids.slice(0, 10))
        expect(payloads(house.ask(kept(version, clientId)))).toEqual(['x']);
      for (const wire of wires.slice(10)) expect(payloads(wire)).toEqual(['x']);
    }
  });

  it('5.0 [MQTT-3.1.2-23] 3.1.1 [MQTT-4.1.0-1] keeps the ids of QoS 2 messages that came but were not released', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const receiver = subscriber(house, { version, clientId: 'r' }, 't', 2);
      const wire = house.connect(kept(version, 'a')).publish('t', 'once', 2, { packetId: 7 });
      wire.cut();
      const back = house.connect(kept(version, 'a'));
      back
        .publish('t', 'once', 2, { packetId: 7, dup: true })
        .send({ type: 'PUBREL', packetId: 7, reasonCode: 0 });
      expect(back.takeShort()).toEqual(['PUBREC', 'PUBCOMP']);
      expect(payloads(receiver)).toEqual(['once']);
    }
  });

  it('5.0 [MQTT-4.1.0-1] 3.1.1 [MQTT-4.1.0-2] is there as long as its connection, whatever its interval', () => {
    for (const version of VERSIONS) {
      const house = new House({ limits: { maximumSessionExpiry: 1 } });
      const expires = version === 5 ? { properties: { sessionExpiryInterval: 1 } } : {};
      const wires = [
        subscriber(house, { version, clientId: 'clean' }, 't', 1),
        subscriber(house, kept(version, 'kept', expires), 't', 1),
      ];
      house.advance(7 * 24 * 3_600_000);
      house.connect({ version, clientId: 's' }).publish('t', 'x', 1);
      for (const wire of wires) expect(payloads(wire)).toEqual(['x']);
    }
  });

  it('5.0 [MQTT-4.1.0-1] a connection that comes back in time stops the clock of its session', () => {
    const house = new House();
    const kept60 = kept(5, 'a', { properties: { sessionExpiryInterval: 60 } });
    subscriber(house, kept60, 't', 1).cut();
    house.advance(59_000);
    const back = house.connect(kept60);
    house.advance(600_000);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    expect([payloads(back), back.isClosed]).toEqual([['x'], false]);
  });

  it('5.0 [MQTT-4.1.0-2] is discarded with all it holds when its interval is over, not before', () => {
    const house = new House();
    const kept60 = kept(5, 'a', { properties: { sessionExpiryInterval: 60 } });
    const away = (seconds: number): unknown => {
      subscriber(house, kept60, 't', 1).cut();
      house.connect({ clientId: 's' }).publish('t', 'x', 1);
      house.advance(seconds * 1000);
      return house.ask(kept60).takeShort();
    };
    expect(away(59.8)).toEqual(['CONNACK', 'PUBLISH t x q1']);
    expect(away(60.3)).toEqual(['CONNACK']);
    expect(house.broker.sizes.subscriptions).toBe(0);
  });

  it('5.0 [MQTT-4.1.0-2] one of interval 0 is discarded with its connection', () => {
    const house = new House();
    subscriber(house, { clientId: 'a', cleanStart: false }, 't', 1).cut();
    expect(house.broker.sizes).toMatchObject({ sessions: 0, subscriptions: 0 });
  });

  it('5.0 [MQTT-3.1.2-5] 3.1.1 [MQTT-3.1.2-4] is the same for a client that comes back with the other version', () => {
    for (const [before, after] of [
      [4, 5],
      [5, 4],
    ] as const) {
      const house = new House();
      const identifier = before === 5 ? { subscriptionIdentifier: 3 } : {};
      const wire = house.connect(kept(before, 'r')).subscribe('t', 2, {}, identifier);
      const properties = { contentType: 'x', messageExpiryInterval: 100 };
      const sender = house.connect({ clientId: 's' }).publish('t', 'open', 1, { properties });
      wire.cut();
      sender.publish('t', 'waits', 2, { packetId: 2, properties });
      house.advance(5000);
      const back = house.ask(kept(after, 'r'));
      const sent = back.take();
      expect(sent).toMatchObject([
        { type: 'CONNACK', sessionPresent: true },
        { type: 'PUBLISH', qos: 1, dup: true },
        { type: 'PUBLISH', qos: 2, dup: false },
      ]);
      if (after === 5)
        expect(sent[2]).toMatchObject({ properties: { contentType: 'x', messageExpiryInterval: 95 } });
    }
  });

  it('3.1.1 [MQTT-3.1.2-7] retained messages outlive the session that sent them', () => {
    const house = new House();
    for (const cleanStart of [true, false]) {
      const topic = `r/${cleanStart}`;
      const wire = house
        .connect({ version: 4, clientId: 'a', cleanStart })
        .publish(topic, 'kept', 1, { retain: true });
      wire.cut();
      house.connect({ version: 4, clientId: 'a', cleanStart: true }).cut();
    }
    const late = house.connect({ version: 4, clientId: 'b' }).subscribe('r/#');
    expect(payloads(late)).toEqual(['kept', 'kept']);
  });
});

describe('sending again', () => {
  it('5.0 [MQTT-4.4.0-1] 3.1.1 [MQTT-4.4.0-1] open PUBLISHes and PUBRELs come again with their ids, before anything new', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, kept(version, 'a'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      for (const n of [1, 2, 3, 4, 5, 6]) sender.publish('t', `${n}`, n % 2 === 0 ? 2 : 1, { packetId: n });
      wire.take();
      wire.send(
        { type: 'PUBREC', packetId: 4, reasonCode: 0 },
        { type: 'PUBACK', packetId: 3, reasonCode: 0 },
      );
      wire.cut();
      sender.publish('t', 'new', 1, { packetId: 7 });
      for (let again = 0; again < 3; again++) {
        const back = house.ask(kept(version, 'a'));
        const sent = back.take().slice(1);
        const ids = (type: string): unknown[] =>
          sent.flatMap((one) => (one.type === type && 'packetId' in one ? [one.packetId] : []));
        expect([ids('PUBLISH'), ids('PUBREL')]).toEqual([[1, 2, 5, 6, 7], [4]]);
        expect(sent.map((one) => 'packetId' in one && one.packetId).at(-1)).toBe(7);
        back.cut();
      }
    }
  });

  it('5.0 [MQTT-4.4.0-1] 3.1.1 [MQTT-4.4.0-1] nothing comes again while the connection lasts', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, kept(version, 'a'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', '1', 1).publish('t', '2', 2, { packetId: 2 }).publish('t', '3', 2, { packetId: 3 });
      wire.send({ type: 'PUBREC', packetId: 3, reasonCode: 0 }).take();
      for (let hour = 0; hour < 24; hour++) house.advance(3_600_000);
      wire.subscribe('t', 2).send({ type: 'PINGREQ' });
      expect(wire.takeShort()).toEqual(['SUBACK 2', 'PINGRESP']);
    }
  });

  it('5.0 [MQTT-4.4.0-2] what was answered with 0x80 or above is settled', () => {
    for (const reasonCode of [0x80, 0x83, 0x87, 0x97, 0x99]) {
      const house = new House();
      const wire = subscriber(house, kept(5, 'a', { properties: { receiveMaximum: 2 } }), 't', 2);
      const sender = house.connect({ clientId: 's' });
      sender.publish('t', '1', 1).publish('t', '2', 2, { packetId: 2 }).publish('t', '3', 1, { packetId: 3 });
      wire.take();
      wire.send({ type: 'PUBACK', packetId: 1, reasonCode }, { type: 'PUBREC', packetId: 2, reasonCode });
      expect(wire.takeShort()).toEqual(['PUBLISH t 3 q1']);
      wire.cut();
      expect(house.ask(kept(5, 'a')).takeShort()).toEqual(['CONNACK', 'PUBLISH t 3 q1 dup']);
    }
  });
});
