/** What is wrong with a file that says who may do what: at which lines, and what would be right. */
import type { Fault } from '../config/faults.ts';

/** One thing that is wrong; line and column from 1. */
export interface Flaw {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** As many are told; a file of another kind is wrong at every line. */
const MOST = 20;

/** A file that cannot be used. */
export class AccessFileError extends Error {
  override readonly name = 'AccessFileError';
  readonly code = 'ACCESS_FILE_INVALID';
  /** What is wrong, each with its place. */
  readonly faults: readonly Fault[];

  constructor(file: string, flaws: readonly Flaw[]) {
    const faults = flaws.slice(0, MOST).map(({ line, column, problem }) => ({
      where: `${file}:${line}:${column}`,
      key: '',
      message: problem,
    }));
    const more = flaws.length - MOST;
    if (more > 0) faults.push({ where: file, key: '', message: `and ${more} more lines like these` });
    super(faults.map(({ where, message }) => `${where}: ${message}`).join('\n'));
    this.faults = faults;
  }
}

/** @throws {AccessFileError} when there are flaws */
export function throwFlaws(file: string, flaws: readonly Flaw[]): void {
  if (flaws.length > 0) throw new AccessFileError(file, flaws);
}
