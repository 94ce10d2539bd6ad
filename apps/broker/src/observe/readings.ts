/** How this process does: memory, CPU, and how late its event loop was since somebody asked last. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import type { ProcessReadings } from './families.ts';

const NANOSECONDS = 1e9;
/** ms between two looks at the event loop. */
const RESOLUTION = 10;

/** Begins to watch; each call of what is returned reads, and begins the delays anew. */
export function watchProcess(): () => ProcessReadings {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const startedAt = Date.now() / 1000 - process.uptime();
  return () => {
    const { user, system } = process.cpuUsage();
    // The histogram counts the time between two looks: what is beyond the resolution is delay.
    const late = (nanoseconds: number): number =>
      Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1000) : 0;
    const eventLoopDelay = {
      '0.5': late(delay.percentile(50)),
      '0.99': late(delay.percentile(99)),
      '1': late(delay.max),
    };
    delay.reset();
    const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
    return {
      startedAt,
      cpu: (user + system) / 1e6,
      rss: process.memoryUsage.rss(),
      heapUsed,
      heapLimit,
      eventLoopDelay,
    };
  };
}
