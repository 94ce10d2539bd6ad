/**
 * The campaign: attacks of growing seeds, many at once, until time is up or something is found. Found is: the broker
 * ended or reported a fault, the witness was not served, a client that had ended was not let go, memory beyond its
 * bound, an end that is not in order. Time and target are arguments.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { assault, PATIENCE } from './assault.ts';
import { type Attack, attacks } from './attack.ts';
import { Target } from './target.ts';
import { Witness } from './witness.ts';

/** Attacks of one seed. */
export const ATTACKS_OF_A_SEED = 64;
/** Attacks that run at once. */
const AT_ONCE = 16;

/** ms between two rounds of the witness. */
const BETWEEN_CHECKS = 20;

/** How a campaign is run. */
export interface Campaign {
  /** The program and its arguments; it prints mqttd's ready line. */
  readonly target: readonly string[];
  readonly seed: number;
  /** Whether there is time for another seed. */
  readonly goesOn: () => boolean;
  /** Resident bytes of the broker; more is a finding. */
  readonly mostMemory: number;
  readonly report?: (seed: number, attacks: number) => void;
}

/** What came of it. */
export interface Outcome {
  /** What is wrong, in words; undefined when nothing was found. */
  readonly finding: string | undefined;
  /** The attacks of the seed that was running, in order: what a replay needs. */
  readonly last: readonly Attack[];
  readonly seed: number;
  readonly attacks: number;
  /** Rounds of the witness. */
  readonly rounds: number;
  /** Resident bytes at the end. */
  readonly rss: number;
}

/** Runs a campaign. @throws {Error} when the target does not start */
export async function fuzz({
  target: words,
  seed: first,
  goesOn,
  mostMemory,
  report,
}: Campaign): Promise<Outcome> {
  const target = await Target.start(words);
  let [seed, count, rounds, finding] = [first, 0, 0, undefined as string | undefined];
  let last: readonly Attack[] = [];
  try {
    const witness = await Witness.start(target.tcp);
    while (finding === undefined && goesOn()) {
      last = attacks(seed, ATTACKS_OF_A_SEED);
      finding = await volley(last, target, witness);
      count += last.length;
      if (finding === undefined && target.rss > mostMemory) {
        finding = `the broker has ${Math.round(target.rss / 1e6)} MB, more than ${Math.round(mostMemory / 1e6)}`;
      }
      if (finding === undefined) report?.(seed++, count);
    }
    rounds = witness.rounds;
    witness.stop();
  } catch (error) {
    finding = await target.reason(error);
  }
  const { rss } = target;
  const ending = await target.stop();
  finding ??= ending;
  if (finding !== undefined) finding += `\n--- the broker's last lines ---\n${target.tail}`;
  return { finding, last, seed, attacks: count, rounds, rss };
}

/** All attacks of a seed, the witness checking beside them. */
async function volley(all: readonly Attack[], target: Target, witness: Witness): Promise<string | undefined> {
  const queue = [...all];
  let stuck: string | undefined;
  const soldier = async (): Promise<void> => {
    for (let attack = queue.shift(); attack !== undefined; attack = queue.shift()) {
      if (target.broken !== undefined) return;
      const isGone = await assault(attack, target[attack.transport]);
      if (!isGone)
        stuck = `a client closed its side, and the broker still holds the connection after ${PATIENCE} ms`;
    }
  };
  const soldiers = Promise.all(Array.from({ length: AT_ONCE }, soldier)).then(() => true);
  let isOver = false;
  void soldiers.then(() => {
    isOver = true;
  });
  do {
    try {
      await witness.check();
    } catch (error) {
      return await target.reason(error);
    }
    await Promise.race([soldiers, pause(BETWEEN_CHECKS)]);
  } while (!isOver);
  await soldiers;
  return target.broken ?? stuck;
}
