/**
 * The machine's monotonic clock, the same in every process: what is sent in one and arrives in another can be timed.
 */
import process from 'node:process';

const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds since some moment that all processes share. */
export function now(): number {
  return performance.now() + offset;
}
