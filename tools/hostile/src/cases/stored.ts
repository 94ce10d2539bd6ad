/** Group G, what is on disk: full, failing, killed, damaged, shared, copied. Each case has an mqttd and a folder of its own. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Arena, startRefused } from '../arena.ts';
import { bytes, publish, subscribe, u32 } from '../bytes.ts';
import type { Case, Play } from '../case.ts';
import { attempt, client, leave, some, subscriber } from '../clients.ts';
import { Folder, program, type Setup } from '../folder.ts';
import type { Peer } from '../peer.ts';

const EXPIRY = bytes('11', u32(3600));
/** So much may wait and be in flight that all of it comes back at once. */
const STORED: Setup = {
  listeners: ['tcp'],
  isStored: true,
  yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
limits: { maximumQueuedMessages: 60000, maximumQueuedBytes: 1000000000, maximumInflight: 65535, maximumInflightBytes: 1000000000 }
`,
};
const AWAY = { id: 'away', clean: false, properties: bytes(EXPIRY, '21 ff ff') };

type Start = (more?: Partial<Setup>) => Promise<Arena>;

/** One folder, and every mqttd that is started on it. */
function kept(
  name: string | undefined,
  answer: string,
  play: (start: Start, folder: Folder) => Promise<void>,
): Play {
  return {
    ...(name === undefined ? {} : { name }),
    answer,
    play: async () => {
      const folder = new Folder(STORED);
      const arenas: Arena[] = [];
      try {
        await play(async (more) => {
          const arena = await Arena.start({ ...STORED, ...more }, folder);
          arenas.push(arena);
          return arena;
        }, folder);
      } finally {
        await Promise.all(arenas.map((arena) => arena.end('SIGKILL')));
        folder.remove();
      }
    },
  };
}

/** A session that is away and owed everything of `topic`. */
async function awaySession(arena: Arena, topic: string): Promise<void> {
  await leave(await subscriber(arena, topic, 1, AWAY));
}

/** What the session that was away is owed: the payloads, in order. Another behind them says where they end. */
async function owed(arena: Arena, topic: string): Promise<readonly string[]> {
  const sender = await client(arena);
  sender.send(publish(topic, { qos: 1, payload: 'end' }));
  equal(await sender.next(), 'PUBACK 1');
  const peer = await client(arena, AWAY);
  const all: string[] = [];
  for (let one = ''; one !== 'end' && !peer.isClosed; ) {
    one = (await peer.next()).replace(`PUBLISH ${topic} `, '').replace(' q1', '').replace(' dup', '');
    all.push(one);
  }
  for (const one of [sender, peer]) one.cut();
  return all.slice(0, -1);
}

/** Publishes 1, 2, 3 … at QoS 1 until the connection ends or an answer is none; the payloads that were acknowledged. */
async function pour(
  peer: Peer,
  topic: string,
  atOnce: number,
  heard: (count: number, words: string) => boolean,
): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  let sent = 0;
  const send = (): void => {
    sent++;
    peer.send(publish(topic, { qos: 1, id: sent, payload: `${sent}` }));
  };
  for (let n = 0; n < atOnce; n++) send();
  for (;;) {
    const words = await peer.next();
    if (words === 'closed') return acknowledged;
    acknowledged.push(words.replace('PUBACK ', ''));
    if (!heard(acknowledged.length, words)) return acknowledged;
    send();
  }
}

const FILE = 'store.mdb';

/** All places of `marker` in the store's file are changed by one bit. */
function flip(folder: Folder, marker: string): number {
  const path = join(folder.data, FILE);
  const all = readFileSync(path);
  let count = 0;
  for (let at = all.indexOf(marker); at >= 0; at = all.indexOf(marker, at + 1)) {
    all[at] = (all[at] ?? 0) ^ 1;
    count++;
  }
  writeFileSync(path, all);
  return count;
}

/** The words that start mqttd with its data on a small disk of its own; undefined where the system does not let us. */
function onSmallDisk(): ((words: readonly string[]) => readonly string[]) | undefined {
  const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];
  const mounted = ['sh', '-c', 'mount -t tmpfs -o size=64m tmpfs "$0" && exec "$@"'];
  const [word = '', ...words] = [...unshare, ...mounted, '/mnt', 'true'];
  if (spawnSync(word, words, { stdio: 'ignore' }).status !== 0) return undefined;
  return (all) => [...unshare, ...mounted, all.at(-1) ?? '', ...all];
}

/** Runs `mqttd store …` to its end; what it printed. */
async function tool(task: string, data: string, input = ''): Promise<string> {
  const child = spawn(process.execPath, [program(), 'store', task, '--data', data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdin.end(input);
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  equal(exit, 0);
  return said;
}

/** The cases. */
export const stored: readonly Case[] = [
  {
    id: 'G03',
    title: 'a full disk',
    note: 'QoS 0 goes on; a small disk is mounted where Linux lets us, else `full.test.ts` of the store stands for it',
    tries: [
      kept(
        undefined,
        '`PUBACK 0x97`; goes on when there is room, and nothing acknowledged is lost',
        async (start, folder) => {
          const before = onSmallDisk();
          if (before === undefined) return void process.stderr.write('[G03] no disk can be mounted here\n');
          mkdirSync(folder.data, { mode: 0o700 });
          const arena = await start({ before });
          const filler = `/proc/${arena.child.pid}/root${folder.data}/filler`;
          await awaySession(arena, 'g03');
          writeFileSync(filler, Buffer.alloc(36 << 20));
          const sender = await client(arena);
          for (let id = 1; id <= 200; id++)
            sender.send(publish('g03', { qos: 1, id, payload: `${id}-${'x'.repeat(100_000)}` }));
          await arena.logged('the store is full');
          const late = await client(arena);
          late.send(publish('g03', { qos: 1 }));
          equal(await late.next(), 'PUBACK 1 0x97');
          rmSync(filler);
          await arena.logged('the store has room again');
          const answers = await some(sender, 200);
          const taken = answers.filter((words) => !words.endsWith(' 0x97'));
          equal(taken.length > 0, true);
          late.send(publish('g03', { qos: 1 }));
          equal(await late.next(), 'PUBACK 1');
          equal((await owed(arena, 'g03')).length, taken.length + 1);
          for (const peer of [sender, late]) peer.cut();
          await arena.check();
        },
      ),
    ],
  },
  {
    id: 'G04',
    title: 'a disk that fails',
    note: '`npm run crash -- --faults` does the same with EIO on a sync',
    tries: [
      kept(
        'a write that the system refuses',
        'mqttd ends, not with 0, and acknowledges nothing more; what it had is there at the next start',
        async (start) => {
          const arena = await start();
          await awaySession(arena, 'g04');
          // Behind the back of mqttd, which asks for the limit once: what it knows is a full disk [G03].
          execFileSync('prlimit', ['--pid', String(arena.child.pid), '--fsize=800000']);
          const sender = await client(arena);
          const acknowledged = await pour(sender, 'g04', 50, () => true);
          // 1; or by a signal: lmdb 3.5.6 writes the text of such an error over its end.
          equal((await arena.ended) === 0, false);
          equal((await arena.logged('the store failed')) === '', false);
          equal(acknowledged.length > 0, true);
          const again = await start();
          const all = new Set(await owed(again, 'g04'));
          equal(acknowledged.at(-1), 'DISCONNECT 0x83');
          deepEqual(
            acknowledged.slice(0, -1).filter((one) => !all.has(one)),
            [],
          );
        },
      ),
    ],
  },
  {
    id: 'G13',
    title: 'kill -9 at any moment',
    note: '`npm run crash` does it for hours, with a history that is judged',
    tries: [
      kept(
        'under load',
        'nothing acknowledged is lost, nothing comes twice, the order is kept',
        async (start) => {
          for (const moment of [401]) {
            const topic = `g13/${moment}`;
            const arena = await start();
            await awaySession(arena, topic);
            const sender = await client(arena);
            const acknowledged = await pour(sender, topic, 100, (count) => {
              if (count === moment) void arena.end('SIGKILL');
              return true;
            });
            await arena.ended;
            const again = await start();
            const all = await owed(again, topic);
            deepEqual(
              all,
              Array.from(all, (_, n) => `${n + 1}`),
            );
            equal(all.length >= acknowledged.length, true);
            await leave(await client(again, { id: AWAY.id }));
            await again.end();
          }
        },
      ),
    ],
  },
  {
    id: 'G15',
    title: 'a damaged store',
    note: 'a checksum in every record; `mqttd store check` finds them beforehand',
    tries: [
      kept(
        'a bit of a record',
        'that one is set aside and told in the log, all others are served',
        async (start, folder) => {
          const arena = await start();
          const sender = await client(arena);
          sender.send(
            publish('g15/bad', { qos: 1, retain: true, payload: 'the-damaged-one' }),
            publish('g15/good', { qos: 1, id: 2, retain: true, payload: 'good' }),
          );
          await some(sender, 2);
          await arena.end();
          equal(flip(folder, 'the-damaged-one') > 0, true);
          const again = await start();
          const reader = await subscriber(again, 'g15/#');
          deepEqual(await reader.toPing(), ['PUBLISH g15/good good retain']);
          match(await again.logged('damaged record'), /set aside/);
          await again.check();
        },
      ),
      kept('cut to a half', 'mqttd does not start (1), and says what to do', async (start, folder) => {
        const arena = await start();
        await awaySession(arena, 'g15');
        await arena.end();
        const path = join(folder.data, FILE);
        const half = statSync(path).size >> 1;
        truncateSync(path, half);
        const { code, said } = await startRefused(STORED, folder);
        equal(code, 1);
        match(said, /damaged/);
      }),
      kept('its first pages zeroed', 'mqttd does not start (1)', async (start, folder) => {
        const arena = await start();
        await arena.end();
        const path = join(folder.data, FILE);
        const all = readFileSync(path);
        writeFileSync(path, all.fill(0, 0, 8192));
        const { code, said } = await startRefused(STORED, folder);
        equal(code, 1);
        match(said, /damaged/);
      }),
    ],
  },
  {
    id: 'G16',
    title: 'file modes',
    tries: [
      kept(undefined, 'folder 0700, files 0600', async (start, folder) => {
        await start();
        equal(statSync(folder.data).mode & 0o777, 0o700);
        for (const name of readdirSync(folder.data))
          equal(statSync(join(folder.data, name)).mode & 0o777, 0o600, name);
      }),
    ],
  },
  {
    id: 'G17',
    title: 'two brokers, one folder',
    tries: [
      kept(undefined, 'the second does not start; the first goes on', async (start, folder) => {
        const arena = await start();
        const { code, said } = await startRefused(STORED, folder);
        equal(code, 1);
        match(said, /is in use by the process with the id/);
        await arena.check();
      }),
    ],
  },
  {
    id: 'G18',
    title: 'a copy of files in use',
    note: '`mqttd store export`; a copy of the file itself is none that can be trusted',
    tries: [
      kept(
        'while messages come',
        'what was acknowledged before is in it, and starts elsewhere',
        async (start) => {
          const arena = await start();
          await awaySession(arena, 'g18');
          const sender = await client(arena);
          let copy: Promise<string> | undefined;
          let isOver = false;
          await pour(sender, 'g18', 20, (count) => {
            if (count === 500) {
              copy = tool('export', arena.folder.data);
              void copy.finally(() => {
                isOver = true;
              });
            }
            return !isOver;
          });
          const text = (await copy) ?? '';
          const other = new Folder(STORED);
          await tool('import', other.data, text);
          const elsewhere = await Arena.start(STORED, other);
          try {
            const all = await owed(elsewhere, 'g18');
            equal(all.length >= 500, true);
            deepEqual(
              all,
              Array.from(all, (_, n) => `${n + 1}`),
            );
          } finally {
            await elsewhere.stop();
          }
          sender.cut();
        },
      ),
    ],
  },
  {
    id: 'N23',
    title: '50 sessions that ask for ever, with half a QoS 2 message, a will and filters each, and a kill -9',
    note: 'what hostile clients leave in the store is loaded, and bounded, as everything else',
    tries: [
      kept(
        undefined,
        'all are back, none is damaged; who ends them makes the store empty',
        async (start, folder) => {
          const arena = await start();
          const properties = bytes('11 ff ff ff ff');
          const will = { topic: 'n23/will', payload: 'x'.repeat(5000), properties: bytes('18 ff ff ff ff') };
          const ids = Array.from({ length: 50 }, (_, n) => `n23-${n}-${'x'.repeat(200)}`);
          for (const id of ids) {
            const peer = await client(arena, { id, clean: false, properties, will });
            peer.send(
              publish(`n23/${id}`, { qos: 2, id: 65_535 }),
              subscribe([`n23/${id}`, `$share/g/${id}`, '+/+/#']),
            );
            await some(peer, 2);
            peer.cut();
          }
          await arena.end('SIGKILL');
          match(await tool('check', folder.data), /every record is sound/);
          const again = await start();
          for (const id of ids) {
            const [peer, connack] = await attempt(again, { id, clean: false });
            equal(connack, 'CONNACK 0x00 present');
            peer.send('62 02 ff ff');
            equal(await peer.next(), 'PUBCOMP 65535');
            await leave(peer);
          }
          await again.check();
          await again.end();
          match(await tool('check', folder.data), /sessions: 0/);
        },
      ),
    ],
  },
];
