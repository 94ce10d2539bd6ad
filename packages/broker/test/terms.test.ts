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

  it.each([
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
