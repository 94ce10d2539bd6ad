/**
 * What a process has used, read from /proc: CPU time of all its threads, memory now and at most.
 * Linux only; elsewhere every figure is NaN, and the report shows a dash.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/**
 * User and system time of all living threads in microseconds, exact to the scheduler's clock (a tick of /proc/PID/stat
 * is 10 ms). NaN where the system does not tell.
 */
export function cpuMicroseconds(pid: number): number {
  const spent = threads(pid).map((thread) =>
    Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
  );
  const total = spent.reduce((sum, value) => sum + value, 0);
  return total > 0 ? total / 1000 : ticksAsMicroseconds(pid);
}

function ticksAsMicroseconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) * 10_000;
}

function statusKilobytes(pid: number, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`));
  return Number(found?.[1] ?? Number.NaN);
}

/** Memory in use now, in KB. */
export function residentKilobytes(pid: number): number {
  return statusKilobytes(pid, 'VmRSS');
}

/** The most memory since the start or the last `forgetPeak`, in KB. */
export function peakKilobytes(pid: number): number {
  return statusKilobytes(pid, 'VmHWM');
}

/** Lets the peak begin at what is in use now; without the right to do so the peak stays that of the whole life. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The report says which peak it is only when it matters: a life's peak is never smaller.
  }
}
