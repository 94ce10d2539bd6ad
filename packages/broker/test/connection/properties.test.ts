/** What a PUBLISH carries besides its payload: properties, expiry, alias, topic name. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

function pair(version: 3 | 4 | 5 = 5, qos: 0 | 1 | 2 = 2): { house: House; sender: Wire; receiver: Wire } {
  const house = new House();
  const receiver = house.connect({ version, clientId: 'receiver' }).subscribe('t/#', qos);
  receiver.take();
  return { house, sender: house.connect({ version, clientId: 'sender' }), receiver };
}

describe('properties', () => {
  it('5.0 [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] [F26] are forwarded unaltered, in order', () => {
    const { sender, receiver } = pair();
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'application/json',
      responseTopic: 'answers/here',
      correlationData: new Uint8Array(60_000).fill(7),
      userProperties: [
        ['z', '1'],
        ['a', ''],
        ['z', '1'],
        ['z', '2'],
        ['', 'x'],
      ],
    };
    for (const qos of [0, 1, 2] as const) {
      sender.publish('t/a', 'x', qos, { properties, packetId: qos === 0 ? undefined : qos });
      const [packet] = receiver.take();
      expect(packet?.type === 'PUBLISH' && packet.properties).toEqual(properties);
    }
  });

  it('5.0 to 3.1.1 they stay behind', () => {
    const house = new House();
    const receiver = house.connect({ version: 4, clientId: 'r' }).subscribe('t', 1);
    receiver.take();
    house
      .connect({ clientId: 's' })
      .publish('t', 'x', 1, { properties: { contentType: 'a', userProperties: [['b', 'c']] } });
    expect(receiver.take()).toMatchObject([{ topic: 't', qos: 1, properties: undefined }]);
  });

  it('[F24] a payload that says it is text and is none is refused with 0x99, where that is asked for', () => {
    for (const validatePayloadFormat of [true, false]) {
      const house = new House({ validatePayloadFormat });
      const wire = house.connect();
      const text = { properties: { payloadFormatIndicator: 1 } };
      wire
        .publish('t', Uint8Array.of(0xc0, 0x80), 1, text)
        .publish('t', 'grüße', 1, { packetId: 2, ...text });
      wire.publish('t', Uint8Array.of(0xc0), 1, { packetId: 3, properties: { payloadFormatIndicator: 0 } });
      expect(wire.takeShort()).toEqual([
        validatePayloadFormat ? 'PUBACK 0x99' : 'PUBACK 0x10',
        'PUBACK 0x10',
        'PUBACK 0x10',
      ]);
    }
  });

  it('[C29] more user properties than allowed are answered with 0x97', () => {
    const { sender, receiver } = pair();
    const userProperties = Array.from({ length: 65 }, () => ['a', 'b']);
    sender
      .publish('t/a', 'x', 1, { properties: { userProperties } })
      .publish('t/a', 'x', 0, { properties: { userProperties } });
    expect(sender.takeShort()).toEqual(['PUBACK 0x97']);
    expect(receiver.take()).toEqual([]);
  });
});

describe('message expiry', () => {
  const kept = { clientId: 'r', cleanStart: false, properties: { sessionExpiryInterval: 999 } };

  it('5.0 [MQTT-3.3.2-5] [MQTT-3.3.2-6] [F12] expired ones are never delivered, the others with the time that is left', () => {
    const house = new House();
    house.connect(kept).subscribe('t', 1).cut();
    const sender = house.connect({ clientId: 's' });
    const expiring = (seconds: number, packetId: number): void => {
      sender.publish('t', `${seconds}`, 1, { packetId, properties: { messageExpiryInterval: seconds } });
    };
    expiring(2, 1);
    expiring(100, 2);
    expiring(0xffff_ffff, 3);
    house.advance(10_000);
    const [, first, second, third] = house.ask(kept).take();
    expect([first, second]).toMatchObject([
      { packetId: 1, properties: { messageExpiryInterval: 90 } },
      { packetId: 2, properties: { messageExpiryInterval: 0xffff_ffff - 10 } },
    ]);
    expect(third).toBe(undefined);
    expect(house.broker.metrics.messagesExpired).toBe(1);
  });

  it('[F12] 0 reaches those who are there, and waits for nobody', () => {
    const house = new House();
    house.connect(kept).subscribe('t', 1).cut();
    const here = house.connect({ clientId: 'here' }).subscribe('t', 1);
    here.take();
    house.connect({ clientId: 's' }).publish('t', 'now', 1, { properties: { messageExpiryInterval: 0 } });
    expect(here.takeShort()).toEqual(['PUBLISH t now q1']);
    expect(house.ask(kept).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 [MQTT-4.3.3-7] [MQTT-4.3.3-13] does not stop a delivery that has begun', () => {
    const house = new House();
    const receiver = house.connect(kept).subscribe('t', 2);
    house.connect({ clientId: 's' }).publish('t', 'x', 2, { properties: { messageExpiryInterval: 2 } });
    receiver.take();
    receiver.cut();
    house.advance(10_000);
    const back = house.ask(kept);
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q2 dup']);
    back.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    expect(back.takeShort()).toEqual(['PUBREL']);
  });

  it('ends retained messages too', () => {
    const house = new House();
    house
      .connect({ clientId: 's' })
      .publish('t', 'x', 0, { retain: true, properties: { messageExpiryInterval: 5 } });
    house.advance(2000);
    const early = house.connect({ clientId: 'early' }).subscribe('t');
    expect(early.take()).toMatchObject([{}, { properties: { messageExpiryInterval: 3 } }]);
    house.advance(4000);
    expect(house.connect({ clientId: 'late' }).subscribe('t').takeShort()).toEqual(['SUBACK 0']);
    expect(house.broker.sizes.retained).toBe(0);
  });
});

describe('topic alias', () => {
  it('5.0 [MQTT-3.2.2-17] [MQTT-3.3.2-12] stands for its topic, and is not handed on', () => {
    const { sender, receiver } = pair();
    const alias = (topic: string, payload: string, topicAlias: number, qos: 0 | 1 = 0): void => {
      sender.publish(topic, payload, qos, { properties: { topicAlias } });
    };
    alias('t/a', '1', 1);
    alias('t/b', '2', 64);
    alias('', '3', 1);
    alias('', '4', 64, 1);
    alias('t/c', '5', 1);
    alias('', '6', 1);
    expect(receiver.takeShort()).toEqual([
      'PUBLISH t/a 1',
      'PUBLISH t/b 2',
      'PUBLISH t/a 3',
      'PUBLISH t/b 4 q1',
      'PUBLISH t/c 5',
      'PUBLISH t/c 6',
    ]);
  });

  it('5.0 [MQTT-3.3.2-8] [MQTT-3.3.2-9] [F01] 0 or above the maximum is 0x94, an unknown one 0x82', () => {
    const house = new House();
    const one = house.connect({ clientId: 'a' }).bytes('30 08 00 01 74 03 23 00 00 78');
    expect(one.takeShort()).toEqual(['DISCONNECT 0x94']);
    const two = house.connect({ clientId: 'b' }).publish('t', 'x', 0, { properties: { topicAlias: 65 } });
    expect(two.takeShort()).toEqual(['DISCONNECT 0x94']);
    const three = house.connect({ clientId: 'c' }).publish('', 'x', 0, { properties: { topicAlias: 3 } });
    expect(three.takeShort()).toEqual(['DISCONNECT 0x82']);
  });

  it('5.0 [MQTT-3.3.2-7] ends with its connection', () => {
    const house = new House();
    const kept = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 99 } };
    const wire = house.connect(kept).publish('t', 'x', 0, { properties: { topicAlias: 1 } });
    wire.cut();
    const back = house.connect(kept).publish('', 'x', 0, { properties: { topicAlias: 1 } });
    expect(back.takeShort()).toEqual(['DISCONNECT 0x82']);
  });

  it('5.0 [MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11] [F02] the broker sends none to a client that allows none', () => {
    const { sender, receiver } = pair();
    for (let n = 0; n < 100; n++) sender.publish(`t/${n}`, 'x');
    for (const packet of receiver.take())
      expect(packet).not.toMatchObject({ properties: { topicAlias: expect.anything() } });
  });

  it('[E12] permission is asked for the topic it stands for', () => {
    let isAllowed = true;
    const house = new House({ access: { authorizePublish: () => isAllowed } });
    const receiver = house.connect({ clientId: 'r' }).subscribe('t');
    receiver.take();
    const sender = house.connect({ clientId: 's' }).publish('t', '1', 0, { properties: { topicAlias: 1 } });
    isAllowed = false;
    sender.publish('', '2', 0, { properties: { topicAlias: 1 } });
    expect(receiver.takeShort()).toEqual(['PUBLISH t 1']);
  });
});

describe('topic names', () => {
  it('[B15] those of the broker are refused to clients', () => {
    const { house, sender } = pair();
    for (const topic of ['$x/y', '$SYS/a', '$share/g/t', '$queue/t', '$CONTROL/x']) {
      sender.publish(topic, 'x', 1);
      expect(sender.takeShort(), topic).toEqual(['PUBACK 0x90']);
      sender.publish(topic, 'x');
      expect(sender.take()).toEqual([]);
    }
    expect(house.connect({ version: 4 }).publish('$x', 'x', 1).takeShort()).toEqual(['PUBACK']);
  });

  it('[B10] [B18] are limited in bytes and levels', () => {
    const { sender, receiver } = pair();
    sender.publish(`t${'/'.repeat(128)}`, 'x', 1).publish(`t/${'x'.repeat(4095)}`, 'x', 1);
    expect(sender.takeShort()).toEqual(['PUBACK 0x90', 'PUBACK 0x90']);
    sender.publish(`t${'/'.repeat(127)}`, 'x', 1).publish(`t/${'x'.repeat(4094)}`, 'x', 1);
    expect(sender.takeShort()).toEqual(['PUBACK', 'PUBACK']);
    expect(receiver.take()).toHaveLength(2);
  });

  it('5.0 [MQTT-4.7.3-4] [MQTT-1.5.4-3] 3.1.1 [MQTT-4.7.3-4] [MQTT-1.5.3-3] [B03] [B13] are compared as they are', () => {
    const { house, sender } = pair();
    const names = ['t/é', 't/e\u0301', 't/\ufeffx', 't/x', 't/T', 't/X', 't/🎉'];
    const wires = names.map((name, i) => house.connect({ clientId: `n${i}` }).subscribe(name));
    for (const wire of wires) wire.take();
    for (const name of names) sender.publish(name, name);
    expect(wires.map((wire) => wire.takeShort())).toEqual(names.map((name) => [`PUBLISH ${name} ${name}`]));
  });

  it('[B14] [B12] names of prototypes and expressions are plain strings', () => {
    const { sender, receiver } = pair();
    for (const level of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '(a*)*$', '[', '.*']) {
      sender.publish(`t/${level}`, 'x', 0, { retain: true });
      expect(receiver.takeShort()).toEqual([`PUBLISH t/${level} x`]);
    }
    expect(Object.hasOwn({}, 'x')).toBe(false);
  });
});
