/**
 * Plays a plan: starts every broker that it names, plays what does not disturb each other at the same time, and stops
 * them. Judges none (`judge.ts`), divides none (`parts.ts`), prints nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../network.ts';
import { closeBrowser } from '../peers/browser-client.ts';
import { makeCertificates } from '../peers/certificates.ts';
import type { Broker, Certificates, RunningBroker } from '../peers/peer.ts';
import { startProgramsBy } from '../peers/program.ts';
import { Starter } from '../peers/starter.ts';
import { Turns } from '../turns.ts';
import { Judge } from './judge.ts';
import type { Outcome } from './outcome.ts';
import { type Group, groupsOf, inTurns, later, type Part, partsOf, weightOf } from './parts.ts';
import type { Plan, Play } from './plan.ts';
import { pool, type Taking } from './pool.ts';
import { Pulse } from './pulse.ts';
import type { Report } from './report.ts';
import { Together } from './together.ts';

/** How it is played. */
export interface RunOptions {
  readonly plan: Plan;
  /**
   * Plays at a time; 12 unless it is said. As many of those that time presses go beside them, twice as many of those that
   * only wait for it to pass, and three times as many where a broker is started again.
   */
  readonly parallel?: number;
  /** ms to wait for a message; 15,000 unless it is said. */
  readonly patience?: number;
  /** Called as each ends. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Says when this process is late; its run stops it. One of its own unless it is said. */
  readonly pulse?: Pulse;
}

const PARALLEL = 12;
/** Programs that start at a time, of those that are dear to start, where there are fewer processors. */
const FEWEST_STARTS = 2;
/** Plays that wait for time to pass, for one that does not. */
const SLOW = 2;
/** Plays that have one broker started again together, for one that does not. */
const TOGETHER = 3;
/** ms that a play waits for calm whose broker is not started again without it. */
const BREATH = 250;
/** Brokers that are started again at a time, beside one that is slow to start. */
const PARALLEL_RESTARTS = 1;

