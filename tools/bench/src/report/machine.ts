/**
 * On what machine, with which Node and under which load the figures were made: without it a table says little.
 */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import process from 'node:process';

/** One line about the machine, for the head of a report. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = (loadavg()[0] ?? 0).toFixed(2);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${availableParallelism()} x ${model}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}, load average ${load}`;
}
