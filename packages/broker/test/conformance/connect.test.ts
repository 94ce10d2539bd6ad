/** Section 3.1: CONNECT, in 5.0 and 3.1.1. Wills and session life have files of their own. */
import { describe, expect, it } from 'vitest';
import { connect, House, type Wire } from '../wire/house.ts';
import { kept, type Numbered, packet, record, subscriber, text, VERSIONS } from './recorder.ts';

/** A CONNECT of these parts; everything may be wrong in it. */
function bytes(version: number, flags: number, ...payload: number[][]): Uint8Array {
  const five = version >= 5 ? [0] : [];
  return packet(0x10, text('MQTT'), [version, flags, 0, 0], five, payload.flat());
}

/** What a CONNECT that is refused must look like from outside: closed, no session, and after it nothing is done. */
function expectRefused(
  version: Numbered,
  connectBytes: Uint8Array,
  answer: readonly string[],
  what = '',
): void {
  const house = new House();
  const wire = house.open(version).bytes(connectBytes);
  expect(wire.takeShort(), what).toEqual(answer);
  expect(wire.isClosed, what).toBe(true);
  expect(house.broker.sizes.sessions, what).toBe(0);
  expect(house.isWell(), what).toBe(true);
}

const ID = text('a');

describe('the first packet, and the only CONNECT', () => {
  it('5.0 [MQTT-3.1.0-1] 3.1.1 [MQTT-3.1.0-1] anything else first is not answered but closed', () => {
    for (const version of VERSIONS) {
      const five = version === 5 ? [0] : [];
      for (const first of [
        packet(0x30, text('t'), five, '78'),
        packet(0x82, '00 01', five, text('t'), [0]),
        packet(0xc0),
        packet(0xe0),
      ]) {
        const house = new House();
        const wire = house.open(version).bytes(first);
        expect(wire.take().filter(({ type }) => type !== 'CONNACK')).toEqual([]);
        expect(wire.isClosed).toBe(true);
        wire.send(connect({ version }));
        expect(house.broker.sizes.sessions).toBe(0);
      }
    }
  });

  it('5.0 [MQTT-3.1.0-2] 3.1.1 [MQTT-3.1.0-2] a second CONNECT ends the connection, whatever client id and version it names', () => {
    for (const version of VERSIONS)
      for (const second of VERSIONS) {
        const house = new House();
        const wire = house.connect({ version, clientId: 'a' });
        wire.bytes(bytes(second, 2, text('b')));
        expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x82'] : []);
        expect(wire.isClosed).toBe(true);
        expect(house.broker.sizes.sessions).toBe(0);
      }
  });
});

describe('protocol name, version and flags', () => {
  it('5.0 [MQTT-3.1.2-1] 3.1.1 [MQTT-3.1.2-1] another protocol name is closed without an answer, at every version', () => {
    for (const name of ['mqtt', 'MQTX', 'MQT', 'MQTTT', '', 'XXXX', 'MQISDP']) {
      for (const version of [0, 3, 4, 5, 6]) {
        const house = new House();
        const wire = house.open();
        const answer = record(wire);
        wire.bytes(packet(0x10, text(name), [version, 2, 0, 0], version >= 5 ? [0] : [], ID));
        expect([answer(), wire.isClosed], name).toEqual(['', true]);
        expect(house.broker.sizes.sessions, name).toBe(0);
      }
    }
  });

  it('5.0 [MQTT-3.1.2-2] a version above 5 gets CONNACK 0x84 and a close', () => {
    for (const version of [6, 7, 127, 255])
      expectRefused(5, bytes(version, 2, ID), ['CONNACK 0x84'], `${version}`);
  });

  it('3.1.1 [MQTT-3.1.2-2] a level below 3 gets return code 1 and a close', () => {
    for (const level of [0, 1, 2]) expectRefused(4, bytes(level, 2, ID), ['CONNACK 1'], `${level}`);
  });

  it('5.0 [MQTT-3.1.2-3] 3.1.1 [MQTT-3.1.2-3] the reserved flag is checked beside any other flag', () => {
    expectRefused(5, bytes(5, 0x01, ID), ['CONNACK 0x81']);
    expectRefused(5, bytes(5, 0x83, ID, text('u')), ['CONNACK 0x81']);
    expectRefused(4, bytes(4, 0x01, ID), []);
    expectRefused(4, bytes(4, 0x83, ID, text('u')), []);
  });

  it('5.0 [MQTT-3.1.2-9] [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13] 3.1.1 [MQTT-3.1.2-9] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-14] [MQTT-3.1.2-15] will flags that contradict each other or the payload are refused', () => {
    for (const version of VERSIONS) {
      const answer = version === 5 ? ['CONNACK 0x81'] : [];
      const five = version === 5 ? [0] : [];
      const will = [...five, ...text('w'), ...text('x')];
      expectRefused(version, bytes(version, 0x0a, ID), answer, 'will QoS 1 without a will');
      expectRefused(version, bytes(version, 0x12, ID), answer, 'will QoS 2 without a will');
      expectRefused(version, bytes(version, 0x22, ID), answer, 'will retain without a will');
      expectRefused(version, bytes(version, 0x1e, ID, will), answer, 'will QoS 3');
      expectRefused(version, bytes(version, 0x06, ID), answer, 'no will in the payload');
      expectRefused(version, bytes(version, 0x06, ID, [...five, ...text('w')]), answer, 'no will payload');
      expectRefused(version, bytes(version, 0x02, ID, will), answer, 'a will without its flag');
    }
  });

  it('5.0 [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] 3.1.1 [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20] [MQTT-3.1.2-21] user name and password are there exactly when their flags say so', () => {
    for (const version of VERSIONS) {
      const answer = version === 5 ? ['CONNACK 0x81'] : [];
      expectRefused(version, bytes(version, 0x02, ID, text('u')), answer, 'a user name without its flag');
      expectRefused(version, bytes(version, 0x82, ID), answer, 'no user name');
      expectRefused(
        version,
        bytes(version, 0x82, ID, text('u'), text('p')),
        answer,
        'a password without its flag',
      );
      expectRefused(version, bytes(version, 0xc2, ID, text('u')), answer, 'no password');
    }
  });

  it('3.1.1 [MQTT-3.1.2-22] a password without a user name is refused; 5.0 allows it', () => {
    expectRefused(4, bytes(4, 0x42, ID, text('p')), []);
    expect(
      new House()
        .open(5)
        .bytes(bytes(5, 0x42, ID, text('p')))
        .takeShort(),
    ).toEqual(['CONNACK']);
  });
});

