/** Group E: who may do what, at every door: publish, subscribe, delivery, will, retained, shared, replayed. */
import { deepEqual, equal } from 'node:assert/strict';
import { type Arena, withArena } from '../arena.ts';
import { bytes, type Hello, publish, subscribe, text, u32, userProperty } from '../bytes.ts';
import type { Case, Exchange, Play } from '../case.ts';
import { attempt, client, leave, ownId, some, subscriber } from '../clients.ts';
import { as } from '../secrets.ts';

const EXPIRY = bytes('11', u32(3600));

/** SUBSCRIBE of each filter alone is refused. */
function refused(filters: readonly string[], after: Hello, code = '0x87'): Exchange {
  return {
    name: filters.join(' '),
    after,
    send: filters.map((filter) => subscribe(filter)),
    back: filters.map(() => `SUBACK 1 ${code}`),
  };
}

const FULL = 'topic readwrite m/#\ntopic readwrite witness/#\n';
const LESS = 'topic readwrite m/other\ntopic readwrite witness/#\n';

/** On an mqttd whose ACL file is there to be changed. */
function revocable(
  name: string,
  answer: string,
  play: (arena: Arena, revoke: () => Promise<void>) => Promise<void>,
  less: string = LESS,
): Play {
  const yaml =
    'listeners: [{ type: tcp, port: 0, name: tcp }]\nsecurity: { anonymous: true, authorize: [{ type: acl-file, file: "@acl" }] }\n';
  return {
    name,
    answer,
    play: () =>
      withArena({ listeners: ['tcp'], yaml, files: { acl: FULL } }, (arena) =>
        play(arena, async () => {
          arena.folder.write('acl', less);
          await arena.reload();
        }),
      ),
  };
}

