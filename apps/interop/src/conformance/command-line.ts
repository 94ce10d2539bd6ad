/**
 * What the command lines for servers and for clients have in common: words that are numbers and versions, and a run told
 * to a person and to files. Exit codes: 0 no departure, 1 a statement failed, 2 a case did not reach its point.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import type { Version } from './case.ts';
import type { Outcome } from './outcome.ts';
import { failureText, summaryText } from './report.ts';
import { jsonText, junitText } from './reports-for-machines.ts';
import type { survey } from './survey.ts';

/** The versions that `--version` names, both without it. @throws {Error} for another */
export function versionsNamed(text: string | undefined): Version[] {
  if (text === undefined) return ['3.1.1', '5.0'];
  if (['3.1.1', '311', '4'].includes(text)) return ['3.1.1'];
  if (['5.0', '5'].includes(text)) return ['5.0'];
  throw new Error(`--version ${text}: 3.1.1 or 5.0`);
}

/** A number from 1 on. @throws {Error} for anything else */
export function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${text}: a number from 1 on`);
  return number;
}

/** Empties the files that a run is to be written to, so that one which cannot be is known before. @throws {Error} */
export function makeFiles(...files: readonly (string | undefined)[]): void {
  for (const file of files) if (file !== undefined) writeFileSync(file, '');
}

/** Prints, and gives the exit code. */
export function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

/** A run that is over. */
interface Told {
  /** What was played with: an address, a driver. */
  readonly name: string;
  /** Whom the statements bind. */
  readonly binds: 'server' | 'client';
  readonly outcomes: readonly Outcome[];
  readonly rows: ReturnType<typeof survey>;
  /** What did not pass and is not known to. */
  readonly bad: readonly Outcome[];
  /** Whose known departures are explained. */
  readonly known: string | undefined;
  /** Files to write. */
  readonly json: string | undefined;
  readonly junit: string | undefined;
}

/** Tells a run: failures, files, counts. Gives the exit code. */
export function tell({ name, binds, outcomes, rows, bad, known, json, junit }: Told): number {
  for (const one of outcomes)
    if (one.verdict === 'failed' || one.verdict === 'not reached') say(`\n${failureText(one, known)}\n`, 0);
  if (json !== undefined) writeFileSync(json, jsonText(name, rows, outcomes, known));
  if (junit !== undefined) writeFileSync(junit, junitText(outcomes));
  say(`\n${name}, statements that bind a ${binds}\n${summaryText(rows)}\n`, 0);
  return bad.some(({ verdict }) => verdict === 'failed') ? 1 : bad.length > 0 ? 2 : 0;
}