describe('the payload', () => {
  it('5.0 [MQTT-3.1.3-1] [MQTT-3.1.3-3] 3.1.1 [MQTT-3.1.3-1] [MQTT-3.1.3-3] is read in its order', () => {
    for (const version of VERSIONS) {
      const proofs: unknown[] = [];
      const house = new House({
        access: {
          authenticate: ({ clientId, username, password }) => {
            proofs.push([clientId, username, new TextDecoder().decode(password)]);
            return true;
          },
        },
      });
      const watcher = subscriber(house, { clientId: 'watcher' }, 'topic');
      proofs.length = 0;
      const five = version === 5 ? [0] : [];
      const will = [...five, ...text('topic'), ...text('message')];
      const wire = house
        .open(version)
        .bytes(bytes(version, 0xc6, text('id'), will, text('name'), text('secret')));
      expect(wire.takeShort()).toEqual(['CONNACK']);
      wire.cut();
      expect(proofs).toEqual([['id', 'name', 'secret']]);
      expect(watcher.takeShort()).toEqual(['PUBLISH topic message']);
    }
  });

  it('5.0 [MQTT-3.1.3-3] 3.1.1 [MQTT-3.1.3-3] a CONNECT without any payload is refused', () => {
    expectRefused(5, bytes(5, 2), ['CONNACK 0x81']);
    expectRefused(4, bytes(4, 2), []);
  });

  it('5.0 [MQTT-3.1.3-2] 3.1.1 [MQTT-3.1.3-2] the client id, byte for byte, says whose session it is', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const ids = ['a', 'A', 'a ', ' a', 'aa', 'ä', 'a\u0308'];
      for (const id of ids) house.connect(kept(version, id)).subscribe(`to/${id}`, 1).cut();
      const sender = house.connect({ version, clientId: 'sender' });
      ids.forEach((id, i) => {
        sender.publish(`to/${id}`, `for ${id}`, 1, { packetId: i + 1 });
      });
      for (const id of ids)
        expect(house.ask(kept(version, id)).takeShort()).toEqual([
          'CONNACK',
          `PUBLISH to/${id} for ${id} q1`,
        ]);
    }
  });

  it('5.0 [MQTT-3.1.3-5] 3.1.1 [MQTT-3.1.3-5] ids of 1 to 23 digits and letters are served', () => {
    const characters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const house = new House();
    for (const version of VERSIONS) {
      for (let length = 1; length <= 23; length++) {
        const clientId = (characters + characters).slice(length * 2, length * 3);
        expect(house.ask({ version, clientId }).takeShort(), clientId).toEqual(['CONNACK']);
      }
      for (const clientId of characters)
        expect(house.ask({ version, clientId }).takeShort()).toEqual(['CONNACK']);
    }
  });

  it('5.0 [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] an empty id gets one of its own, told in CONNACK, that works like any other', () => {
    const house = new House();
    const given = Array.from({ length: 20 }, () => {
      const wire = house.ask(kept(5, ''));
      const [connack] = wire.take();
      const id = connack?.type === 'CONNACK' ? connack.properties?.assignedClientIdentifier : undefined;
      wire.subscribe(`to/${id}`, 1).cut();
      return id ?? '';
    });
    expect(new Set(given).size).toBe(20);
    for (const id of given) {
      house.connect({ clientId: 'sender' }).publish(`to/${id}`, 'x', 1);
      expect(house.ask(kept(5, id)).takeShort()).toEqual(['CONNACK', `PUBLISH to/${id} x q1`]);
    }
  });

  it('5.0 [MQTT-3.1.3-7] an id that the client gave is not told back', () => {
    const [connack] = new House().ask({ clientId: 'mine' }).take();
    expect(connack).not.toMatchObject({ properties: { assignedClientIdentifier: expect.anything() } });
  });

  it('3.1.1 [MQTT-3.1.3-6] [MQTT-3.1.3-7] empty ids share nothing: both stay connected', () => {
    const house = new House();
    const wires = [1, 2].map(() => house.connect({ version: 4, clientId: '' }).subscribe('t'));
    expect(wires.map((wire) => wire.isClosed)).toEqual([false, false]);
    expect(house.broker.sizes).toMatchObject({ connections: 2, sessions: 2, subscriptions: 2 });
  });

  it('3.1.1 [MQTT-3.1.3-7] [MQTT-3.1.3-8] an empty id without clean session gets return code 2 and a close', () => {
    expectRefused(4, bytes(4, 0, text('')), ['CONNACK 2']);
  });

  it('5.0 [MQTT-3.1.3-8] 3.1.1 [MQTT-3.1.3-9] an id that is refused gets 0x85, or return code 2, and a close', () => {
    const house = new House({ limits: { maximumClientIdLength: 30 } });
    for (const [version, answer] of [
      [4, 'CONNACK 2'],
      [5, 'CONNACK 0x85'],
    ] as const) {
      const wire = house.ask({ version, clientId: 'x'.repeat(31) });
      expect([wire.takeShort(), wire.isClosed]).toEqual([[answer], true]);
    }
  });
});

