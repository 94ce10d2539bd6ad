/** F17 at full size: a million retained topics, one more, and then `#`: for who reads fast and for who does not read. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Arena } from '../arena.ts';
import { bytes, connect, publish, subscribe } from '../bytes.ts';
import { Stream } from './stream.ts';
import { type FullCase, faultsOf, grouped, type Verdict } from './verdict.ts';
import { type Lateness, probed, Watch } from './watch.ts';

const TOPICS = 1_000_000;
const BEYOND = 1000;
/** Open PUBLISH at once: below Receive Maximum. */
const WINDOW = 500;
/** The longest that the event loop may be late, ms. */
const LATE = 50;
/**
 * Bytes by which the process may grow while one client does not read, until it has what it needs to answer him, and from
 * then on. What it keeps for him is a place in the tree and 1 MB; the rest is garbage that is not collected yet.
 */
const MOST_MORE = 64e6;
const MOST_LATER = 8e6;
/** ms for which he does not read; the second half shows whether it goes on growing. */
const STARES = 6000;

/** Where the probe in mqttd writes. */
const SAID = join(tmpdir(), `mqttd-late-${process.pid}`);

/** So many retained messages at QoS 1; how many were refused with 0x97. */
function fill(port: number, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let [sent, answered, refused] = [0, 0, 0];
    const send = (): void => {
      const parts: Uint8Array[] = [];
      while (sent < count && sent - answered < WINDOW) {
        const topic = `f17/${sent % 1000}/${sent}`;
        parts.push(publish(topic, { qos: 1, id: (sent % 60_000) + 1, retain: true, payload: 'retained' }));
        sent++;
      }
      if (parts.length > 0) stream.send(bytes(...parts));
    };
    const stream = new Stream(port, (first, packet) => {
      if (first === 0x40) {
        answered++;
        if (packet[4] === 0x97) refused++;
      }
      if (answered === count) {
        stream.socket.destroy();
        resolve(refused);
      } else if (first === 0x20 || sent - answered < WINDOW / 2) send();
    });
    stream.socket.once('close', () => reject(new Error(`cut after ${answered} PUBACK`)));
    stream.send(connect({ id: 'f17-publisher' }));
  });
}

/** A subscription to `#`; resolves when so many PUBLISH came. `stare`: reads nothing until it says so. */
async function readAll(port: number, count: number, stare?: () => Promise<void>): Promise<number> {
  let came = 0;
  let finish = (): void => undefined;
  const stream = new Stream(port, (first) => {
    if (first === 0x20) {
      stream.send(subscribe('#'));
      if (stare !== undefined) stream.socket.pause();
    }
    if (first >> 4 === 3 && ++came === count) finish();
  });
  const done = new Promise<void>((resolve) => {
    finish = resolve;
    stream.socket.once('close', () => resolve());
  });
  stream.send(connect({ id: `f17-reader-${stare === undefined ? 'fast' : 'slow'}` }));
  await stare?.();
  stream.socket.resume();
  await done;
  stream.socket.destroy();
  return came;
}

async function play(arena: Arena, scale: number): Promise<Verdict> {
  const count = TOPICS * scale;
  const port = arena.port();
  const watch = new Watch(SAID);
  await watch.late();
  await new Promise((resolve) => setTimeout(resolve, STARES));
  const idle = await watch.late();
  const began = performance.now();
  const refused = await fill(port, count + BEYOND);
  const filled = performance.now();
  const [full, filling] = [arena.rss, await watch.late()];
  const there = count + BEYOND - refused;
  const fast = await readAll(port, there);
  const readAt = performance.now();
  const reading = await watch.late();
  const before = arena.rss;
  let [kept, later] = [0, 0];
  const slow = await readAll(port, there, async () => {
    await new Promise((resolve) => setTimeout(resolve, STARES / 2));
    const half = arena.rss;
    await new Promise((resolve) => setTimeout(resolve, STARES / 2));
    kept = arena.rss - before;
    later = arena.rss - half;
  });
  const staring = await watch.late();
  rmSync(SAID, { force: true });
  const ms = ({ own, clock }: Lateness): string => `${own.toFixed(0)} ms (by the clock ${clock.toFixed(0)})`;
  const isInTime = ({ own }: Lateness): boolean => own < LATE;
  const rate = (from: number, to: number): string => grouped((count / (to - from)) * 1000);
  return {
    numbers: [
      `${grouped(count + BEYOND)} retained topics published at ${rate(began, filled)}/s, ${grouped(refused)} answered 0x97; ${grouped(full / 1e6)} MB`,
      `# delivered ${grouped(fast)} of ${grouped(there)} at ${rate(filled, readAt)}/s; to who first does not read for ${STARES / 1000} s, ${grouped(slow)}`,
      `event loop late by at most, by its own work: idle ${ms(idle)}, publishing ${ms(filling)}, # ${ms(reading)}, # unread and read ${ms(staring)}`,
      `${grouped(Math.max(0, kept) / 1e6)} MB more for who does not read, ${grouped(Math.max(0, later) / 1e6)} MB of it after ${STARES / 2000} s`,
    ],
    faults: faultsOf({
      'each beyond the limit is told 0x97': scale < 1 || refused === BEYOND,
      'all of them are delivered, to who reads fast and to who does not': fast === there && slow === there,
      [`delivery delays the event loop by less than ${LATE} ms`]: isInTime(reading) && isInTime(staring),
      [`who does not read makes it grow by less than ${MOST_MORE / 1e6} MB`]: kept < MOST_MORE,
      [`after ${STARES / 2000} s it grows by less than ${MOST_LATER / 1e6} MB more`]: later < MOST_LATER,
    }),
  };
}

/** The case. */
export const retained: FullCase = {
  id: 'F17',
  title: '1,000,000 retained topics, 1,000 more, and then #',
  setup: {
    listeners: ['tcp'],
    isStored: true,
    before: (words) => probed(words, SAID),
    yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
limits: { refuseDelay: 0, shedDelay: 0 }
`,
  },
  play,
};
