/** Group G, the process itself: late, short of memory, with many deadlines, under a clock that jumps. */
import { deepEqual, equal } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type Arena, withArena } from '../arena.ts';
import { bytes, PINGREQ, publish, times, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, client, leave, ownId, some, subscriber } from '../clients.ts';
import type { Setup } from '../folder.ts';

const EXPIRY = bytes('11', u32(3600));
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** ms that the process is stopped for, so that its event loop is late. */
const STOPPED = 700;
/** ms between two PINGREQ of one whose Keep Alive is 1 s: he is in time also where this process gets few turns. */
const PING_EVERY = 200;
/** Its heap counts as full at 60 MB; queues may hold more than that. */
const LITTLE_HEAP: Setup = {
  listeners: ['tcp'],
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
admin: { port: 0 }
limits:
  maximumHeap: 60000000
  maximumQueuedMessages: 60000
  maximumTotalQueuedMessages: 600000
  maximumMessagesInMemory: 600000
`,
};
/** The wall clock of the process jumps by a day with SIGUSR2, forward and then back to a day before. */
const JUMPY = `const now = Date.now; let by = 0; Date.now = () => now() + by; process.on('SIGUSR2', () => { by = by === 0 ? 864e5 : -864e5; process.stderr.write('the clock jumped\\n'); });`;

/** A number of the admin listener. */
export async function metric(arena: Arena, name: string): Promise<number> {
  const [, url = ''] = /"admin":"([^"]+)"/.exec(await arena.logged('"admin":')) ?? [];
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** The cases. */
export const load: readonly Case[] = [
  {
    id: 'G05',
    title: 'an event loop that is late',
    note: '`refuseDelay`; what lies unread is read before a Keep Alive is called over',
    tries: [
      {
        answer: `CONNACK 0x89 while it stands still for ${STOPPED} ms again and again; nobody fails a Keep Alive of 1 s by it; afterwards others come in`,
        play: () =>
          withArena(
            {
              listeners: ['tcp'],
              yaml: 'listeners: [{ type: tcp, port: 0, name: tcp }]\nlimits: { pauseDelay: 20, refuseDelay: 100 }\n',
            },
            async (arena) => {
              const here = await client(arena, { keepAlive: 1 });
              let owed = 0;
              const pings = setInterval(() => {
                here.send(PINGREQ);
                owed++;
              }, PING_EVERY);
              let isRefused = false;
              const stumbles = (async () => {
                while (!isRefused) {
                  arena.child.kill('SIGSTOP');
                  await pause(STOPPED);
                  arena.child.kill('SIGCONT');
                  await arena.check();
                }
              })();
              // Its lateness is looked at a few times a second: until it was seen, and until it is over.
              try {
                for (let isOver = false; !isOver; ) {
                  const [peer, answer] = await attempt(arena, { id: ownId() });
                  isOver = isRefused && answer === 'CONNACK 0x00';
                  isRefused ||= answer === 'CONNACK 0x89';
                  peer.cut();
                }
              } finally {
                clearInterval(pings);
              }
              deepEqual(await some(here, owed), Array(owed).fill('PINGRESP'));
              await stumbles;
              here.cut();
            },
          ),
      },
    ],
  },
  {
    id: 'G06',
    title: 'messages faster than memory: ten sessions that are away, a heap of 60 MB',
    note: '`pauseHeap`, `refuseHeap`, `shedHeap`; QoS 1 and 2 are bounded by `maximumMessagesInMemory`, which is raised here: its default fits the heap',
    tries: [
      {
        answer:
          'publishers are read in turns, CONNECT is refused with 0x89, QoS 0 is dropped and counted; who is there is served',
        play: () =>
          withArena(LITTLE_HEAP, async (arena) => {
            for (const n of numbers(10))
              await leave(
                await subscriber(arena, 'g06', 1, { id: `g06-${n}`, clean: false, properties: EXPIRY }),
              );
            const sender = await client(arena);
            const some500 = times(500, publish('g06', { qos: 1, payload: 'x'.repeat(50) }));
            for (let level = 0; level < 3; level = await metric(arena, 'mqttd_overload')) {
              sender.send(some500);
              await some(sender, 500);
            }
            const [late, connack] = await attempt(arena, { id: ownId() });
            equal(connack, 'CONNACK 0x89');
            sender.send(times(50, publish('g06')), publish('g06', { qos: 1, id: 2 }));
            equal(await sender.next(), 'PUBACK 2');
            equal((await metric(arena, 'mqttd_messages_shed_total')) >= 50, true);
            equal((await metric(arena, 'mqttd_publishers_paused_total')) > 0, true);
            for (const peer of [late, sender]) peer.cut();
          }),
      },
    ],
  },
  {
    id: 'G10',
    title: '1,000 clients whose deadlines come at once',
    note: 'one timer wheel for all of them; 100,000 of them stand in its own test',
    tries: [
      {
        answer: 'each is closed after 1.5 times its Keep Alive; another is served meanwhile',
        play: async (arena) => {
          const silent = await Promise.all(
            numbers(1000).map(() => client(arena, { version: 4, keepAlive: 1 })),
          );
          const ends = Promise.all(silent.map((peer) => peer.closed()));
          let isOver = false;
          void ends.then(() => {
            isOver = true;
          });
          while (!isOver) await arena.check();
          await ends;
          for (const peer of silent) peer.cut();
        },
      },
    ],
  },
  {
    id: 'G14',
    title: 'a clock that jumps a day, forward and back',
    note: 'by a clock that never goes back; what waits on disk with a Message Expiry Interval goes by the wall clock, for nothing else is left after a restart',
    tries: [
      {
        answer: 'no deadline moves: Keep Alive, session expiry, will delay',
        play: () =>
          withArena(
            {
              listeners: ['tcp'],
              isStored: true,
              flags: ['--import', `data:text/javascript,${encodeURIComponent(JUMPY)}`],
              yaml: 'listeners: [{ type: tcp, port: 0, name: tcp }]\n',
            },
            async (arena) => {
              const here = await subscriber(arena, 'g14/#', 0, { keepAlive: 60 });
              const away = { id: ownId(), clean: false, properties: EXPIRY };
              await leave(await subscriber(arena, 'g14/owed', 1, away));
              const will = { topic: 'g14/will', properties: bytes('18', u32(600)) };
              (await client(arena, { ...away, id: ownId(), will })).cut();
              for (const jump of [1, 2]) {
                here.send(publish('g14/owed', { qos: 1, id: jump, payload: `${jump}` }));
                await some(here, 2);
                arena.child.kill('SIGUSR2');
                for (;;)
                  if (arena.log.filter((line) => line.includes('the clock jumped')).length >= jump) break;
                  else await arena.check();
                await arena.check();
              }
              deepEqual(await here.toPing(), []);
              const [back, connack] = await attempt(arena, away);
              equal(connack, 'CONNACK 0x00 present');
              deepEqual(await some(back, 2), ['PUBLISH g14/owed 1 q1', 'PUBLISH g14/owed 2 q1']);
              for (const peer of [here, back]) peer.cut();
            },
          ),
      },
    ],
  },
];
