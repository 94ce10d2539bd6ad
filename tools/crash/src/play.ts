/** Chapter after chapter until the time is over or something is found, and what they come to together. */
import type { Program } from './broker/program.ts';
import { chapter, type Death, type Outcome } from './chapter.ts';
import { tollOf } from './rules/toll.ts';

/** ms that a restart may take, on a machine with other work. */
const MOST_MS = 10_000;
/** ms within which everything that is owed must have come. */
const PATIENCE = 15_000;

/** What is played. */
export interface Play {
  readonly program: Program;
  /** The first chapter's seed; the next chapter's is one more. */
  readonly seed: number;
  /** How long chapters are begun, s; one is played at least. */
  readonly seconds: number;
  /** How often the broker dies in a chapter. */
  readonly deaths: number;
  /** How long it lives at most between two deaths, ms. */
  readonly life?: number | undefined;
  /** Longest that a restart may take, ms (10,000). */
  readonly mostMs?: number | undefined;
  /** ms within which everything that is owed must have come (15,000). */
  readonly patience?: number | undefined;
  readonly death: () => Death;
  /** Words before the broker's own, in the chapter of a seed. */
  readonly before?: ((seed: number) => (start: number) => readonly string[]) | undefined;
  /** Counts findings in place of ending with the first. */
  readonly keepsGoing?: boolean | undefined;
  /** Whether what is broken is all that was looked for. */
  readonly isEnough?: ((broken: ReadonlyMap<string, number>) => boolean) | undefined;
  readonly onFinding: (outcome: Outcome) => void;
}

/** What chapters come to. */
export interface Sum {
  readonly chapters: number;
  readonly deaths: number;
  readonly acknowledged: number;
  readonly delivered: number;
  /** The slowest restart, ms. */
  readonly slowest: number;
  /** Sessions that were to go on and were gone, and that went on; acknowledged deliveries that were lost. */
  readonly lost: { readonly sessions: number; readonly resumed: number; readonly deliveries: number };
  /** Rule -> findings. */
  readonly broken: ReadonlyMap<string, number>;
}

/** Plays. @throws when the broker ends by itself, or cannot be started again */
export async function play(options: Play): Promise<Sum> {
  const { program, seed: first, seconds, deaths, life, mostMs = MOST_MS, patience = PATIENCE } = options;
  const until = performance.now() + seconds * 1000;
  const sum = { chapters: 0, deaths: 0, acknowledged: 0, delivered: 0, slowest: 0 };
  const lost = { sessions: 0, deliveries: 0, resumed: 0 };
  const broken = new Map<string, number>();
  for (let seed = first; seed === first || performance.now() < until; seed++) {
    const before = options.before?.(seed);
    const death = options.death();
    const outcome = await chapter({ program, seed, deaths, death, mostMs, patience, life, before });
    sum.chapters++;
    sum.deaths += outcome.deaths;
    sum.acknowledged += outcome.acknowledged;
    sum.delivered += outcome.delivered;
    sum.slowest = Math.max(sum.slowest, outcome.slowest);
    const toll = tollOf(outcome.recorder.events);
    lost.sessions += toll.sessions;
    lost.deliveries += toll.deliveries;
    lost.resumed += toll.resumed;
    for (const { rule } of outcome.findings) broken.set(rule, (broken.get(rule) ?? 0) + 1);
    if (outcome.findings.length === 0) continue;
    options.onFinding(outcome);
    if (options.keepsGoing !== true || options.isEnough?.(broken) === true) break;
  }
  return { ...sum, lost, broken };
}
