/** Sections 3.15 and 4.12: AUTH, at CONNECT and on a live connection. 5.0 alone has it. */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { Access, AuthenticationMethod, ExchangeStep } from '../../src/index.ts';
import { connect, House, short, type Wire, type Wishes } from '../wire/house.ts';
import { bytes, text } from '../wire/scram.ts';
import { packet, sizeOf } from './recorder.ts';

const METHOD = 'test';

/** A method that does what the client's data says: `ada` is a success, `? x` asks `x`, `! 138` refuses, `> ` asks at length, `+ x` ends with `x`. */
const obedient: AuthenticationMethod = () => (data) => {
  const [word = '', rest = ''] = text(data).split(' ');
  if (word === '?') return { reasonCode: 0x18, authenticationData: bytes(rest) };
  if (word === '!') return { reasonCode: Number(rest) } as ExchangeStep;
  if (word === '+') return { reasonCode: 0, identity: 'ada', authenticationData: bytes(rest) };
  if (word === '>') {
    return { reasonCode: 0x18, reasonString: 'x'.repeat(40), userProperties: [['k', 'v'.repeat(40)]] };
  }
  return { reasonCode: 0, identity: word, authenticationData: bytes(`welcome ${word}`) };
};

const access: Access = { enhanced: { [METHOD]: obedient }, authenticate: () => true };

function wishes(data: string, more: Wishes = {}): Wishes {
  const { properties, ...others } = more;
  return {
    ...others,
    properties: { authenticationMethod: METHOD, authenticationData: bytes(data), ...properties },
  };
}

function auth(reasonCode: number, data: string, authenticationMethod = METHOD): object {
  return { type: 'AUTH', reasonCode, properties: { authenticationMethod, authenticationData: bytes(data) } };
}

/** Packets in a few words, with the method and data they carry. */
function told(wire: Wire): string[] {
  return wire.take().map((it) => {
    const { authenticationMethod = '-', authenticationData } =
      (it.type === 'AUTH' || it.type === 'CONNACK' ? it.properties : undefined) ?? {};
    return `${short(it)} ${authenticationMethod} ${text(authenticationData)}`.trim();
  });
}

