/** A second connection with the same client id: who wins, and what becomes of the first. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };

describe('takeover', () => {
  it('5.0 [MQTT-3.1.4-3] [C13] the old connection gets 0x8e and is closed; the session is kept', () => {
    const house = new House();
    const first = house.connect({ clientId: 'a', ...kept }).subscribe('t', 1);
    first.take();
    const second = house.ask({ clientId: 'a', ...kept });
    expect(first.takeShort()).toEqual(['DISCONNECT 0x8e']);
    expect(first.isClosed).toBe(true);
    expect(second.take()).toMatchObject([{ type: 'CONNACK', sessionPresent: true }]);
    house.connect({ clientId: 'p' }).publish('t', 'x', 1);
    expect(second.takeShort()).toEqual(['PUBLISH t x q1']);
    expect(house.broker.metrics.sessionsTakenOver).toBe(1);
  });

  it('3.1.1 [MQTT-3.1.4-2] the old connection is closed without a word', () => {
    const house = new House();
    const first = house.connect({ version: 4, clientId: 'a' });
    house.connect({ version: 4, clientId: 'a' });
    expect([first.take(), first.isClosed]).toEqual([[], true]);
  });

  it('5.0 [MQTT-3.1.2-8] [F28] publishes the will of the old connection, once', () => {
    const house = new House();
    const watcher = house.connect({ clientId: 'w' }).subscribe('will');
    watcher.take();
    house.connect({ clientId: 'a', will: { topic: 'will', payload: 'old' } });
    house.connect({ clientId: 'a' });
    expect(watcher.takeShort()).toEqual(['PUBLISH will old']);
  });

  it('5.0 [MQTT-3.1.3-9] a delayed will of the old connection is not published', () => {
    const house = new House();
    const watcher = house.connect({ clientId: 'w' }).subscribe('will');
    watcher.take();
    house.connect({ clientId: 'a', ...kept, will: { topic: 'will', properties: { willDelayInterval: 5 } } });
    house.connect({ clientId: 'a', ...kept });
    house.advance(10_000);
    expect(watcher.take()).toEqual([]);
  });

  it('[C14] [C15] [C17] a client id belongs to the identity that created its session', () => {
    const house = new House({ access: { authenticate: ({ username }) => username !== undefined } });
    const owner = house.connect({ clientId: 'a', username: 'alice', ...kept }).subscribe('t', 1);
    owner.take();
    for (const cleanStart of [false, true]) {
      expect(house.ask({ clientId: 'a', username: 'bob', cleanStart }).takeShort()).toEqual(['CONNACK 0x85']);
      expect(house.ask({ clientId: 'a', cleanStart }).takeShort()).toEqual(['CONNACK 0x86']);
    }
    expect(house.ask({ version: 4, clientId: 'a', username: 'bob' }).takeShort()).toEqual(['CONNACK 2']);
    expect(owner.isClosed).toBe(false);
    owner.cut();
    house.connect({ clientId: 'p', username: 'p' }).publish('t', 'x', 1);
    expect(house.ask({ clientId: 'a', username: 'alice', ...kept }).takeShort()).toEqual([
      'CONNACK',
      'PUBLISH t x q1',
    ]);
  });

  it('[C18] a CONNECT that is refused for its will, properties or method touches no session', () => {
    const house = new House({ access: { authorizePublish: (_client, topic) => topic !== 'secret' } });
    const owner = house.connect({ clientId: 'a', ...kept });
    const refused = [
      { will: { topic: '$SYS/x' } },
      { will: { topic: 'secret' } },
      { will: { topic: 'x'.repeat(5000) } },
      { properties: { authenticationMethod: 'x' } },
      { properties: { userProperties: Array.from({ length: 65 }, () => ['a', 'b']) } },
    ].map((wishes) => house.ask({ clientId: 'a', ...wishes }).takeShort());
    expect(refused).toEqual([
      ['CONNACK 0x90'],
      ['CONNACK 0x87'],
      ['CONNACK 0x90'],
      ['CONNACK 0x8c'],
      ['CONNACK 0x97'],
    ]);
    expect(owner.isClosed).toBe(false);
    expect(house.broker.sizes.sessions).toBe(1);
  });

  it('[C16] a storm of takeovers leaves one session and no will behind', () => {
    const house = new House();
    const last = Array.from({ length: 300 }, () => house.connect({ clientId: 'a', ...kept })).at(-1);
    expect(house.broker.sizes).toMatchObject({ connections: 1, sessions: 1 });
    expect(last?.isClosed).toBe(false);
    expect(house.isWell()).toBe(true);
  });

  it('[F22] a delivery under way is not disturbed by a takeover of its receiver', () => {
    const house = new House();
    const wires = ['a', 'b', 'c'].map((clientId) => house.connect({ clientId, ...kept }).subscribe('t', 1));
    for (const wire of wires) wire.take();
    const sender = house.connect({ clientId: 's' });
    sender.publish('t', '1', 1);
    const again = house.ask({ clientId: 'b', ...kept });
    sender.publish('t', '2', 1, { packetId: 2 });
    expect(wires[0]?.takeShort()).toEqual(['PUBLISH t 1 q1', 'PUBLISH t 2 q1']);
    expect(again.takeShort()).toEqual(['CONNACK', 'PUBLISH t 1 q1 dup', 'PUBLISH t 2 q1']);
    expect(wires[2]?.takeShort()).toEqual(['PUBLISH t 1 q1', 'PUBLISH t 2 q1']);
  });
});
