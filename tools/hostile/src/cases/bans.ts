/** Group C: who is banned, and whose login is gone, while they are there and while they are away; what they left behind. */
import { deepEqual, equal } from 'node:assert/strict';
import { Arena, withArena } from '../arena.ts';
import { bytes, DISCONNECT, type Hello, publish, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, ownId, subscriber } from '../clients.ts';
import type { Setup } from '../folder.ts';
import type { Peer } from '../peer.ts';
import { as, passwordFile, WITNESS } from '../secrets.ts';

const EXPIRY = bytes('11', u32(3600));
const DELAY = bytes('18', u32(3600));
const KEPT = { clean: false, properties: EXPIRY } as const;
const RIGHTS = 'user witness\ntopic readwrite #\nuser bob\ntopic readwrite #\n';
const ID = 'c28-press-7';
const ADDRESS = '10.6.6.9';
const PROXIED = ['TCP4 10.6.6.9 127.0.0.1', `TCP6 ::ffff:${ADDRESS} ::1`];

const OPEN = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tcp, port: 0, name: proxied, proxyProtocol: { from: [127.0.0.1] } }
security: { authenticate: [{ type: password-file, file: passwords }] }
failedLogins: { slowAfter: 0, refuseAfter: 0 }
`;
const BANNED = `${OPEN}banned: { clientIds: [c28-press-*], users: [alice], addresses: [10.6.6.0/24] }\n`;

function setup(yaml: string, isStored = false): Setup {
  return {
    listeners: ['tcp', 'proxied'],
    witness: WITNESS,
    files: { passwords: passwordFile() },
    yaml,
    isStored,
  };
}

/** Takes a configuration in place of the one before. */
async function reload(arena: Arena, yaml: string): Promise<void> {
  arena.folder.write('mqttd.yaml', yaml);
  equal((await arena.reload()).includes('configuration reloaded'), true);
}

/** Behind the proxy, from there. */
function from(arena: Arena, address: string): Peer {
  return arena.open('proxied').raw(`PROXY ${address} 5000 1883\r\n`);
}

/** Everybody who is to be banned, connected: by user, by client id, by address; the last speaks 3.1.1. */
async function victims(arena: Arena): Promise<readonly Peer[]> {
  const will = { topic: 'c28/will' };
  const found = [
    await subscriber(arena, 'c28/#', 1, { ...as('alice'), ...KEPT, id: ownId(), will }),
    await subscriber(arena, 'c28/#', 1, { ...as('bob'), ...KEPT, id: ID, will }),
  ];
  for (const address of PROXIED) {
    const peer = from(arena, address);
    equal(await peer.hello({ ...as('bob'), id: ownId(), will }), 'CONNACK 0x00');
    found.push(peer);
  }
  found.push(await subscriber(arena, 'c28/#', 1, { ...as('alice'), version: 4, id: ownId(), will }));
  return found;
}

/** Leaves a session with something subscribed and a will that waits for an hour. */
async function away(arena: Arena, hello: Hello): Promise<void> {
  const peer = await subscriber(arena, 'c28/#', 1, {
    ...hello,
    will: { topic: 'c28/will', properties: DELAY },
  });
  peer.send('e0 01 04'); // Disconnect with Will Message
  await peer.closed();
  peer.cut();
}

/** What each of them is told when he comes. */
async function refused(arena: Arena, code: string, ...hellos: readonly Hello[]): Promise<void> {
  for (const hello of hellos) {
    const [peer, connack] = await attempt(arena, hello);
    equal(connack, code, String(hello.id));
    await peer.closed();
    peer.cut();
  }
}

const ALICE = { ...as('alice'), ...KEPT, id: 'c28-away-alice' };
const PRESS = { ...as('bob'), ...KEPT, id: 'c28-press-away' };
const FREE = { ...as('bob'), ...KEPT, id: 'c28-free' };

/** What reaches somebody who may: all that was published while they were banned, and what is retained. */
async function seen(arena: Arena): Promise<readonly string[]> {
  const peer = await subscriber(arena, 'c28/#', 0, as('bob'));
  const found = await peer.toPing();
  peer.send(DISCONNECT);
  await peer.closed();
  peer.cut();
  return found;
}

/** The cases. */
export const bans: readonly Case[] = [
  {
    id: 'C28',
    title: 'a banned identity',
    note: '`banned` of the configuration, then `mqttd reload`; a program that embeds the broker has `broker.expel`. 0x8A is for CONNACK alone (§3.14.2.1). What the banned retained is known by client id and user, and delivered again when the ban is lifted; a revoked certificate is known to the next handshake',
    tries: [
      {
        name: 'by client id, user and address, there and away',
        answer:
          'DISCONNECT 0x98 (3.x: closed), then CONNACK 0x8A (3.x: 0x05); sessions end, what waited is gone, no will is published, not a delayed one either, what they retained is not delivered; others stay. Lifted, they come in, with new sessions',
        play: () =>
          withArena(setup(OPEN), async (arena) => {
            await away(arena, ALICE);
            await away(arena, PRESS);
            await away(arena, FREE);
            const all = await victims(arena);
            const bob = await subscriber(arena, 'c28/#', 0, as('bob'));
            bob.send(publish('c28/of-bob', { retain: true, payload: 'b' }));
            all[0]?.send(publish('c28/of-alice', { qos: 1, retain: true, payload: 'a' }));
            all[1]?.send(publish('c28/of-press', { qos: 1, retain: true, payload: 'p' }));
            for (const peer of all.slice(0, 2)) await peer.toPing();
            await bob.toPing();
            await reload(arena, BANNED);
            for (const peer of all) {
              const end = (await peer.toEnd()).filter((words) => !words.startsWith('PUBLISH'));
              deepEqual(end, peer.version === 5 ? ['DISCONNECT 0x98', 'closed'] : ['closed']);
              peer.cut();
            }
            deepEqual(await bob.toPing(), []);
            await refused(arena, 'CONNACK 0x8A', ALICE, PRESS, { ...as('bob'), id: ID });
            await refused(arena, 'CONNACK 0x05', { ...as('alice'), version: 4, id: ownId() });
            for (const address of PROXIED) {
              const peer = from(arena, address);
              equal(await peer.hello({ ...as('bob'), id: ownId() }), 'CONNACK 0x8A');
              peer.cut();
            }
            bob.send(publish('c28/after', { qos: 1 }));
            deepEqual(await bob.toPing(), ['PUBLISH c28/after', 'PUBACK 1']);
            deepEqual(await seen(arena), ['PUBLISH c28/of-bob b retain']);
            await reload(arena, OPEN);
            for (const [hello, present] of [
              [ALICE, ''],
              [PRESS, ''],
              [FREE, ' present'],
            ] as const) {
              const [peer, connack] = await attempt(arena, hello);
              equal(connack, `CONNACK 0x00${present}`);
              deepEqual((await peer.toPing()).length > 0, hello === FREE, hello.id);
              peer.cut();
            }
            deepEqual([...(await seen(arena))].sort(), [
              'PUBLISH c28/of-alice a retain',
              'PUBLISH c28/of-bob b retain',
              'PUBLISH c28/of-press p retain',
            ]);
            bob.cut();
          }),
      },
      {
        name: 'banned while the broker was down',
        answer:
          'the store has their sessions and wills; after the start they are gone, and no will was published',
        play: async () => {
          const before = await Arena.start(setup(OPEN, true));
          await away(before, ALICE);
          await away(before, PRESS);
          await away(before, FREE);
          // Its connection ends with the process: its will would be due at the start.
          const here = await subscriber(before, 'c28/#', 1, {
            ...as('alice'),
            id: ownId(),
            will: { topic: 'c28/will', retain: true },
          });
          await before.end('SIGKILL');
          here.cut();
          before.folder.write('mqttd.yaml', BANNED);
          const arena = await Arena.start(setup(BANNED, true), before.folder);
          try {
            await refused(arena, 'CONNACK 0x8A', ALICE, PRESS);
            deepEqual(await seen(arena), []);
            await reload(arena, OPEN);
            for (const hello of [ALICE, PRESS]) {
              const [peer, connack] = await attempt(arena, hello);
              equal(connack, 'CONNACK 0x00');
              peer.cut();
            }
            const [free, connack] = await attempt(arena, FREE);
            deepEqual([connack, await free.toPing()], ['CONNACK 0x00 present', []]);
            free.cut();
            await arena.check();
          } finally {
            await arena.stop();
          }
        },
      },
      {
        name: 'a user taken out of the password file, or given another password',
        answer:
          'DISCONNECT 0x87 (3.x: closed), no will; 0x86 for the login that was right before; the session waits. Mosquitto does the same on SIGHUP; a line with the same password under another salt is another one here',
        play: () =>
          withArena(setup(OPEN), async (arena) => {
            const will = { topic: 'c28/will' };
            const alice = await subscriber(arena, 'c28/#', 1, { ...ALICE, will });
            const old = await subscriber(arena, 'c28/#', 1, {
              ...as('alice'),
              version: 4,
              id: ownId(),
              will,
            });
            const bob = await subscriber(arena, 'c28/#', 0, as('bob'));
            const passwords = passwordFile();
            const bobs = arena.folder.read('passwords').match(/^(?:bob|witness):.*\n/gm) ?? [];
            arena.folder.write('passwords', bobs.join(''));
            await arena.reload();
            deepEqual(await alice.toEnd(), ['DISCONNECT 0x87', 'closed']);
            deepEqual(await old.toEnd(), ['closed']);
            await refused(arena, 'CONNACK 0x86', ALICE);
            bob.send(publish('c28/after', { qos: 1 }));
            deepEqual(await bob.toPing(), ['PUBLISH c28/after', 'PUBACK 1']);
            const alices = passwords.match(/^alice:.*\n/gm) ?? [];
            arena.folder.write('passwords', [...bobs, ...alices].join(''));
            await arena.reload();
            const [back, connack] = await attempt(arena, ALICE);
            equal(connack, 'CONNACK 0x00 present');
            deepEqual(await back.toPing(), ['PUBLISH c28/after q1']);
            const another = bobs
              .filter((line) => line.startsWith('bob'))
              .map((line) => line.replace('bob', 'alice'));
            arena.folder.write('passwords', [...bobs, ...another].join(''));
            await arena.reload();
            deepEqual(await back.toEnd(), ['DISCONNECT 0x87', 'closed']);
            deepEqual(await bob.toPing(), []);
            for (const peer of [alice, old, back, bob]) peer.cut();
          }),
      },
      {
        name: 'taken out of the password file and the ACL',
        answer: 'as above; what waited in the session is not delivered to whoever has that client id next',
        play: () =>
          withArena(
            {
              ...setup(
                OPEN.replace('passwords }]', 'passwords }], authorize: [{ type: acl-file, file: acl }]'),
              ),
              files: { passwords: passwordFile(), acl: `${RIGHTS}user alice\ntopic readwrite #\n` },
            },
            async (arena) => {
              await away(arena, ALICE);
              const alice = await subscriber(arena, 'c28/#', 0, as('alice'));
              const bob = await subscriber(arena, 'c28/#', 0, as('bob'));
              bob.send(publish('c28/before', { qos: 1 }));
              await bob.toPing();
              deepEqual(await alice.toPing(), ['PUBLISH c28/before']);
              const left = arena.folder.read('passwords').replace(/^alice:.*\n/m, '');
              arena.folder.write('passwords', left);
              arena.folder.write('acl', RIGHTS);
              await arena.reload();
              deepEqual(await alice.toEnd(), ['DISCONNECT 0x87', 'closed']);
              await refused(arena, 'CONNACK 0x86', ALICE);
              const [other, connack] = await attempt(arena, { ...ALICE, ...as('bob') });
              equal(connack, 'CONNACK 0x85');
              for (const peer of [alice, bob, other]) peer.cut();
            },
          ),
      },
    ],
  },
];
