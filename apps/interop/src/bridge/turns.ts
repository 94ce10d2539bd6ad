/**
 * A bridge for a test, when it is its turn: each starts programs, which takes processors. Knows no test.
 */
import { Bridge } from './ends.ts';

/** Bridges at a time. */
const AT_ONCE = 3;
const turns: Promise<void>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());

/**
 * Runs `act` with the bridge of this block, and ends both sides after it.
 * @param settings lines of mosquitto.conf that stand before the block
 */
export function bridged(
  block: readonly string[],
  act: (bridge: Bridge) => Promise<void>,
  settings: readonly string[] = [],
): Promise<void> {
  const before = turns.shift() ?? Promise.resolve();
  const mine = before.then(async () => {
    const bridge = await Bridge.make(block, settings);
    try {
      await act(bridge);
    } finally {
      await bridge.stop();
    }
  });
  turns.push(mine.catch(() => undefined));
  return mine;
}
