/** Group F over time and under stress: expiry, long timers, changes during a fan-out, hooks that fail, congestion. */
import { deepEqual, equal } from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Arena, withArena } from '../arena.ts';
import { bytes, packet, publish, subscribe, u16, u32, unsubscribe } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, client, leave, ownId, some, subscriber } from '../clients.ts';

const FOR_EVER = bytes('11', u32(0xffff_ffff));
const expiry = (seconds: number): Uint8Array => bytes('02', u32(seconds));
const ack = (id: number): Uint8Array => packet(0x40, u16(id));
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** So many seconds of the broker's own clock: the will of a client that is gone says when they are over. */
async function seconds(arena: Arena, count: number): Promise<void> {
  const topic = `clock/${ownId()}`;
  const watcher = await subscriber(arena, topic);
  const will = { topic, properties: bytes('18', u32(count)) };
  const mortal = await client(arena, { clean: false, properties: FOR_EVER, will });
  mortal.cut();
  equal(await watcher.next(), `PUBLISH ${topic}`);
  watcher.cut();
}

/** What a web service for authorisation answers, by the topic it is asked about. */
const VERDICTS: Readonly<Record<string, (response: import('node:http').ServerResponse) => void>> = {
  hang: () => undefined,
  error: (response) => void response.writeHead(500).end('{"result":"allow"}'),
  nonsense: (response) => void response.end('<html>allow</html>'),
  redirect: (response) => void response.writeHead(302, { location: '/allow' }).end(),
  endless: (response) => {
    const pour = (): void => {
      if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(pour));
    };
    pour();
  },
  reset: (response) => void response.socket?.resetAndDestroy(),
  allow: (response) => void response.end('{"result":"allow"}'),
};

