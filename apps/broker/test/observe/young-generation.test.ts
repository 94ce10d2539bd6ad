/** The young generation stays small until messages flow, and grows from then on. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { growWithTraffic } from '../../src/observe/young-generation.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('grows with the first busy second, and is then left alone', () => {
  let messages = 0;
  const flags: string[] = [];
  growWithTraffic(
    () => messages,
    (flag) => flags.push(flag),
  );
  expect(flags).toEqual(['--semi-space-growth-factor=1']);
  for (let second = 0; second < 10; second++) {
    messages += 999;
    vi.advanceTimersByTime(1000);
  }
  expect(flags).toHaveLength(1);
  messages += 1000;
  vi.advanceTimersByTime(1000);
  expect(flags).toEqual(['--semi-space-growth-factor=1', '--semi-space-growth-factor=2']);
  expect(vi.getTimerCount()).toBe(0);
});
