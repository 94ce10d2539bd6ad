/** What may go at once: turns, jobs that count as several, and a port that waits for its owner. No peer is started. */
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { pool } from '../../src/matrix/pool.ts';
import { Pulse } from '../../src/matrix/pulse.ts';
import { openRelay } from '../../src/peers/relay.ts';
import { Turns } from '../../src/turns.ts';

describe('pool', () => {
  /** Plays jobs of these weights until all wait, ends the one that began first, and so on. */
  async function historyOf(weights: readonly number[], parallel: number): Promise<number[][]> {
    const history: number[][] = [];
    const running: { weight: number; end: () => void }[] = [];
    const work = (weight: number): Promise<void> =>
      new Promise((end) => {
        running.push({ weight, end });
      });
    let isOver = false;
    const all = pool(weights, { parallel, weight: (weight) => weight }, work).then(() => {
      isOver = true;
    });
    while (!isOver) {
      history.push(running.map(({ weight }) => weight));
      running.shift()?.end();
      await new Promise(setImmediate);
    }
    await all;
    return history;
  }

  it('begins no more than there is room for, in their order', async () => {
    expect(await historyOf([1, 1, 1, 1], 2)).toEqual([[1, 1], [1, 1], [1, 1], [1]]);
  });

  it('lets a job count as several, and one that is too large go alone', async () => {
    expect(await historyOf([1, 3, 1, 9, 1], 4)).toEqual([[1, 3], [3, 1], [1], [9], [1]]);
  });

  it('begins no job beside others until it is calm', async () => {
    let isCalm: () => void = () => undefined;
    const calm = (): Promise<void> =>
      new Promise((resolve) => {
        isCalm = resolve;
      });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = (job: number): Promise<void> => {
      begun.push(job);
      return new Promise((end) => ends.push(end));
    };
    const all = pool([1, 2, 3], { parallel: 3, calm }, work);
    await new Promise(setImmediate);
    expect(begun).toEqual([1]);
    isCalm();
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2]);
    for (const end of ends) end(); // nothing goes on: the third need not wait
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2, 3]);
    ends.at(-1)?.();
    await all;
  });
});

describe('Pulse', () => {
  it('lets nobody on while a beat is late, then one with each that is not', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let now = 0;
    const pulse = new Pulse(() => now);
    const beatAfter = async (ms: number): Promise<void> => {
      now += ms;
      vi.advanceTimersByTime(50);
      await new Promise(setImmediate);
    };
    const order: string[] = [];
    const ask = (name: string): Promise<unknown> => pulse.calm().then(() => order.push(name));
    await ask('at once');
    await beatAfter(600);
    const asked = [ask('first'), ask('second'), ask('third')];
    await beatAfter(500);
    expect(order).toEqual(['at once']);
    await beatAfter(50);
    expect(order).toEqual(['at once', 'first']);
    await beatAfter(60);
    expect(order).toEqual(['at once', 'first', 'second']);
    pulse.stop();
    await Promise.all(asked);
    expect(order).toEqual(['at once', 'first', 'second', 'third']);
  });
});

describe('Turns', () => {
  it('gives so many at a time, and the next to who is in a hurry', async () => {
    const turns = new Turns(1);
    const order: string[] = [];
    const end = await turns.take();
    const others = ['first', 'second', 'hurried'].map(async (name) => {
      const over = await turns.take(name === 'hurried');
      order.push(name);
      over();
    });
    expect(order).toEqual([]);
    end();
    end(); // it had one turn, and gives one back
    await Promise.all(others);
    expect(order).toEqual(['hurried', 'first', 'second']);
  });
});

describe('a relay', () => {
  it('refuses while it is closed, and is at the same address when it is open again', async () => {
    const relay = await openRelay(() => 'mqtt://127.0.0.1:9', { isReopened: true });
    onTestFinished(() => relay.cut());
    const { hostname, port } = new URL(relay.url);
    const reach = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), hostname, () => resolve('taken'));
        socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
        socket.on('close', () => undefined).unref();
      });
    expect(Number(port)).toBeLessThan(32_000); // where no outgoing connection takes it meanwhile
    for (let time = 0; time < 12; time += 1) {
      relay.refuse();
      expect(await reach()).toBe('ECONNREFUSED');
      await relay.open();
    }
    expect(await reach()).toBe('taken');
    await relay.reached;
  });
});
