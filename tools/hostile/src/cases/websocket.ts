/** Group H: WebSocket (§6, RFC 6455). */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Arena } from '../arena.ts';
import { bytes, connect, frame, PINGREQ, publish, subscribe, times } from '../bytes.ts';
import type { Case, Play } from '../case.ts';
import { ownId } from '../clients.ts';
import { type Peer, upgrade } from '../peer.ts';

/** What an HTTP request is answered; 0 when the connection is closed without an answer. */
function status(name: string, request: string, ...wanted: readonly number[]): Play {
  return {
    name,
    answer: wanted.join(' or '),
    play: async (arena) => {
      const peer = arena.open('ws').raw(request);
      const found = await peer.status();
      equal(wanted.includes(found), true, `${found}`);
      peer.cut();
    },
  };
}

/** With which code the connection is closed after these bytes behind the upgrade. */
function closing(name: string, sent: string | Uint8Array, code: number, hello = false): Play {
  return {
    name,
    answer: `close ${code}`,
    play: async (arena) => {
      const peer = await open(arena);
      if (hello) await peer.hello({ id: ownId() });
      peer.raw(typeof sent === 'string' ? bytes(sent) : sent);
      await peer.closed();
      equal(peer.closeCode, code);
      peer.cut();
    },
  };
}

async function open(arena: Arena, listener = 'ws'): Promise<Peer> {
  return await arena.open(listener).upgrade();
}

const manyHeaders = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`a${n}`, 'x']));

/** The cases. */
export const webSocket: readonly Case[] = [
  {
    id: 'H01',
    title: 'MQTT in a text frame',
    tries: [closing('CONNECT', frame(connect({ id: 'h' }), 0x81), 1003)],
  },
  {
    id: 'H02',
    title: 'frames that are not packets',
    tries: [
      {
        name: 'a packet in 50 frames, 50 packets in one, empty frames',
        answer: 'all handled',
        play: async (arena) => {
          const peer = await open(arena);
          peer.version = 5;
          for (const byte of connect({ id: ownId() })) peer.raw(frame(Uint8Array.of(byte)), frame(''));
          equal(await peer.next(), 'CONNACK 0x00');
          peer.raw(frame(times(50, PINGREQ)));
          for (let n = 0; n < 50; n++) equal(await peer.next(), 'PINGRESP');
          const fragments = [...publish('h02', { qos: 1 })].map((byte, at, all) =>
            frame(Uint8Array.of(byte), at === 0 ? 0x02 : at === all.length - 1 ? 0x80 : 0x00),
          );
          peer.raw(...fragments);
          equal(await peer.next(), 'PUBACK 1 0x10');
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'H03',
    title: 'subprotocols',
    note: 'also `mqttv3.1`, as older clients say',
    tries: [
      status('none', upgrade('/mqtt', { 'Sec-WebSocket-Protocol': undefined }), 400),
      status('another', upgrade('/mqtt', { 'Sec-WebSocket-Protocol': 'stomp' }), 400),
      status('not the first', upgrade('/mqtt', { 'Sec-WebSocket-Protocol': 'stomp, mqtt' }), 101),
    ],
  },
  {
    id: 'H04',
    title: 'pages of other sites',
    note: '`origins` of the listener; without a list every page may connect',
    tries: [
      {
        answer: '403 unless the list has it; programs that say no Origin come in',
        play: async (arena) => {
          for (const [origin, wanted] of [
            ['https://evil.example', 403],
            ['null', 403],
            ['https://good.example.evil.example', 403],
            ['https://good.example', 101],
          ] as const) {
            const peer = arena.open('ws-origins').raw(upgrade('/mqtt', { Origin: origin }));
            equal(await peer.status(), wanted, origin);
            peer.cut();
          }
        },
      },
    ],
  },
  {
    id: 'H05',
    title: 'compression',
    note: 'permessage-deflate is never agreed to',
    tries: [
      {
        name: 'offered',
        answer: 'not taken',
        play: async (arena) => {
          const peer = arena
            .open('ws')
            .raw(
              upgrade('/mqtt', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }),
            );
          equal(await peer.status(), 101);
          equal(/sec-websocket-extensions/i.test(peer.text), false);
          peer.cut();
        },
      },
      closing('used all the same', frame('4b4c04', 0xc2), 1002),
    ],
  },
  {
    id: 'H06',
    title: 'a message of 20,000 fragments',
    tries: [closing('of one byte', bytes(frame('10', 0x02), times(20_000, frame('00', 0x00))), 1008, true)],
  },
  {
    id: 'H07',
    title: 'headers',
    tries: [
      status('3,000', upgrade('/mqtt', manyHeaders), 431),
      status(
        '32 KiB of spaces',
        upgrade('/mqtt', { 'Sec-WebSocket-Protocol': `mqtt${' '.repeat(32_768)},` }),
        400,
        431,
      ),
      status(
        'an extension named constructor',
        upgrade('/mqtt', { 'Sec-WebSocket-Extensions': 'constructor' }),
        101,
      ),
    ],
  },
  {
    id: 'H08',
    title: 'frames that are none',
    tries: [
      closing('not masked', bytes('82 02 c0 00'), 1002),
      closing('a reserved bit', frame(PINGREQ, 0xa2), 1002),
      closing('a reserved opcode', frame(PINGREQ, 0x83), 1002),
      closing('a ping of 126 bytes', frame(new Uint8Array(126), 0x89), 1002),
      closing('a close that is no UTF-8', frame('03 e8 ff', 0x88), 1007),
      closing('2^63 bytes', '82 ff 80 00 00 00 00 00 00 00 00 00 00 00', 1009),
    ],
  },
  {
    id: 'H09',
    title: 'requests that are no upgrade',
    tries: [
      status('another path', upgrade('/other'), 404),
      status('POST', upgrade('/mqtt', { 'Content-Length': '0' }, 'POST /mqtt HTTP/1.1'), 400),
      status('HTTP/1.0', upgrade('/mqtt', {}, 'GET /mqtt HTTP/1.0'), 400),
      status('MQTT', Buffer.from(connect({ id: 'x' })).toString('latin1'), 400),
    ],
  },
  {
    id: 'H09',
    title: 'requests that are no upgrade',
    on: 'small',
    tries: [
      {
        name: 'half a request',
        answer: '408 at `connectTimeout`',
        play: async (arena) => {
          const peer = arena.open('ws').raw('GET /mqtt HTTP/1.1\r\nHost: x\r\n');
          equal(await peer.status(), 408);
          await peer.closed();
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'H10',
    title: 'frames without end before CONNECT',
    tries: [
      {
        answer: 'cut',
        play: async (arena) => {
          const peer = await open(arena);
          for (let n = 0; n < 100 && !peer.isClosed; n++) {
            peer.raw(frame(new Uint8Array(65_000).fill(0x10)));
            await new Promise((resolve) => setImmediate(resolve));
          }
          await peer.closed();
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'H11',
    title: 'a secret in the URL',
    tries: [
      {
        answer: 'proves nothing and is in no log',
        play: async (arena) => {
          const peer = await arena.open('ws').upgrade('/mqtt?token=h11-is-secret');
          equal(await peer.hello({ id: ownId() }), 'CONNACK 0x00');
          await arena.check();
          peer.send(subscribe('h11'));
          deepEqual(await peer.toPing(), ['SUBACK 1 0x00']);
          peer.cut();
          for (const line of arena.log) equal(line.includes('h11-is-secret'), false);
          match(arena.log.join('\n'), /client connected/);
        },
      },
    ],
  },
];
