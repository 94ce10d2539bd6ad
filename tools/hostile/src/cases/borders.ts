/** Group E at the borders: rules below wider grants, other programs' names and nodes. */
import { deepEqual, equal } from 'node:assert/strict';
import { type Arena, withArena } from '../arena.ts';
import { bytes, publish, subscribe, text, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { client, leave, ownId, some, subscriber } from '../clients.ts';
import type { Setup } from '../folder.ts';

const EXPIRY = bytes('11', u32(3600));

const DENYING = 'topic deny d/secret\ntopic readwrite d/#\n';

/** A listener where nobody is asked anything, and one where the rules of an ACL file hold. */
function denying(subscriptions: 'covered' | 'overlapping', acl: string = DENYING): Setup {
  const authorize = `[{ type: acl-file, file: "@acl", subscriptions: ${subscriptions} }]`;
  const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tcp, port: 0, name: ruled, security: { anonymous: true, authorize: ${authorize} } }
`;
  return { listeners: ['tcp', 'ruled'], yaml, files: { acl } };
}

/** A reader of `d/#` gets `d/open` alone, whichever way it comes. */
async function denied(arena: Arena): Promise<void> {
  const away = { id: ownId(), clean: false, properties: EXPIRY };
  const sender = await client(arena);
  sender.send(
    publish('d/secret', { retain: true, payload: 'r' }),
    publish('d/open', { retain: true, payload: 'r' }),
  );
  await sender.toPing();
  const reader = await client(arena, away, 'ruled');
  reader.send(subscribe('d/#', { options: 1 }), subscribe('$share/g/d/#', { id: 2, options: 1 }));
  deepEqual(await some(reader, 3), ['SUBACK 1 0x01', 'PUBLISH d/open r retain', 'SUBACK 2 0x01']);
  sender.send(publish('d/secret'), publish('d/open'));
  deepEqual(await some(reader, 2), ['PUBLISH d/open', 'PUBLISH d/open']);
  await leave(reader);
  sender.send(publish('d/secret', { qos: 1 }), publish('d/open', { qos: 1, id: 2 }));
  await some(sender, 2);
  const back = await client(arena, away, 'ruled');
  deepEqual(await back.toPing(), ['PUBLISH d/open q1', 'PUBLISH d/open q1']);
  for (const peer of [sender, back]) peer.cut();
}

/** What waits when the rule comes is not delivered either. */
async function deniedLater(arena: Arena): Promise<void> {
  const away = { id: ownId(), clean: false, properties: EXPIRY };
  const reader = await client(arena, away, 'ruled');
  reader.send(subscribe('d/#', { options: 1 }));
  equal(await reader.next(), 'SUBACK 1 0x01');
  await leave(reader);
  const sender = await client(arena);
  sender.send(publish('d/secret', { qos: 1 }), publish('d/open', { qos: 1, id: 2 }));
  await some(sender, 2);
  arena.folder.write('acl', DENYING);
  await arena.reload();
  const back = await client(arena, away, 'ruled');
  deepEqual(await back.toPing(), ['PUBLISH d/open q1']);
  for (const peer of [sender, back]) peer.cut();
}

/** The words of other programs' nodes. */
const NODES: Readonly<Record<string, string>> = {
  'a node of VerneMQ': 'vmq-connect\0\0\0\x10someone@elsewhere',
  'a client of NATS': 'CONNECT {"verbose":false}\r\nPUB $SYS.x 1\r\nz\r\n',
  'a node of Erlang': '\0\x17N\0\0\0\0\0\x07\xdf\x7f\xbd\0\0\0\0\0\x0bn@elsewhere',
  'a node of RabbitMQ': 'AMQP\0\0\x09\x01',
};

/** The cases. */
export const borders: readonly Case[] = [
  {
    id: 'E05',
    title: 'a denied topic below one that is granted',
    note: 'each delivery is asked about, whichever way `subscriptions` judges the filter',
    tries: [
      {
        name: 'as it comes',
        answer: 'new, retained, queued, by a shared subscription: not delivered',
        play: () => withArena(denying('covered'), denied),
      },
      {
        name: 'where an overlap is enough',
        answer: 'the same',
        play: () => withArena(denying('overlapping'), denied),
      },
      {
        name: 'denied after it was queued',
        answer: 'not delivered',
        play: () => withArena(denying('overlapping', 'topic readwrite d/#\n'), deniedLater),
      },
    ],
  },
  {
    id: 'E14',
    title: 'topics that are subjects or internals elsewhere',
    note: 'mqttd has nothing of NATS inside: dots, stars and spaces are characters, and what begins with $ is the broker’s',
    tries: [
      {
        name: 'distinct topics',
        answer: 'each reaches its own subscriber alone',
        play: async (arena) => {
          const topics = [
            'e14.a',
            'e14/a',
            'e14.*',
            'e14.>',
            'e14 a',
            '>e14',
            '*e14',
            '_INBOX/e14',
            '_INBOX.e14',
          ];
          const readers = await Promise.all(topics.map((topic) => subscriber(arena, topic)));
          const sender = await client(arena);
          for (const topic of topics) sender.send(publish(topic, { payload: topic }));
          await sender.toPing();
          for (const [n, reader] of readers.entries())
            deepEqual(await reader.toPing(), [`PUBLISH ${topics[n]} ${topics[n]}`]);
          for (const peer of [...readers, sender]) peer.cut();
        },
      },
      {
        name: 'internals',
        after: 5,
        send: ['$JS/API/INFO', '$KV/x/y', '$SYS/x', '$MQTT/sub/x'].map((topic, n) =>
          publish(topic, { qos: 1, id: n + 1 }),
        ),
        back: ['PUBACK 1 0x90', 'PUBACK 2 0x90', 'PUBACK 3 0x90', 'PUBACK 4 0x90'],
      },
    ],
  },
  {
    id: 'E20',
    title: 'somebody who says he is a node or a bridge',
    note: 'mqttd listens for no nodes; the bit that bridges of Mosquitto set in the protocol level makes it another level: 0x01, at which they come again without it',
    tries: [
      ...Object.entries(NODES).map(([name, words]) => ({
        name,
        send: Buffer.from(words, 'latin1'),
        back: ['closed'],
      })),
      {
        name: 'the bridge bit',
        send: bytes('10 0d 00 04 4d 51 54 54 84 02 00 00 00 01', text('x').subarray(2)),
        back: ['CONNACK 0x01', 'closed'],
      },
    ],
  },
];
