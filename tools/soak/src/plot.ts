/**
 * Numbers over time as an SVG file of its own: every sample thin, and the line that is judged thick, with what it says in
 * words. Pure.
 */
import type { Sample } from './samples.ts';

const WIDTH = 900;
const HEIGHT = 320;
const LEFT = 70;
const RIGHT = 30;
const TOP = 62;
const BOTTOM = 42;
/** s from which the axis counts minutes. */
const LONG = 180;

/** What is drawn. */
export interface Drawing {
  readonly title: string;
  /** Behind the numbers of the axis. */
  readonly unit: string;
  readonly samples: readonly Sample[];
  /** The line that is judged, among the samples. */
  readonly line: readonly Sample[];
  /** What the line says, in words. */
  readonly says: string;
}

/** Round numbers from 0 to `most` and beyond it: 1, 2 or 5 times a power of ten apart, four to nine of them. */
export function ticks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** One plot. */
export function plot({ title, unit, samples, line, says }: Drawing): string {
  const levels = ticks(Math.max(1e-3, ...samples.map(({ value }) => value)));
  const top = levels.at(-1) ?? 1;
  const last = Math.max(1, samples.at(-1)?.at ?? 1);
  const [scale, name] = last >= LONG ? [60, 'min'] : [1, 's'];
  const x = (at: number): string => (LEFT + (at / last) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const points = (of: readonly Sample[]): string =>
    of.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ');
  const across = levels.flatMap((level) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(level)}" y2="${y(level)}" stroke="#ddd"/>`,
    `<text x="${LEFT - 8}" y="${Number(y(level)) + 4}" text-anchor="end">${Number(level.toPrecision(6))}</text>`,
  ]);
  const along = ticks(last / scale)
    .filter((time) => time * scale <= last)
    .map(
      (time) =>
        `<text x="${x(time * scale)}" y="${HEIGHT - 16}" text-anchor="middle">${Number(time.toPrecision(6))}</text>`,
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${LEFT}" y="24" font-size="16">${title}</text>`,
    `<text x="${LEFT}" y="44" fill="#b5451b">${says}</text>`,
    `<text x="${LEFT - 8}" y="${TOP - 12}" text-anchor="end">${unit}</text>`,
    ...across,
    ...along,
    `<text x="${WIDTH - 4}" y="${HEIGHT - 16}" text-anchor="end">${name}</text>`,
    `<polyline points="${points(samples)}" fill="none" stroke="#8db4cc" stroke-width="1"/>`,
    `<polyline points="${points(line)}" fill="none" stroke="#b5451b" stroke-width="2"/>`,
    '</svg>',
    '',
  ].join('\n');
}
