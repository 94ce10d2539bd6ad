/**
 * How busy this process is: how late its event loop runs, and how full its heap is. The only file of the broker that
 * asks the process; what follows from the answer is decided in `overload.ts`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** The load of a process since the last time it was asked. */
export interface Load {
  /** ms that the event loop was late, on average. */
  readonly delay: number;
  /** Bytes of the JavaScript heap that are in use, garbage that was not collected yet included. */
  readonly heapUsed: number;
  /** Bytes the heap may have. */
  readonly heapLimit: number;
}

/** Measures the load. */
export interface Probe {
  /** Begins to measure. Called again after `stop`. */
  start(): void;
  /** What was measured since `start` or the last `sample`. */
  sample(): Load;
  /** Measures no more, and costs nothing. */
  stop(): void;
}

/** How often the event loop is looked at, in ms. */
const RESOLUTION = 50;

/** Bytes that the heap of this process may have. */
export function largestHeap(): number {
  return getHeapStatistics().heap_size_limit;
}

/** The probe of this process; it keeps no process alive. */
export function systemProbe(): Probe {
  let delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  // Never reset: after a reset Node drops the first look, which under load is the only one between two samples.
  let looks = 0;
  let sum = 0;
  let delay = 0;
  return {
    start: () => {
      delays = monitorEventLoopDelay({ resolution: RESOLUTION }); // one that was stopped would count its rest
      delays.enable();
      looks = 0;
      sum = 0;
      delay = 0;
    },
    sample: () => {
      const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
      // The histogram has the time between two looks, which is RESOLUTION when nothing is late.
      const { count } = delays;
      if (count > looks) {
        const all = delays.mean * count;
        delay = Math.max(0, (all - sum) / (count - looks) / 1e6 - RESOLUTION);
        looks = count;
        sum = all;
      }
      return { delay, heapUsed, heapLimit };
    },
    stop: () => {
      delays.disable();
    },
  };
}
