/** Group D, and what of group C needs users: who somebody is (§3.1.4, §4.12, §5.4). */
import { deepEqual, equal } from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answered } from '../answered.ts';
import { type Arena, withArena } from '../arena.ts';
import { bytes, connect, type Hello, publish, subscribe, u32 } from '../bytes.ts';
import type { Case, Play } from '../case.ts';
import { attempt, client, leave, ownId, subscriber } from '../clients.ts';
import { as } from '../secrets.ts';

const EXPIRY = bytes('11', u32(3600));

/** Somebody else comes with the client id of alice, who is there and subscribed; she stays and misses nothing. */
function stays(name: string, hello: Hello, wanted: string): Play {
  return {
    name,
    answer: wanted,
    play: async (arena) => {
      const id = ownId();
      const mine = { id, ...as('alice'), clean: false, properties: EXPIRY };
      const alice = await subscriber(arena, `alice/${id}`, 1, mine);
      const [other, connack] = await attempt(arena, { id, ...hello });
      equal(connack, wanted);
      await other.closed();
      alice.send(publish(`alice/${id}`));
      deepEqual(await alice.toPing(), [`PUBLISH alice/${id}`]);
      await leave(alice);
      // Her session neither.
      const [again, present] = await attempt(arena, { id, ...hello, clean: false });
      equal(present, wanted);
      const [back, resumed] = await attempt(arena, mine);
      equal(resumed, 'CONNACK 0x00 present');
      for (const peer of [other, again, back]) peer.cut();
    },
  };
}

/** ms for a login with this user name, in the middle of several. */
async function timeOf(arena: Arena, username: string): Promise<number> {
  const [peer] = [arena.open()];
  const began = performance.now();
  equal(await peer.hello({ id: ownId(), username, password: 'wrong' }), 'CONNACK 0x86');
  peer.cut();
  return performance.now() - began;
}

/** The middle one. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Answers of a web service that let nobody in, by the path that it is asked at. */
const SERVICES: Readonly<Record<string, string | number | 'hang'>> = {
  hang: 'hang',
  500: 500,
  true: 'true',
  null: 'null',
  shape: '{"result":true}',
  empty: '',
};

