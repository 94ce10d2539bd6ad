/** Parts of the protocol that an option takes away: announced in CONNACK, and refused with their own reason code. */
import { describe, expect, it } from 'vitest';
import { type BrokerOptions, createBroker } from '../src/index.ts';
import { House, type Wire } from './wire/house.ts';

function connackOf(options: BrokerOptions): object {
  const [connack] = new House(options).ask().take();
  return connack !== undefined && 'properties' in connack ? { ...connack.properties } : {};
}

function short(wire: Wire): string {
  return wire.takeShort().join();
}

describe('5.0 what CONNACK announces', () => {
  it('[MQTT-3.2.2-9] Maximum QoS where it is 0 or 1, and none where every QoS is served', () => {
    expect(connackOf({ maximumQoS: 0 })).toMatchObject({ maximumQoS: 0 });
    expect(connackOf({ maximumQoS: 1 })).toMatchObject({ maximumQoS: 1 });
    expect(connackOf({})).not.toHaveProperty('maximumQoS');
  });

  const flags = [
    'retainAvailable',
    'wildcardSubscriptionAvailable',
    'sharedSubscriptionAvailable',
    'subscriptionIdentifiersAvailable',
  ] as const;
  it.each(flags)('%s where it is not', (name) => {
    expect(connackOf({ [name]: false })).toHaveProperty(name, false);
    expect(connackOf({})).not.toHaveProperty(name);
  });
});

describe('maximumQoS', () => {
  it('5.0 [MQTT-3.2.2-11] a PUBLISH above it ends with DISCONNECT 0x9B; at it, it is answered', () => {
    const house = new House({ maximumQoS: 1 });
    expect(short(house.connect().publish('t', 'x', 1))).toBe('PUBACK 0x10');
    const wire = house.connect().publish('t', 'x', 2);
    expect(short(wire)).toBe('DISCONNECT 0x9b');
    expect(wire.isClosed).toBe(true);
    expect(short(new House({ maximumQoS: 0 }).connect().publish('t', 'x', 1))).toBe('DISCONNECT 0x9b');
  });

  it('3.1.1 a PUBLISH above it closes the connection and reaches nobody', () => {
    const house = new House({ maximumQoS: 0 });
    const sub = house.connect({ clientId: 'sub' }).subscribe('#', 2);
    sub.take();
    const wire = house.connect({ version: 4 }).publish('t', 'x', 1);
    expect([short(wire), wire.isClosed, short(sub)]).toEqual(['', true, '']);
  });

  it('5.0 [MQTT-3.2.2-10] every QoS may be asked for; what is granted is no more', () => {
    const house = new House({ maximumQoS: 1 });
    const wire = house.connect();
    const codes = ([0, 1, 2] as const).map((qos) => short(wire.subscribe(`t/${qos}`, qos)));
    expect(codes).toEqual(['SUBACK 0', 'SUBACK 1', 'SUBACK 1']);
    expect(short(house.connect({ version: 4 }).subscribe('t', 2))).toBe('SUBACK 1');
  });

  it('5.0 [MQTT-3.2.2-12] a will above it refuses the CONNECT with 0x9B', () => {
    const house = new House({ maximumQoS: 1 });
    const wire = house.ask({ will: { topic: 'w', qos: 2 } });
    expect([short(wire), wire.isClosed]).toEqual(['CONNACK 0x9b', true]);
    expect(short(house.ask({ will: { topic: 'w', qos: 1 } }))).toBe('CONNACK');
    const three = house.ask({ version: 4, will: { topic: 'w', qos: 2 } });
    expect([short(three), three.isClosed]).toEqual(['', true]);
  });
});

describe('retainAvailable false', () => {
  it('5.0 [MQTT-3.2.2-14] a PUBLISH with RETAIN ends with DISCONNECT 0x9A, whatever its QoS; 3.1.1 is closed', () => {
    for (const qos of [0, 1, 2] as const) {
      const house = new House({ retainAvailable: false });
      expect(short(house.connect().publish('t', 'x', qos, { retain: true }))).toBe('DISCONNECT 0x9a');
      const three = house.connect({ version: 4 }).publish('t', 'x', qos, { retain: true });
      expect([short(three), three.isClosed]).toEqual(['', true]);
      expect(house.broker.sizes.retained).toBe(0);
    }
  });

  it('5.0 [MQTT-3.2.2-13] a will with RETAIN refuses the CONNECT with 0x9A', () => {
    const house = new House({ retainAvailable: false });
    const wire = house.ask({ will: { topic: 'w', retain: true } });
    expect([short(wire), wire.isClosed]).toEqual(['CONNACK 0x9a', true]);
    expect(short(house.ask({ will: { topic: 'w' } }))).toBe('CONNACK');
  });
});

