/** Section 3.2: CONNACK, in 5.0 and 3.1.1. */
import { reasonCodes } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { connect, House, type Wire, type Wishes } from '../wire/house.ts';
import { kept, packet, record, text, VERSIONS } from './recorder.ts';

/** Every way a CONNECT is refused here. */
function refusals(version: 4 | 5, properties?: object): Wire[] {
  const house = new House({
    limits: { maximumSessions: 1 },
    access: {
      authenticate: ({ username }) => (username === 'bad' ? false : (username ?? true)),
      authorizePublish: (_client, topic) => topic !== 'secret',
    },
  });
  house.connect(kept(version, 'owned', { username: 'owner' }));
  const will = { topic: 'secret' };
  const wishes: readonly Wishes[] = [
    { username: 'bad' },
    { will },
    { clientId: 'x'.repeat(300) },
    { clientId: 'owned', username: 'thief' },
    { clientId: 'one too many' },
    ...(version === 5
      ? [
          { properties: { authenticationMethod: 'x' } },
          { will: { topic: '$SYS/x' } },
          { properties: { userProperties: Array.from({ length: 65 }, () => ['a', 'b']) } },
        ]
      : []),
  ];
  return wishes.map((wish) => {
    const all = { version, clientId: 'owned', username: 'owner', ...wish };
    return house.ask({
      ...all,
      ...(version === 5 ? { properties: { ...properties, ...wish.properties } } : {}),
    });
  });
}

describe('when CONNACK comes', () => {
  it('5.0 [MQTT-3.2.0-1] [MQTT-3.2.0-2] 3.1.1 [MQTT-3.2.0-1] first, and once, also before what waits in the session', () => {
    for (const version of VERSIONS) {
      const house = new House();
      house.connect(kept(version, 'a')).subscribe('t', 2).cut();
      const sender = house.connect({ clientId: 's' });
      for (const n of [1, 2, 3]) sender.publish('t', `${n}`, 1, { packetId: n });
      const wire = house.open(version);
      wire.end.write(packet(0xc0).subarray(0, 0));
      wire.send(connect(kept(version, 'a')), { type: 'PINGREQ' });
      const types = wire.take().map(({ type }) => type);
      expect(types[0]).toBe('CONNACK');
      expect(types.filter((type) => type === 'CONNACK')).toHaveLength(1);
      expect(types).toHaveLength(5);
    }
  });

  it('5.0 [MQTT-3.2.0-1] 3.1.1 [MQTT-3.2.0-1] nothing comes while authentication thinks, not for the session nor for the impatient', async () => {
    for (const version of VERSIONS) {
      let allow: (yes: boolean) => void = () => undefined;
      let isSlow = false;
      const house = new House({
        access: {
          authenticate: () => (isSlow ? new Promise<boolean>((resolve) => (allow = resolve)) : true),
        },
      });
      house.connect(kept(version, 'a')).subscribe('t', 1).cut();
      const sender = house.connect({ clientId: 's' });
      isSlow = true;
      const wire = house.ask(kept(version, 'a'));
      wire.send({ type: 'PINGREQ' });
      sender.publish('t', 'x', 1);
      await house.settled();
      expect(wire.take()).toEqual([]);
      allow(true);
      await house.settled();
      expect(wire.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1', 'PINGRESP']);
    }
  });

  it('5.0 [MQTT-3.2.0-1] [MQTT-3.1.2-24] a client that takes no packet as large as its CONNACK is refused, and touches no session', () => {
    const house = new House();
    const owner = house.connect({ clientId: 'a' });
    for (const [maximumPacketSize, answer] of [
      [4, []],
      [5, ['CONNACK 0x83']],
      [15, ['CONNACK 0x83']],
    ] as const) {
      const wire = house.ask({ clientId: 'a', properties: { maximumPacketSize } });
      wire.subscribe('t').send({ type: 'PINGREQ' });
      house.connect({ clientId: 's' }).publish('t', 'x');
      expect([wire.takeShort(), wire.isClosed]).toEqual([answer, true]);
    }
    expect(owner.isClosed).toBe(false);
    expect(house.ask({ clientId: 'a', properties: { maximumPacketSize: 16 } }).takeShort()).toEqual([
      'CONNACK',
    ]);
  });
});

describe('flags and session present', () => {
  it('5.0 [MQTT-3.2.2-1] 3.1.1 [MQTT-3.2.2-1] bits 7 to 1 of the flags are 0, whatever the session', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const flags = [true, false, false, true].map((cleanStart) => {
        const wire = house.open(version);
        const bytes = record(wire);
        wire.send(connect(kept(version, 'a', { cleanStart })));
        const [, , third] = bytes().split(' ');
        wire.cut();
        return third;
      });
      expect(flags).toEqual(version === 5 ? ['00', '01', '01', '00'] : ['00', '00', '01', '00']);
    }
  });

  it('5.0 [MQTT-3.2.2-2] 3.1.1 [MQTT-3.2.2-1] clean: no session present, though there was one', () => {
    for (const version of VERSIONS) {
      const house = new House();
      house.connect(kept(version, 'a')).subscribe('t', 1).cut();
      const clean = house.ask(kept(version, 'a', { cleanStart: true }));
      expect(clean.take()).toMatchObject([{ sessionPresent: false, reasonCode: 0 }]);
    }
  });

  it('5.0 [MQTT-3.2.2-3] 3.1.1 [MQTT-3.2.2-2] [MQTT-3.2.2-3] not clean: present when there was one, and not after it expired', () => {
    for (const version of VERSIONS) {
      const house = new House({ limits: { maximumSessionExpiry: 1000 } });
      const present = (): unknown => house.ask(kept(version, 'a')).take();
      expect(present()).toMatchObject([{ sessionPresent: false, reasonCode: 0 }]);
      expect(present()).toMatchObject([{ sessionPresent: true, reasonCode: 0 }]);
      house.ask(kept(version, 'a')).cut();
      house.advance(1_001_000);
      expect(present()).toMatchObject([{ sessionPresent: false, reasonCode: 0 }]);
    }
  });
});

