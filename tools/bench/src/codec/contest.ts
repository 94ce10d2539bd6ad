/**
 * Two or more ways to do the same work, timed in turn: alternating rounds, warm before the first.
 * Knows nothing of codecs, nor where a contestant works. Time is an argument.
 */

/** One way to do the work. */
export interface Contestant {
  /** Does the work once; `weight` depends on every result, so that none of it can be left out. */
  pass(): Pass;
}

/** What one pass did: the same numbers in every pass, or something is wrong. */
export interface Pass {
  readonly packets: number;
  readonly weight: number;
}

/** Works for at least `ms`, whole passes only; packets a second. */
export type Turn = (ms: number) => number;

/** Lets a contestant work by the clock `now` (ms); throws when a pass gives something else than the first one did. */
export function turns(contestant: Contestant, now: () => number): Turn {
  const expected = contestant.pass();
  return (ms) => {
    let packets = 0;
    const start = now();
    let end = start;
    do {
      const pass = contestant.pass();
      if (pass.packets !== expected.packets || pass.weight !== expected.weight) {
        throw new Error(`a pass gave ${JSON.stringify(pass)}, not ${JSON.stringify(expected)}`);
      }
      packets += pass.packets;
      end = now();
    } while (end - start < ms);
    return (packets * 1000) / (end - start);
  };
}

/** A contestant wherever it works, and what it reached in each round so far. */
export interface Entry {
  readonly name: string;
  turn(ms: number): Promise<number>;
}

/** How long to run. */
export interface Timing {
  readonly rounds: number;
  /** Milliseconds one contestant works in one round. */
  readonly roundMs: number;
  /** Milliseconds each contestant works before the first round. */
  readonly warmUpMs: number;
}

/** Packets a second of one contestant, a figure for each round. */
export interface Series {
  readonly name: string;
  readonly perSecond: readonly number[];
}

/** Lets the contestants work in turn, forwards in even rounds and backwards in odd ones. */
export async function contest(entries: readonly Entry[], timing: Timing): Promise<Series[]> {
  const series = entries.map((entry) => ({ entry, name: entry.name, perSecond: [] as number[] }));
  for (const { entry } of series) await entry.turn(timing.warmUpMs);
  for (let round = 0; round < timing.rounds; round++) {
    for (const one of round % 2 === 0 ? series : [...series].reverse()) {
      one.perSecond.push(await one.entry.turn(timing.roundMs));
    }
  }
  return series.map(({ name, perSecond }) => ({ name, perSecond }));
}
