/**
 * The machine's monotonic clock, the same in every process: what is sent in one and arrives in another can be timed.
 */
import process from 'node:process';

/** A process that loses the processor between the two readings finds too little: the most of many is the nearest. */
const READINGS = 100;
const offset = Math.max(
  ...Array.from({ length: READINGS }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()),
);

/** Milliseconds since some moment that all processes share. */
export function now(): number {
  return performance.now() + offset;
}
