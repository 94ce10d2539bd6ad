/** A run on the terminal: progress, the failures with their exchanges, and the sums. Decides nothing. */
import { departureOf } from './departures.ts';
import type { Outcome } from './outcome.ts';
import { keyOf, readStatements } from './statements.ts';
import { count, type Row, STANDINGS } from './survey.ts';
import type { Line } from './wire.ts';

/** A failure as a person reads it: the statements with their texts, why it failed, every packet. */
export function failureText(outcome: Outcome, broker?: string): string {
  const texts = new Map(readStatements().map((one) => [keyOf(one), one.paraphrase]));
  const { version } = outcome;
  const known = departureOf(broker, outcome);
  return [
    `${outcome.verdict === 'failed' ? 'FAILED' : 'NOT REACHED'} ${version}: ${outcome.case.name}`,
    ...(outcome.verdict === 'failed' ? outcome.failing : outcome.statements).map(
      (id) => `  [${id}] ${texts.get(keyOf({ version, id })) ?? ''}`,
    ),
    ...(known === undefined ? [] : [`  known: ${known.why}`]),
    `  ${outcome.reason}`,
    ...exchangeText(outcome.exchange).map((line) => `    ${line}`),
  ].join('\n');
}

/** The packets with their bytes, one line each. */
export function exchangeText(exchange: readonly Line[]): string[] {
  return exchange.map(({ at, on, what, meaning, hex }) =>
    `${String(at).padStart(5)} ms  ${on} ${what} ${meaning}${hex === '' ? '' : `  | ${hex}`}`.trimEnd(),
  );
}

/** The counts, a line a version. */
export function summaryText(rows: readonly Row[]): string {
  const versions = [...new Set(rows.map(({ statement }) => statement.version))];
  return versions
    .map((version) => {
      const counts = count(rows.filter(({ statement }) => statement.version === version));
      const said = STANDINGS.filter((standing) => counts[standing] > 0);
      return `${version}: ${said.map((standing) => `${counts[standing]} ${standing}`).join(', ')}`;
    })
    .join('\n');
}