/** An mqttd that asks such a service at one of its listeners. */
async function withVerdicts(play: (arena: Arena) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const [, word = ''] = /"v\/(\w+)"/.exec(body) ?? [];
      (VERDICTS[word] ?? VERDICTS.allow)?.(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tcp, port: 0, name: asked, security: { anonymous: true, authorize: [{ type: http, url: "${url}", timeout: 1000 }] } }
`;
  try {
    await withArena({ listeners: ['tcp', 'asked'], yaml }, play);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The cases. */
export const flow: readonly Case[] = [
  {
    id: 'F12',
    title: 'Message Expiry Interval of 0, 1 and 0xFFFFFFFF',
    on: 'tight',
    tries: [
      {
        answer: 'expired: never delivered, and in nobody’s way; the others with what is left of theirs',
        play: async (arena) => {
          const away = { id: ownId(), clean: false, properties: FOR_EVER };
          await leave(await subscriber(arena, 'f12/#', 1, away));
          const sender = await client(arena);
          const sent = [1, 0, 1, 0xffff_ffff, 60].map((most, n) =>
            publish('f12/x', { qos: 1, id: n + 1, payload: `${n}`, properties: expiry(most) }),
          );
          sender.send(
            ...sent,
            publish('f12/kept', { qos: 1, id: 9, retain: true, payload: 'r', properties: expiry(1) }),
          );
          await some(sender, 6);
          await seconds(arena, 2);
          const back = await client(arena, away);
          deepEqual(await back.toPing(), ['PUBLISH f12/x 3 q1', 'PUBLISH f12/x 4 q1']);
          back.send(subscribe('f12/kept'));
          deepEqual(await back.toPing(), ['SUBACK 1 0x00']);
          for (const peer of [sender, back]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'F14',
    title: 'times beyond 2^31 ms',
    on: 'tight',
    note: 'one timer wheel, in ms as numbers',
    tries: [
      {
        answer: 'a session, a will and a keep alive of so long are there after a second',
        play: async (arena) => {
          const most = {
            id: ownId(),
            clean: false,
            keepAlive: 65_535,
            properties: bytes('11', u32(0xffff_fffe)),
          };
          const will = { topic: 'f14', properties: bytes('18', u32(0xffff_fffe)) };
          const seen = await subscriber(arena, 'f14');
          const here = await client(arena, { keepAlive: 65_535 });
          (await client(arena, { ...most, will })).cut();
          await seconds(arena, 1);
          deepEqual(await seen.toPing(), []);
          deepEqual(await here.toPing(), []);
          const [back, connack] = await attempt(arena, most);
          equal(connack, 'CONNACK 0x00 present');
          for (const peer of [seen, here, back]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'F22',
    title: 'sessions that change while a message is fanned out',
    tries: [
      {
        answer: 'who stays gets all, once and in order; who changes disturbs nobody',
        play: async (arena) => {
          const stay = await Promise.all(numbers(20).map(() => subscriber(arena, 'f22', 0)));
          const change = await Promise.all(
            numbers(60).map(async () => {
              const id = ownId();
              return { id, peer: await subscriber(arena, 'f22', 0, { id }) };
            }),
          );
          const sender = await subscriber(arena, 'f22', 0);
          for (const n of numbers(200)) {
            const one = change[n % 60];
            if (n <= 60 && one !== undefined) {
              if (n % 3 === 0) one.peer.send(unsubscribe('f22'));
              else if (n % 3 === 1) one.peer.socket.resetAndDestroy();
              else
                arena
                  .open()
                  .hello({ id: one.id })
                  .catch(() => undefined);
            }
            sender.send(publish('f22', { payload: `${n}` }));
            if (n === 100) sender.send(unsubscribe('f22'), subscribe('f22'));
          }
          const wanted = numbers(200).map((n) => `PUBLISH f22 ${n}`);
          for (const peer of stay) deepEqual(await some(peer, 200), wanted);
          equal((await some(sender, 202)).filter((words) => words.startsWith('PUBLISH')).length, 200);
          for (const peer of [...stay, sender, ...change.map((one) => one.peer)]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'F23',
    title: 'an authorisation service that fails in every way',
    note: 'hooks of a program that throw, reject or hang: `authorize.test.ts` and `in-process.test.ts` of the broker',
    tries: [
      {
        answer: 'denied; its other clients and other listeners are served meanwhile',
        play: () =>
          withVerdicts(async (arena) => {
            const bad = Object.keys(VERDICTS).filter((word) => word !== 'allow');
            await Promise.all(
              bad.map(async (word) => {
                const peer = await client(arena, {}, 'asked');
                peer.send(publish(`v/${word}`, { qos: 1 }), subscribe(`v/${word}`));
                deepEqual(await some(peer, 2), ['PUBACK 1 0x87', 'SUBACK 1 0x87'], word);
                peer.send(publish('v/allow', { qos: 1 }));
                equal(await peer.next(), 'PUBACK 1 0x10', word);
                await arena.check();
                peer.cut();
              }),
            );
          }),
      },
    ],
  },
  {
    id: 'F30',
    title: 'order under congestion: a subscriber that stalls 100 times',
    on: 'small',
    tries: [
      {
        answer: 'every message once, in order',
        play: async (arena) => {
          const slow = await subscriber(arena, 'f30/#', 1);
          // Were it alone, its publisher would wait for it.
          const quick = await Promise.all(numbers(2).map(() => subscriber(arena, 'f30/#')));
          const sender = await client(arena);
          let [sent, came] = [0, 0];
          for (let round = 0; round < 100; round++) {
            slow.socket.pause();
            // Ten fill the window, twenty wait in its queue.
            for (let turn = 0; turn < 3; turn++) {
              for (let id = 1; id <= 10; id++)
                sender.send(publish(`f30/${++sent}`, { qos: 1, id, payload: 'x'.repeat(1000) }));
              await some(sender, 10);
            }
            slow.socket.resume();
            while (came < sent) {
              came++;
              equal(await slow.next(), `PUBLISH f30/${came} 1000 bytes q1`);
              slow.send(ack(came));
            }
          }
          deepEqual(await slow.toPing(), []);
          for (const peer of [slow, sender, ...quick]) peer.cut();
        },
      },
    ],
  },
];
