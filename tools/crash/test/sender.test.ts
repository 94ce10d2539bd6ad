/**
 * A publishing client with a store in a file, killed at random moments; and stores with a planted fault, which must be
 * found. Seeds are fixed but for one, which is printed.
 */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { senderDeaths } from '../src/sender/deaths.ts';

const LIMIT = 120_000;

describe('@mqtt/client with fileStore', () => {
  for (const [at, seed] of [1, randomInt(2 ** 31)].entries()) {
    it(
      `[MQTT-4.1.0-1] [MQTT-4.3.3-2] what publish kept arrives over kill -9, QoS 2 once, ${at === 0 ? 'fixed' : 'random'} seed`,
      async () => {
        process.stdout.write(`crash: sender seed ${seed}\n`);
        const { findings, kept, connected } = await senderDeaths({ program: mqttd(), seed, deaths: 7 });
        expect(findings).toEqual([]);
        expect(connected).toBeGreaterThan(0);
        expect(kept).toBeGreaterThan(20);
      },
      LIMIT,
    );
  }

  for (const [plant, sentence] of [
    ['early', /was kept and never arrived|nobody published/],
    ['ids', /times at QoS 2|never arrived|arrived after/],
  ] as const) {
    it(
      `a store with the fault "${plant}" is found`,
      async () => {
        let findings: readonly string[] = [];
        for (let seed = 1; seed <= 8 && findings.length === 0; seed++)
          ({ findings } = await senderDeaths({ program: mqttd(), seed, deaths: 3, plant }));
        expect(findings.join('\n')).toMatch(sentence);
      },
      LIMIT,
    );
  }
});
