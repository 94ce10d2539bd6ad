/** Outcomes of a client's cases as verdicts of the statements that bind a client. */
import type { Version } from '../case.ts';
import type { Outcome } from '../outcome.ts';
import type { Statement } from '../statements.ts';
import { type Row, surveyOf } from '../survey.ts';
import { beyondClients } from './beyond-client.ts';

/** true when a client has to keep it. */
export function bindsClient({ binds }: Statement): boolean {
  return binds !== 'server';
}

/** The rows of a run with a client. */
export function surveyOfClient(outcomes: readonly Outcome[], versions: readonly Version[]): Row[] {
  return surveyOf(outcomes, versions, bindsClient, beyondClients());
}
