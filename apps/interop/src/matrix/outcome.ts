/** How a play ended. */
import type { Line } from '../conformance/wire.ts';
import type { Play } from './plan.ts';

/**
 * `known`: it failed as the list of departures says; `gone`: it passed although the list says that it fails, so the list
 * is wrong.
 */
export type Verdict = 'passed' | 'failed' | 'known' | 'gone';

/** One play, played. */
export interface Outcome {
  readonly play: Play;
  readonly verdict: Verdict;
  /** Why it is not `passed`; '' when it is. */
  readonly reason: string;
  /** The reason of the list, where the play is on it. */
  readonly known?: string | undefined;
  readonly ms: number;
  /** What passed; of a play that is `passed` nothing. */
  readonly exchange: readonly Line[];
  /** What is to be known of the exchange, e.g. that it is of another try; '' when nothing. */
  readonly note: string;
  /** Tries before this one that do not count, because our own relays were late; none unless it is said. */
  readonly spoilt?: number;
}

/** true when it makes the run fail. */
export function isBad({ verdict }: Outcome): boolean {
  return verdict === 'failed' || verdict === 'gone';
}
