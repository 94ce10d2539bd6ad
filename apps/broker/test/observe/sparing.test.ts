/** How many lines strangers can cause. */
import { expect, it } from 'vitest';
import { Sparing } from '../../src/observe/sparing.ts';

function made() {
  const at = { now: 5000 };
  const leftOut: number[] = [];
  const sparing = new Sparing(
    () => at.now,
    (lines) => leftOut.push(lines),
  );
  const allowed = (count: number, peer: string): number =>
    Array.from({ length: count }, () => sparing.allows(peer)).filter(Boolean).length;
  return { at, leftOut, allowed };
}

it('[G07] ten lines a second and address; then how many were left out', () => {
  const { at, leftOut, allowed } = made();
  expect(allowed(1000, '192.0.2.1:5000')).toBe(10);
  expect(allowed(5, '192.0.2.1:5001')).toBe(0);
  expect(allowed(20, '[2001:db8::1]:5000')).toBe(10);
  expect(leftOut).toEqual([]);
  at.now += 999;
  expect(allowed(1, '192.0.2.1:5000')).toBe(0);
  at.now += 1;
  expect(allowed(11, '192.0.2.1:5000')).toBe(10);
  expect(leftOut).toEqual([1006]);
  at.now += 1000;
  expect(allowed(10, '192.0.2.1:5000')).toBe(10);
  at.now += 1000;
  expect(allowed(1, 'unix')).toBe(1);
  expect(leftOut).toEqual([1006, 1]);
});

it('[G07] of more addresses than are told apart, the rest is one', () => {
  const { allowed } = made();
  let lines = 0;
  for (let n = 0; n < 5000; n++) lines += allowed(1, `10.0.${n >> 8}.${n & 255}:1`);
  expect(lines).toBe(1010);
});

it('[G07] tells how many of a flood were left out a second later, when nobody comes any more', () => {
  const told: number[] = [];
  const due: (() => void)[] = [];
  const one = new Sparing(
    () => 0,
    (lines) => told.push(lines),
    (run) => due.push(run),
  );
  for (let line = 0; line < 3000; line++) one.allows('192.0.2.1:1');
  expect(told).toEqual([]);
  for (const run of due) run();
  expect([told, due.length]).toEqual([[2990], 1]);
});
