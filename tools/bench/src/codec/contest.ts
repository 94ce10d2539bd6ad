/**
 * Two or more ways to do the same work, timed in turn: alternating rounds in one process, warm before the first.
 * Knows nothing of codecs. Time and garbage collection are arguments.
 */

/** One way to do the work. */
export interface Contestant {
  readonly name: string;
  /** Does the work once; `weight` depends on every result, so that none of it can be left out. */
  pass(): Pass;
}

/** What one pass did: the same numbers for every contestant of a load, or something is wrong. */
export interface Pass {
  readonly packets: number;
  readonly weight: number;
}

/** How long to run, and with which clock. */
export interface Timing {
  readonly rounds: number;
  /** Milliseconds one contestant works in one round. */
  readonly roundMs: number;
  /** Milliseconds each contestant works before the first round. */
  readonly warmUpMs: number;
  /** Now, in milliseconds. */
  readonly now: () => number;
}

/** Packets a second of one contestant, a figure for each round. */
export interface Series {
  readonly name: string;
  readonly perSecond: readonly number[];
}

/** Works for at least `ms`, whole passes only; packets a second. */
function work(contestant: Contestant, expected: Pass, ms: number, now: () => number): number {
  let packets = 0;
  const start = now();
  let end = start;
  do {
    const pass = contestant.pass();
    if (pass.packets !== expected.packets || pass.weight !== expected.weight) {
      throw new Error(`${contestant.name} gave ${JSON.stringify(pass)}, not ${JSON.stringify(expected)}`);
    }
    packets += pass.packets;
    end = now();
  } while (end - start < ms);
  return (packets * 1000) / (end - start);
}

/** Lets the contestants work in turn, forwards in even rounds and backwards in odd ones. */
export function contest(contestants: readonly Contestant[], timing: Timing): Series[] {
  const { now } = timing;
  const expected = contestants.map((contestant) => contestant.pass());
  const entries = contestants.map((contestant, i) => ({
    contestant,
    expected: expected[i] ?? { packets: 0, weight: 0 },
    perSecond: [] as number[],
  }));
  for (const entry of entries) work(entry.contestant, entry.expected, timing.warmUpMs, now);
  for (let round = 0; round < timing.rounds; round++) {
    for (const entry of round % 2 === 0 ? entries : [...entries].reverse()) {
      entry.perSecond.push(work(entry.contestant, entry.expected, timing.roundMs, now));
    }
  }
  return entries.map((entry) => ({ name: entry.contestant.name, perSecond: entry.perSecond }));
}
