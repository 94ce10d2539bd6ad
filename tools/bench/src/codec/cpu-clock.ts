/** The CPU time that this process has spent, as a clock. */
import process from 'node:process';

/** Milliseconds of CPU, the threads of the collector and the compiler included. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
