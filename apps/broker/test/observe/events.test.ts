/** Lines about the life of a broker as its hooks tell it. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { loggingHooks } from '../../src/observe/events.ts';

/** What is written when these hooks are called. */
function lines(call: (hooks: ReturnType<typeof loggingHooks>) => void): unknown[] {
  const written: unknown[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => void written.push(JSON.parse(line)) },
  );
  call(loggingHooks(log, { connections: true }, () => 0));
  return written;
}

describe('the level of overload', () => {
  it('[G05] [G06] has one line for each change, with what made it', () => {
    const written = lines(({ onOverload }) => {
      onOverload?.(1, { delay: 250.4, heapUsed: 10, heapLimit: 100 }, ['pauseDelay']);
      onOverload?.(3, { delay: 20, heapUsed: 96, heapLimit: 100 }, ['shedHeap']);
      onOverload?.(0, { delay: 5, heapUsed: 20, heapLimit: 100 }, []);
    });
    expect(written).toEqual([
      {
        level: 40,
        overload: 1,
        reached: ['pauseDelay'],
        eventLoopDelay: 250,
        heap: '10 %',
        msg: 'overloaded: publishers are read in turn',
      },
      {
        level: 40,
        overload: 3,
        reached: ['shedHeap'],
        eventLoopDelay: 20,
        heap: '96 %',
        msg: 'overloaded: publishers are read in turn, CONNECT is refused, QoS 0 is dropped',
      },
      { level: 30, overload: 0, reached: [], eventLoopDelay: 5, heap: '20 %', msg: 'no longer overloaded' },
    ]);
  });
});
