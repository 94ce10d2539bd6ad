/** Ways to the network: through a proxy, from an address, by names in DNS; against servers of the test's own. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shell, startBroker } from './shell.ts';

let at: Awaited<ReturnType<typeof startBroker>>;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  at = await startBroker();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await at.broker.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface SocksServer {
  readonly port: number;
  /** What was asked for: `host:port`, and `user:password` before it. */
  readonly asked: string[];
  readonly from: string[];
}

/** A SOCKS5 proxy that leads every name to the broker, or answers with `reply`. */
async function socksServer(
  options: { readonly login?: string; readonly reply?: number } = {},
): Promise<SocksServer> {
  const { login, reply = 0 } = options;
  const asked: string[] = [];
  const from: string[] = [];
  const server = createServer((socket) => {
    from.push(socket.remoteAddress ?? '');
    socket.on('error', () => {});
    void serve(socket);
  });
  const next = async (socket: Socket): Promise<Buffer> => (await once(socket, 'data'))[0] as Buffer;
  async function serve(socket: Socket): Promise<void> {
    const [, , ...methods] = await next(socket);
    const method = login === undefined ? 0 : 2;
    socket.write(Buffer.of(5, methods.includes(method) ? method : 0xff));
    if (!methods.includes(method)) return;
    if (login !== undefined) {
      const proof = await next(socket);
      const user = proof.toString('utf8', 2, 2 + (proof[1] ?? 0));
      const password = proof.toString('utf8', 3 + user.length);
      asked.push(`${user}:${password}`);
      socket.write(Buffer.of(1, Number(`${user}:${password}` !== login)));
      if (`${user}:${password}` !== login) return;
    }
    const wish = await next(socket);
    const length = wish[4] ?? 0;
    asked.push(`${wish.toString('utf8', 5, 5 + length)}:${wish.readUInt16BE(5 + length)}`);
    const answer = Buffer.of(5, reply, 0, 1, 127, 0, 0, 1, 0, 0);
    if (reply !== 0) {
      socket.end(answer);
      return;
    }
    const onward = connect({ host: '127.0.0.1', port: Number(at.port) });
    onward.on('error', () => {});
    await once(onward, 'connect');
    // In pieces, as a network may bring it.
    socket.write(answer.subarray(0, 3));
    socket.write(answer.subarray(3));
    socket.pipe(onward).pipe(socket);
  }
  return { port: await listen(server), asked, from };
}

describe('--proxy', () => {
  const pub = ['pub', '-h', 'broker.test', '-t', 'a', '-m', 'b', '-q', '1'];

  it('goes through a SOCKS5 proxy, which looks the name up', async () => {
    const { port, asked } = await socksServer();
    const done = await shell([...pub, '--proxy', `socks5h://127.0.0.1:${port}`]);
    expect(done).toEqual({ code: 0, out: '', err: '' });
    expect(asked).toEqual(['broker.test:1883']);
  });

  it('says who asks', async () => {
    const { port, asked } = await socksServer({ login: 'ada:p:w' });
    expect(await shell([...pub, '--proxy', `socks5h://ada:p%3Aw@127.0.0.1:${port}`])).toMatchObject({
      code: 0,
    });
    expect(asked).toEqual(['ada:p:w', 'broker.test:1883']);
  });

  it.each([
    [{ login: 'ada:x' }, 'ada:y@', 'the proxy refused the user name or password'],
    [{ login: 'ada:x' }, '', 'the proxy wants a user name'],
    [{ reply: 5 }, '', 'the proxy did not reach broker.test:1883: the connection was refused'],
  ])('what the proxy refuses is said: %j %s', async (options, user, why) => {
    const { port } = await socksServer(options);
    const { code, err } = await shell([...pub, '--proxy', `socks5h://${user}127.0.0.1:${port}`]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) });
  });

  it('says so when it is no proxy', async () => {
    const { code, err } = await shell([...pub, '--proxy', `socks5h://127.0.0.1:${at.port}`]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/through the proxy 127.0.0.1:\d+: /),
    });
  });

  it.each(['http://127.0.0.1:1', 'socks5h://', 'none'])('%s is refused', async (proxy) => {
    expect(await shell([...pub, '--proxy', proxy])).toMatchObject({
      code: 64,
      err: expect.stringContaining('socks5h://['),
    });
  });

  it('is refused with --ws', async () => {
    expect(await shell([...pub, '--ws', '--proxy', 'socks5h://127.0.0.1'])).toMatchObject({ code: 64 });
  });
});

