/** What may go at once: turns, jobs that count as several, and a port that waits for its owner. No peer is started. */
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pool } from '../../src/matrix/pool.ts';
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
    const all = pool(weights, parallel, work, (weight) => weight).then(() => {
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
