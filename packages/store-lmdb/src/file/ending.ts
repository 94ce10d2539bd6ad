/**
 * Whether a process is on its way out: killed, but not gone yet. A broker that is started again at once finds such a one
 * as the owner of its folder, for some ms, or seconds while its memory is given back. Knows no store.
 */
import { existsSync, readFileSync } from 'node:fs';

/** Of the flags in /proc/PID/stat: it is in its exit. */
const EXITING = 0x4;
/** SIGKILL among pending signals. */
const KILL = 1n << 8n;

/** What /proc says of a process (`stat`, `status`): whether it ends. */
export function isExit(stat: string, status: string): boolean {
  // The name before it stands in parentheses and may hold anything.
  const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
  const [state = ''] = fields;
  if ('ZX'.includes(state) || (Number(fields[6]) & EXITING) !== 0) return true;
  const pending = status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm);
  return [...pending].some(([, mask]) => (BigInt(`0x${mask ?? '0'}`) & KILL) !== 0n);
}

/** Whether it ends, or has ended by now; false where that cannot be seen (no /proc). */
export function isEnding(pid: number): boolean {
  try {
    return isExit(readFileSync(`/proc/${pid}/stat`, 'latin1'), readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return (code === 'ESRCH' || code === 'ENOENT') && existsSync('/proc/self/stat'); // gone while we looked
  }
}
