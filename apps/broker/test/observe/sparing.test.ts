/** How many lines strangers can cause. */
import { expect, it } from 'vitest';
import { Sparing } from '../../src/observe/sparing.ts';

/** On a clock that the test moves on. */
function made() {
  let now = 5000;
  const due: { readonly at: number; run(): void }[] = [];
  const leftOut: number[] = [];
  const sparing = new Sparing(
    () => now,
    (lines) => leftOut.push(lines),
    (run) => due.push({ at: now + 1000, run }),
  );
  const allowed = (count: number, peer: string): number =>
    Array.from({ length: count }, () => sparing.allows(peer)).filter(Boolean).length;
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now++)
      while (due[0] !== undefined && due[0].at <= now + 1) due.shift()?.run();
  };
  return { pass, due, leftOut, allowed };
}

it('[G07] ten lines a second and address; then how many were left out', () => {
  const { pass, leftOut, allowed } = made();
  expect(allowed(1000, '192.0.2.1:5000')).toBe(10);
  expect(allowed(5, '192.0.2.1:5001')).toBe(0);
  expect(allowed(20, '[2001:db8::1]:5000')).toBe(10);
  expect(leftOut).toEqual([]);
  pass(999);
  expect(allowed(1, '192.0.2.1:5000')).toBe(0);
  pass(1);
  expect(allowed(11, '192.0.2.1:5000')).toBe(10);
  expect(leftOut).toEqual([1006]);
  pass(1000);
  expect(allowed(10, '192.0.2.1:5000')).toBe(10);
  pass(1000);
  expect(allowed(1, 'unix')).toBe(1);
  expect(leftOut).toEqual([1006, 1]);
});

it('[G07] a flood of ten minutes: ten lines a second and one that says how many were left out', () => {
  const { pass, due, leftOut, allowed } = made();
  let [lines, all] = [0, 0];
  for (let tenth = 0; tenth < 6000; tenth++) {
    const more = tenth % 37 < 15 ? 2 : 30; // it comes and goes
    lines += allowed(more, '192.0.2.1:5000');
    all += more;
    pass(100);
    expect(due.length).toBeLessThan(2);
  }
  pass(1000);
  expect(lines).toBeLessThanOrEqual(6000);
  expect(leftOut.length).toBeLessThanOrEqual(601);
  expect(leftOut.reduce((sum, left) => sum + left, lines)).toBe(all);
});

it('[G07] of more addresses than are told apart, the rest is one', () => {
  const { allowed } = made();
  let lines = 0;
  for (let n = 0; n < 5000; n++) lines += allowed(1, `10.0.${n >> 8}.${n & 255}:1`);
  expect(lines).toBe(1010);
});

it('[G07] tells how many of a flood were left out a second later, when nobody comes any more', () => {
  const { pass, due, leftOut, allowed } = made();
  allowed(3000, '192.0.2.1:1');
  expect(leftOut).toEqual([]);
  pass(2000);
  expect([leftOut, due.length]).toEqual([[2990], 0]);
});
