/** A run on the terminal: its progress, its failures with what passed, the matrix, and why something is not in it. */
import { exchangeText } from '../conformance/report.ts';
import type { Outcome } from './outcome.ts';
import { isBad } from './outcome.ts';
import { title } from './plan.ts';
import type { Report } from './report.ts';
import { cellText, reasonsOf, type Table } from './table.ts';

/** A failure as a person reads it. */
export function failureText(outcome: Outcome): string {
  const { play, verdict, reason, ms, note, exchange } = outcome;
  const word =
    verdict === 'gone' ? 'THE LIST OF DEPARTURES IS WRONG' : verdict === 'known' ? 'known' : 'FAILED';
  return [
    `${word} ${play.broker.name} | ${title(play)} (${ms} ms)`,
    `  ${reason.replaceAll('\n', '\n  ')}`,
    ...(outcome.known === undefined || verdict === 'gone' ? [] : [`  known: ${outcome.known}`]),
    ...(note === '' ? [] : [`  ${note}`]),
    ...exchangeText(exchange).map((line) => `    ${line}`),
  ].join('\n');
}

/** The matrix, its columns in line. */
export function matrixText(table: Table): string {
  const rows = table.clients.map((client) => [
    client,
    ...table.cells.filter((cell) => cell.client === client).map(cellText),
  ]);
  const lines = [['', ...table.brokers], ...rows];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Why something is not played, with how often. */
export function notPlayedText(table: Table): string {
  const reasons = reasonsOf(table.cells.flatMap(({ notPlayed }) => notPlayed));
  if (reasons.length === 0) return '';
  return ['not played:', ...reasons.map(([why, count]) => `  ${String(count).padStart(5)}  ${why}`)].join(
    '\n',
  );
}

/** The reasons of the known departures that were met, with how often. */
export function knownText(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { verdict, known = '' } of outcomes)
    if (verdict === 'known') counts.set(known, (counts.get(known) ?? 0) + 1);
  if (counts.size === 0) return '';
  return [
    'known departures:',
    ...[...counts].map(([why, count]) => `  ${String(count).padStart(5)}  ${why}`),
  ].join('\n');
}

/** The sum, in one line. */
export function sumText({ outcomes, ms }: Report): string {
  const failed = outcomes.filter(isBad).length;
  const known = outcomes.filter(({ verdict }) => verdict === 'known').length;
  const passed = outcomes.length - failed - known;
  const again = outcomes.filter(({ spoilt = 0 }) => spoilt > 0).length;
  const late = again === 0 ? '' : `, ${again} played again because this process was late`;
  return `${passed} passed, ${failed} failed, ${known} known departures${late}, in ${durationText(ms)}`;
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
