/** Group G: resources, overload, the end (what reaches a socket of it). */
import { equal } from 'node:assert/strict';
import { once } from 'node:events';
import { Arena } from '../arena.ts';
import { bytes, PINGREQ, publish, subscribe, times, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { client, ownId } from '../clients.ts';
import { setups } from '../setups.ts';

/** Lines of the log a second, at most, that strangers can cause. */
const LINES_A_SECOND = 30;

/** The cases. */
export const resources: readonly Case[] = [
  {
    id: 'G01',
    title: 'a subscriber that stops reading',
    on: 'small',
    note: '`maximumOutgoingBytes`, `drainTimeout`, `maximumHold`',
    tries: [
      {
        answer: 'others get all; the frozen one is cut when it takes nothing for `drainTimeout`',
        play: async (arena) => {
          const id = ownId();
          const frozen = await client(arena, { id });
          frozen.send(subscribe('g01'));
          await frozen.next();
          frozen.socket.pause();
          const sender = await client(arena);
          const payload = new Uint8Array(50_000);
          for (let n = 0; n < 400; n++) {
            sender.send(publish('g01', { payload }));
            if (n % 20 === 0) await sender.toPing();
          }
          await arena.check();
          equal((await arena.logged(id, 'disconnected')) === '', false);
          frozen.cut();
          sender.cut();
        },
      },
    ],
  },
  {
    id: 'G02',
    title: '5,000 messages to a session that is away',
    on: 'small',
    note: '`maximumQueuedMessages`, `maximumQueuedBytes`, `overflow: drop-newest`',
    tries: [
      {
        answer: 'the first 50 are kept, the rest dropped and counted',
        play: async (arena) => {
          const hello = { id: ownId(), clean: false, properties: bytes('11', u32(600)) };
          const away = await client(arena, hello);
          away.send(subscribe('g02', { options: 1 }));
          await away.next();
          away.send('e0 00');
          await away.closed();
          const sender = await client(arena);
          for (let round = 0; round < 500; round++) {
            for (let id = 1; id <= 10; id++)
              sender.send(publish('g02', { qos: 1, id, payload: `${round * 10 + id}` }));
            for (let id = 1; id <= 10; id++) await sender.next();
          }
          const back = await client(arena, hello);
          const found: string[] = [];
          for (let id = 1; id <= 50; id++) {
            found.push(await back.next());
            back.send(bytes('40 02', Uint8Array.of(id >> 8, id & 255)));
          }
          equal(found[0], 'PUBLISH g02 1 q1');
          equal(found[49], 'PUBLISH g02 50 q1');
          equal((await back.toPing()).length, 0);
          for (const peer of [back, sender]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'G07',
    title: '3,000 broken connections at once',
    on: 'noisy',
    note: 'a stranger causes 10 lines a second at most; what is left out is counted in a line',
    tries: [
      {
        answer: 'a few lines a second, and one that counts the rest',
        play: async (arena) => {
          const before = arena.lines;
          const began = performance.now();
          for (let round = 0; round < 30; round++) {
            const peers = Array.from({ length: 100 }, () => arena.open().send('00 00'));
            await Promise.all(peers.map((peer) => peer.closed()));
            for (const peer of peers) peer.cut();
          }
          const seconds = (performance.now() - began) / 1000 + 1;
          const lines = arena.lines - before;
          equal(lines <= LINES_A_SECOND * seconds, true, `${lines} lines in ${seconds} s`);
          equal((await arena.logged('left out')) !== '', true);
        },
      },
    ],
  },
  {
    id: 'G08',
    title: '200,000 PINGREQ and 200,000 PUBACK of nothing',
    tries: [
      {
        answer: 'read in turns; others are served meanwhile',
        play: async (arena) => {
          const peer = await client(arena);
          for (let round = 0; round < 20; round++) {
            peer.send(times(10_000, PINGREQ), times(10_000, '40 02 00 01'));
            await arena.check();
          }
          for (let count = 0; count < 200_000; count++) {
            const words = await peer.next();
            if (words !== 'PINGRESP') throw new Error(words);
          }
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'G09',
    title: '256 KiB to 200 subscribers',
    tries: [
      {
        answer: 'one copy for all of them in the broker',
        play: async (arena) => {
          const peers = await Promise.all(
            Array.from({ length: 200 }, async () => {
              const peer = await client(arena);
              peer.send(subscribe('g09'));
              await peer.next();
              peer.socket.pause();
              return peer;
            }),
          );
          const before = arena.rss;
          const sender = await client(arena);
          sender.send(publish('g09', { qos: 1, payload: new Uint8Array(262_144) }));
          equal(await sender.next(), 'PUBACK 1');
          equal(arena.rss - before < 100e6, true, `${arena.rss - before}`);
          for (const peer of [...peers, sender]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'G11',
    title: 'resets and half-closed connections',
    tries: [
      {
        answer: 'nothing is left of 1,000 of them',
        play: async (arena) => {
          for (let round = 0; round < 10; round++) {
            const peers = Array.from({ length: 100 }, () => arena.open().send('10'));
            await Promise.all(peers.map((peer) => once(peer.socket, 'connect')));
            for (const [index, peer] of peers.entries()) {
              if (index % 2 === 0) peer.socket.resetAndDestroy();
              else peer.socket.end();
            }
            await Promise.all(peers.map((peer) => peer.closed()));
            for (const peer of peers) peer.cut();
          }
        },
      },
    ],
  },
  {
    id: 'G12',
    title: 'SIGTERM under load',
    tries: [
      {
        answer: '`DISCONNECT 0x8B`, exit 0',
        play: async () => {
          const { plain } = setups;
          if (plain === undefined) throw new Error('no such setup');
          const other = await Arena.start(plain);
          const peer = await client(other);
          for (let n = 0; n < 1000; n++) peer.send(publish('g12', { payload: 'x'.repeat(1000) }));
          const ended = other.stop();
          const all = await peer.toEnd();
          equal(all.at(-2), 'DISCONNECT 0x8B');
          equal(await ended, 0);
        },
      },
    ],
  },
];
