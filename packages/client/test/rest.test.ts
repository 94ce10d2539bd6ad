/** When a socket is read less often: a flow, its reads and rests, on a clock of its own. */
import { describe, expect, it } from 'vitest';
import { Rests } from '../src/transports/rest.ts';

/** Reads of `bytes(rested)` each, `pause(rested)` ms apart, until `until` ms; gives the share that was followed by a rest. */
function flow(
  rests: Rests,
  until: number,
  pause: (rested: boolean) => number,
  bytes: (rested: boolean) => number,
): { readonly reads: number; readonly rested: number } {
  let [now, reads, rested, isResting] = [0, 0, 0, false];
  while (now < until) {
    now += pause(isResting);
    isResting = rests.read(bytes(isResting), now);
    reads += 1;
    rested += Number(isResting);
  }
  return { reads, rested };
}

describe('rests between reads', () => {
  it('are taken while a fast flow of small packets goes on as fast', () => {
    // 20 packets of 100 bytes a ms: one a read, or those of 1.2 ms at once.
    const { reads, rested } = flow(
      new Rests(),
      1000,
      (isRested) => (isRested ? 1.2 : 0.05),
      (isRested) => (isRested ? 2400 : 100),
    );
    expect(rested / reads).toBeGreaterThan(0.95);
    expect(reads).toBeLessThan(1000);
  });

  it('are given up when the peer waits for us: one message and its acknowledgement at a time', () => {
    const { reads, rested } = flow(
      new Rests(),
      1000,
      (isRested) => (isRested ? 1.2 : 0.06),
      () => 4,
    );
    expect(rested).toBeLessThan(20); // one trial of four each 250 ms
    expect(reads).toBeGreaterThan(15_000); // of 16,667
  });

  it('are never taken when little comes, nor when a read is large', () => {
    const slow = flow(
      new Rests(),
      1000,
      () => 0.5,
      () => 100,
    );
    const large = flow(
      new Rests(),
      1000,
      () => 0.05,
      () => 65_536,
    );
    expect([slow.rested, large.rested]).toEqual([0, 0]);
  });

  it('end with the flow', () => {
    const rests = new Rests();
    flow(
      rests,
      100,
      (isRested) => (isRested ? 1.2 : 0.05),
      (isRested) => (isRested ? 2400 : 100),
    );
    const { rested } = flow(
      rests,
      1000,
      () => 10,
      () => 100,
    );
    expect(rested).toBeLessThan(5);
  });
});
