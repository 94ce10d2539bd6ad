/** Sessions that are kept, that are clean, and that expire. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };
const FOR_EVER = 0xffff_ffff;

describe('a kept session', () => {
  it('5.0 [MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-4.1.0-1] [MQTT-4.5.0-1] holds subscriptions and QoS 1 and 2 messages', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a', ...kept }).subscribe('t/#', 2);
    wire.cut();
    const sender = house.connect({ clientId: 's' });
    sender.publish('t/0', 'zero').publish('t/1', 'one', 1).publish('t/2', 'two', 2, { packetId: 2 });
    const back = house.ask({ clientId: 'a', ...kept });
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t/1 one q1', 'PUBLISH t/2 two q2']);
    sender.publish('t/3', 'three');
    expect(back.takeShort()).toEqual(['PUBLISH t/3 three']);
  });

  it('3.1.1 [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-4.1.0-1] [MQTT-4.5.0-1] holds them too, and so does 3.1', () => {
    const house = new House();
    for (const version of [3, 4] as const) {
      const clientId = `v${version}`;
      house.connect({ version, clientId, cleanStart: false }).subscribe('t', 1).cut();
      house.connect({ clientId: 's' }).publish('t', 'x', 1);
      const back = house.ask({ version, clientId, cleanStart: false });
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1']);
    }
  });

  it('5.0 [MQTT-4.4.0-1] 3.1.1 [MQTT-4.4.0-1] [MQTT-4.6.0-1] [F08] resends what was not acknowledged, in order, with DUP', () => {
    const house = new House();
    for (const version of [4, 5] as const) {
      const wishes = {
        version,
        clientId: `v${version}`,
        cleanStart: false,
        ...(version === 5 ? { properties: kept.properties } : {}),
      };
      const wire = house.connect(wishes).subscribe('t', 2);
      wire.take();
      const sender = house.connect({ clientId: 's' });
      for (const n of [1, 2, 3, 4]) sender.publish('t', `${n}`, n % 2 === 0 ? 2 : 1, { packetId: n });
      expect(wire.takeShort()).toEqual([
        'PUBLISH t 1 q1',
        'PUBLISH t 2 q2',
        'PUBLISH t 3 q1',
        'PUBLISH t 4 q2',
      ]);
      wire.send(
        { type: 'PUBACK', packetId: 1, reasonCode: 0 },
        { type: 'PUBREC', packetId: 4, reasonCode: 0 },
      );
      expect(wire.takeShort()).toEqual(['PUBREL']);
      wire.cut();
      const back = house.ask(wishes);
      const packets = back.take();
      expect(packets.slice(1)).toMatchObject([
        { type: 'PUBLISH', packetId: 2, dup: true, qos: 2 },
        { type: 'PUBLISH', packetId: 3, dup: true, qos: 1 },
        { type: 'PUBREL', packetId: 4 },
      ]);
      back.disconnect();
    }
  });

  it('5.0 [MQTT-4.4.0-1] resends nothing while the connection lasts', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a', ...kept }).subscribe('t', 1);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    wire.take();
    house.advance(3_600_000);
    expect(wire.take()).toEqual([]);
  });

  it('5.0 [MQTT-4.4.0-2] a message answered with an error is not sent again', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a', ...kept }).subscribe('t', 2);
    const sender = house.connect({ clientId: 's' });
    sender.publish('t', '1', 1).publish('t', '2', 2, { packetId: 2 });
    wire.take();
    wire.send(
      { type: 'PUBACK', packetId: 1, reasonCode: 0x80 },
      { type: 'PUBREC', packetId: 2, reasonCode: 0x97 },
    );
    expect(wire.take()).toEqual([]);
    wire.cut();
    expect(house.ask({ clientId: 'a', ...kept }).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 [MQTT-4.3.3-10] [F11] a QoS 2 message is routed once, over a reconnect too', () => {
    const house = new House();
    const receiver = house.connect({ clientId: 'r' }).subscribe('t', 2);
    receiver.take();
    const wire = house.connect({ clientId: 'a', ...kept });
    wire.publish('t', 'once', 2, { packetId: 9 });
    expect(wire.takeShort()).toEqual(['PUBREC']);
    wire.cut();
    const back = house.connect({ clientId: 'a', ...kept });
    back.publish('t', 'once', 2, { packetId: 9, dup: true });
    back.send({ type: 'PUBREL', packetId: 9, reasonCode: 0 });
    expect(back.takeShort()).toEqual(['PUBREC', 'PUBCOMP']);
    expect(receiver.takeShort()).toEqual(['PUBLISH t once q2']);
  });

  it('[C31] is there without any subscription', () => {
    const house = new House();
    house.connect({ clientId: 'a', ...kept }).cut();
    expect(house.ask({ clientId: 'a', ...kept }).take()).toMatchObject([{ sessionPresent: true }]);
  });

  it('3.1.1 [MQTT-3.1.2-7] retained messages are no part of it', () => {
    const house = new House();
    const wire = house.connect({ version: 4, clientId: 'a' }).publish('r', 'kept', 0, { retain: true });
    wire.disconnect();
    const other = house.connect({ version: 4, clientId: 'b' }).subscribe('r');
    expect(other.takeShort()).toEqual(['SUBACK 0', 'PUBLISH r kept retain']);
  });

  it('[G02] waits within its bounds: the newest is dropped, counted, and order holds', () => {
    const house = new House({ limits: { maximumQueuedMessages: 3 } });
    house
      .connect({ clientId: 'a', ...kept })
      .subscribe('t', 1)
      .cut();
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2, 3, 4, 5]) sender.publish('t', `${n}`, 1, { packetId: n });
    expect(house.broker.metrics.messagesOverflowed).toBe(2);
    expect(
      house
        .ask({ clientId: 'a', ...kept })
        .takeShort()
        .slice(1),
    ).toEqual(['PUBLISH t 1 q1', 'PUBLISH t 2 q1', 'PUBLISH t 3 q1']);
  });

  it('[G02] or drops the oldest, by policy', () => {
    const house = new House({ limits: { maximumQueuedMessages: 3 }, overflow: 'drop-oldest' });
    house
      .connect({ clientId: 'a', ...kept })
      .subscribe('t', 1)
      .cut();
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2, 3, 4, 5]) sender.publish('t', `${n}`, 1, { packetId: n });
    expect(
      house
        .ask({ clientId: 'a', ...kept })
        .takeShort()
        .slice(1),
    ).toEqual(['PUBLISH t 3 q1', 'PUBLISH t 4 q1', 'PUBLISH t 5 q1']);
  });

  it('[G02] or ends the client that does not keep up, by policy, with 0x97', () => {
    const house = new House({ limits: { maximumQueuedMessages: 2 }, overflow: 'disconnect' });
    const wire = house.connect({ clientId: 'a', properties: { receiveMaximum: 1 } }).subscribe('t', 1);
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2, 3, 4, 5]) sender.publish('t', `${n}`, 1, { packetId: n });
    house.advance(6000); // its publisher waited for it, and does no more
    expect(wire.takeShort()).toEqual(['SUBACK 1', 'PUBLISH t 1 q1', 'DISCONNECT 0x97']);
    expect(house.isWell()).toBe(true);
  });

  it('[G02] bytes are bounded too', () => {
    const house = new House({ limits: { maximumQueuedBytes: 3000 } });
    house
      .connect({ clientId: 'a', ...kept })
      .subscribe('t', 1)
      .cut();
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2, 3, 4, 5]) sender.publish('t', 'x'.repeat(1000), 1, { packetId: n });
    expect(house.broker.metrics.messagesOverflowed).toBe(3);
  });
});

describe('a clean session', () => {
  it('5.0 [MQTT-3.1.2-4] 3.1.1 [MQTT-3.1.2-6] [F32] begins with nothing of the one before', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a', ...kept }).subscribe('t', 1);
    const sender = house.connect({ clientId: 's' }).publish('t', 'old', 1);
    wire.cut();
    sender.publish('t', 'older', 1, { packetId: 2 });
    const fresh = house.ask({ clientId: 'a', cleanStart: true });
    sender.publish('t', 'new', 1, { packetId: 3 });
    expect(fresh.takeShort()).toEqual(['CONNACK']);
    expect(house.broker.sizes.subscriptions).toBe(0);
  });

  it('3.1.1 [MQTT-3.1.2-6] ends with its connection', () => {
    const house = new House();
    house.connect({ version: 4, clientId: 'a' }).subscribe('t', 1).cut();
    expect(house.broker.sizes).toMatchObject({ sessions: 0, subscriptions: 0 });
    expect(house.ask({ version: 4, clientId: 'a', cleanStart: false }).take()).toMatchObject([
      { sessionPresent: false },
    ]);
  });

  it('5.0 [MQTT-3.1.2-6] without a session a new one begins', () => {
    const house = new House();
    expect(house.ask({ clientId: 'a', ...kept }).take()).toMatchObject([{ sessionPresent: false }]);
    expect(house.broker.sizes.sessions).toBe(1);
  });
});

describe('session expiry', () => {
  it('5.0 [MQTT-4.1.0-2] [MQTT-3.1.2-23] ends a session when its interval is over, not before', () => {
    const house = new House();
    house
      .connect({ clientId: 'a', ...kept })
      .subscribe('t', 1)
      .cut();
    house.advance(99_800);
    expect(house.broker.sizes.sessions).toBe(1);
    house.advance(400);
    expect(house.broker.sizes).toMatchObject({ sessions: 0, subscriptions: 0 });
    expect(house.broker.metrics.sessionsExpired).toBe(1);
  });

  it('5.0 [MQTT-4.1.0-1] never ends one that is connected', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a', properties: { sessionExpiryInterval: 1 } });
    house.advance(5000);
    expect(house.broker.sizes.sessions).toBe(1);
    wire.cut();
    house.connect({ clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 1 } });
    house.advance(5000);
    expect(house.broker.sizes.sessions).toBe(1);
  });

  it('[F14] 0xFFFFFFFF is for ever, where the limit allows it', () => {
    const house = new House({ limits: { maximumSessionExpiry: FOR_EVER } });
    const wire = house.ask({ clientId: 'a', properties: { sessionExpiryInterval: FOR_EVER } });
    expect(wire.take()).not.toMatchObject([{ properties: { sessionExpiryInterval: expect.anything() } }]);
    wire.cut();
    house.advance(400 * 24 * 3_600_000);
    expect(house.broker.sizes.sessions).toBe(1);
  });

  it('5.0 DISCONNECT may change it', () => {
    const house = new House();
    house.connect({ clientId: 'a', ...kept }).disconnect({ properties: { sessionExpiryInterval: 3 } });
    house.advance(3500);
    expect(house.broker.sizes.sessions).toBe(0);
  });

  it('[C20] DISCONNECT may not make a session outlive its connection; the will is kept', () => {
    const house = new House();
    const watcher = house.connect({ clientId: 'w' }).subscribe('will');
    watcher.take();
    const wire = house.connect({ clientId: 'a', will: { topic: 'will' } });
    wire.disconnect({ properties: { sessionExpiryInterval: 100 } });
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x82']);
    expect(watcher.takeShort()).toEqual(['PUBLISH will will']);
  });
});
