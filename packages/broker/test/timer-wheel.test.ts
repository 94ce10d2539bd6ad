/** The timer wheel: never early, at most a tick late, and no trouble with long waits. */
import { ManualClock } from '@mqtt/session/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TICK, Timer, TimerWheel } from '../src/timer-wheel.ts';

const DAY = 24 * 3_600_000;

describe('the timer wheel', () => {
  it('fires each timer once, never early, at most a tick late', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 20 }),
        (delays, steps) => {
          const clock = new ManualClock(123);
          const wheel = new TimerWheel(clock);
          const fired: number[][] = delays.map(() => []);
          const set = delays.map((delay, i) => {
            const timer = new Timer(() => fired[i]?.push(clock.now()));
            wheel.set(timer, delay);
            return clock.now();
          });
          for (const step of steps) clock.advance(step);
          clock.advance(700_000);
          expect(wheel.size).toBe(0);
          delays.forEach((delay, i) => {
            const due = (set[i] ?? 0) + delay;
            expect(fired[i]).toHaveLength(1);
            expect(fired[i]?.[0]).toBeGreaterThanOrEqual(due);
            expect(fired[i]?.[0]).toBeLessThanOrEqual(due + 2 * TICK);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[F14] waits longer than 2^31 ms, and does not fire at once', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    let fired = 0;
    wheel.set(new Timer(() => fired++), 40 * DAY);
    for (let day = 0; day < 40; day++) {
      expect(fired).toBe(0);
      clock.advance(DAY);
    }
    clock.advance(TICK);
    expect(fired).toBe(1);
  });

  it('forgets what is cleared, and moves what is set again', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    const a = new Timer(() => fired.push('a'));
    const b = new Timer(() => fired.push('b'));
    wheel.set(a, 1000);
    wheel.set(b, 1000);
    wheel.clear(a);
    wheel.clear(a);
    wheel.set(b, 5000);
    clock.advance(2000);
    expect(fired).toEqual([]);
    clock.advance(4000);
    expect(fired).toEqual(['b']);
  });

  it('lets a timer set itself and others while it fires', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const fired: number[] = [];
    const again = new Timer(() => {
      fired.push(clock.now());
      if (fired.length < 3) wheel.set(again, 0);
    });
    wheel.set(again, 50);
    clock.advance(1000);
    expect(fired).toEqual([100, 200, 300]);
  });

  it('an empty wheel sets no alarm and catches up when it is used again', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const timer = new Timer(() => {});
    wheel.set(timer, 100);
    clock.advance(500);
    expect(clock.pending).toBe(0);
    clock.advance(3 * DAY);
    let at = 0;
    wheel.set(
      new Timer(() => {
        at = clock.now();
      }),
      1000,
    );
    const start = clock.now();
    clock.advance(5000);
    expect(at - start).toBeGreaterThanOrEqual(1000);
    expect(at - start).toBeLessThanOrEqual(1200);
  });

  it('stops', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    wheel.set(new Timer(() => expect.unreachable()), 100);
    wheel.stop();
    expect([wheel.size, clock.pending]).toEqual([0, 0]);
    clock.advance(1000);
  });
});
