/**
 * Whether those that started this process are still there: npm, what it runs, and what that runs. When one of them is killed,
 * nobody tells the soak; it would go on for its half hour. Linux only: elsewhere it is not known.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** A process: who started it, and its words. */
export interface Started {
  readonly parent: number;
  readonly words: readonly string[];
}

/** The programs that `npm run` puts between a person and us. */
const RUNNERS = /^(?:npm|pnpm|node|tsx)\b/;

function isRunner({ words: [program = '', word = ''] }: Started): boolean {
  const name = program.split('/').at(-1) ?? '';
  return RUNNERS.test(name) || (name === 'sh' && word === '-c');
}

/** Those that started process `pid`, the nearest first, as far as they are npm and what it runs. */
export function startersOf(pid: number, find: (pid: number) => Started | undefined): readonly number[] {
  const parent = find(pid)?.parent ?? 0;
  const found = find(parent);
  return parent > 1 && found !== undefined && isRunner(found) ? [parent, ...startersOf(parent, find)] : [];
}

function ofSystem(pid: number): Started | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    // A program may call itself something else, as npm does: `npm run soak` in one word.
    return { parent: Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0), words };
  } catch {
    return undefined;
  }
}

/** Calls `gone` once when one of those that started this process has ended. */
export function whenStartersGo(gone: () => void): void {
  const before = startersOf(process.pid, ofSystem).length;
  const timer = setInterval(() => {
    if (startersOf(process.pid, ofSystem).length >= before) return;
    clearInterval(timer);
    gone();
  }, 1000);
  timer.unref();
}
