/** What a case at full size comes to: its numbers, what is wrong with them, how they are printed. Data and text only. */
import type { Arena } from '../arena.ts';
import type { Setup } from '../folder.ts';

/** What was measured, in words, and what is not as it must be. */
export interface Verdict {
  readonly numbers: readonly string[];
  /** Empty: passed. */
  readonly faults: readonly string[];
}

/** A case at the size that the list of hostile cases gives it. */
export interface FullCase {
  readonly id: string;
  readonly title: string;
  readonly setup: Setup;
  /** `scale`: a part of the full size, for a look at how it goes. */
  readonly play: (arena: Arena, scale: number) => Promise<Verdict>;
}

/** What must be so: the words of those that are not. */
export function faultsOf(checks: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(checks).flatMap(([must, isSo]) => (isSo ? [] : [must]));
}

/** `1234567` -> `1,234,567`. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-GB');
}

/** The middle one; 0 of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** `F17 passed: ...` and a line for each number. */
export function report({ id, title }: FullCase, { numbers, faults }: Verdict): string {
  const word = faults.length === 0 ? 'passed' : 'FAILED';
  const lines = [...numbers, ...faults.map((fault) => `must be so, and is not: ${fault}`)];
  return [`${id} ${word}: ${title}`, ...lines.map((line) => `    ${line}`), ''].join('\n');
}
