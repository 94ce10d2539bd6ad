/**
 * A case that takes too long is given up by the test runner, wherever it waits: what it started ends then. Knows no cases.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';

const signals = new AsyncLocalStorage<AbortSignal>();

/** Runs `play`; the programs it starts are killed when `signal` is aborted. */
export function until<T>(signal: AbortSignal, play: () => Promise<T>): Promise<T> {
  return signals.run(signal, play);
}

/** `child` is killed when the case that started it is given up. */
export function endWithCase(child: ChildProcess): void {
  const signal = signals.getStore();
  if (signal === undefined) return;
  const kill = (): void => void child.kill('SIGKILL');
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  child.once('exit', () => signal.removeEventListener('abort', kill));
}