describe('-A', () => {
  it('connects from that address', async () => {
    const { port, from } = await socksServer();
    const args = [
      'pub',
      '-h',
      'x',
      '-t',
      'a',
      '-m',
      'b',
      '-A',
      '127.0.0.3',
      '--proxy',
      `socks5h://127.0.0.1:${port}`,
    ];
    expect(await shell(args)).toMatchObject({ code: 0 });
    expect(from).toEqual(['127.0.0.3']);
    const seen: unknown[] = [];
    const bare = createServer((socket) => {
      seen.push(socket.remoteAddress);
      socket.destroy();
    });
    const direct = [
      'pub',
      '-h',
      '127.0.0.1',
      '-p',
      String(await listen(bare)),
      '-t',
      'a',
      '-m',
      'b',
      '-A',
      '127.0.0.3',
    ];
    expect(await shell(direct)).toMatchObject({ code: 2 });
    expect(seen).toEqual(['127.0.0.3']);
  });

  it('a name is refused', async () => {
    const { code, err } = await shell(['pub', '-t', 'a', '-m', 'b', '-A', 'eth0']);
    expect({ code, err }).toEqual({ code: 64, err: 'mqtt: -A eth0: an IP address is needed\n' });
  });
});

/** A DNS server that answers SRV of one name with 127.0.0.1 at these ports, the first preferred, and nothing else. */
async function dnsServer(known: string, ports: readonly number[]): Promise<Resolver> {
  const label = (name: string): Buffer =>
    Buffer.concat([
      ...name.split('.').map((part) => Buffer.from([part.length, ...Buffer.from(part)])),
      Buffer.of(0),
    ]);
  const u16 = (value: number): number[] => [value >> 8, value & 0xff];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const question = query.subarray(12, end);
    const isKnown =
      question.subarray(0, -4).equals(label(known)) && question.readUInt16BE(question.length - 4) === 33;
    const records = (isKnown ? ports : []).map((to, priority) => {
      const data = Buffer.concat([Buffer.from([...u16(priority), 0, 1, ...u16(to)]), label('127.0.0.1')]);
      return Buffer.concat([
        Buffer.from([0xc0, 12, ...u16(33), 0, 1, 0, 0, 0, 1, ...u16(data.length)]),
        data,
      ]);
    });
    const flags = isKnown ? [0x81, 0x80] : [0x81, 0x83];
    const head = Buffer.from([...query.subarray(0, 2), ...flags, 0, 1, ...u16(records.length), 0, 0, 0, 0]);
    socket.send(Buffer.concat([head, question, ...records.reverse()]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closing.push(() => new Promise<void>((done) => socket.close(done)));
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return resolver;
}

describe('-S', () => {
  it('asks DNS for the servers of a domain, and takes the next when the preferred one is away', async () => {
    const away = createServer();
    const port = await listen(away);
    await new Promise((done) => away.close(done));
    const resolver = await dnsServer('_mqtt._tcp.site.test', [port, Number(at.port)]);
    const resolveSrv = (name: string): ReturnType<Resolver['resolveSrv']> => resolver.resolveSrv(name);
    const args = ['pub', '-S', '-h', 'site.test', '-t', 'a', '-m', 'b', '-q', '1'];
    expect(await shell(args, { resolveSrv })).toMatchObject({ code: 0 });
    const unknown = await shell(['pub', '-S', '-h', 'other.test', '-t', 'a', '-m', 'b'], { resolveSrv });
    expect(unknown).toMatchObject({
      code: 2,
      err: expect.stringContaining('_mqtt._tcp.other.test is not in DNS'),
    });
    const secure = [...args, '--tls-use-os-certs'];
    expect(await shell(secure, { resolveSrv })).toMatchObject({
      err: expect.stringContaining('_secure-mqtt._tcp.site.test'),
    });
  });

  it('needs a domain, and no port', async () => {
    for (const more of [[], ['-h', 'a', '-p', '1'], ['-h', 'a', '--ws']])
      expect(await shell(['pub', '-S', ...more, '-t', 'a', '-m', 'b'])).toMatchObject({ code: 64 });
  });
});
