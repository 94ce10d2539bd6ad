/** A whole run, as every report is given it. */
import { isBad, type Outcome } from './outcome.ts';
import type { NotPlayed } from './plan.ts';

/** What was played, how it ended, and what was not. */
export interface Report {
  /** ISO 8601. */
  readonly began: string;
  readonly ms: number;
  /** What each broker says of its version, by its name; '' where it says nothing. */
  readonly versions: ReadonlyMap<string, string>;
  /** Brokers that did not start or did not end in order: each makes the run fail. */
  readonly troubles: readonly string[];
  /** In the order of the plan. */
  readonly outcomes: readonly Outcome[];
  readonly notPlayed: readonly NotPlayed[];
}

/** true when nothing failed that is not known. */
export function isGood({ troubles, outcomes }: Report): boolean {
  return troubles.length === 0 && !outcomes.some(isBad);
}