describe('kinds of subscriptions', () => {
  const kinds: [keyof BrokerOptions, string, object, string][] = [
    ['wildcardSubscriptionAvailable', 'a/#', {}, '0xa2'],
    ['wildcardSubscriptionAvailable', '+/a', {}, '0xa2'],
    ['wildcardSubscriptionAvailable', '$share/g/a/+', {}, '0xa2'],
    ['sharedSubscriptionAvailable', '$share/g/a', {}, '0x9e'],
    ['subscriptionIdentifiersAvailable', 'a', { subscriptionIdentifier: 1 }, '0xa1'],
  ];
  it.each(kinds)(
    '5.0 [MQTT-4.13.1-1] %s false: %s ends with DISCONNECT',
    (name, filter, properties, code) => {
      const house = new House({ [name]: false });
      expect(short(house.connect().subscribe(filter, 0, {}, properties))).toBe(`DISCONNECT ${code}`);
      expect(house.broker.sizes.subscriptions).toBe(0);
      expect(short(house.connect().subscribe('plain'))).toBe('SUBACK 0');
      expect(short(new House().connect().subscribe(filter, 0, {}, properties))).toBe('SUBACK 0');
    },
  );

  it('3.1.1 gets 0x80 for a filter that is not served, beside others that are', () => {
    const house = new House({ wildcardSubscriptionAvailable: false, sharedSubscriptionAvailable: false });
    const wire = house.connect({ version: 4 });
    const subscriptions = ['a/#', 'a', '$share/g/a'].map((topicFilter) => ({ topicFilter, qos: 1 }));
    expect(short(wire.send({ type: 'SUBSCRIBE', packetId: 1, subscriptions }))).toBe('SUBACK 0x80 1 0x80');
  });
});

describe('queueQoS0', () => {
  const kept = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 99 } };

  it('keeps QoS 0 for a client that is away, in order with QoS 1, within the bounds of its queue', () => {
    const house = new House({ queueQoS0: true, limits: { maximumQueuedMessages: 3 } });
    house.connect(kept).subscribe('#', 1).cut();
    const pub = house.connect({ clientId: 'p' });
    pub.publish('t', '1').publish('t', '2', 1).publish('t', '3').publish('t', '4');
    expect([...house.broker.sessions()][0]?.queued).toBe(3);
    expect(house.broker.metrics.messagesOverflowed).toBe(1);
    expect(house.ask(kept).takeShort()).toEqual(['CONNACK', 'PUBLISH t 1', 'PUBLISH t 2 q1', 'PUBLISH t 3']);
    expect([...house.broker.sessions()][0]?.queued).toBe(0);
  });

  it('is off unless asked for, and means nothing to a session that ends with its connection', () => {
    const house = new House();
    house.connect(kept).subscribe('#', 1).cut();
    house.connect({ clientId: 'p' }).publish('t', '1');
    expect(house.ask(kept).takeShort()).toEqual(['CONNACK']);
    expect(house.broker.metrics.messagesDroppedOffline).toBe(1);
  });

  it('5.0 [MQTT-4.6.0-6] new QoS 0 does not overtake what waits, and needs no window itself', () => {
    const house = new House({ queueQoS0: true });
    const once = { ...kept, properties: { sessionExpiryInterval: 99, receiveMaximum: 1 } };
    const wire = house.connect(once).subscribe('#', 1);
    wire.take();
    const pub = house.connect({ clientId: 'p' });
    pub.publish('t', '1', 1).publish('t', '2', 1, { packetId: 2 }).publish('t', '3');
    expect(wire.takeShort()).toEqual(['PUBLISH t 1 q1']);
    wire.send({ type: 'PUBACK', packetId: 1 });
    expect(wire.takeShort()).toEqual(['PUBLISH t 2 q1', 'PUBLISH t 3']);
    expect(pub.publish('t', '4') && wire.takeShort()).toEqual(['PUBLISH t 4']);
  });

  it('a queued QoS 0 message that expired is not sent', () => {
    const house = new House({ queueQoS0: true });
    house.connect(kept).subscribe('#', 1).cut();
    const properties = { messageExpiryInterval: 5 };
    house.connect({ clientId: 'p' }).publish('t', '1', 0, { properties });
    house.advance(5000);
    expect(house.ask(kept).takeShort()).toEqual(['CONNACK']);
  });
});

