/** A few at a time, some wait, the rest are told. */
import { describe, expect, it } from 'vitest';
import { HashQueue } from '../../src/access/hash-queue.ts';

describe('HashQueue', () => {
  it('runs two, lets three wait in order, and turns away the sixth', async () => {
    const queue = new HashQueue(2, 3);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const run = (n: number): Promise<number | 'busy'> =>
      queue.run(async () => {
        started.push(n);
        await new Promise<void>((resolve) => ends.push(resolve));
        return n;
      });
    const answers = [0, 1, 2, 3, 4, 5].map(run);
    expect(await answers[5]).toBe('busy');
    expect([started, queue.length]).toEqual([[0, 1], 3]);
    for (let n = 0; n < 5; n++) {
      ends[n]?.();
      await answers[n];
      await Promise.resolve();
    }
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 'busy']);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes on after work that failed', async () => {
    const queue = new HashQueue(1, 1);
    const failing = queue.run(() => Promise.reject(new Error('no')));
    const next = queue.run(async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
