/** Who is let in at all: connections in all and for each listener, handshakes counted and bounded, and how often. */
import { ManualClock } from '@mqtt/session/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Broker,
  type BrokerOptions,
  createBroker,
  type ListenOptions,
  systemClock,
} from '../src/index.ts';
import { CertificateFolder } from './listeners/certificates.ts';
import { CONNACK, hello, Raw } from './listeners/raw.ts';
import { connect, House } from './wire/house.ts';

const brokers: Broker[] = [];

/** A broker whose clock a test moves, while its alarms are the system's. */
function create(options: BrokerOptions = {}): { readonly broker: Broker; readonly clock: { ms: number } } {
  const clock = { ms: 0 };
  const broker = createBroker({ clock: { ...systemClock, now: () => clock.ms }, ...options });
  brokers.push(broker);
  return { broker, clock };
}

async function open(broker: Broker, options: object = {}): Promise<number> {
  const { port } = await broker.listen({ type: 'tcp', port: 0, ...options } as ListenOptions);
  return port;
}

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1 });
});

describe('connections', () => {
  it('a listener has no more than its own, however many the broker may have', async () => {
    const { broker } = create();
    const small = await open(broker, { maximumConnections: 1 });
    const large = await open(broker);
    const first = Raw.to(small).send(hello({ clientId: 'a' }));
    expect(await first.hex(4)).toBe(CONNACK);
    expect(
      await Raw.to(small)
        .send(hello({ clientId: 'b' }))
        .hex(4),
    ).toBe('closed');
    expect(
      await Raw.to(large)
        .send(hello({ clientId: 'c' }))
        .hex(4),
    ).toBe(CONNACK);
    expect(broker.metrics.connectionsRefused).toBe(1);
    first.send(Uint8Array.of(0xe0, 0));
    await first.closed;
    let last = 'closed'; // until the broker has seen the end of the first, too
    while (last === 'closed')
      last = await Raw.to(small)
        .send(hello({ clientId: 'd' }))
        .hex(4);
    expect(last).toBe(CONNACK);
    await expect(open(broker, { maximumConnections: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('[G11] [C02] a handshake that is not done is a connection, and all of it has connectTimeout', async () => {
    const folder = new CertificateFolder();
    folder.make('server');
    const secure = folder.identity('server');
    folder.remove();
    const proxy = { proxyProtocol: { from: ['127.0.0.1'] } };
    for (const [options, opening] of [
      [{ type: 'tls', ...secure }, ''],
      [{ type: 'wss', ...secure }, ''],
      [{ type: 'ws' }, 'GET /mqtt HTTP/1.1\r\nHost: '],
      [{ type: 'tcp', ...proxy }, 'PROXY '],
    ] as const) {
      const time = new ManualClock();
      const clock = { ...systemClock, now: time.now, after: time.after };
      const { broker } = create({ limits: { maximumConnections: 1, connectTimeout: 10_000 }, clock });
      const port = await open(broker, options);
      const plain = await open(broker);
      const stalled = Raw.to(port).send(opening);
      await Raw.to(port).closed; // sockets of one port are accepted in order: the first has the only place
      expect(broker.metrics).toMatchObject({
        connectionsRefused: 1,
        connectionsAccepted: 0,
        connectTimeouts: 0,
      });
      time.advance(10_100);
      await stalled.closed;
      expect(broker.metrics.connectTimeouts).toBe(1);
      expect(await Raw.to(plain).send(hello()).hex(4)).toBe(CONNACK);
    }
  });

  it('[C02] the time of the handshake is taken off the time for CONNECT', async () => {
    const clock = new ManualClock();
    const { broker } = create({ clock, limits: { maximumConnections: 1, connectTimeout: 10_000 } });
    const port = await open(broker, { proxyProtocol: { from: ['127.0.0.1'] } });
    const slow = Raw.to(port).send('PROXY ');
    await Raw.to(port).closed; // there is no room: the first was let in
    clock.advance(9000);
    slow.send('UNKNOWN\r\n');
    while (broker.metrics.connectionsAccepted === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(900);
    expect(broker.metrics.connectTimeouts).toBe(0);
    clock.advance(200);
    expect(broker.metrics.connectTimeouts).toBe(1);
    await slow.closed;
  });

  it('[G11] handshakes that are reset or half closed, however far they came, leave no place taken', async () => {
    const folder = new CertificateFolder();
    folder.make('server');
    const secure = folder.identity('server');
    folder.remove();
    const { broker } = create({ limits: { maximumConnections: 10 }, clock: systemClock });
    const plain = await open(broker);
    const hand = Buffer.from('160301007a010000760303', 'hex'); // how a ClientHello begins
    const proxy = { type: 'ws', proxyProtocol: { from: ['127.0.0.1'] } };
    for (const [options, opening] of [
      [{ type: 'tls', ...secure }, hand],
      [{ type: 'wss', ...secure }, hand],
      [{ type: 'ws' }, 'GET /mqtt HTTP/1.1\r\nHost: '],
      [proxy, 'PROXY UNK'],
      [{ type: 'tcp' }, hello().subarray(0, 5)],
    ] as const) {
      const port = await open(broker, options);
      for (const how of ['reset', 'half'] as const) {
        const all = Array.from({ length: 10 }, () => Raw.to(port).send(opening));
        await Promise.all(all.map(({ socket }) => new Promise((resolve) => socket.write('', resolve))));
        for (const { socket } of all) how === 'reset' ? socket.resetAndDestroy() : socket.end();
        await Promise.all(all.map(({ closed }) => closed));
      }
    }
    const clients: Raw[] = [];
    while (clients.length < 10) {
      const client = Raw.to(plain).send(hello({ clientId: `c${clients.length}` }));
      if ((await client.hex(4)) === CONNACK) clients.push(client); // a reset may be on its way still
    }
    expect(broker.sizes.connections).toBe(10);
    expect(await Raw.to(plain).send(hello()).hex(4)).toBe('closed');
  });

  it('a broker that ends cuts handshakes at once', async () => {
    const { broker } = create();
    const port = await open(broker, { type: 'ws' });
    const stalled = Raw.to(port).send('GET /mqtt');
    await new Promise((resolve) => stalled.socket.once('connect', resolve));
    const witness = Raw.to(port).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await witness.status()).toBe(426);
    await broker.close({ drain: 60_000 });
    await stalled.closed;
  });
});

describe('connect rate', () => {
  const limits = { maximumConnectRate: 10, maximumConnectBurst: 2 };

  it.each([
    [5, 'CONNACK 0x9f'],
    [4, 'CONNACK 3'],
    [3, 'CONNACK 3'],
  ] as const)(
    '[C27] version %i: too many are told so, far too many are cut, and time heals',
    (version, told) => {
      const house = new House({ limits });
      const attempt = (clientId: string): string[] => {
        const wire = house.open(version).send(connect({ version, clientId }));
        return wire.isClosed && wire.received.length === 0 ? ['cut'] : wire.takeShort();
      };
      expect(['a', 'b', 'c', 'd', 'e'].map(attempt)).toEqual([
        ['CONNACK'],
        ['CONNACK'],
        [told],
        [told],
        ['cut'],
      ]);
      expect(house.broker.metrics.connectionsRateLimited).toBe(3);
      house.advance(100);
      expect(['f', 'g', 'h'].map(attempt)).toEqual([['CONNACK'], [told], ['cut']]);
    },
  );

  it('[C27] one address that floods is refused, another is not', async () => {
    const { broker, clock } = create({
      limits: { maximumConnectRatePerAddress: 1, maximumConnectBurstPerAddress: 2 },
    });
    const port = await open(broker, { proxyProtocol: { from: ['127.0.0.1'] } });
    const attempt = (address: string): Promise<string> =>
      Raw.to(port).send(`PROXY TCP4 ${address} 192.0.2.9 1 2\r\n`, hello()).hex(4);
    const answers: string[] = [];
    for (let n = 0; n < 5; n++) answers.push(await attempt('192.0.2.1'));
    expect(answers).toEqual([CONNACK, CONNACK, '20020003', '20020003', 'closed']);
    expect(await attempt('192.0.2.2')).toBe(CONNACK);
    clock.ms += 1000;
    expect(await attempt('192.0.2.1')).toBe(CONNACK);
    expect(broker.metrics.connectionsRateLimited).toBe(3);
  });

  it('[C27] behind TLS nobody is answered: the handshake costs more than the connection', async () => {
    const folder = new CertificateFolder();
    folder.make('server');
    const { broker } = create({ limits });
    const port = await open(broker, { type: 'tls', ...folder.identity('server') });
    folder.remove();
    const sockets = [Raw.to(port), Raw.to(port), Raw.to(port)];
    await Promise.race(sockets.map(({ closed }) => closed));
    expect(broker.metrics.connectionsRateLimited).toBe(1);
    for (const { socket } of sockets) socket.destroy();
  });
});
