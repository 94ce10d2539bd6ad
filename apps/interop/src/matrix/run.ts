/**
 * Plays a plan: starts every broker that it names, plays what does not disturb each other at the same time, and stops
 * them. Answers: how did each play end, and what passed where it did not end well? Prints nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { witnessFor } from '../clients.ts';
import type { Line } from '../conformance/wire.ts';
import { type Departure, departureOf } from '../departures.ts';
import type { Place, Tape } from '../network.ts';
import { closeBrowser } from '../peers/browser-client.ts';
import { makeCertificates } from '../peers/certificates.ts';
import type { Broker, Certificates, RunningBroker } from '../peers/peer.ts';
import { PlayError, play as playScenario } from '../play.ts';
import { exchangeOf } from '../tape.ts';
import { Turns } from '../turns.ts';
import type { Outcome } from './outcome.ts';
import { hasRestart, type Plan, type Play } from './plan.ts';
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
const PATIENCE = 15_000;
/** ms to wait for a message that is known not to come. */
const LITTLE_PATIENCE = 500;
/** ms to wait for one that sometimes does not come. */
const SOME_PATIENCE = 3000;
/** ms for a publisher that is known to hang at times: enough for one that does not, where much else runs. */
const PUBLISH_PATIENCE = 8000;
/** Programs that start at a time, of those that are dear to start, where there are fewer processors. */
const FEWEST_STARTS = 2;
/** A play whose programs are dear to start counts as so many. */
const DEAR = 3;
/** Plays that wait for time to pass, for one that does not. */
const SLOW = 2;
/** Plays that have one broker started again together, for one that does not. */
const TOGETHER = 3;
/** ms that a play waits for calm whose broker is not started again without it. */
const BREATH = 250;
/** Brokers that are started again at a time, beside one that is slow to start. */
const PARALLEL_RESTARTS = 1;
/** Turns of others before a broker that is slow to start has its first: it takes as long as some hundred plays. */
const HEAD_START = 60;
/** ms by which this process may be late in all while a play goes that time presses: of 2,500 that a Keep Alive leaves. */
const MOST_LATE = 1000;
/** How often such a play is played again. */
const MORE_TRIES = 2;
/** ms that it waits for calm before. */
const REST = 10_000;
/** Longest exchange that is kept, in lines from each end. */
const LONGEST = 60;

/** What one broker has to do. */
interface Part {
  readonly broker: Broker;
  readonly swift: readonly Play[];
  readonly slow: readonly Play[];
  readonly timed: readonly Play[];
  readonly restarts: readonly Play[];
  /** Known departures, played one by one at a broker where nothing else is: other traffic can heal them. */
  readonly departing: readonly Play[];
}

function partsOf(plays: readonly Play[]): Part[] {
  return [...new Set(plays.map(({ broker }) => broker))].map((broker) => {
    const own = plays.filter((one) => one.broker === broker);
    const restarts = own.filter(({ scenario }) => hasRestart(scenario));
    const others = own.filter((one) => !restarts.includes(one));
    const departing = others.filter((one) => departureOf(one)?.isSometimes === false);
    const rest = others.filter((one) => !departing.includes(one));
    return {
      broker,
      restarts,
      departing,
      timed: rest.filter(({ scenario }) => scenario.isTimed === true),
      slow: rest.filter(({ scenario }) => scenario.isSlow === true && scenario.isTimed !== true),
      swift: rest.filter(({ scenario }) => scenario.isSlow !== true && scenario.isTimed !== true),
    };
  });
}

