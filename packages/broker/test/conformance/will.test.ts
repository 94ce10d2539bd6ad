/** Sections 3.1.2.5 to 3.1.2.7 and 3.1.3.2: wills, in 5.0 and 3.1.1. */
import { describe, expect, it } from 'vitest';
import { House, type Wire, type Wishes } from '../wire/house.ts';
import { kept, type Numbered, subscriber, VERSIONS } from './recorder.ts';

/** A house where somebody waits for wills. */
function watched(version: Numbered): { house: House; watcher: Wire; connect: (wishes?: Wishes) => Wire } {
  const house = new House();
  const watcher = subscriber(house, { version, clientId: 'watcher' }, 'will/#', 2);
  const connect = (wishes: Wishes = {}): Wire => house.connect({ version, clientId: 'a', ...wishes });
  return { house, watcher, connect };
}

const will = { topic: 'will/a' };

describe('a will', () => {
  it('5.0 [MQTT-3.1.2-7] 3.1.1 [MQTT-3.1.2-8] is stored with its session: payload, topic, QoS, of each client its own', () => {
    for (const version of VERSIONS) {
      const { watcher, connect } = watched(version);
      const wires = (['a', 'b', 'c'] as const).map((clientId, qos) =>
        connect({
          clientId,
          will: { topic: `will/${clientId}`, payload: `of ${clientId}`, qos: qos as 0 | 1 | 2 },
        }),
      );
      expect(watcher.take()).toEqual([]);
      for (const wire of wires) wire.cut();
      expect(watcher.takeShort()).toEqual([
        'PUBLISH will/a of a',
        'PUBLISH will/b of b q1',
        'PUBLISH will/c of c q2',
      ]);
    }
  });

  it('5.0 [MQTT-3.1.2-8] 3.1.1 [MQTT-3.1.2-8] is published however the connection ends but by DISCONNECT', () => {
    for (const version of VERSIONS) {
      const ends: readonly (readonly [string, (wire: Wire, house: House) => void])[] = [
        ['lost', (wire) => wire.cut()],
        ['closed by the client', (wire, house) => [wire.end.close(), house.settle()]],
        ['malformed', (wire) => wire.bytes('00 00')],
        ['silent', (_wire, house) => house.advance(16_000)],
        ['taken over', (_wire, house) => house.connect({ version, clientId: 'a' })],
      ];
      for (const [what, end] of ends) {
        const { house, watcher, connect } = watched(version);
        const wire = connect({ will, keepAlive: 10 });
        house.advance(1000);
        expect(watcher.take(), what).toEqual([]);
        end(wire, house);
        expect(watcher.takeShort(), what).toEqual(['PUBLISH will/a will']);
      }
    }
  });

  it('5.0 [MQTT-3.1.2-8] [MQTT-3.14.4-3] [MQTT-3.1.2-10] 3.1.1 [MQTT-3.1.2-8] [MQTT-3.14.4-3] [MQTT-3.1.2-10] is gone after DISCONNECT, also when the session lives on', () => {
    for (const version of VERSIONS) {
      const { house, watcher, connect } = watched(version);
      connect({ will }).disconnect();
      connect(kept(version, 'a', { will })).disconnect();
      house.advance(5_000_000);
      connect(kept(version, 'a')).cut();
      expect(watcher.take()).toEqual([]);
    }
  });

  it('5.0 [MQTT-3.1.2-10] 3.1.1 [MQTT-3.1.2-10] is published once, and the session has none afterwards', () => {
    for (const version of VERSIONS) {
      const { watcher, connect } = watched(version);
      connect(kept(version, 'a', { will })).cut();
      expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
      connect(kept(version, 'a')).cut();
      expect(watcher.take()).toEqual([]);
    }
  });

  it('3.1.1 [MQTT-3.1.2-12] is not there without its flag, whatever the session had before', () => {
    const { watcher, connect } = watched(4);
    connect({ will }).disconnect();
    connect().cut();
    connect(kept(4, 'a')).cut();
    expect(watcher.take()).toEqual([]);
  });

  it('5.0 [MQTT-3.1.2-14] 3.1.1 [MQTT-3.1.2-16] without Will Retain leaves nothing retained, and an earlier retained message as it was', () => {
    for (const version of VERSIONS) {
      const { house, connect } = watched(version);
      connect({ clientId: 's' }).publish('will/a', 'before', 0, { retain: true });
      connect({ will: { ...will, payload: 'plain' } }).cut();
      connect({ will: { topic: 'will/b', payload: 'plain' } }).cut();
      const late = house.connect({ version, clientId: 'late' }).subscribe('will/#');
      expect(late.takeShort()).toEqual(['SUBACK 0', 'PUBLISH will/a before retain']);
    }
  });

  it('5.0 [MQTT-3.1.2-15] 3.1.1 [MQTT-3.1.2-17] with Will Retain is kept for who subscribes later', () => {
    for (const version of VERSIONS) {
      const { house, watcher, connect } = watched(version);
      connect({ will: { ...will, payload: 'kept', retain: true } }).cut();
      expect(watcher.takeShort()).toEqual(['PUBLISH will/a kept']);
      const late = house.connect({ version, clientId: 'late' }).subscribe('will/#');
      expect(late.takeShort()).toEqual(['SUBACK 0', 'PUBLISH will/a kept retain']);
    }
  });
});