describe('upgradeOutgoingQoS', () => {
  it('delivers at the QoS of the subscription, and without it at the lower of both', () => {
    for (const [upgradeOutgoingQoS, expected] of [
      [true, ['PUBLISH t x q2', 'PUBLISH t x q2']],
      [false, ['PUBLISH t x', 'PUBLISH t x q1']],
    ] as const) {
      const house = new House({ upgradeOutgoingQoS });
      const wires = ([5, 4] as const).map((version) => {
        const wire = house.connect({ clientId: `v${version}`, version }).subscribe('t', 2);
        wire.take();
        return wire;
      });
      house.connect({ clientId: 'p' }).publish('t', 'x').publish('t', 'x', 1);
      for (const wire of wires) expect(wire.takeShort()).toEqual(expected);
    }
  });
});

describe('retainExpiryInterval', () => {
  it('forgets a retained message so many seconds after it was set, and tells subscribers nothing of it', () => {
    const house = new House({ retainExpiryInterval: 10 });
    const pub = house.connect({ clientId: 'p' }).publish('t', 'x', 0, { retain: true });
    house.advance(9999);
    const [, message] = house.connect({ clientId: 'a' }).subscribe('t').take();
    expect(message).toMatchObject({ type: 'PUBLISH', topic: 't', properties: undefined });
    pub.publish('t', 'again', 0, { retain: true });
    house.advance(9999);
    expect(house.connect({ clientId: 'b' }).subscribe('t').takeShort()).toEqual([
      'SUBACK 0',
      'PUBLISH t again retain',
    ]);
    house.advance(1);
    expect(house.connect({ clientId: 'c' }).subscribe('#').takeShort()).toEqual(['SUBACK 0']);
    expect(house.broker.sizes.retained).toBe(0);
  });

  it('5.0 [MQTT-3.3.2-5] a shorter Message Expiry Interval still counts', () => {
    const house = new House({ retainExpiryInterval: 10 });
    const properties = { messageExpiryInterval: 3 };
    house.connect({ clientId: 'p' }).publish('t', 'x', 0, { retain: true, properties });
    house.advance(3000);
    expect(house.connect({ clientId: 'a' }).subscribe('t').takeShort()).toEqual(['SUBACK 0']);
  });
});

describe('validatePayloadFormat', () => {
  const text = { payloadFormatIndicator: 1 } as const;
  const bad = Uint8Array.from([0x61, 0xff]);

  it('5.0 [F24] a payload that is not the text it says: 0x99 in PUBACK, PUBREC, and DISCONNECT for QoS 0', () => {
    const house = new House({ validatePayloadFormat: true });
    const answers = ([0, 1, 2] as const).map((qos) =>
      short(house.connect().publish('t', bad, qos, { properties: text })),
    );
    expect(answers).toEqual(['DISCONNECT 0x99', 'PUBACK 0x99', 'PUBREC 0x99']);
    const fine = ([0, 1, 2] as const).map((qos) =>
      short(house.connect().publish('t', 'ä', qos, { properties: text })),
    );
    expect(fine).toEqual(['', 'PUBACK 0x10', 'PUBREC 0x10']);
    expect(short(house.connect().publish('t', bad, 1))).toBe('PUBACK 0x10');
  });

  it('5.0 [F24] a will that is not the text it says refuses the CONNECT with 0x99', () => {
    const house = new House({ validatePayloadFormat: true });
    const will = (payload: Uint8Array): object => ({
      topic: 'w',
      qos: 0,
      retain: false,
      payload,
      properties: text,
    });
    const ask = (payload: Uint8Array): string => {
      const packet = {
        type: 'CONNECT',
        version: 5,
        clientId: 'w',
        cleanStart: true,
        keepAlive: 0,
        will: will(payload),
      };
      return short(house.open().send(packet));
    };
    expect(ask(bad)).toBe('CONNACK 0x99');
    expect(ask(new TextEncoder().encode('ä'))).toBe('CONNACK');
  });

  it('5.0 [MQTT-3.3.2-4] without it nothing is read, and the indicator is forwarded as it came', () => {
    const house = new House();
    const sub = house.connect({ clientId: 's' }).subscribe('t');
    sub.take();
    house.connect({ clientId: 'p' }).publish('t', bad, 0, { properties: text });
    expect(sub.take()).toMatchObject([{ payload: bad, properties: text }]);
  });
});

describe('options that make no sense', () => {
  const wrong: [string, unknown][] = [
    ['maximumQoS', 3],
    ['maximumQoS', '1'],
    ['retainAvailable', 'no'],
    ['queueQoS0', 1],
    ['retainExpiryInterval', -1],
    ['retainExpiryInterval', 1.5],
    ['sharedSubscriptions', 'fair'],
  ];
  it.each(wrong)('%s: %s is refused', (name, value) => {
    expect(() => createBroker({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
