/**
 * How figures look on a terminal: columns of equal width, numbers to the right.
 * Knows nothing of what the figures mean.
 */
import type { Spread } from './spread.ts';

/** Rows under a heading, as text; the first column to the left, all others to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(heading), rule, ...rows.map(line)].join('\n');
}

/** A figure with as many digits as it deserves: `0.123`, `12.3`, `1234`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** A ratio with its spread: `10.4x [9.8..11.0]`. */
export function ratio(of: Spread): string {
  return `${figure(of.median)}x [${figure(of.min)}..${figure(of.max)}]`;
}
