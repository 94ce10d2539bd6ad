/** How the play of a case ended. */
import type { Version } from './case.ts';
import type { Line } from './wire.ts';

/** `not reached`: what had to go before did not work, so that nothing is known about the statement. */
export type Verdict = 'passed' | 'failed' | 'not applicable' | 'not reached';

/** One case, played in one version. */
export interface Outcome {
  readonly case: { readonly name: string };
  readonly version: Version;
  /** Ids of the statements in this version. */
  readonly statements: readonly string[];
  readonly verdict: Verdict;
  /** Of a failure: the statements that it is about; the others were not reached. */
  readonly failing: readonly string[];
  /** Why it is not `passed`; '' when it is. */
  readonly reason: string;
  readonly exchange: readonly Line[];
  readonly ms: number;
}

/** A play that ends before its last step. */
export class Ended extends Error {
  readonly verdict: Verdict;
  /** The statements that it is about; undefined: all of the case. */
  proves: readonly string[] | undefined;
  constructor(verdict: Verdict, reason: string) {
    super(reason);
    this.verdict = verdict;
  }
}
