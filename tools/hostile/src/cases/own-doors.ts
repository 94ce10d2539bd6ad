/** Group N at the doors: WebSocket, PROXY headers, TLS, the admin listener, tokens, web services, SCRAM. */
import { deepEqual, equal } from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { answered } from '../answered.ts';
import { type Arena, withArena } from '../arena.ts';
import { bytes, connect, frame, PINGREQ, publish, subscribe, times } from '../bytes.ts';
import type { Case } from '../case.ts';
import { Authority } from '../certificates.ts';
import { attempt, client, ownId } from '../clients.ts';
import { Peer } from '../peer.ts';
import { claims, token } from '../secrets.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** An mqttd with TLS, of one version or all. */
async function overTls(play: (arena: Arena) => Promise<void>): Promise<void> {
  const authority = new Authority();
  try {
    const files = authority.sign('/CN=server');
    const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tls, port: 0, name: tls, tls: { cert: "@cert", key: "@key" } }
limits: { connectTimeout: 1500 }
`;
    await withArena({ listeners: ['tcp', 'tls'], yaml, files: { ...files } }, play);
  } finally {
    authority.remove();
  }
}

/** Where the admin listener of an mqttd listens, whose log says so. */
async function adminPort(arena: Arena): Promise<number> {
  return Number(/"admin":"http:\/\/[^"]*:(\d+)"/.exec(await arena.logged('"admin":'))?.[1] ?? 0);
}

const ADMIN = 'listeners: [{ type: tcp, port: 0, name: tcp }]\nadmin: { port: 0 }\n';

/** A web service that says who somebody is, in ways that make no sense. */
const WHO: readonly string[] = [
  '{"result":"allow","identity":{"a":1}}',
  '{"result":"allow","identity":["alice"]}',
  '{"result":"allow","identity":7}',
  '{"result":["allow"]}',
  '{"result":"ALLOW"}',
  '[{"result":"allow"}]',
  '"allow"',
  `{"result":"allow","pad":"${'x'.repeat(100_000)}"}`,
  `${'['.repeat(30_000)}`,
];

/** A token whose claims are these, and what its bearer is answered. */
function bearer(name: string, more: object, wanted: string): ReturnType<typeof answered> {
  return answered(name, () => ({ username: 'tessa', password: token(claims(more)) }), wanted, 'jwt');
}

/** A chain of so many objects. */
function nested(depth: number): object {
  let inner: object = {};
  for (let n = 0; n < depth; n++) inner = { a: inner };
  return inner;
}

const V2 = '0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a';

/** The cases. */
export const ownDoors: readonly Case[] = [
  {
    id: 'N13',
    title: '100,000 WebSocket pings, and the pongs are not read',
    on: 'busy',
    tries: [
      {
        answer: 'memory as before; another is served meanwhile',
        play: async (arena) => {
          const before = arena.rss;
          const peer = await arena.open('ws').upgrade();
          await peer.hello({ id: ownId() });
          peer.socket.pause();
          const pings = times(1000, frame(new Uint8Array(125), 0x89));
          for (const _ of numbers(100)) {
            peer.raw(pings);
            await new Promise((resolve) => setImmediate(resolve));
          }
          for (const _ of numbers(10)) await arena.check();
          equal(arena.rss - before < 100e6, true, `${arena.rss - before}`);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'N14',
    title: 'WebSocket control frames between fragments',
    on: 'busy',
    tries: [
      {
        name: 'as they may be',
        answer: 'the message is whole',
        play: async (arena) => {
          const peer = await arena.open('ws').upgrade();
          await peer.hello({ id: ownId() });
          const [first, ...rest] = publish('n14', { qos: 1 });
          peer.raw(frame(Uint8Array.of(first ?? 0), 0x02));
          for (const byte of rest)
            peer.raw(frame('aa', 0x89), frame('', 0x8a), frame(Uint8Array.of(byte), 0x00));
          peer.raw(frame('', 0x80));
          equal(await peer.next(), 'PUBACK 1 0x10');
          peer.cut();
        },
      },
      ...(
        [
          ['a continuation of nothing', frame(PINGREQ, 0x80)],
          ['a message inside a message', bytes(frame('c0', 0x02), frame(PINGREQ, 0x82))],
          ['a ping in pieces', frame('aa', 0x09)],
          ['a close of one byte', frame('03', 0x88)],
          ['a close with a code that is reserved', frame('03 ed', 0x88)],
        ] as const
      ).map(([name, sent]) => ({
        name,
        answer: 'close 1002',
        play: async (arena: Arena) => {
          const peer = await arena.open('ws').upgrade();
          await peer.hello({ id: ownId() });
          peer.raw(sent);
          await peer.closed();
          equal(peer.closeCode, 1002);
          peer.cut();
        },
      })),
    ],
  },
  {
    id: 'N15',
    title: 'PROXY headers that are stranger still',
    on: 'busy',
    note: 'one header, once, in time; who says LOCAL or UNKNOWN is the proxy itself',
    tries: [
      ...Object.entries({
        'a second header': bytes(
          Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nPROXY TCP4 9.9.9.9 5.6.7.8 1 2\r\n'),
          connect({ id: 'x' }),
        ),
        'version 2 with a version 1 inside': bytes(
          V2,
          '21 11 00 0c 01 02 03 04 05 06 07 08 00 01 00 02',
          Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'),
        ),
        'a family that is none': bytes(V2, '21 41 00 00', connect({ id: 'x' })),
        'a datagram': bytes(V2, '21 12 00 0c 01 02 03 04 05 06 07 08 00 01 00 02', connect({ id: 'x' })),
        'too short for its addresses': bytes(V2, '21 11 00 04 01 02 03 04', connect({ id: 'x' })),
        'a name in place of an address': Buffer.from('PROXY TCP4 localhost 5.6.7.8 1 2\r\n'),
        'an octal address': Buffer.from('PROXY TCP4 010.1.1.1 5.6.7.8 1 2\r\n'),
        'a port of 65,536': Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n'),
      }).map(([name, sent]) => ({
        name,
        answer: 'cut',
        play: async (arena: Arena) => {
          const peer = arena.open('proxy').raw(sent);
          const all = await peer.toEnd();
          deepEqual([all.at(-1), all.includes('CONNACK 0x00')], ['closed', false]);
          peer.cut();
        },
      })),
      {
        name: '1,000 addresses, one byte at a time',
        answer: 'each served as itself',
        play: async (arena) => {
          for (let round = 0; round < 10; round++) {
            const peers = numbers(100).map((n) => {
              const peer = arena.open('proxy');
              const header = `PROXY TCP6 2001:db8:${round.toString(16)}:${n.toString(16)}::1 ::1 1 2\r\n`;
              for (const character of header) peer.raw(character);
              return peer;
            });
            for (const peer of peers) equal(await peer.hello({ id: ownId() }), 'CONNACK 0x00');
            for (const peer of peers) peer.cut();
          }
        },
      },
    ],
  },
  {
    id: 'N16',
    title: 'TLS handshakes that stall, or are none',
    note: '`connectTimeout` counts from accept, whatever the handshake does',
    tries: [
      {
        answer: '200 are closed at the deadline; who comes properly comes in',
        play: () =>
          overTls(async (arena) => {
            const port = arena.port('tls');
            const halves = numbers(200).map((n) => {
              const peer = new Peer(port);
              // The first bytes of a ClientHello, nothing, or a record that claims 16 KiB.
              if (n % 3 === 0) peer.raw(bytes('16 03 01'));
              if (n % 3 === 1) peer.raw(bytes('16 03 01 40 00 01 00'));
              return peer;
            });
            const [good, connack] = await attempt(arena, { id: ownId() }, 'tcp');
            equal(connack, 'CONNACK 0x00');
            const secure = arena.open('tls', {});
            equal(await secure.hello({ id: ownId() }), 'CONNACK 0x00');
            await Promise.all(halves.map((peer) => peer.closed()));
            for (const peer of [...halves, good, secure]) peer.cut();
          }),
      },
    ],
  },
  {
    id: 'N17',
    title: 'TLS renegotiation, again and again',
    note: 'Node allows three in ten minutes; TLS 1.3 has none',
    tries: [
      {
        answer: 'the connection ends',
        play: () =>
          overTls(async (arena) => {
            const socket: TLSSocket = connectTls({
              port: arena.port('tls'),
              host: '127.0.0.1',
              rejectUnauthorized: false,
              maxVersion: 'TLSv1.2',
            });
            let isOver = false;
            socket.on('error', () => undefined);
            const ended = new Promise<void>((resolve) =>
              socket.once('close', () => {
                isOver = true;
                resolve();
              }),
            );
            await new Promise((resolve) => socket.once('secureConnect', resolve));
            for (let n = 0; n < 20 && !isOver; n++) {
              const again = new Promise<void>((resolve) => {
                if (socket.renegotiate({ rejectUnauthorized: false }, () => resolve()) === false) resolve();
              });
              await Promise.race([again, ended]);
            }
            await ended;
          }),
      },
    ],
  },
  {
    id: 'N18',
    title: 'the admin listener abused',
    note: 'at most 64 connections, 5 s a request; it reads nothing but a path',
    tries: [
      {
        name: 'requests that are none of its own',
        answer: '404, 405, 400 or 431; no page but its three',
        play: () =>
          withArena({ listeners: ['tcp'], yaml: ADMIN }, async (arena) => {
            const port = await adminPort(arena);
            for (const [request, wanted] of [
              ['GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 404],
              ['GET //metrics HTTP/1.1\r\nHost: x\r\n\r\n', 404],
              ['GET /%6detrics HTTP/1.1\r\nHost: x\r\n\r\n', 404],
              ['GET /metrics%00 HTTP/1.1\r\nHost: x\r\n\r\n', 404],
              ['POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 405],
              [`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
              [
                'GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n',
                400,
              ],
              [Buffer.from(connect({ id: 'x' })).toString('latin1'), 400],
            ] as const) {
              const peer = new Peer(port).raw(request);
              equal(await peer.status(), wanted, request.slice(0, 60));
              peer.cut();
            }
          }),
      },
      {
        name: '300 connections that say half a request',
        answer: 'let go; MQTT and `/healthz` are served',
        play: () =>
          withArena({ listeners: ['tcp'], yaml: ADMIN }, async (arena) => {
            const port = await adminPort(arena);
            const halves = numbers(300).map(() => new Peer(port).raw('GET /metrics HTTP/1.1\r\nHost: x\r\n'));
            const good = await client(arena);
            await Promise.all(halves.map((peer) => peer.closed()));
            equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
            for (const peer of [...halves, good]) peer.cut();
          }),
      },
    ],
  },
  {
    id: 'N19',
    title: 'tokens that are signed rightly and say nonsense',
    on: 'secured',
    tries: [
      bearer('sub is an object', { sub: { name: 'tessa' } }, 'CONNACK 0x86'),
      bearer('sub is a list', { sub: ['tessa'] }, 'CONNACK 0x86'),
      bearer('sub is empty', { sub: '' }, 'CONNACK 0x86'),
      bearer('no sub', { sub: undefined }, 'CONNACK 0x86'),
      bearer('exp is text', { exp: '9999999999' }, 'CONNACK 0x86'),
      bearer('exp is beyond all numbers', { exp: 1e300 }, 'CONNACK 0x00'),
      bearer('1,000 objects in each other', { x: nested(1000) }, 'CONNACK 0x00'),
      bearer(
        'acl of 500 filters',
        { acl: { publish: numbers(500).map((n) => `t/${n}/#`), subscribe: [] } },
        'CONNACK 0x00',
      ),
      {
        name: 'rights that are no text',
        answer: 'PUBACK 0x87, SUBACK 0x87',
        play: async (arena) => {
          for (const acl of [
            '#',
            { publish: '#', subscribe: '#' },
            { publish: [{}, 7, null], subscribe: [['#']] },
            ['#'],
            null,
          ]) {
            const [peer, connack] = await attempt(
              arena,
              { id: ownId(), username: 'tessa', password: token(claims({ acl })) },
              'jwt',
            );
            if (connack === 'CONNACK 0x00') {
              peer.send(publish('t/x', { qos: 1 }), subscribe('t/x'));
              deepEqual(await peer.toPing(), ['PUBACK 1 0x87', 'SUBACK 1 0x87'], JSON.stringify(acl));
            } else equal(connack, 'CONNACK 0x86', JSON.stringify(acl));
            peer.cut();
          }
        },
      },
    ],
  },
  {
    id: 'N20',
    title: 'a web service that says who somebody is, in ways that make no sense',
    tries: [
      {
        answer: 'CONNACK 0x89',
        play: async () => {
          let answer = '';
          const server = createServer((request, response) => {
            request.resume();
            response.end(answer);
          });
          await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
          const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
          const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tcp, port: 0, name: asked, security: { authenticate: [{ type: http, url: "${url}" }] } }
`;
          try {
            await withArena({ listeners: ['tcp', 'asked'], yaml }, async (arena) => {
              for (const one of WHO) {
                answer = one;
                const [peer, connack] = await attempt(
                  arena,
                  { id: ownId(), username: 'x', password: 'y' },
                  'asked',
                );
                equal(connack, 'CONNACK 0x89', one.slice(0, 80));
                peer.cut();
              }
            });
          } finally {
            server.closeAllConnections();
            server.close();
          }
        },
      },
    ],
  },
  {
    id: 'N21',
    title: 'half-open connections: FIN at once, and the other half stays',
    on: 'busy',
    tries: [
      {
        answer: 'each ended by the broker too',
        play: async (arena) => {
          const ends = numbers(300).map(
            (n) =>
              new Promise<void>((resolve) => {
                const socket = connectTcp({
                  port: arena.port(n % 2 === 0 ? 'tcp' : 'ws'),
                  host: '127.0.0.1',
                  allowHalfOpen: true,
                });
                socket.on('error', () => undefined);
                socket.resume();
                socket.once('end', () => {
                  socket.destroy();
                  resolve();
                });
                socket.once('close', () => resolve());
                socket.end(n % 3 === 0 ? connect({ id: ownId() }) : new Uint8Array());
              }),
          );
          await Promise.all(ends);
        },
      },
    ],
  },
];
