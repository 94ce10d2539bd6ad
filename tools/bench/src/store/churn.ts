/**
 * Messages through sessions that are away, drained again: what is live returns to what it was, and the file stays within
 * bounds.
 */
import { messageOf, opened, plainly, sessionsOf } from './stores.ts';

/** How much goes through. */
export interface Churn {
  readonly messages: number;
  readonly sessions: number;
  /** Most messages that wait at once. */
  readonly waiting: number;
}

/** Bytes, at five moments. */
export interface ChurnReport {
  readonly liveBefore: number;
  readonly liveMost: number;
  readonly liveAfter: number;
  readonly fileAfterFirst: number;
  readonly fileAfter: number;
}

const TURN = 1000;

/** Queues `waiting` messages, drains them, and again until all have gone through. */
export async function churn(
  path: string,
  { messages, sessions: count, waiting }: Churn,
): Promise<ChurnReport> {
  const { store, kept } = await opened({ path, durability: 'system' });
  const sessions = sessionsOf(store, count);
  const payload = new Uint8Array(200).fill(7);
  await kept();
  const liveBefore = store.liveBytes;
  let liveMost = 0;
  let fileAfterFirst = 0;
  for (let done = 0; done < messages; done += waiting) {
    const keys: number[] = [];
    for (let index = 0; index < waiting; index++) {
      keys.push(store.queued(sessions[index % count] ?? 0, messageOf(payload), plainly));
      if (index % TURN === 0) await kept();
    }
    await kept();
    liveMost = Math.max(liveMost, store.liveBytes);
    for (const [index, key] of keys.entries()) {
      store.settled(key);
      if (index % TURN === 0) await kept();
    }
    await kept();
    fileAfterFirst ||= store.fileBytes;
  }
  const report = {
    liveBefore,
    liveMost,
    liveAfter: store.liveBytes,
    fileAfterFirst,
    fileAfter: store.fileBytes,
  };
  await store.close();
  return report;
}
