/**
 * An AbortSignal ends an operation: what it rejects with, and how a promise watches a signal.
 */
import { MqttError } from '../errors.ts';
import type { Pending } from '../pending.ts';

/** The operation ended because its `AbortSignal` was aborted. `name` is `AbortError`, as on the web. */
export class AbortError extends MqttError {
  override readonly name: string = 'AbortError';

  constructor(signal: AbortSignal) {
    super('ABORTED', 'aborted by its AbortSignal', { cause: signal.reason });
  }
}

/** Rejects `pending` with an AbortError when `signal` is aborted while it is open; then calls `aborted`. */
export function watch<Result>(pending: Pending<Result>, signal: AbortSignal, aborted?: () => void): void {
  const onAbort = (): void => {
    if (pending.reject(new AbortError(signal))) aborted?.();
  };
  pending.settled = () => signal.removeEventListener('abort', onAbort);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
}
