/** Authentication exchanges: SCRAM-SHA-256 over the wire, bounds, deadlines, methods that fail, what nobody touches. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Access,
  type AuthenticationMethod,
  type Exchange,
  type ExchangeOpening,
  scramSha256,
  scramSha256Record,
} from '../../src/index.ts';
import { House, type Wire, type Wishes } from '../wire/house.ts';
import { bytes, ScramClient } from '../wire/scram.ts';

const asks: AuthenticationMethod = () => () => ({ reasonCode: 0x18 });
const accepts: AuthenticationMethod = () => () => ({ reasonCode: 0, identity: 'ada' });

function house(method: AuthenticationMethod, options: ConstructorParameters<typeof House>[0] = {}): House {
  return new House({ ...options, access: { ...options.access, enhanced: { test: method } } });
}

function wishes(data?: Uint8Array, more: Wishes = {}, authenticationMethod = 'test'): Wishes {
  return { ...more, properties: { authenticationMethod, authenticationData: data, ...more.properties } };
}

function auth(reasonCode: number, authenticationData?: Uint8Array, authenticationMethod = 'test'): object {
  return { type: 'AUTH', reasonCode, properties: { authenticationMethod, authenticationData } };
}

function dataOf(wire: Wire): Uint8Array | undefined {
  const [packet] = wire.take();
  return packet?.type === 'AUTH' || packet?.type === 'CONNACK'
    ? packet.properties?.authenticationData
    : undefined;
}

describe('SCRAM-SHA-256 over the wire', () => {
  const NAME = 'SCRAM-SHA-256';

  async function scramHouse(isSlow: boolean): Promise<House> {
    const record = await scramSha256Record('pencil');
    const found = (username: string): typeof record | undefined => (username === 'user' ? record : undefined);
    const method = scramSha256((username) => (isSlow ? Promise.resolve(found(username)) : found(username)));
    return new House({ access: { enhanced: { [NAME]: method } } });
  }

  for (const isSlow of [false, true]) {
    it(`lets in at CONNECT and anew, both ends proven, records found ${isSlow ? 'later' : 'at once'}`, async () => {
      const home = await scramHouse(isSlow);
      const wire = home.open();
      const prove = async (client: ScramClient, begin: (first: Uint8Array) => void): Promise<boolean> => {
        begin(client.first());
        await home.settled();
        wire.send(auth(0x18, client.final(dataOf(wire)), NAME));
        await home.settled();
        const [last] = wire.received;
        expect(last).toMatchObject({ reasonCode: 0, properties: { authenticationMethod: NAME } });
        return client.isServer(dataOf(wire));
      };
      const connect = (first: Uint8Array): void => {
        wire.send({
          type: 'CONNECT',
          version: 5,
          clientId: 'c',
          cleanStart: true,
          keepAlive: 0,
          properties: { authenticationMethod: NAME, authenticationData: first },
        });
      };
      expect(await prove(new ScramClient('user', 'pencil'), connect)).toBe(true);
      const again = (first: Uint8Array): unknown => wire.send(auth(0x19, first, NAME));
      expect(await prove(new ScramClient('user', 'pencil', 'another'), again)).toBe(true);
      expect([...home.broker.clients()]).toMatchObject([{ identity: 'user' }]);
      expect(home.errors).toEqual([]);
    });
  }

  it('answers a wrong password and an unknown user alike, and a wrong password later with DISCONNECT', async () => {
    const home = await scramHouse(false);
    const answers = ['user', 'nobody'].map((name) => {
      const client = new ScramClient(name, 'wrong');
      const wire = home.ask(wishes(client.first(), {}, NAME));
      wire.send(auth(0x18, client.final(dataOf(wire)), NAME));
      return [wire.take(), wire.isClosed];
    });
    expect(answers[0]).toMatchObject([[{ type: 'CONNACK', reasonCode: 0x87 }], true]);
    expect(answers[1]).toEqual(answers[0]);
    const right = new ScramClient('user', 'pencil');
    const wire = home.ask(wishes(right.first(), {}, NAME));
    wire.send(auth(0x18, right.final(dataOf(wire)), NAME)).take();
    const wrong = new ScramClient('user', 'wrong');
    wire.send(auth(0x19, wrong.first(), NAME));
    wire.send(auth(0x18, wrong.final(dataOf(wire)), NAME));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x87'], true]);
  });
});

describe('bounds of an exchange', () => {
  it('[C24] so many packets, CONNECT included, and anew as many', () => {
    const home = house(asks, { limits: { maximumAuthenticationRounds: 3 } });
    const wire = home.ask(wishes()).send(auth(0x18), auth(0x18), auth(0x18), auth(0x18));
    expect(wire.takeShort()).toEqual(['AUTH 0x18', 'AUTH 0x18', 'AUTH 0x18', 'CONNACK 0x97']);
    expect(wire.isClosed).toBe(true);
    let isNew = true;
    const once = house(() => () => (isNew ? { reasonCode: 0, identity: 'ada' } : { reasonCode: 0x18 }), {
      limits: { maximumAuthenticationRounds: 1 },
    });
    const live = once.ask(wishes());
    isNew = false;
    live.take();
    live.send(auth(0x19), auth(0x18));
    expect(live.takeShort()).toEqual(['AUTH 0x18', 'DISCONNECT 0x97']);
    expect(once.broker.metrics).toMatchObject({ authenticationsExceeded: 1, authenticationsRefused: 1 });
  });

  it('so many bytes in all', () => {
    const limits = { maximumAuthenticationBytes: 100 };
    const home = house(asks, { limits });
    const wire = home.ask(wishes(new Uint8Array(50))).send(auth(0x18, new Uint8Array(50)));
    expect(wire.takeShort()).toEqual(['AUTH 0x18', 'AUTH 0x18']);
    wire.send(auth(0x18, new Uint8Array(1)));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x97'], true]);
    expect(home.ask(wishes(new Uint8Array(101))).takeShort()).toEqual(['CONNACK 0x97']);
    const live = house(accepts, { limits }).ask(wishes(new Uint8Array(99)));
    live.take();
    for (let time = 0; time < 5; time++) live.send(auth(0x19, new Uint8Array(99)));
    expect(live.takeShort()).toEqual(['AUTH', 'AUTH', 'AUTH', 'AUTH', 'AUTH']);
    live.send(auth(0x19, new Uint8Array(101)));
    expect(live.takeShort()).toEqual(['DISCONNECT 0x97']);
  });

  it('[A03] until it is over a packet may be as large as a CONNECT, then as large as any', () => {
    const limits = { maximumAuthenticationBytes: 10 ** 6, maximumPacketSizeBeforeConnect: 1000 };
    const wire = house(asks, { limits }).ask(wishes());
    wire.take();
    wire.send(auth(0x18, new Uint8Array(1000)));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x95'], true]);
    const live = house(accepts, { limits }).ask(wishes());
    live.take();
    live.send(auth(0x19, new Uint8Array(5000))).publish('t', 'x'.repeat(5000), 1);
    expect(live.takeShort()).toEqual(['AUTH', 'PUBACK 0x10']);
  });

  it('[C29] more user properties than allowed get 0x97', () => {
    const userProperties = Array.from({ length: 65 }, () => ['a', 'b']);
    const many = {
      type: 'AUTH',
      reasonCode: 0x18,
      properties: { authenticationMethod: 'test', userProperties },
    };
    const wire = house(asks).ask(wishes());
    wire.take();
    expect(wire.send(many).takeShort()).toEqual(['CONNACK 0x97']);
    const live = house(accepts).ask(wishes());
    live.take();
    expect(live.send({ ...many, reasonCode: 0x19 }).takeShort()).toEqual(['DISCONNECT 0x97']);
  });

  it('[C02] [C24] connectTimeout is for all of it, however busy it is', () => {
    const home = house(asks, { limits: { connectTimeout: 1000, maximumAuthenticationRounds: 1000 } });
    const wire = home.ask(wishes());
    for (let time = 0; time < 9; time++) {
      home.advance(100);
      wire.send(auth(0x18));
    }
    expect(wire.isClosed).toBe(false);
    home.advance(200);
    expect(wire.isClosed).toBe(true);
    expect(home.broker.metrics.connectTimeouts).toBe(1);
  });
});

describe('a method that fails', () => {
  const failures: readonly (readonly [string, AuthenticationMethod])[] = [
    [
      'throws at once',
      () => {
        throw new Error('no');
      },
    ],
    [
      'throws later',
      () => () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => () => Promise.reject(new Error('no'))],
    ['is no exchange', () => 5 as never],
    ...[
      undefined,
      null,
      true,
      'ada',
      {},
      { reasonCode: 0 },
      { reasonCode: 0, identity: 5 },
      { reasonCode: 0, identity: 'ada', authenticationData: 'text' },
      { reasonCode: 0, identity: 'ada', serverReference: 'x' },
      { reasonCode: 0x18, identity: 'ada' },
      { reasonCode: 0x18, authenticationData: new Uint8Array(65_536) },
      { reasonCode: 0x18, authenticationMethod: 'other' },
      { reasonCode: 0x18, reasonString: 'a\0b' },
      { reasonCode: 0x19 },
      { reasonCode: 0x81 },
      { reasonCode: 0x87, serverReference: 'x' },
    ].flatMap((answer) => [
      [`answers ${JSON.stringify(answer)?.slice(0, 40)}`, () => () => answer as never] as const,
      [
        `promises ${JSON.stringify(answer)?.slice(0, 40)}`,
        () => () => Promise.resolve(answer as never),
      ] as const,
    ]),
  ];
  for (const [name, method] of failures) {
    it(`[D03] ${name}: 0x87`, async () => {
      const home = house(method, { access: { authenticate: () => true } });
      const wire = home.ask(wishes());
      await home.settled();
      expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x87'], true]);
      expect(home.broker.metrics.hooksFailed).toBe(1);

      const live = house((opening) => (opening.client === undefined ? accepts : method)(opening));
      const client = live.ask(wishes());
      client.take();
      client.send(auth(0x19));
      await live.settled();
      expect([client.takeShort(), client.isClosed]).toEqual([['DISCONNECT 0x87'], true]);
      expect(home.isWell()).toBe(true);
    });
  }

  it('[D03] hangs: 0x87 after hookTimeout, at CONNECT and anew; a late answer changes nothing', async () => {
    let late: () => void = () => undefined;
    const hangs: Exchange = () =>
      new Promise((resolve) => {
        late = () => resolve({ reasonCode: 0, identity: 'ada' });
      });
    const home = house((opening) =>
      opening.credentials.clientId === 'live' && !opening.client ? accepts(opening) : hangs,
    );
    const wire = home.ask(wishes());
    const live = home.ask(wishes(undefined, { clientId: 'live' }));
    live.take();
    live.send(auth(0x19));
    home.advance(4900);
    await home.settled();
    expect([wire.take(), live.take()]).toEqual([[], []]);
    home.advance(300);
    await home.settled();
    late();
    await home.settled();
    expect([wire.takeShort(), live.takeShort()]).toEqual([['CONNACK 0x87'], ['DISCONNECT 0x87']]);
  });

  it('a client that goes while it thinks is simply gone', async () => {
    let answer: () => void = () => undefined;
    const slow: Exchange = () =>
      new Promise((resolve) => {
        answer = () => resolve({ reasonCode: 0, identity: 'ada' });
      });
    const home = house(() => slow);
    const wire = home.ask(wishes(undefined, { will: { topic: 'w', retain: true } }));
    wire.cut();
    answer();
    await home.settled();
    expect(home.broker.sizes).toMatchObject({ connections: 0, sessions: 0, retained: 0 });
    expect(home.errors).toEqual([]);
  });
});

describe('an exchange that sends a client elsewhere', () => {
  it('names the server, at CONNECT and anew', () => {
    const details = { serverReference: 'b.example', reasonString: 'moved' };
    let isMoved = true;
    const home = house(
      () => () => (isMoved ? { reasonCode: 0x9d, ...details } : { reasonCode: 0, identity: 'ada' }),
    );
    expect(home.ask(wishes()).take()).toMatchObject([
      { type: 'CONNACK', reasonCode: 0x9d, properties: details },
    ]);
    isMoved = false;
    const live = home.ask(wishes());
    live.take();
    isMoved = true;
    live.send(auth(0x19));
    expect(live.take()).toMatchObject([{ type: 'DISCONNECT', reasonCode: 0x9d, properties: details }]);
  });
});

describe('any packets, in any order', () => {
  it('[C23] [C24] let in only whom the method lets in, and leave the others alone', async () => {
    const packets = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(0x18, 0x19).map((code) => ({ code })) },
      fc.constantFrom('PINGREQ', 'PUBLISH', 'other method', 'DISCONNECT').map((what) => ({ what })),
    );
    const answers = fc.constantFrom('ask', 'ask', 'yes', 'yes', 'no', 'eve', 'throw', 'nonsense');
    await fc.assert(
      fc.asyncProperty(
        fc.array(packets, { maxLength: 12 }),
        fc.array(answers, { maxLength: 12 }),
        fc.boolean(),
        async (sent, script, isSlow) => {
          const said: string[] = [];
          const method: AuthenticationMethod = () => () => {
            const answer = script[said.length] ?? 'no';
            said.push(answer);
            if (answer === 'throw') throw new Error('no');
            const step =
              answer === 'ask'
                ? { reasonCode: 0x18 }
                : answer === 'no'
                  ? { reasonCode: 0x8a }
                  : answer === 'nonsense'
                    ? 5
                    : { reasonCode: 0, identity: answer };
            return (isSlow ? Promise.resolve(step) : step) as never;
          };
          const home = house(method, { access: { authenticate: () => true } });
          const wire = home.ask(wishes());
          await home.settled();
          for (const it of sent) {
            if (wire.isClosed) break;
            if ('code' in it) wire.send(auth(it.code));
            else if (it.what === 'other method') wire.send(auth(0x18, undefined, 'other'));
            else if (it.what === 'PUBLISH') wire.publish('t', 'x', 1);
            else wire.send({ type: it.what });
            await home.settled();
          }
          const got = wire.take();
          const types = got.map(({ type }) => type);
          const isIn = got.some((it) => it.type === 'CONNACK' && it.reasonCode === 0);
          // Whoever is in was let in first; nothing but AUTH came before CONNACK.
          const first = said.find((answer) => answer !== 'ask');
          if (isIn) expect(['yes', 'eve']).toContain(first);
          const before = types.slice(0, types.includes('CONNACK') ? types.indexOf('CONNACK') : types.length);
          expect(before.every((type) => type === 'AUTH')).toBe(true);
          expect(types.filter((type) => type === 'CONNACK').length).toBeLessThanOrEqual(1);
          for (const it of got) {
            if (it.type !== 'AUTH') continue;
            expect([0, 0x18]).toContain(it.reasonCode);
            expect(it.properties?.authenticationMethod).toBe('test');
          }
          for (const client of home.broker.clients()) expect(client.identity).toBe(first);
          expect(home.isWell()).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('what an exchange is given, and what it leaves alone', () => {
  it('the data of each packet, who asks, and no password when it is anew', () => {
    const seen: unknown[] = [];
    const method: AuthenticationMethod = ({ credentials, client, random }: ExchangeOpening) => {
      seen.push([credentials.clientId, credentials.username, credentials.password?.length, client?.identity]);
      expect(random(new Uint8Array(4))).toHaveLength(4);
      return (data) => {
        seen.push(data === undefined ? 'none' : [...data]);
        return data === undefined ? { reasonCode: 0x18 } : { reasonCode: 0, identity: 'ada' };
      };
    };
    const credentials = { username: 'u', password: new Uint8Array(3) };
    const wire = house(method).ask(wishes(undefined, credentials));
    wire.send(auth(0x18, Uint8Array.of(1, 2)), auth(0x19, new Uint8Array()));
    expect(wire.takeShort()).toEqual(['AUTH 0x18', 'CONNACK', 'AUTH']);
    expect(seen).toEqual([['c', 'u', 3, undefined], 'none', [1, 2], ['c', 'u', undefined, 'ada'], []]);
  });

  it('authenticate is not asked: the method alone decides', () => {
    const access: Access = {
      authenticate: () => {
        throw new Error('asked');
      },
    };
    const home = house(accepts, { access });
    expect(home.ask(wishes()).takeShort()).toEqual(['CONNACK']);
    expect(home.broker.metrics.hooksFailed).toBe(0);
  });

  it('[C17] [C14] a session is touched by its own identity only, after the exchange', () => {
    const home = house(
      () => (data) => (data?.[0] === 1 ? { reasonCode: 0, identity: `${data[1]}` } : { reasonCode: 0x18 }),
    );
    const owner = home.ask(wishes(Uint8Array.of(1, 1)));
    owner.take();
    const thief = home.ask(wishes());
    expect(thief.takeShort()).toEqual(['AUTH 0x18']);
    expect(owner.isClosed).toBe(false);
    thief.send(auth(0x18, Uint8Array.of(1, 2)));
    expect([thief.takeShort(), owner.isClosed]).toEqual([['CONNACK 0x85'], false]);
    const self = home.ask(wishes()).send(auth(0x18, Uint8Array.of(1, 1)));
    expect([self.takeShort(), owner.takeShort()]).toEqual([['AUTH 0x18', 'CONNACK'], ['DISCONNECT 0x8e']]);
  });

  it('[E01] a will needs its permission as always', () => {
    const home = house(accepts, { access: { authorizePublish: (_client, topic) => topic !== 'secret' } });
    expect(home.ask(wishes(undefined, { will: { topic: 'secret' } })).takeShort()).toEqual(['CONNACK 0x87']);
    expect(home.ask(wishes(undefined, { will: { topic: 'open' } })).takeShort()).toEqual(['CONNACK']);
  });

  it('5.0 [MQTT-3.2.0-1] a client that takes no CONNACK so large gets none of 0x00', () => {
    const large: AuthenticationMethod = () => () => ({
      reasonCode: 0,
      identity: 'ada',
      authenticationData: bytes('x'.repeat(200)),
    });
    const wire = house(large).ask(wishes(undefined, { properties: { maximumPacketSize: 100 } }));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x83'], true]);
  });
});