/** A web service that answers so, and an mqttd with a listener for each of its answers. */
async function withServices(play: (arena: Arena) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const answer = SERVICES[(request.url ?? '').slice(1)];
    request.resume();
    if (typeof answer === 'number') response.writeHead(answer).end('{"result":"allow"}');
    else if (answer !== 'hang') response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = Object.keys(SERVICES);
  const lines = names.map(
    (name) =>
      `  - { type: tcp, port: 0, name: "${name}", security: { authenticate: [{ type: http, url: "${url}/${name}", timeout: 1000 }] } }\n`,
  );
  const yaml = `listeners:\n  - { type: tcp, port: 0, name: tcp }\n${lines.join('')}`;
  try {
    await withArena({ listeners: ['tcp', ...names], yaml }, play);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const listener = 'listeners: [{ type: tcp, port: 0 }]\n';
const withPasswords = `${listener}security: { authenticate: [{ type: password-file, file: "@passwords" }] }\n`;
/** The witness comes in at the first, the case at the second. */
const OPEN_AND_CLOSED = `
listeners:
  - { type: tcp, port: 0, name: tcp, security: { anonymous: true } }
  - { type: tcp, port: 0, name: closed }
security: { authenticate: [{ type: password-file, file: "@passwords" }] }
`;
const RULED_BY_NOTHING = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tcp, port: 0, name: empty, security: { anonymous: true, authorize: [{ type: acl-file, file: "@acl" }] } }
  - { type: tcp, port: 0, name: comment, security: { anonymous: true, authorize: [{ type: acl-file, file: "@comment" }] } }
`;

const GUESSES = 1000;
/** Ten of each of two kinds, and two that count the rest. */
const LINES_A_SECOND = 22;

/** The cases. */
export const logins: readonly Case[] = [
  {
    id: 'C09',
    title: 'a user name without a password',
    on: 'secured',
    tries: [
      answered('5.0', () => ({ username: 'alice' }), 'CONNACK 0x86'),
      answered('3.1.1', () => ({ version: 4, username: 'alice' }), 'CONNACK 0x04'),
      answered('an empty one', () => ({ username: 'alice', password: '' }), 'CONNACK 0x86'),
    ],
  },
  {
    id: 'C14',
    title: 'the client id of another user',
    on: 'secured',
    note: 'a client id belongs to the identity that made its session',
    tries: [stays('logged in as bob', { ...as('bob'), clean: false }, 'CONNACK 0x85')],
  },
  {
    id: 'C15',
    title: 'the same with Clean Start',
    on: 'secured',
    tries: [stays('logged in as bob', as('bob'), 'CONNACK 0x85')],
  },
  {
    id: 'C17',
    title: 'the client id of another user and a wrong password',
    on: 'secured',
    tries: [stays('as alice', { username: 'alice', password: 'wrong' }, 'CONNACK 0x86')],
  },
  {
    id: 'D01',
    title: 'password files that are none',
    note: 'mqttd does not start, or keeps the old file in a reload',
    tries: [
      { name: 'no colon', yaml: withPasswords, files: { passwords: 'alice\n' }, says: /passwords:1:/ },
      {
        name: 'a bad hash',
        yaml: withPasswords,
        files: { passwords: 'alice:$7$1$x\n' },
        says: /passwords:1:/,
      },
      {
        name: 'a plain password',
        yaml: withPasswords,
        files: { passwords: 'alice:secret\n' },
        says: /passwords:1:/,
      },
      {
        name: 'blank lines',
        answer: 'are nobody',
        play: () =>
          withArena(
            { listeners: ['tcp', 'closed'], yaml: OPEN_AND_CLOSED, files: { passwords: '\n\n' } },
            async (arena) => {
              for (const username of ['', '\t', 'x']) {
                const [peer, connack] = await attempt(
                  arena,
                  { id: ownId(), username, password: '' },
                  'closed',
                );
                equal(connack === 'CONNACK 0x00', false);
                peer.cut();
              }
            },
          ),
      },
    ],
  },
  {
    id: 'D02',
    title: 'an ACL file with nothing in it',
    tries: [
      {
        answer: 'everything is denied',
        play: () =>
          withArena(
            {
              listeners: ['tcp', 'empty', 'comment'],
              yaml: RULED_BY_NOTHING,
              files: { acl: '', comment: '# nothing\n' },
            },
            async (arena) => {
              for (const at of ['empty', 'comment']) {
                const peer = await client(arena, {}, at);
                peer.send(subscribe('a'), publish('a', { qos: 1 }));
                deepEqual(await peer.toPing(), ['SUBACK 1 0x87', 'PUBACK 1 0x87']);
                peer.cut();
              }
            },
          ),
      },
    ],
  },
  {
    id: 'D03',
    title: 'an authenticator that fails',
    tries: [
      {
        name: 'a web service that hangs, fails, or answers nonsense',
        answer: 'CONNACK 0x89',
        play: () =>
          withServices(async (arena) => {
            for (const name of Object.keys(SERVICES)) {
              const [peer, connack] = await attempt(
                arena,
                { id: ownId(), username: 'x', password: 'y' },
                name,
              );
              equal(connack, 'CONNACK 0x89', name);
              peer.cut();
            }
          }),
      },
    ],
  },
  {
    id: 'D04',
    title: 'is there such a user? asked by the time of the answer',
    on: 'secured',
    note: 'an unknown user costs the same hash',
    tries: [
      {
        answer: 'medians of both are alike',
        play: async (arena) => {
          const known: number[] = [];
          const unknown: number[] = [];
          for (let n = 0; n < 25; n++) {
            known.push(await timeOf(arena, 'alice'));
            unknown.push(await timeOf(arena, 'nobody'));
          }
          const ratio = median(unknown) / median(known);
          equal(ratio > 0.5 && ratio < 2, true, `${ratio}`);
        },
      },
    ],
  },
  {
    id: 'D05',
    title: 'passwords that are nearly right',
    on: 'secured',
    tries: [
      'open-sesame',
      'OPEN-SESAME',
      'Open-Sesame\0',
      'Open-Sesame ',
      'Open-Sesam',
      'Open-Sesame\u00a0',
    ].map((password) =>
      answered(JSON.stringify(password), () => ({ username: 'alice', password }), 'CONNACK 0x86'),
    ),
  },
  {
    id: 'D06',
    title: '1,000 passwords guessed',
    on: 'guessed',
    note: '`failedLogins`: late answers, then 0x8A for a while, for that name from that address',
    tries: [
      {
        answer:
          'CONNACK 0x8A after 5, also for the right one; others come in; a few lines a second in the log',
        play: async (arena) => {
          const found: string[] = [];
          const before = arena.lines;
          const began = performance.now();
          for (let n = 0; n < GUESSES; n++) {
            const [peer, connack] = await attempt(arena, {
              id: ownId(),
              username: 'alice',
              password: `guess ${n}`,
            });
            found.push(connack);
            peer.cut();
          }
          deepEqual(found, [
            ...Array.from({ length: 5 }, () => 'CONNACK 0x86'),
            ...Array.from({ length: GUESSES - 5 }, () => 'CONNACK 0x8A'),
          ]);
          const seconds = (performance.now() - began) / 1000 + 1;
          equal(arena.lines - before <= LINES_A_SECOND * seconds, true, 'lines of the log');
          const [right, connack] = await attempt(arena, { id: ownId(), ...as('alice') });
          equal(connack, 'CONNACK 0x8A');
          const bob = await client(arena, as('bob'));
          for (const peer of [right, bob]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'D07',
    title: '500 logins at once, each to be hashed',
    on: 'crowded',
    note: 'two are hashed at once, 256 wait; more are told to come later',
    tries: [
      {
        answer: 'CONNACK 0x86 or 0x89; who is there is served',
        play: async (arena) => {
          const all = Promise.all(
            Array.from({ length: 500 }, async () => {
              const [peer, connack] = await attempt(arena, {
                id: ownId(),
                username: 'nobody',
                password: 'x'.repeat(8000),
              });
              peer.cut();
              return connack;
            }),
          );
          await arena.check();
          const found = new Set(await all);
          equal(found.has('CONNACK 0x89'), true);
          equal(
            [...found].every((connack) => ['CONNACK 0x86', 'CONNACK 0x89', 'closed'].includes(connack)),
            true,
            [...found].join(),
          );
        },
      },
    ],
  },
  {
    id: 'D09',
    title: 'half of what is needed',
    tries: [
      {
        name: 'a certificate without its key',
        yaml: 'listeners: [{ type: tls, port: 0, tls: { cert: "@cert" } }]\n',
        files: { cert: '' },
        says: /key/,
      },
      {
        name: 'tokens without a key',
        yaml: `${listener}security: { authenticate: [{ type: jwt }] }\n`,
        says: /jwks|key|secret/i,
      },
      {
        name: 'rights of tokens without tokens',
        yaml: `${listener}security: { authorize: [{ type: jwt }] }\n`,
        says: /jwt/,
      },
    ],
  },
  {
    id: 'D14',
    title: 'PROXY headers',
    tries: [
      {
        name: 'from a peer that is no proxy',
        answer: 'cut',
        play: async (arena) => {
          const peer = arena
            .open('far-proxy')
            .raw('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n')
            .send(connect({ id: ownId() }));
          deepEqual(await peer.toEnd(), ['closed']);
        },
      },
      ...Object.entries({
        'no header': connect({ id: 'x' }),
        'a version 2 header that claims 64 KiB': bytes(
          '0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11 ff ff',
          connect({ id: 'x' }),
        ),
        'a line without end': Buffer.from(`PROXY TCP4 ${'1'.repeat(300)}`),
        'an address with CR LF': Buffer.from('PROXY TCP4 1.2.3.4\r 5.6.7.8 1 2\r\n'),
        'a TLV longer than its header': bytes(
          '0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11 00 0f 01 02 03 04 05 06 07 08 00 01 00 02 04 ff ff',
          connect({ id: 'x' }),
        ),
      }).map(([name, sent]) => ({
        name,
        answer: 'cut',
        play: async (arena: Arena) => {
          const peer = arena.open('proxy').raw(sent);
          const all = await peer.toEnd();
          equal(all.at(-1), 'closed');
          equal(all.includes('CONNACK 0x00'), false);
          peer.cut();
        },
      })),
    ],
  },
  {
    id: 'D15',
    title: 'X-Forwarded-For',
    tries: [
      {
        answer: 'ignored: the log has the true address',
        play: async (arena) => {
          const id = ownId();
          const peer = arena.open('ws');
          await peer.upgrade('/mqtt?x=1', { 'X-Forwarded-For': '203.0.113.9, 10.0.0.1' });
          await peer.hello({ id });
          const line = await arena.logged(id, 'client connected');
          equal(line.includes('203.0.113.9'), false);
          equal(line.includes('127.0.0.1'), true);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'D16',
    title: 'secrets in what mqttd says',
    on: 'secured',
    tries: [
      {
        answer: 'in no line of the log',
        play: async (arena) => {
          const marker = 'MARKER-7c1f';
          for (const hello of [
            { username: 'alice', password: marker },
            { username: 'nobody', password: marker },
          ]) {
            const [peer] = await attempt(arena, { id: ownId(), ...hello });
            peer.cut();
          }
          await leave(await client(arena, as('alice')));
          await arena.check();
          equal(
            arena.log.some((line) => line.includes(marker) || line.includes('Open-Sesame')),
            false,
          );
        },
      },
    ],
  },
];