describe('authentication at CONNECT', () => {
  it('5.0 [MQTT-4.12.0-2] [MQTT-4.12.0-5] [MQTT-4.12.0-3] the server asks with AUTH 0x18; every AUTH, and CONNACK, names the method', () => {
    const house = new House({ access });
    const wire = house.ask(wishes('? one'));
    expect(told(wire)).toEqual(['AUTH 0x18 test one']);
    wire.send(auth(0x18, '? two'));
    expect(told(wire)).toEqual(['AUTH 0x18 test two']);
    wire.send(auth(0x18, 'ada'));
    expect(told(wire)).toEqual(['CONNACK test welcome ada']);
    expect([...house.broker.clients()]).toMatchObject([{ clientId: 'c', identity: 'ada' }]);
    expect(wire.subscribe('t').takeShort()).toEqual(['SUBACK 0']);
  });

  it('5.0 [MQTT-4.12.0-5] a method that needs no question gets CONNACK at once, which names it', () => {
    expect(told(new House({ access }).ask(wishes('ada')))).toEqual(['CONNACK test welcome ada']);
  });

  it('5.0 [MQTT-4.12.0-1] another method gets 0x8c, also one that every object has', () => {
    const house = new House({ access });
    for (const authenticationMethod of ['TEST', '', 'constructor', '__proto__', 'toString']) {
      const wire = house.ask(wishes('ada', { properties: { authenticationMethod } }));
      expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x8c'], true]);
    }
  });

  it('5.0 [MQTT-4.12.0-4] a refusal at any point is a CONNACK of 0x80 or above, and a close', () => {
    for (const code of [0x80, 0x83, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x97, 0x9c, 0x9d, 0x9f])
      for (const before of [0, 1, 3]) {
        const house = new House({ access });
        const wire = house.ask(wishes(before === 0 ? `! ${code}` : '? x'));
        for (let round = 1; round <= before; round++)
          wire.send(auth(0x18, round === before ? `! ${code}` : '? x'));
        const answers = wire.takeShort();
        expect(answers).toEqual([...Array(before).fill('AUTH 0x18'), `CONNACK 0x${code.toString(16)}`]);
        expect([wire.isClosed, house.broker.sizes.sessions]).toEqual([true, 0]);
      }
  });

  it('5.0 [MQTT-4.12.0-6] without a method in CONNECT there is no AUTH, and no method in CONNACK', () => {
    const house = new House({ access });
    const [connack, ...more] = house.ask({ username: 'ada' }).take();
    expect([short(connack), more]).toEqual(['CONNACK', []]);
    expect(JSON.stringify(connack)).not.toContain('authentication');
  });

  it('5.0 [MQTT-4.12.0-6] who names no method is refused with 0x87 where only methods decide, 3.x with 5', () => {
    const house = new House({ access: { enhanced: { [METHOD]: obedient } } });
    expect(house.ask().takeShort()).toEqual(['CONNACK 0x87']);
    expect(house.ask({ version: 4, username: 'ada' }).takeShort()).toEqual(['CONNACK 5']);
    expect(house.ask({ version: 3 }).takeShort()).toEqual(['CONNACK 5']);
    expect(house.ask(wishes('ada')).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 [MQTT-4.12.0-5] AUTH with another method ends the exchange', () => {
    const wire = new House({ access }).ask(wishes('? one'));
    wire.take();
    wire.send(auth(0x18, 'ada', 'other'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x82'], true]);
  });

  it('5.0 [MQTT-4.12.0-3] AUTH 0x19 is no answer to AUTH 0x18', () => {
    const wire = new House({ access }).ask(wishes('? one'));
    wire.take();
    wire.send(auth(0x19, 'ada'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x82'], true]);
  });

  it('5.0 [MQTT-3.1.2-30] nothing but AUTH and DISCONNECT may come before CONNACK', () => {
    const house = new House({ access });
    const others: readonly object[] = [
      { type: 'PINGREQ' },
      { type: 'PUBLISH', topic: 't', payload: bytes('x'), qos: 0, dup: false, retain: true },
      { type: 'PUBACK', packetId: 1 },
      { type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['t'] },
      connect(),
    ];
    for (const other of others) {
      const wire = house.ask(wishes('? one'));
      wire.take();
      wire.send(other, auth(0x18, 'ada'));
      expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x82'], true]);
    }
    expect(house.broker.sizes).toMatchObject({ sessions: 0, retained: 0 });
    const leaving = house.ask(wishes('? one', { will: { topic: 'w', retain: true } }));
    leaving.take();
    leaving.disconnect({ reasonCode: 4 });
    expect([leaving.take(), leaving.isClosed]).toEqual([[], true]);
    expect(house.broker.sizes).toMatchObject({ sessions: 0, retained: 0 });
  });

  it('5.0 [MQTT-3.15.1-1] an AUTH with other flags in an exchange is malformed', () => {
    for (let flags = 1; flags < 16; flags++) {
      const wire = new House({ access }).ask(wishes('? one'));
      wire.take();
      wire.bytes(packet(0xf0 | flags, '18 00'));
      expect([wire.takeShort(), wire.isClosed], `${flags}`).toEqual([['CONNACK 0x81'], true]);
    }
  });
});

describe('AUTH, as it is sent and taken', () => {
  it('5.0 [MQTT-3.15.2-1] the server says 0x18 and 0x00, and takes 0x18 and 0x19', () => {
    const house = new House({ access });
    const wire = house.ask(wishes('? one')).send(auth(0x18, 'ada'), auth(0x19, '? two'), auth(0x18, 'ada'));
    expect(wire.take().flatMap((it) => (it.type === 'AUTH' ? [it.reasonCode] : []))).toEqual([0x18, 0x18, 0]);
    for (const code of [0x00, 0x01, 0x17, 0x1a, 0x80, 0x87, 0xff]) {
      for (const isConnected of [true, false]) {
        const client = new House({ access }).ask(wishes(isConnected ? 'ada' : '? one'));
        client.take();
        client.bytes(packet(0xf0, [code, 7, 0x15, 0, 4, ...bytes('test')]));
        const [answer, ...more] = client.takeShort();
        const type = isConnected ? 'DISCONNECT' : 'CONNACK';
        expect(answer, `${code}`).toMatch(new RegExp(`^${type} 0x8[12]$`));
        expect([more, client.isClosed]).toEqual([[], true]);
      }
    }
  });

  it('5.0 [MQTT-3.15.2-2] [MQTT-3.15.2-3] a Reason String or User Property that makes AUTH too large is left out', () => {
    const [whole] = new House({ access }).ask(wishes('>')).take();
    expect(whole).toMatchObject({
      type: 'AUTH',
      properties: { reasonString: 'x'.repeat(40), userProperties: [['k', 'v'.repeat(40)]] },
    });
    const size = sizeOf(whole as Packet);
    for (const [maximumPacketSize, isWhole] of [
      [size, true],
      [size - 1, false],
      [30, false],
    ] as const) {
      const wire = new House({ access }).ask(wishes('>', { properties: { maximumPacketSize } }));
      const [auth18, ...more] = wire.take();
      expect([short(auth18), more, wire.isClosed]).toEqual(['AUTH 0x18', [], false]);
      expect(sizeOf(auth18 as Packet)).toBeLessThanOrEqual(maximumPacketSize);
      expect(JSON.stringify(auth18).includes('reasonString')).toBe(isWhole);
      expect(JSON.stringify(auth18).includes('userProperties')).toBe(isWhole);
      // The same for a client that is connected already.
      if (maximumPacketSize < 90) continue;
      const live = new House({ access }).ask(wishes('ada', { properties: { maximumPacketSize } }));
      live.take();
      live.send(auth(0x19, '>'));
      const [again] = live.take();
      expect(JSON.stringify(again).includes('reasonString')).toBe(isWhole);
      expect(JSON.stringify(again).includes('userProperties')).toBe(isWhole);
    }
  });

  it('5.0 [MQTT-3.1.2-29] without Request Problem Information AUTH has neither', () => {
    const properties = { requestProblemInformation: false };
    const wire = new House({ access }).ask(wishes('>', { properties }));
    const [asked] = wire.take();
    expect(short(asked)).toBe('AUTH 0x18');
    wire.send(auth(0x18, 'ada'), auth(0x19, '>'));
    const [, again] = wire.take();
    expect(short(again)).toBe('AUTH 0x18');
    expect(JSON.stringify([asked, again])).not.toMatch(/reasonString|userProperties/);
  });

  it('5.0 [MQTT-3.1.2-24] an AUTH that is too large even so is not sent: 0x95', () => {
    const house = new House({ access });
    const large = `? ${'x'.repeat(200)}`;
    const wire = house.ask(wishes(large, { properties: { maximumPacketSize: 100 } }));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x95'], true]);
    const live = house.ask(wishes('ada', { properties: { maximumPacketSize: 100 } }));
    live.take();
    live.send(auth(0x19, large));
    expect([live.takeShort(), live.isClosed]).toEqual([['DISCONNECT 0x95'], true]);
    const last = house.ask(wishes('ada', { properties: { maximumPacketSize: 100 } }));
    last.take();
    last.send(auth(0x19, `+ ${'x'.repeat(200)}`));
    expect([last.takeShort(), last.isClosed]).toEqual([['DISCONNECT 0x95'], true]);
  });
});

describe('re-authentication', () => {
  function connected(house: House, more: Wishes = {}): Wire {
    const wire = house.ask(wishes('ada', more));
    expect(wire.takeShort()).toEqual(['CONNACK']);
    return wire;
  }

  it('5.0 [MQTT-4.12.0-5] [MQTT-4.12.1-1] ends in AUTH 0x00 with the method, as often as the client likes', () => {
    const house = new House({ access });
    const wire = connected(house);
    for (let time = 0; time < 30; time++) {
      wire.send(auth(0x19, '? one'));
      expect(told(wire)).toEqual(['AUTH 0x18 test one']);
      wire.send(auth(0x18, 'ada'));
      expect(told(wire)).toEqual(['AUTH test welcome ada']);
    }
    expect(wire.publish('t', 'x', 1).takeShort()).toEqual(['PUBACK 0x10']);
    expect(house.broker.metrics).toMatchObject({ authenticationsSucceeded: 31, authenticationRounds: 60 });
  });

  it('5.0 [MQTT-4.12.1-2] that fails ends in DISCONNECT with a reason, and the will is published', () => {
    const codes: readonly (readonly [given: number, told: number])[] = [
      [0x80, 0x80],
      [0x83, 0x83],
      [0x85, 0x87],
      [0x86, 0x87],
      [0x87, 0x87],
      [0x88, 0x89],
      [0x89, 0x89],
      [0x8a, 0x87],
      [0x8c, 0x87],
      [0x97, 0x97],
      [0x9c, 0x9c],
      [0x9d, 0x9d],
      [0x9f, 0x9f],
    ];
    for (const [given, expected] of codes)
      for (const isLater of [false, true]) {
        const house = new House({ access });
        const wire = connected(house, { will: { topic: 'w', retain: true } });
        if (isLater) wire.send(auth(0x19, '? one')).take();
        wire.send(auth(isLater ? 0x18 : 0x19, `! ${given}`));
        expect([wire.takeShort(), wire.isClosed]).toEqual([[`DISCONNECT 0x${expected.toString(16)}`], true]);
        expect(house.broker.sizes).toMatchObject({ connections: 0, retained: 1 });
        expect(house.broker.metrics.authenticationsRefused).toBe(1);
      }
  });

  it('5.0 [MQTT-4.12.1-2] as somebody else is refused: a client id belongs to its identity', () => {
    const house = new House({ access });
    const wire = connected(house);
    wire.send(auth(0x19, 'eve'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x87'], true]);
  });

  it('5.0 [MQTT-4.12.1-1] [C24] with another method is a protocol error', () => {
    const wire = connected(new House({ access }));
    wire.send(auth(0x19, 'ada', 'other'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
    const half = connected(new House({ access }));
    half.send(auth(0x19, '? one'), auth(0x18, 'ada', 'other'));
    expect([half.takeShort(), half.isClosed]).toEqual([['AUTH 0x18', 'DISCONNECT 0x82'], true]);
  });

  it('5.0 [MQTT-4.12.1-1] is begun with 0x19, once at a time', () => {
    const wire = connected(new House({ access }));
    wire.send(auth(0x18, 'ada'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
    const twice = connected(new House({ access }));
    twice.send(auth(0x19, '? one'), auth(0x19, 'ada'));
    expect([twice.takeShort(), twice.isClosed]).toEqual([['AUTH 0x18', 'DISCONNECT 0x82'], true]);
  });

  it('5.0 [MQTT-4.12.0-7] [MQTT-4.12.0-6] is not for a client that named no method', () => {
    const wire = new House({ access }).connect();
    wire.send(auth(0x19, 'ada'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
  });

  it('5.0 [MQTT-4.12.1-1] everything else goes on meanwhile, both ways', async () => {
    let answer: (step: ExchangeStep) => void = () => undefined;
    const slow: AuthenticationMethod = ({ client }) => {
      const identity = 'ada';
      return () =>
        client === undefined
          ? { reasonCode: 0, identity }
          : new Promise<ExchangeStep>((resolve) => {
              answer = resolve;
            });
    };
    const house = new House({ access: { enhanced: { [METHOD]: slow }, authenticate: () => true } });
    const other = house.connect({ clientId: 'other' }).subscribe('t', 1);
    other.take();
    const wire = connected(house).subscribe('t', 0);
    wire.take();
    wire.send(auth(0x19, 'x')).publish('t', 'mine', 1).send({ type: 'PINGREQ' });
    other.publish('t', 'yours');
    expect(wire.takeShort()).toEqual(['PUBLISH t mine', 'PUBACK', 'PINGRESP', 'PUBLISH t yours']);
    expect(other.takeShort()).toEqual(['PUBLISH t mine q1', 'PUBLISH t yours']);
    answer({ reasonCode: 0, identity: 'ada' });
    await house.settled();
    expect(wire.takeShort()).toEqual(['AUTH']);
    // It is not the client's turn while the method thinks.
    wire.send(auth(0x19, 'x'), auth(0x18, 'y'));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
    answer({ reasonCode: 0, identity: 'ada' });
    await house.settled();
    expect([wire.take(), house.errors]).toEqual([[], []]);
  });
});
