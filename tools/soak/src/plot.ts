/**
 * One line over time as an SVG file of its own. Pure.
 */
import type { Sample } from './samples.ts';

const WIDTH = 900;
const HEIGHT = 300;
const LEFT = 70;
const EDGE = 40;

/** `unit` stands behind the numbers of the axis. */
export function plot(title: string, unit: string, samples: readonly Sample[]): string {
  const most = Math.max(1e-9, ...samples.map(({ value }) => value));
  const last = Math.max(1, samples.at(-1)?.at ?? 1);
  const x = (at: number): number => LEFT + (at / last) * (WIDTH - LEFT - EDGE);
  const y = (value: number): number => HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE);
  const points = samples.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const marks = [0, 0.5, 1].flatMap((part) => [
    `<text x="4" y="${(y(part * most) + 4).toFixed(1)}">${(part * most).toPrecision(3)} ${unit}</text>`,
    `<line x1="${LEFT}" x2="${WIDTH - EDGE}" y1="${y(part * most).toFixed(1)}" y2="${y(part * most).toFixed(1)}" stroke="#ccc"/>`,
    `<text x="${x(part * last).toFixed(1)}" y="${HEIGHT - 14}">${Math.round(part * last)} s</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${LEFT}" y="22" font-size="15">${title}</text>`,
    ...marks,
    `<polyline points="${points}" fill="none" stroke="#2a6f97" stroke-width="1.5"/>`,
    '</svg>',
    '',
  ].join('\n');
}