describe('MQTT 5.0: delay and properties of a will', () => {
  const delayed = (seconds: number, payload = 'will'): Wishes['will'] => ({
    ...will,
    payload,
    properties: { willDelayInterval: seconds },
  });

  it('[MQTT-3.1.2-8] it comes when its delay is over, not before', () => {
    const { house, watcher, connect } = watched(5);
    connect(kept(5, 'a', { will: delayed(60) })).cut();
    house.advance(59_700);
    expect(watcher.take()).toEqual([]);
    house.advance(600);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
  });

  it('[MQTT-3.1.2-8] it comes when the session ends first: by its interval, or by a clean start', () => {
    const { house, watcher, connect } = watched(5);
    connect({ will: delayed(60), properties: { sessionExpiryInterval: 10 } }).cut();
    house.advance(9700);
    expect(watcher.take()).toEqual([]);
    house.advance(600);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
    connect({ will: delayed(60) }).cut();
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
    connect(kept(5, 'a', { will: delayed(60) })).cut();
    connect({ cleanStart: true });
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
    house.advance(120_000);
    expect(watcher.take()).toEqual([]);
  });

  it('[MQTT-3.1.3-9] it does not come when the client is back in the session before that; the new will counts', () => {
    const { house, watcher, connect } = watched(5);
    connect(kept(5, 'a', { will: delayed(60, 'old') })).cut();
    house.advance(59_000);
    const back = connect(kept(5, 'a', { will: delayed(1, 'new') }));
    house.advance(600_000);
    expect(watcher.take()).toEqual([]);
    back.cut();
    house.advance(1500);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a new']);
  });

  it('[MQTT-3.1.3-9] nor when the earlier connection is taken over', () => {
    const { house, watcher, connect } = watched(5);
    connect(kept(5, 'a', { will: delayed(60) }));
    connect(kept(5, 'a'));
    house.advance(600_000);
    expect(watcher.take()).toEqual([]);
  });

  it('[MQTT-3.1.2-10] a will that waits for its delay is dropped with DISCONNECT 0x00 of the next connection', () => {
    const { house, watcher, connect } = watched(5);
    connect(kept(5, 'a', { will: delayed(60) })).cut();
    connect(kept(5, 'a')).disconnect();
    house.advance(600_000);
    expect(watcher.take()).toEqual([]);
  });

  it('[MQTT-3.1.3-10] its user properties keep their order, and their repeats', () => {
    const { watcher, connect } = watched(5);
    const userProperties = [
      ['z', '1'],
      ['a', '2'],
      ['z', '1'],
      ['', ''],
      ['a', '1'],
    ];
    connect({ will: { ...will, properties: { userProperties, willDelayInterval: 0 } } }).cut();
    const [published] = watcher.take();
    expect(published?.type === 'PUBLISH' && published.properties).toEqual({ userProperties });
  });
});