describe('refusals', () => {
  it('5.0 [MQTT-3.2.2-6] [MQTT-3.2.2-7] 3.1.1 [MQTT-3.2.2-4] [MQTT-3.2.2-5] have no session present and end the connection, for every cause', () => {
    for (const version of VERSIONS) {
      for (const wire of refusals(version)) {
        const [connack, ...more] = wire.take();
        expect(connack).toMatchObject({ type: 'CONNACK', sessionPresent: false });
        expect(connack?.type === 'CONNACK' && connack.reasonCode).not.toBe(0);
        expect([more, wire.isClosed]).toEqual([[], true]);
      }
    }
  });

  it('5.0 [MQTT-3.2.2-8] have a reason code of CONNACK, for every cause and malformed byte', () => {
    const codes = refusals(5).flatMap((wire) => wire.take());
    const good = packet(0x10, text('MQTT'), [5, 2, 0, 0, 0], text('a'));
    for (let at = 2; at < good.length; at++) {
      const bad = good.slice();
      bad[at] = 0xff;
      codes.push(...new House().open().bytes(bad).take());
    }
    const given = codes.map((answer) => (answer.type === 'CONNACK' ? answer.reasonCode : -1));
    expect(given.length).toBeGreaterThan(15);
    for (const code of given) expect(reasonCodes.CONNACK).toContain(code);
    expect(new Set(given).size).toBeGreaterThan(6);
  });

  it('3.1.1 [MQTT-3.2.2-6] a cause that has no return code closes without CONNACK', () => {
    const wire = new House().ask({ version: 4, will: { topic: '$SYS/x' } });
    expect([wire.take(), wire.isClosed]).toEqual([[], true]);
  });
});

describe('properties', () => {
  it('5.0 [MQTT-3.1.2-28] without Request Response Information there is no Response Information', () => {
    for (const properties of [{}, { requestResponseInformation: false }]) {
      const [connack] = new House().ask({ properties }).take();
      expect(connack).toMatchObject({ type: 'CONNACK', reasonCode: 0 });
      expect(connack).not.toMatchObject({ properties: { responseInformation: expect.anything() } });
    }
  });

  it('5.0 [MQTT-3.2.2-16] an Assigned Client Identifier is nobody else’s, though chance repeats itself', () => {
    let calls = 0;
    const house = new House({ random: (target) => target.fill(Math.floor(calls++ / 2)) });
    const given = [1, 2, 3].map(() => {
      const [connack] = house.ask(kept(5, '')).take();
      return connack?.type === 'CONNACK' && connack.properties?.assignedClientIdentifier;
    });
    expect(new Set(given).size).toBe(3);
    expect(house.broker.sizes.sessions).toBe(3);
  });

  it('5.0 [MQTT-3.2.2-19] [MQTT-3.2.2-20] no text makes a CONNACK that refuses larger than the client takes', () => {
    for (const wire of refusals(5, { maximumPacketSize: 5 })) {
      expect(wire.take()).toMatchObject([{ type: 'CONNACK' }]);
      expect(wire.isClosed).toBe(true);
    }
  });
});