describe('what a CONNECT sets in motion', () => {
  it('5.0 [MQTT-3.1.4-1] every cut of a CONNECT with a wrong length is closed with 0x81', () => {
    const whole = bytes(5, 0xc6, ID, [0], text('w'), text('x'), text('u'), text('p'));
    for (let length = 8; length < whole.length - 2; length++) {
      const cut = packet(0x10, [...whole.subarray(2, 2 + length)]);
      expectRefused(5, cut, ['CONNACK 0x81'], `${length} bytes`);
    }
  });

  it('3.1.1 [MQTT-3.1.4-1] every cut of a CONNECT with a wrong length is closed without CONNACK', () => {
    const whole = bytes(4, 0xc6, ID, text('w'), text('x'), text('u'), text('p'));
    for (let length = 2; length < whole.length - 2; length++)
      expectRefused(4, packet(0x10, [...whole.subarray(2, 2 + length)]), [], `${length} bytes`);
  });

  it('5.0 [MQTT-3.1.4-2] one that fails a check gets its reason and is closed', () => {
    const house = new House({
      access: {
        authenticate: ({ username }) => username === 'good',
        authorizePublish: (_client, topic) => topic !== 'secret',
      },
    });
    const good = { username: 'good' };
    for (const [wishes, reasonCode] of [
      [{ username: 'bad' }, 0x86],
      [{ ...good, will: { topic: 'secret' } }, 0x87],
      [{ ...good, will: { topic: '$SYS/x' } }, 0x90],
      [{ ...good, properties: { authenticationMethod: 'x' } }, 0x8c],
    ] as const) {
      const wire = house.ask({ clientId: 'a', ...wishes });
      expect([wire.takeShort(), wire.isClosed]).toEqual([[`CONNACK 0x${reasonCode.toString(16)}`], true]);
    }
    expect(house.broker.sizes.sessions).toBe(0);
  });

  it('5.0 [MQTT-3.1.4-3] 3.1.1 [MQTT-3.1.4-2] the earlier connection of a client id is closed, across versions', () => {
    for (const before of VERSIONS)
      for (const after of VERSIONS) {
        const house = new House();
        const first = house.connect({ version: before, clientId: 'a' });
        const other = house.connect({ version: before, clientId: 'b' });
        const second = house.connect({ version: after, clientId: 'a' });
        expect(first.takeShort()).toEqual(before === 5 ? ['DISCONNECT 0x8e'] : []);
        expect([first.isClosed, other.isClosed, second.isClosed]).toEqual([true, false, false]);
        first.publish('t', 'late', 0, { retain: true });
        expect(house.broker.sizes.retained).toBe(0);
      }
  });

  it('5.0 [MQTT-3.1.4-4] 3.1.1 [MQTT-3.1.4-3] the session of the connection taken over is kept or ended as Clean Start says', () => {
    for (const version of VERSIONS)
      for (const cleanStart of [false, true]) {
        const house = new House();
        subscriber(house, kept(version, 'a'), 't', 1);
        const back = house.ask(kept(version, 'a', { cleanStart }));
        expect(back.take()).toMatchObject([{ type: 'CONNACK', sessionPresent: !cleanStart }]);
        house.connect({ version, clientId: 's' }).publish('t', 'x', 1);
        expect(back.takeShort()).toEqual(cleanStart ? [] : ['PUBLISH t x q1']);
      }
  });

  it('5.0 [MQTT-3.1.4-5] 3.1.1 [MQTT-3.1.4-4] a good CONNECT is answered with CONNACK 0', () => {
    for (const version of VERSIONS)
      expect(new House().ask({ version }).take()).toMatchObject([{ type: 'CONNACK', reasonCode: 0 }]);
  });

  it('5.0 [MQTT-3.1.4-6] 3.1.1 [MQTT-3.1.4-5] what follows a refused CONNECT is not processed, in one chunk or later', () => {
    for (const version of VERSIONS) {
      const house = new House({ access: { authenticate: () => false } });
      const five = version === 5 ? [0] : [];
      const publish = packet(0x31, text('t'), five, '78');
      const wire = house.open(version);
      wire.end.write(Uint8Array.from([...bytes(version, 2, ID), ...publish, 0xc0, 0]));
      house.settle();
      wire.bytes(publish);
      expect(wire.takeShort()).toEqual([version === 5 ? 'CONNACK 0x86' : 'CONNACK 4']);
      expect([wire.isClosed, house.broker.sizes.retained]).toEqual([true, 0]);
    }
  });
});