/** Plays all of it; outcomes in the order of the plan. A broker that does not start or end is a trouble of the report. */
export async function run(options: RunOptions): Promise<Report> {
  const start = new Date().toISOString();
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'interop-certificates-'));
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
    await rm(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #certificates: Certificates;
  /** Our own process has every relay in it: it must not be one of many that wait for a processor. */
  readonly #starts = new Turns(Math.max(FEWEST_STARTS, availableParallelism()));
  readonly #pulse: Pulse;
  readonly outcomes: Outcome[] = [];
  readonly versions = new Map<string, string>();
  /** What went wrong with brokers, beside any play. */
  readonly troubles: string[] = [];

  constructor(options: RunOptions, certificates: Certificates) {
    this.#options = options;
    this.#pulse = options.pulse ?? new Pulse();
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
    const outcome = place === undefined ? notStarted(play) : await this.#outcome(play, place);
    this.outcomes.push(outcome);
    this.#options.onOutcome?.(outcome);
  }

  async #outcome(play: Play, place: Place): Promise<Outcome> {
    const departure = departureOf(play);
    const began = performance.now();
    const { error, spoilt } = await this.#fairFailure(play, place, departure);
    const ms = Math.round(performance.now() - began);
    const known = departure?.why;
    if (error === undefined) {
      const isGone = departure?.isSometimes === false;
      const reason = isGone ? `it passes now; src/departures.ts says: ${known}` : '';
      return { play, verdict: isGone ? 'gone' : 'passed', reason, known, ms, exchange: [], note: '', spoilt };
    }
    const verdict = departure === undefined ? 'failed' : 'known';
    const { exchange, note } = await this.#read(play, place, error, departure);
    return { play, verdict, reason: error.message, known, ms, exchange, note, spoilt };
  }

  /** As `#failure`; one that time presses is not judged by a try in which our own relays kept it waiting. */
  async #fairFailure(
    play: Play,
    place: Place,
    departure: Departure | undefined,
  ): Promise<{ error: PlayError | undefined; spoilt: number }> {
    for (let spoilt = 0; ; spoilt += 1) {
      const before = this.#pulse.late;
      const error = await this.#failure(play, place, departure);
      const isFair = play.scenario.isTimed !== true || this.#pulse.late - before < MOST_LATE;
      if (error === undefined || isFair || spoilt === MORE_TRIES) return { error, spoilt };
      await this.#pulse.calm(REST);
    }
  }

  async #failure(play: Play, place: Place, departure: Departure | undefined): Promise<PlayError | undefined> {
    const { patience: usual = PATIENCE } = this.#options;
    // What waits for time to pass waits for others' timers, too.
    // A broker that is started again may take as long as it needs: RabbitMQ, 20 s where much else runs.
    const most = hasRestart(play.scenario) ? 4 * usual : usual;
    const patience = play.scenario.isSlow === true ? 2 * usual : most;
    const cast = { ...play, witness: witnessFor(play.reader.way.version) };
    const isShort = departure !== undefined && play.scenario.isSlow !== true;
    const short = departure?.isSometimes === true ? SOME_PATIENCE : LITTLE_PATIENCE;
    const publishPatience = isShort ? PUBLISH_PATIENCE : undefined;
    try {
      await playScenario(play.scenario, place, {
        ...cast,
        patience: isShort ? short : patience,
        publishPatience,
      });
      return undefined;
    } catch (error) {
      if (error instanceof PlayError) return error;
      throw error;
    }
  }

  /** What passed in a play that failed; one over TLS is played again through a relay that reads. */
  async #read(
    play: Play,
    place: Place,
    error: PlayError,
    departure: Departure | undefined,
  ): Promise<{ exchange: Line[]; note: string }> {
    if (isReadable(error.tapes)) return { exchange: shortened(exchangeOf(error.tapes)), note: '' };
    if (hasRestart(play.scenario)) {
      const note = 'over TLS, with a broker that was started again: what passed was not read';
      return { exchange: shortened(exchangeOf(error.tapes)), note };
    }
    const again = await this.#failure(play, { ...place, isRead: true }, departure);
    if (again !== undefined)
      return {
        exchange: shortened(exchangeOf(again.tapes)),
        note: `of another try, through a relay that reads TLS: ${again.message}`,
      };
    const note = 'played again through a relay that reads TLS, it passed';
    return { exchange: shortened(exchangeOf(error.tapes)), note };
  }
}

/** As how many plays it counts among those that go at once. */
function weightOf({ writer, reader }: Play): number {
  return writer.isDear === true || reader.isDear === true ? DEAR : 1;
}

function isReadable(tapes: readonly Tape[]): boolean {
  return tapes.every((tape) => tape.isReadable);
}

function notStarted(play: Play): Outcome {
  const reason = `${play.broker.name} did not start`;
  return { play, verdict: 'failed', reason, ms: 0, exchange: [], note: '' };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One of each list in turns: no broker has all the work at once. Whose turn is undefined is passed over. */
function inTurns<T>(lists: readonly (readonly (T | undefined)[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

/** Plays with so many empty turns before them that nobody waits for their broker to start. */
function later(plays: readonly Play[], { broker }: Part): readonly (Play | undefined)[] {
  return broker.isSlowToStart === true
    ? [...Array.from({ length: HEAD_START }, () => undefined), ...plays]
    : plays;
}

/** Plays that have one broker started again together. */
interface Group {
  readonly broker: Broker;
  readonly plays: readonly Play[];
}

/** All of them, of as many plays as weigh so much at most. */
function groupsOf(parts: readonly Part[], size: number): Group[] {
  return parts.flatMap(({ broker, restarts }) => {
    const groups: Play[][] = [];
    let room = 0;
    for (const play of restarts) {
      if (room < weightOf(play)) groups.push([]);
      room = (room < weightOf(play) ? size : room) - weightOf(play);
      groups.at(-1)?.push(play);
    }
    return groups.map((plays) => ({ broker, plays }));
  });
}

/** Its beginning and its end, and between them how much is left out. */
function shortened(lines: Line[]): Line[] {
  if (lines.length <= 2 * LONGEST + 1) return lines;
  const left = lines.length - 2 * LONGEST;
  const between = {
    at: lines[LONGEST]?.at ?? 0,
    on: '',
    what: '--',
    meaning: `… ${left} more …`,
    hex: '',
  } as const;
  return [...lines.slice(0, LONGEST), between, ...lines.slice(-LONGEST)];
}
