/** Wills: when they are published, with what, and when not. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

function watched(version: 4 | 5 = 5): { house: House; watcher: Wire } {
  const house = new House();
  const watcher = house.connect({ version, clientId: 'watcher' }).subscribe('will/#', 2);
  watcher.take();
  return { house, watcher };
}

describe('the will', () => {
  it('5.0 [MQTT-3.1.2-7] [MQTT-3.1.2-8] 3.1.1 [MQTT-3.1.2-8] is published when the network fails', () => {
    const { house, watcher } = watched();
    for (const version of [3, 4, 5] as const) {
      house.connect({ version, clientId: 'a', will: { topic: 'will/a', payload: `v${version}` } }).cut();
      expect(watcher.takeShort()).toEqual([`PUBLISH will/a v${version}`]);
    }
  });

  it('5.0 [MQTT-3.14.4-3] [MQTT-3.1.2-10] 3.1.1 [MQTT-3.14.4-3] [MQTT-3.1.2-10] is dropped by DISCONNECT', () => {
    const { house, watcher } = watched();
    for (const version of [3, 4, 5] as const) {
      const wire = house.connect({ version, clientId: 'a', will: { topic: 'will/a' } });
      wire.disconnect();
      expect(wire.isClosed).toBe(true);
    }
    expect(watcher.take()).toEqual([]);
  });

  it('5.0 [F28] is kept by DISCONNECT 0x04 and every other reason', () => {
    const { house, watcher } = watched();
    for (const reasonCode of [0x04, 0x80, 0x98]) {
      house.connect({ clientId: 'a', will: { topic: 'will/a' } }).disconnect({ reasonCode });
      expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
    }
  });

  it('[F28] is published when the client is silent for too long, or breaks a rule', () => {
    const { house, watcher } = watched();
    house.connect({ clientId: 'a', keepAlive: 10, will: { topic: 'will/a', payload: 'silent' } });
    house.advance(16_000);
    house.connect({ clientId: 'b', will: { topic: 'will/b', payload: 'rude' } }).bytes('00 00');
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a silent', 'PUBLISH will/b rude']);
  });

  it('5.0 [MQTT-3.1.2-10] is published once', () => {
    const { house, watcher } = watched();
    house
      .connect({ clientId: 'a', will: { topic: 'will/a' }, properties: { sessionExpiryInterval: 10 } })
      .cut();
    house.advance(60_000);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
  });

  it('5.0 [MQTT-3.1.2-14] [MQTT-3.1.2-15] 3.1.1 [MQTT-3.1.2-16] [MQTT-3.1.2-17] is retained as it says', () => {
    const { house } = watched();
    house.connect({ clientId: 'a', will: { topic: 'will/plain', retain: false } }).cut();
    house.connect({ clientId: 'a', will: { topic: 'will/kept', retain: true } }).cut();
    const late = house.connect({ version: 4, clientId: 'late' }).subscribe('will/#');
    expect(late.takeShort()).toEqual(['SUBACK 0', 'PUBLISH will/kept will retain']);
  });

  it('5.0 [MQTT-3.1.2-9] 3.1.1 [MQTT-3.1.2-9] has its QoS', () => {
    const { house, watcher } = watched();
    for (const qos of [0, 1, 2] as const) {
      house.connect({ clientId: 'a', will: { topic: 'will/a', qos } }).cut();
      expect(watcher.take()).toMatchObject([{ type: 'PUBLISH', qos }]);
    }
  });

  it('5.0 [MQTT-3.3.2-17] [MQTT-3.3.2-18] keeps its properties', () => {
    const { house, watcher } = watched();
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'text/plain',
      responseTopic: 'r',
      correlationData: Uint8Array.of(1, 2),
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '1'],
      ],
    };
    house
      .connect({
        clientId: 'a',
        will: { topic: 'will/a', properties: { ...properties, willDelayInterval: 0 } },
      })
      .cut();
    const [will] = watcher.take();
    expect(will?.type === 'PUBLISH' && will.properties).toEqual(properties);
  });

  it('5.0 [MQTT-3.1.2-8] [F13] waits for its delay, and its expiry counts from then', () => {
    const { house, watcher } = watched();
    const properties = { willDelayInterval: 5, messageExpiryInterval: 3 };
    house
      .connect({
        clientId: 'a',
        will: { topic: 'will/a', properties },
        properties: { sessionExpiryInterval: 100 },
      })
      .cut();
    house.advance(4900);
    expect(watcher.take()).toEqual([]);
    house.advance(300);
    expect(watcher.take()).toMatchObject([{ properties: { messageExpiryInterval: 3 } }]);
  });

  it('5.0 [MQTT-3.1.3-9] [F13] a reconnect within the delay cancels it', () => {
    const { house, watcher } = watched();
    const wishes = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 100 } };
    house.connect({ ...wishes, will: { topic: 'will/a', properties: { willDelayInterval: 5 } } }).cut();
    house.advance(3000);
    house.connect(wishes);
    house.advance(60_000);
    expect(watcher.take()).toEqual([]);
  });

  it('5.0 [MQTT-3.1.2-8] [F13] the end of the session comes before the delay; 0xFFFFFFFF fires neither at once nor never', () => {
    const { house, watcher } = watched();
    const will = { topic: 'will/a', properties: { willDelayInterval: 0xffff_ffff } };
    house.connect({ clientId: 'a', will, properties: { sessionExpiryInterval: 5 } }).cut();
    house.advance(4500);
    expect(watcher.take()).toEqual([]);
    house.advance(1000);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
  });

  it('5.0 [MQTT-3.1.2-8] a clean start ends the session, and so sends the will that waited', () => {
    const { house, watcher } = watched();
    const will = { topic: 'will/a', properties: { willDelayInterval: 50 } };
    house.connect({ clientId: 'a', will, properties: { sessionExpiryInterval: 100 } }).cut();
    house.connect({ clientId: 'a', cleanStart: true });
    house.advance(60_000);
    expect(watcher.take().length).toBeLessThanOrEqual(1);
  });

  it('3.1.1 [MQTT-3.1.2-12] there is none where none was given', () => {
    const { house, watcher } = watched(4);
    house.connect({ version: 4, clientId: 'a' }).cut();
    expect(watcher.take()).toEqual([]);
  });

  it('[E01] is permitted when it is given; a client without the right is refused', () => {
    const house = new House({ access: { authorizePublish: (_client, topic) => topic !== 'forbidden' } });
    expect(house.ask({ will: { topic: 'forbidden' } }).takeShort()).toEqual(['CONNACK 0x87']);
    expect(house.ask({ version: 4, will: { topic: 'forbidden' } }).takeShort()).toEqual(['CONNACK 5']);
    expect(house.ask({ will: { topic: 'free' } }).takeShort()).toEqual(['CONNACK']);
  });

  it('[E02] to a topic of the broker is refused', () => {
    expect(new House().ask({ will: { topic: '$SYS/broker/uptime' } }).takeShort()).toEqual(['CONNACK 0x90']);
  });

  it('[E03] of a refused client is never published', () => {
    const house = new House({ access: { authenticate: ({ clientId }) => clientId !== 'a' } });
    const watcher = house.connect({ clientId: 'w' }).subscribe('will/#');
    watcher.take();
    expect(house.ask({ clientId: 'a', will: { topic: 'will/a' } }).takeShort()).toEqual(['CONNACK 0x86']);
    expect(watcher.take()).toEqual([]);
  });

  it('[B07] with a wildcard is a malformed topic', () => {
    const wire = new House()
      .open(5)
      .bytes('10 15 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 02 61 2b 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 0x90']);
  });

  it('[E01] is not published when the right was taken back, however long the hook thinks', async () => {
    for (const isSlow of [false, true]) {
      let isAllowed = true;
      const answer = (): boolean | Promise<boolean> => (isSlow ? Promise.resolve(isAllowed) : isAllowed);
      const house = new House({ access: { authorizePublish: answer } });
      const watcher = house.connect({ clientId: 'w' }).subscribe('will');
      watcher.take();
      for (const allowed of [true, false]) {
        isAllowed = true;
        const wire = house.ask({ clientId: 'a', will: { topic: 'will', payload: `${allowed}` } });
        await house.settled();
        isAllowed = allowed;
        wire.cut();
        await house.settled();
      }
      expect(watcher.takeShort()).toEqual(['PUBLISH will true']);
      expect(house.broker.metrics.messagesUnauthorised).toBe(1);
    }
  });
});
