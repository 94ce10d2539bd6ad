/**
 * One chapter: a new data folder, a company of clients, some deaths of the broker at moments that a seed chooses, and a
 * judgement at the end when nothing is owed any more. How the broker dies, `Death` says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './broker/program.ts';
import { freePort, Target } from './broker/target.ts';
import { Cast } from './clients/cast.ts';
import { Random } from './clients/random.ts';
import type { Event } from './history/event.ts';
import { Recorder } from './history/recorder.ts';
import { type Broken, judge, type RuleName } from './rules/index.ts';

/** How a broker dies and where its data is: in a folder, or on a disk that loses its power. */
export interface Death {
  readonly name: string;
  /** The folder of a chapter. */
  readonly data: string;
  /** Ends the process as this death does; its folder is then what a broker would find. */
  strike(target: Target): Promise<void>;
  /** The chapter is over. */
  end(): Promise<void>;
}

/** What a chapter is played with. */
export interface ChapterOptions {
  readonly program: Program;
  readonly seed: number;
  readonly deaths: number;
  readonly death: Death;
  /** Longest that a restart may take, ms. */
  readonly mostMs: number;
  /** Longest that the broker lives before it dies again, ms (900). */
  readonly life?: number | undefined;
  /** ms within which everything that is owed must have come. */
  readonly patience: number;
  /** Words before those of the broker at its nth start from 0, e.g. those of strace; then it may end by itself. */
  readonly before?: ((start: number) => readonly string[]) | undefined;
}

/** How a chapter ended. */
export interface Outcome {
  readonly seed: number;
  readonly findings: readonly Broken[];
  readonly deaths: number;
  readonly acknowledged: number;
  readonly delivered: number;
  /** The slowest restart, ms. */
  readonly slowest: number;
  readonly recorder: Recorder;
  /** What the broker printed last. */
  readonly tail: string;
}

/** ms that a broker lives at most between two deaths. */
const LIFE = 900;
/** ms in which something could still come twice. */
const AFTERWARDS = 400;
const OWED: readonly RuleName[] = ['no loss', 'subscriptions', 'wills', 'shared groups'];

/** kill -9: what was written is there, synced or not. */
export function killed(): Death {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-crash-'));
  return {
    name: 'kill -9',
    data: join(folder, 'data'),
    strike: (target) => target.signal('SIGKILL'),
    end: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** ms that the broker gets before it dies: mostly at work, sometimes while it loads or while clients come back. */
async function live(
  target: Target,
  random: Random,
  recorder: Recorder,
  { mostMs, life = LIFE, before }: ChapterOptions,
): Promise<void> {
  const kind = random.whole(0, 4);
  const last = recorder.events.findLast((event) => event.is === 'restart')?.ms ?? 0;
  const started = target.start();
  if (kind === 0) {
    // Within what the last start took: its end is the store being loaded.
    await Promise.race([started, sleep(random.whole(1, Math.max(1, Math.round(last))))]);
    return;
  }
  const ms = await started;
  if (ms === undefined && before !== undefined) return;
  if (ms === undefined) throw new Error(`the broker ended by itself: ${target.tail}`);
  recorder.add({ is: 'restart', ms, mostMs });
  await Promise.race([sleep(kind === 1 ? random.whole(0, 60) : random.whole(60, life)), target.exited]);
}

async function untilNothingIsOwed(events: readonly Event[], patience: number): Promise<void> {
  const until = performance.now() + patience;
  while (performance.now() < until) {
    if (!judge(events).some(({ rule }) => OWED.includes(rule))) break;
    await sleep(150);
  }
  await sleep(AFTERWARDS);
}

/** Plays a chapter. @throws when the broker ends by itself, or cannot be started again */
export async function chapter(options: ChapterOptions): Promise<Outcome> {
  const { program, seed, deaths, death, mostMs, patience } = options;
  const random = new Random(seed);
  const recorder = new Recorder(() => performance.now());
  const port = await freePort();
  const target = new Target(program, port, death.data, options.before);
  const cast = new Cast(port, recorder, random.fork());
  const restart = async (): Promise<void> => {
    const ms = await target.start();
    if (ms === undefined) throw new Error(`${program.name} does not start: ${target.tail}`);
    recorder.add({ is: 'restart', ms, mostMs });
  };
  try {
    await restart();
    await cast.begin();
    cast.play();
    await sleep(random.whole(100, 500));
    for (let count = 0; count < deaths; count++) {
      if (count > 0) await live(target, random, recorder, options);
      recorder.add({ is: 'crash', how: death.name });
      await death.strike(target);
    }
    await restart();
    await sleep(random.whole(100, 500));
    await cast.settle(sleep(patience));
    await untilNothingIsOwed(recorder.events, patience);
  } finally {
    await target.signal('SIGKILL');
    await cast.end();
    await death.end();
  }
  const { events } = recorder;
  const count = (is: Event['is']): number => events.filter((event) => event.is === is).length;
  const restarts = events.flatMap((event) => (event.is === 'restart' ? [event.ms] : []));
  return {
    seed,
    findings: judge(events),
    deaths,
    acknowledged: count('acked'),
    delivered: count('deliver'),
    slowest: Math.round(Math.max(...restarts)),
    recorder,
    tail: target.tail,
  };
}
