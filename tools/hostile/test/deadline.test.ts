/** A case that is given up leaves no mqttd behind, wherever it waits. */
import { expect, it } from 'vitest';
import { type Arena, withArena } from '../src/arena.ts';
import { until } from '../src/deadline.ts';
import { setups } from '../src/setups.ts';

it('a case that takes too long ends its mqttd', async () => {
  const setup = setups.noisy;
  if (setup === undefined) throw new Error('there is no such setup');
  const clock = new AbortController();
  let started: (arena: Arena) => void = () => undefined;
  const running = new Promise<Arena>((resolve) => {
    started = resolve;
  });
  const given = until(clock.signal, () =>
    withArena(setup, async (arena) => {
      started(arena);
      await arena.logged('what is never said');
    }),
  );
  const arena = await running;
  clock.abort();
  await arena.ended;
  expect(arena.child.signalCode).toBe('SIGKILL');
  await expect(given).rejects.toThrow('the witness was cut');
});
