/** What else goes wrong than the broker's death, each in a short form. What this machine cannot play, its name says. */
import { describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { FAULTS } from '../src/layers/faults.ts';

describe('nothing acknowledged is lost over', () => {
  for (const { name, missing, play } of FAULTS) {
    const why = missing();
    it(why === undefined ? name : `${name}: not played: ${why}`, async () => {
      if (why === undefined) expect(await play(mqttd())).toBeUndefined();
    }, 240_000);
  }
});