/** Plays all of it; outcomes in the order of the plan. A broker that does not start or end is a trouble of the report. */
export async function run(options: RunOptions): Promise<Report> {
  const start = new Date().toISOString();
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'interop-certificates-'));
  // The relays of all plays are in this process: it must not stand still while a program starts.
  const starter = await Starter.open();
  const before = startProgramsBy(starter.start);
  try {
    const one = new Run(options, await makeCertificates(folder));
    await one.all();
    const order = new Map(options.plan.plays.map((play, index) => [play, index]));
    const outcomes = one.outcomes.sort((a, b) => (order.get(a.play) ?? 0) - (order.get(b.play) ?? 0));
    const { notPlayed } = options.plan;
    const { versions, troubles } = one;
    return { began: start, ms: performance.now() - began, versions, troubles, outcomes, notPlayed };
  } finally {
    await closeBrowser();
    startProgramsBy(before);
    await starter.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #certificates: Certificates;
  /** Our own process has every relay in it: it must not be one of many that wait for a processor. */
  readonly #starts = new Turns(Math.max(FEWEST_STARTS, availableParallelism()));
  readonly #pulse: Pulse;
  readonly #judge: Judge;
  readonly outcomes: Outcome[] = [];
  readonly versions = new Map<string, string>();
  /** What went wrong with brokers, beside any play. */
  readonly troubles: string[] = [];

  constructor(options: RunOptions, certificates: Certificates) {
    this.#options = options;
    this.#pulse = options.pulse ?? new Pulse();
    this.#judge = new Judge(this.#pulse, options.patience);
    this.#certificates = certificates;
  }

  async all(): Promise<void> {
    try {
      await this.#all();
    } finally {
      this.#pulse.stop();
    }
  }

  async #all(): Promise<void> {
    const { plan, parallel = PARALLEL } = this.#options;
    const parts = partsOf(plan.plays);
    const starting = new Map(parts.map(({ broker }) => [broker, this.#start(broker)]));
    const at = async (play: Play) => this.#one(play, this.#placeOf(await starting.get(play.broker)));
    const alone = parts.filter(
      ({ broker, departing }) => broker.isSlowToStart !== true && departing.length > 0,
    );
    const groups = groupsOf(parts, TOGETHER * parallel);
    const slowGroups = groups.filter(({ broker }) => broker.isSlowToStart === true);
    const swiftGroups = groups.filter((group) => !slowGroups.includes(group));
    const lane = (plays: (part: Part) => readonly Play[], width: number): Promise<void> =>
      pool(inTurns(parts.map((part) => later(plays(part), part))), this.#taking(width), at);
    await Promise.all([
      lane(({ timed }) => timed, parallel),
      lane(({ slow }) => slow, SLOW * parallel),
      lane(({ swift }) => swift, parallel),
      pool(swiftGroups, { parallel: PARALLEL_RESTARTS }, (group) => this.#group(group)),
      pool(slowGroups, { parallel: 1 }, (group) => this.#group(group)),
      pool(alone, { parallel: 1 }, (part) => this.#alone(part)),
    ]);
    // Those of the others have their broker for themselves now.
    const rest = parts.filter((part) => !alone.includes(part));
    await pool(rest, { parallel: rest.length }, async ({ departing }) => {
      for (const play of departing) await at(play);
    });
    await pool([...starting.values()], { parallel: starting.size }, async (one) => this.#stop(await one));
  }

  /** So many plays at a time, fewer where this process is late; for one that waits for calm no longer than `most` ms. */
  #taking(parallel: number, most?: number): Taking<Play> {
    return { parallel, weight: weightOf, calm: () => this.#pulse.calm(most) };
  }

  /** A broker that runs; undefined when it does not start, which is one of the troubles. */
  async #start(broker: Broker): Promise<RunningBroker | undefined> {
    try {
      const running = await broker.start(this.#certificates);
      this.versions.set(broker.name, running.version ?? '');
      return running;
    } catch (error) {
      this.troubles.push(`${broker.name} did not start: ${textOf(error)}`);
      return undefined;
    }
  }

  async #stop(running: RunningBroker | undefined): Promise<void> {
    await running?.stop().catch((error: unknown) => {
      this.troubles.push(`${running.name} did not end in order: ${textOf(error)}`);
    });
  }

  #placeOf(running: RunningBroker | undefined, restart?: () => Promise<void>): Place | undefined {
    if (running === undefined) return undefined;
    const [certificates, starts] = [this.#certificates, this.#starts];
    return { addresses: () => running.addresses, certificates, restart, starts };
  }

  /** Known departures: one by one, at a broker of their own. */
  async #alone({ broker, departing }: Part): Promise<void> {
    const running = await this.#start(broker);
    for (const play of departing) await this.#one(play, this.#placeOf(running));
    await this.#stop(running);
  }

  /** A broker of their own for plays that have it started again. */
  async #group({ broker, plays }: Group): Promise<void> {
    const running = await this.#start(broker);
    const together = new Together(plays.length, async () => {
      if (running?.restart === undefined) throw new Error(`${broker.name} cannot be started again`);
      await running.restart();
    });
    const place = this.#placeOf(running, () => together.ready());
    await pool(plays, this.#taking(Number.POSITIVE_INFINITY, BREATH), async (play) => {
      await this.#one(play, place);
      together.leave();
    });
    await this.#stop(running);
  }

  async #one(play: Play, place: Place | undefined): Promise<void> {
    const outcome = place === undefined ? notStarted(play) : await this.#judge.outcome(play, place);
    this.outcomes.push(outcome);
    this.#options.onOutcome?.(outcome);
  }
}

function notStarted(play: Play): Outcome {
  const reason = `${play.broker.name} did not start`;
  return { play, verdict: 'failed', reason, ms: 0, exchange: [], note: '' };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