describe('keep alive', () => {
  function isServedAfter(version: Numbered, house: House, wire: Wire, seconds: number): boolean {
    house.advance(seconds * 1000);
    if (wire.isClosed) return false;
    return wire.send({ type: 'PINGREQ' }).takeShort().join() === 'PINGRESP' && version === wire.version;
  }

  it('5.0 [MQTT-3.1.2-22] [MQTT-3.2.2-22] 3.1.1 [MQTT-3.1.2-24] silence for 1.5 times the keep alive ends the connection as if the network failed', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const watcher = subscriber(house, { clientId: 'watcher' }, 'will');
      const wire = house.connect({ version, clientId: 'a', keepAlive: 20, will: { topic: 'will' } });
      expect(isServedAfter(version, house, wire, 29)).toBe(true);
      expect(isServedAfter(version, house, wire, 29)).toBe(true);
      expect(watcher.take()).toEqual([]);
      house.advance(30_500);
      expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x8d'] : []);
      expect(wire.isClosed).toBe(true);
      expect(watcher.takeShort()).toEqual(['PUBLISH will will']);
    }
  });

  it('5.0 [MQTT-3.1.2-22] 3.1.1 [MQTT-3.1.2-24] a keep alive of 0 never ends it', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.connect({ version, keepAlive: 0 });
      house.advance(7 * 24 * 3_600_000);
      expect(wire.isClosed).toBe(false);
    }
  });

  it('5.0 [MQTT-3.1.2-21] [MQTT-3.2.2-21] [MQTT-3.2.2-22] a Server Keep Alive counts instead of the wish; without one the wish counts', () => {
    const house = new House({ limits: { maximumKeepAlive: 10 } });
    const wire = house.ask({ clientId: 'a', keepAlive: 1000 });
    expect(wire.take()).toMatchObject([{ properties: { serverKeepAlive: 10 } }]);
    house.advance(14_000);
    expect(wire.isClosed).toBe(false);
    house.advance(1500);
    expect(wire.isClosed).toBe(true);
    const own = house.ask({ clientId: 'b', keepAlive: 4 });
    expect(own.take()).not.toMatchObject([{ properties: { serverKeepAlive: expect.anything() } }]);
    house.advance(6500);
    expect(own.isClosed).toBe(true);
  });
});
