/** When a socket is read less often: a flow, its reads and rests, on a clock of its own. */
import { describe, expect, it } from 'vitest';
import { REST, Rests } from '../src/transports/rest.ts';

/** ms until a rest is over and read, and the packets of 100 bytes that a peer that sends 20 a ms has sent by then. */
const RESTED = REST + 0.2;
const GATHERED = 2000 * RESTED;

/** Reads of `bytes(rested)` each, `pause(rested)` ms apart, until `until` ms; how many, how many rested before, for how long. */
function flow(
  rests: Rests,
  until: number,
  pause: (rested: boolean) => number,
  bytes: (rested: boolean) => number,
): { readonly reads: number; readonly rested: number; readonly msRested: number } {
  let [now, reads, rested, msRested, isResting] = [0, 0, 0, 0, false];
  while (now < until) {
    now += pause(isResting);
    if (isResting) msRested += pause(isResting);
    isResting = rests.read(bytes(isResting), now);
    reads += 1;
    rested += Number(isResting);
  }
  return { reads, rested, msRested };
}

describe('rests between reads', () => {
  it('are taken while a fast flow of small packets goes on as fast', () => {
    // 20 packets of 100 bytes a ms: one a read, or those of a rest at once.
    const { reads, msRested } = flow(
      new Rests(),
      1000,
      (isRested) => (isRested ? RESTED : 0.05),
      (isRested) => (isRested ? GATHERED : 100),
    );
    expect(msRested).toBeGreaterThan(950);
    expect(reads).toBeLessThan(1000);
  });

  it('are given up when the peer waits for us: one message and its acknowledgement at a time', () => {
    const { reads, rested } = flow(
      new Rests(),
      1000,
      (isRested) => (isRested ? RESTED : 0.06),
      () => 4,
    );
    expect(rested).toBeLessThan(20); // one trial of four each 250 ms
    expect(reads).toBeGreaterThan(15_000); // of 16,667
  });

  it('go on where the machine is busy: a flow that comes and goes, twice as fast at times as at others', () => {
    let turn = 0;
    const { msRested } = flow(
      new Rests(),
      10_000,
      (isRested) => (isRested ? RESTED : 0.05),
      (isRested) => {
        turn += 1;
        return (isRested ? GATHERED : 100) * (turn % 9 < 3 ? 1.6 : 0.8);
      },
    );
    expect(msRested).toBeGreaterThan(9000);
  });

  it('are given up when they slow the flow, though they gather: a peer that sends twenty and waits', () => {
    // Twenty take it 0.6 ms, one by one as they are acknowledged, or at once after a rest.
    const { rested, msRested } = flow(
      new Rests(),
      10_000,
      (isRested) => (isRested ? RESTED + 0.6 : 0.03),
      (isRested) => (isRested ? 2000 : 100),
    );
    expect(rested).toBeGreaterThan(0);
    expect(msRested).toBeLessThan(600); // six trials in these 10 s, then one each 4 s
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

  it('are taken in a flow of large packets, when the socket is empty: not while a read may have left some', () => {
    // 20 packets of 16 KB a ms: one a read, or those of a rest in reads of 128 KB, all but the last of them full.
    const rests = new Rests();
    let [now, isResting] = [0, false];
    let [msRested, restedWhenFull] = [0, 0];
    while (now < 1000) {
      const took = isResting ? RESTED : 0.05;
      now += took;
      if (isResting) msRested += took;
      let left = isResting ? 20 * RESTED * 16_384 : 16_384;
      for (; left > 131_072; left -= 131_072) restedWhenFull += Number(rests.read(131_072, now, true));
      isResting = rests.read(left, now);
    }
    expect(msRested).toBeGreaterThan(950);
    expect(restedWhenFull).toBe(0);
  });

  it('end with the flow', () => {
    const rests = new Rests();
    flow(
      rests,
      100,
      (isRested) => (isRested ? RESTED : 0.05),
      (isRested) => (isRested ? GATHERED : 100),
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