/** The cases. */
export const rights: readonly Case[] = [
  {
    id: 'E01',
    title: 'a will to a topic that is not allowed',
    on: 'secured',
    note: 'refused at CONNECT, and asked again when it is due',
    tries: [
      {
        answer: 'CONNACK 0x87',
        play: async (arena) => {
          const [peer, connack] = await attempt(arena, {
            id: ownId(),
            ...as('alice'),
            will: { topic: 'bob/x' },
          });
          equal(connack, 'CONNACK 0x87');
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'E02',
    title: 'a will below $',
    tries: ['$SYS/x', '$CONTROL/x'].map((topic) => ({
      name: topic,
      answer: 'CONNACK 0x90',
      play: async (arena: Arena) => {
        const [peer, connack] = await attempt(arena, { id: ownId(), will: { topic } });
        equal(connack, 'CONNACK 0x90');
        peer.cut();
      },
    })),
  },
  {
    id: 'E03',
    title: 'the will of a client that was refused',
    on: 'secured',
    tries: [
      {
        answer: 'never published',
        play: async (arena) => {
          const seen = await subscriber(arena, 'alice/will', 0, as('alice'));
          const [peer, connack] = await attempt(arena, {
            id: ownId(),
            username: 'alice',
            password: 'x',
            will: { topic: 'alice/will' },
          });
          equal(connack, 'CONNACK 0x86');
          peer.cut();
          deepEqual(await seen.toPing(), []);
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'E04',
    title: 'a retained message of a publisher whose right was taken',
    note: 'asked of ACL files at each delivery, over restarts too; `messages.checkRetainSource: false` (`check_retain_source` of mosquitto.conf) leaves it out',
    tries: [
      revocable(
        'before somebody subscribes',
        'delivered to nobody, whoever may read it; the publisher cannot change it any more',
        async (arena, revoke) => {
          const sender = await client(arena);
          sender.send(
            publish('m/other', { retain: true, payload: 'kept' }),
            publish('m/x', { qos: 1, retain: true, payload: 'secret' }),
          );
          equal(await sender.next(), 'PUBACK 1 0x10');
          await revoke();
          sender.send(publish('m/x', { qos: 1, retain: true, payload: 'later' }));
          equal(await sender.next(), 'PUBACK 1 0x87');
          const reader = await client(arena);
          reader.send(subscribe(['m/other', 'm/x']));
          deepEqual(await reader.toPing(), ['SUBACK 1 0x00 0x00', 'PUBLISH m/other kept retain']);
          for (const peer of [sender, reader]) peer.cut();
        },
        `${LESS}topic read m/x\n`,
      ),
    ],
  },
  {
    id: 'E06',
    title: 'a right taken from a subscription that is there',
    note: 'SIGHUP or `mqttd reload`; from then on nothing is delivered, waiting messages neither',
    tries: [
      revocable(
        'connected and away',
        'delivery ends at once; nothing is there on return',
        async (arena, revoke) => {
          const away = { id: ownId(), clean: false, properties: EXPIRY };
          await leave(await subscriber(arena, 'm/#', 1, away));
          const here = await subscriber(arena, 'm/#');
          const sender = await client(arena);
          sender.send(publish('m/x', { qos: 1, payload: 'before' }));
          await sender.toPing();
          deepEqual(await here.toPing(), ['PUBLISH m/x before']);
          await revoke();
          const back = await client(arena, away);
          deepEqual(await back.toPing(), []);
          sender.send(publish('m/other', { qos: 1 }));
          await sender.toPing();
          const found = [...(await here.toPing()), ...(await back.toPing())];
          equal(
            found.every((words) => words.startsWith('PUBLISH m/other')),
            true,
            found.join(),
          );
          for (const peer of [here, back, sender]) peer.cut();
        },
      ),
    ],
  },
  {
    id: 'E07',
    title: 'a right taken between PUBLISH and PUBREL',
    note: 'a QoS 2 message is authorised and routed with its PUBLISH; PUBREL releases its id, no message',
    tries: [
      revocable('and sent again with DUP', 'routed once, before; PUBCOMP', async (arena, revoke) => {
        const seen = await subscriber(arena, 'm/#');
        const hello = { id: ownId(), clean: false, properties: EXPIRY };
        const sender = await client(arena, hello);
        sender.send(publish('m/x', { qos: 2, id: 5, payload: 'x' }));
        equal(await sender.next(), 'PUBREC 5');
        equal(await seen.next(), 'PUBLISH m/x x');
        await revoke();
        sender.cut();
        const again = await client(arena, hello);
        again.send(publish('m/x', { qos: 2, id: 5, payload: 'x', dup: true }), '62 02 00 05');
        deepEqual((await some(again, 2)).at(-1), 'PUBCOMP 5');
        deepEqual(await seen.toPing(), []);
        again.send(publish('m/x', { qos: 2, id: 6 }));
        equal(await again.next(), 'PUBREC 6 0x87');
        for (const peer of [seen, again]) peer.cut();
      }),
    ],
  },
  {
    id: 'E08',
    title: 'a filter wider than the grant',
    on: 'secured',
    note: 'ACL files in YAML: refused unless covered; from a mosquitto.conf: taken if it overlaps, as in Mosquitto, and each delivery is checked',
    tries: [
      refused(['#', '+/x', 'al', '+/#', 'bob/#'], as('alice')),
      refused(['+/bob', '#', 'bobby/#'], as('bob')),
    ],
  },
  {
    id: 'E09',
    title: 'a shared subscription round the rules',
    on: 'secured',
    tries: [refused(['$share/g/bob/#', '$share/g/#', '$share/g/$share/h/x', '$share/g/$SYS/#'], as('alice'))],
  },
  {
    id: 'E10',
    title: '$SYS',
    on: 'secured',
    note: 'with an ACL file only whom it grants; without one everybody who may come in reads it',
    tries: [refused(['$SYS/#', '$SYS/broker/uptime', '$SYS/+/+'], as('alice'))],
  },
  {
    id: 'E11',
    title: 'names that would widen a pattern',
    on: 'secured',
    tries: [
      refused(['u/+/x', 'u/x/x', 'u/#'], as('+')),
      refused(['u/a/b/x', 'u/a/x'], as('a/b')),
      refused(['c/+/x', 'c/x', 'c/#'], { ...as('alice'), id: '+' }),
      {
        name: 'an honest name',
        after: { ...as('alice'), id: 'e11' },
        send: subscribe(['u/alice/x', 'c/e11/#']),
        back: ['SUBACK 1 0x00 0x00'],
      },
      {
        name: 'no user name',
        answer: 'SUBACK 0x87',
        play: async (arena) => {
          const peer = await client(arena, {}, 'anonymous');
          peer.send(subscribe(['u//x', 'u/+/x', 'u/x']));
          equal(await peer.next(), 'SUBACK 1 0x87 0x87 0x87');
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'E12',
    title: 'an alias set while its topic was allowed',
    tries: [
      revocable('and used afterwards', '`PUBACK 0x87`', async (arena, revoke) => {
        const peer = await client(arena);
        peer.send(publish('m/x', { qos: 1, properties: '23 00 01' }));
        equal(await peer.next(), 'PUBACK 1 0x10');
        await revoke();
        peer.send(publish('', { qos: 1, id: 2, properties: '23 00 01' }));
        equal(await peer.next(), 'PUBACK 2 0x87');
        peer.cut();
      }),
    ],
  },
  {
    id: 'E13',
    title: 'a mount point left by ../, / or #',
    tries: [
      {
        answer: 'every topic is below it, as it was written; a filter matches nothing beside it',
        play: async (arena) => {
          const out = await subscriber(arena, 'mount/#');
          const inside = await subscriber(arena, '#', 0, {}, 'mounted');
          const shared = await subscriber(arena, '$share/e13/#', 0, {}, 'mounted');
          const outer = await client(arena);
          outer.send(
            publish('beside'),
            publish('mount'),
            publish('mount/in', { retain: true, payload: 'r' }),
          );
          await outer.toPing();
          deepEqual(await inside.toPing(), ['PUBLISH in r']);
          deepEqual(await shared.toPing(), ['PUBLISH in r']);
          const mortal = await client(arena, { will: { topic: '../will' } }, 'mounted');
          mortal.send(publish('../x'), publish('/x'));
          await mortal.toPing();
          mortal.cut();
          deepEqual(await some(inside, 3), ['PUBLISH ../x', 'PUBLISH /x', 'PUBLISH ../will']);
          deepEqual(await some(out, 5), [
            'PUBLISH mount',
            'PUBLISH mount/in r',
            'PUBLISH mount/../x',
            'PUBLISH mount//x',
            'PUBLISH mount/../will',
          ]);
          const late = await client(arena, {}, 'mounted');
          late.send(subscribe('+'));
          deepEqual(await some(late, 2), ['SUBACK 1 0x00', 'PUBLISH in r retain']);
          outer.send(publish('mount/in', { retain: true }));
          await outer.toPing();
          for (const peer of [out, inside, shared, outer, late]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'E15',
    title: 'CR LF in a filter',
    tries: [{ after: { id: 'e15' }, send: subscribe('a\r\nPUB x 1\r\nz'), back: ['SUBACK 1 0x00'] }],
  },
  {
    id: 'E16',
    title: 'a message that may not be published',
    on: 'secured',
    note: '3.x is answered as always: it cannot be told',
    tries: [
      {
        name: '5.0',
        after: as('alice'),
        send: [publish('bob/x'), publish('bob/x', { qos: 1 }), publish('bob/x', { qos: 2, id: 2 })],
        back: ['PUBACK 1 0x87', 'PUBREC 2 0x87'],
      },
      {
        name: '3.1.1',
        answer: 'acknowledged and dropped',
        play: async (arena) => {
          const bob = await subscriber(arena, 'bob/e16', 0, as('bob'));
          const alice = await client(arena, { version: 4, ...as('alice') });
          alice.send(publish('bob/e16', { version: 4, qos: 1 }));
          deepEqual(await alice.toPing(), ['PUBACK 1']);
          deepEqual(await bob.toPing(), []);
          for (const peer of [bob, alice]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'E17',
    title: 'a rule that changes',
    tries: [
      revocable(
        'for a client that asked before',
        'in force with the line that says so',
        async (arena, revoke) => {
          const peer = await client(arena);
          peer.send(publish('m/x', { qos: 1 }));
          equal(await peer.next(), 'PUBACK 1 0x10');
          await revoke();
          peer.send(publish('m/x', { qos: 1 }), subscribe('m/x'));
          deepEqual(await some(peer, 2), ['PUBACK 1 0x87', 'SUBACK 1 0x87']);
          peer.cut();
        },
      ),
    ],
  },
  {
    id: 'E18',
    title: 'rights that a client gives itself',
    on: 'secured',
    tries: [
      {
        name: 'user properties',
        after: { ...as('alice'), properties: bytes(userProperty('role', 'admin'), userProperty('acl', '#')) },
        send: [
          subscribe('bob/#'),
          publish('bob/x', { qos: 1, properties: userProperty('superuser', 'true') }),
        ],
        back: ['SUBACK 1 0x87', 'PUBACK 1 0x87'],
      },
      {
        name: 'Response Topic of somebody else',
        after: as('alice'),
        send: publish('alice/x', { qos: 1, properties: bytes('08', text('bob/x')) }),
        back: ['PUBACK 1 0x10'],
      },
    ],
  },
  {
    id: 'E19',
    title: 'no rule is about it',
    on: 'secured',
    tries: [
      {
        after: as('alice'),
        send: [subscribe('nowhere'), publish('nowhere', { qos: 1 })],
        back: ['SUBACK 1 0x87', 'PUBACK 1 0x87'],
      },
      {
        name: 'nobody, at a listener for everybody',
        answer: 'SUBACK 0x87 but for what is open',
        play: async (arena) => {
          const peer = await client(arena, {}, 'anonymous');
          peer.send(subscribe(['alice/x', '#', 'open/x']));
          equal(await peer.next(), 'SUBACK 1 0x87 0x87 0x00');
          peer.cut();
        },
      },
    ],
  },
];
