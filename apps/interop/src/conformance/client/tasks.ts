/** Parts of tasks that many cases share. */
import type { ServerStep, Task, TaskMessage } from './client-case.ts';

/** A session that is kept, and a client that comes back. */
export const KEPT_TASK: Partial<Task> = { cleanStart: false, sessionExpiryInterval: 60, reconnect: true };

/** So many messages for the topic `t`, `1` and on. */
export function messages(count: number, qos: 0 | 1 | 2): TaskMessage[] {
  return Array.from({ length: count }, (_, i) => ({ topic: 't', payload: `${i + 1}`, qos, retain: false }));
}

/** The client is cut off and is back as `d`, with its session. */
export const CUT_AND_BACK: readonly ServerStep[] = [
  { on: 'c', cut: true },
  { on: 'd', welcome: { sessionPresent: true } },
];
