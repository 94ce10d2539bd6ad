/**
 * The shape of a known departure of somebody else's broker or client. Knows none.
 */
import type { Version } from './case.ts';

/** A case that is known to fail. */
export interface Departure {
  readonly broker: string;
  /** The whole name of the case. */
  readonly case: string;
  /** One version; both unless it is said. */
  readonly version?: Version;
  /** What the broker does. */
  readonly why: string;
  /** Why one may see it otherwise. */
  readonly doubt?: string;
}

/** The same departure in several cases. */
export function several(
  broker: string,
  why: string,
  cases: readonly string[],
  doubt?: string,
): readonly Departure[] {
  return cases.map((one) => ({ broker, case: one, why, ...(doubt === undefined ? {} : { doubt }) }));
}
