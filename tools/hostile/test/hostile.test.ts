/** Every hostile case that can be reached over a socket, against the built mqttd: one process a configuration. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Arena } from '../src/arena.ts';
import { all } from '../src/cases/all.ts';
import { until } from '../src/deadline.ts';
import { nameOf, run } from '../src/run.ts';
import { setups } from '../src/setups.ts';

describe.each(Object.entries(setups))('mqttd, %s', (name, setup) => {
  const cases = all.filter(({ on = 'plain' }) => on === name);
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.start(setup);
  }, 60_000);

  describe.concurrent('cases', () => {
    for (const one of cases) {
      for (const way of one.tries)
        it(nameOf(one, way), ({ signal }) => until(signal, () => run(way, arena)), 60_000);
    }
  });

  afterAll(async () => {
    const code = await arena.stop();
    if (code !== 0) throw new Error(`SIGTERM ended mqttd with ${code}: ${arena.log.slice(-20).join('\n')}`);
  }, 60_000);
});
