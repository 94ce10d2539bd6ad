/**
 * Outcomes of cases as verdicts of statements, with their counts. Knows no broker and no paper.
 */
import { beyondObservation } from './beyond.ts';
import type { Version } from './case.ts';
import { departureOf } from './departures.ts';
import type { Outcome, Verdict } from './outcome.ts';
import { bindsServer, keyOf, readStatements, type Statement } from './statements.ts';

/** What is known of a statement after a run. */
export type Standing = Verdict | 'not observable' | 'not played';

/** Every standing, best first. */
export const STANDINGS: readonly Standing[] = [
  'passed',
  'failed',
  'not applicable',
  'not reached',
  'not observable',
  'not played',
];

/** One statement and the cases that were played for it. */
export interface Row {
  readonly statement: Statement;
  readonly standing: Standing;
  readonly outcomes: readonly Outcome[];
  /** Why, where it is neither passed nor failed; '' else. */
  readonly reason: string;
}

/** The rows of a run, for the versions that were asked for. */
export function survey(outcomes: readonly Outcome[], versions: readonly Version[]): Row[] {
  return surveyOf(outcomes, versions, bindsServer, beyondObservation());
}

/** The same for any choice of statements. `beyond`: why there is no case, by the key of the statement. */
export function surveyOf(
  outcomes: readonly Outcome[],
  versions: readonly Version[],
  isMeant: (statement: Statement) => boolean,
  beyond: ReadonlyMap<string, string>,
): Row[] {
  const byKey = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    for (const id of outcome.statements) {
      const key = keyOf({ version: outcome.version, id });
      byKey.set(key, [...(byKey.get(key) ?? []), outcome]);
    }
  }
  return readStatements()
    .filter((statement) => isMeant(statement) && versions.includes(statement.version))
    .map((statement) => rowOf(statement, byKey.get(keyOf(statement)) ?? [], beyond.get(keyOf(statement))));
}

function rowOf(statement: Statement, outcomes: readonly Outcome[], unseen: string | undefined): Row {
  if (outcomes.length === 0) {
    return unseen === undefined
      ? { statement, outcomes, standing: 'not played', reason: 'no case of this run' }
      : { statement, outcomes, standing: 'not observable', reason: unseen };
  }
  const verdictOf = ({ verdict, failing }: Outcome): Verdict =>
    verdict === 'failed' && !failing.includes(statement.id) ? 'not reached' : verdict;
  const strongestFirst = ['failed', 'passed', 'not reached', 'not applicable'] as const;
  const standing = strongestFirst.find((verdict) => outcomes.some((one) => verdictOf(one) === verdict));
  const reason = outcomes.find((one) => verdictOf(one) === standing)?.reason ?? '';
  return { statement, outcomes, standing: standing ?? 'not played', reason };
}

/** How many statements stand how. */
export function count(rows: readonly Row[]): Readonly<Record<Standing, number>> {
  const counts = {
    passed: 0,
    failed: 0,
    'not applicable': 0,
    'not reached': 0,
    'not observable': 0,
    'not played': 0,
  };
  for (const { standing } of rows) counts[standing]++;
  return counts;
}

/** Failures and plays that did not reach their point, without the departures of `broker` that are known. */
export function unexpected(outcomes: readonly Outcome[], broker: string | undefined): Outcome[] {
  return outcomes.filter(
    (one) =>
      (one.verdict === 'failed' || one.verdict === 'not reached') && departureOf(broker, one) === undefined,
  );
}
