/** Time that a test moves by hand. */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';

describe('a manual clock', () => {
  it('stands still until it is moved', () => {
    const clock = new ManualClock(1000);
    expect([clock.now(), clock.next, clock.pending]).toEqual([1000, Number.POSITIVE_INFINITY, 0]);
    clock.advance(5);
    expect(clock.now()).toBe(1005);
  });

  it('runs alarms in the order they are due, each at its own time', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b ${clock.now()}`));
    clock.after(10, () => ran.push(`a ${clock.now()}`));
    clock.after(20, () => ran.push(`c ${clock.now()}`));
    clock.after(31, () => ran.push('d'));
    expect([clock.next, clock.pending]).toEqual([10, 4]);
    clock.advance(30);
    expect([ran, clock.now(), clock.pending]).toEqual([['a 10', 'b 20', 'c 20'], 30, 1]);
  });

  it('runs what an alarm sets, when that is due as well', () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.now());
      clock.after(10, again);
    };
    again();
    clock.advance(25);
    expect(ran).toEqual([0, 10, 20]);
  });

  it('does not run what was taken back, even by an alarm of the same time', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.after(10, () => cancel());
    const cancel = clock.after(10, () => ran.push('never'));
    clock.advance(10);
    cancel();
    expect([ran, clock.pending]).toEqual([[], 0]);
  });

  it('defers to a turn, or to a microtask', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.defer(() => {
      ran.push('a');
      clock.defer(() => ran.push('b'));
    });
    expect(ran).toEqual([]);
    clock.turn();
    expect(ran).toEqual(['a', 'b']);
    clock.defer(() => ran.push('c'));
    await Promise.resolve();
    expect(ran).toEqual(['a', 'b', 'c']);
    clock.defer(() => ran.push('d'));
    clock.advance(0);
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
  });
});
