/** What one listener's clients are allowed in place of what the broker allows: announced in CONNACK, and held to. */
import { describe, expect, it } from 'vitest';
import { createBroker, type Terms } from '../src/index.ts';
import { House } from './wire/house.ts';

function connackOf(house: House, terms?: Terms): object {
  const [connack] = house.ask({ clientId: 'asks', keepAlive: 100, terms }).take();
  return connack !== undefined && 'properties' in connack ? { ...connack.properties } : {};
}

const terms: Terms = {
  maximumQoS: 1,
  topicAliasMaximum: 3,
  maximumKeepAlive: 20,
  receiveMaximum: 2,
  maximumPacketSize: 2048,
};

describe('terms of a listener', () => {
  it('[MQTT-3.2.2-9] [MQTT-3.2.2-21] 5.0 CONNACK announces its own, and the broker’s to everybody else', () => {
    const house = new House();
    expect(connackOf(house, terms)).toMatchObject({
      maximumQoS: 1,
      topicAliasMaximum: 3,
      serverKeepAlive: 20,
      receiveMaximum: 2,
      maximumPacketSize: 2048,
    });
    const plain = connackOf(house);
    expect(plain).toMatchObject({
      topicAliasMaximum: 64,
      receiveMaximum: 1024,
      maximumPacketSize: 2_097_152,
    });
    expect(plain).not.toHaveProperty('maximumQoS');
    expect(plain).not.toHaveProperty('serverKeepAlive');
  });

  it('5.0 [MQTT-3.2.2-11] a PUBLISH above its maximumQoS ends with 0x9B, elsewhere it is taken', () => {
    const house = new House();
    expect(house.connect({ terms }).publish('t', 'x', 2).takeShort()).toEqual(['DISCONNECT 0x9b']);
    expect(house.connect({}).publish('t', 'x', 2).takeShort()).toEqual(['PUBREC 0x10']);
    expect(house.connect({ terms }).subscribe('t', 2).takeShort()).toEqual(['SUBACK 1']);
  });

  it('a listener may serve more than the broker’s own, too', () => {
    const house = new House({ maximumQoS: 0 });
    expect(
      house
        .connect({ terms: { maximumQoS: 2 } })
        .publish('t', 'x', 2)
        .takeShort(),
    ).toEqual(['PUBREC 0x10']);
  });

  it('5.0 [MQTT-3.3.2-9] an alias above its topicAliasMaximum ends with 0x94', () => {
    const wire = new House().connect({ terms });
    wire.publish('t', 'x', 0, { properties: { topicAlias: 4 } });
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x94']);
  });

  it('5.0 [MQTT-3.3.4-7] more open QoS 2 messages than its receiveMaximum end with 0x93', () => {
    const wire = new House().connect({ terms: { receiveMaximum: 1 } });
    wire.publish('t', 'x', 2).publish('t', 'x', 2, { packetId: 2 });
    expect(wire.takeShort()).toEqual(['PUBREC 0x10', 'DISCONNECT 0x93']);
  });

  it('5.0 [MQTT-3.2.2-15] a packet above its maximumPacketSize ends with 0x95', () => {
    const house = new House();
    expect(house.connect({ terms }).publish('t', new Uint8Array(2048)).takeShort()).toEqual([
      'DISCONNECT 0x95',
    ]);
    expect(house.connect().publish('t', new Uint8Array(2048), 1).takeShort()).toEqual(['PUBACK 0x10']);
  });

  it('5.0 [MQTT-3.1.2-22] its maximumKeepAlive is what silence is measured by', () => {
    const house = new House();
    const wire = house.connect({ keepAlive: 0, terms });
    house.advance(31_000);
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x8d']);
  });

  it('5.0 [MQTT-3.1.2-2] only its protocolVersions are served: 3.x is told 0x01, 5.0 0x84', () => {
    const house = new House();
    const only = (...protocolVersions: (3 | 4 | 5)[]) => ({ terms: { protocolVersions } });
    expect(house.ask({ version: 4, ...only(5) }).takeShort()).toEqual(['CONNACK 1']);
    expect(house.ask({ version: 3, ...only(4, 5) }).takeShort()).toEqual(['CONNACK 1']);
    const newest = house.ask({ version: 5, ...only(3, 4) });
    expect(newest.takeShort()).toEqual(['CONNACK 0x84']);
    expect(house.broker.sizes.sessions).toBe(0);
    expect(house.ask({ version: 4, ...only(4) }).takeShort()).toEqual(['CONNACK']);
    expect(house.ask({ version: 4 }).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 its allowEmptyClientId and autoClientIdPrefix are its own', () => {
    const house = new House({ autoClientIdPrefix: 'all-' });
    const nameless = { version: 5, clientId: '' } as const;
    const none = { ...nameless, terms: { allowEmptyClientId: false } };
    expect(house.ask(none).takeShort()).toEqual(['CONNACK 0x85']);
    const idOf = (wishes: object): unknown => JSON.stringify(house.ask({ ...nameless, ...wishes }).take());
    expect(idOf({ terms: { autoClientIdPrefix: 'own-' } })).toMatch(
      /"assignedClientIdentifier":"own-[0-9a-f]{32}"/,
    );
    expect(idOf({})).toMatch(/"assignedClientIdentifier":"all-[0-9a-f]{32}"/);
  });

  it('5.0 [MQTT-3.1.2-27] its maximumOutboundTopicAliases bounds what one client is given', () => {
    const house = new House();
    const wishes = { properties: { topicAliasMaximum: 9 } };
    const without = house.connect({ ...wishes, clientId: 'a', terms: { maximumOutboundTopicAliases: 0 } });
    const plain = house.connect({ ...wishes, clientId: 'b' });
    for (const wire of [without, plain]) wire.subscribe('#').take();
    const pub = house.connect({ clientId: 'pub' });
    const topic = 'building/7/floor/3/room/1/temperature';
    for (let i = 0; i < 3; i++) pub.publish(topic, 'x');
    const topicsOf = (wire: typeof plain): unknown[] =>
      wire.take().map((packet) => ('topic' in packet ? packet.topic : packet.type));
    expect(topicsOf(without)).toEqual([topic, topic, topic]);
    expect(topicsOf(plain)).toEqual([topic, topic, '']);
  });

  it.each([
    { protocolVersions: [] },
    { protocolVersions: [6 as 5] },
    { autoClientIdPrefix: 'a\0' },
    { maximumOutboundTopicAliases: 65_536 },
    { maximumQoS: 3 },
    { topicAliasMaximum: -1 },
    { maximumKeepAlive: 65_536 },
    { receiveMaximum: 0 },
    { maximumPacketSize: 1 },
  ] as Terms[])('%j is refused by listen', async (wrong) => {
    const broker = createBroker();
    const refused = expect(broker.listen({ type: 'tcp', port: 0, ...wrong })).rejects;
    await refused.toMatchObject({ code: 'INVALID_OPTION' });
    await broker.close();
  });
});
