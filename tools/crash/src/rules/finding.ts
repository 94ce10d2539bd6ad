/** What a rule answers with. Knows no rule. */
import type { Model } from '../history/model.ts';

/** A rule that was broken: at which event, and what is wrong in words. */
export interface Finding {
  readonly at: number;
  readonly what: string;
}

/** A pure function over a history. */
export type Rule = (model: Model) => Finding[];
