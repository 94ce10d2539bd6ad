/**
 * When expired retained messages that nobody asks for are forgotten: a piece of all of them each second, and never while
 * none expires, so that an idle broker sleeps. What is over is the retained store's to say.
 */
import { Timer, type TimerWheel } from '../timer-wheel.ts';
import type { Retained } from './retained.ts';

/** Between two pieces, ms. */
const EVERY = 1000;
/** Messages looked at in one piece: less than 1 ms when none is over, some 30 ms when all are. */
const MOST = 10_000;

/** Lets expired retained messages leave memory and disk. */
export function sweepExpired(retained: Retained, wheel: TimerWheel): void {
  const timer = new Timer(() => {
    retained.sweep(wheel.now, MOST);
    if (retained.expiring > 0) wheel.set(timer, EVERY);
  });
  retained.onExpiring = () => {
    if (timer.due < 0) wheel.set(timer, EVERY);
  };
}
