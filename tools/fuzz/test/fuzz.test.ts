/** The fuzzer against brokers that are sick on purpose, and against mqttd. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { attacks } from '../src/attack.ts';
import { fuzz, type Outcome } from '../src/fuzz.ts';
import { configured, mqttd } from '../src/target.ts';

const SICK = fileURLToPath(new URL('./sick-broker.mjs', import.meta.url));
/** Milliseconds that mqttd is attacked for in every run of the tests. */
const DURATION = 30_000;

async function against(target: readonly string[], seeds: number, mostMemory = 700e6): Promise<Outcome> {
  let left = seeds;
  return await fuzz({ target, seed: 1, goesOn: () => left-- > 0, mostMemory });
}

describe('attacks', () => {
  it('are the same for the same seed', () => {
    expect(attacks(7, 20)).toEqual(attacks(7, 20));
    expect(attacks(7, 20)).not.toEqual(attacks(8, 20));
  });

  it('come to every door, with exchanges, aliases, fragments, control frames, PROXY headers and large packets', () => {
    const all = attacks(1, 600);
    const has = (transport: string, hex: string): boolean =>
      all.some((one) => one.transport === transport && Buffer.concat(one.chunks).includes(hex, 0, 'hex'));
    const text = (words: string): string => Buffer.from(words).toString('hex');
    expect({
      exchange: has('tcp', text('SCRAM-SHA-256')),
      alias: has('tcp', '230001'),
      first: has('ws', '02'),
      ping: has('ws', '89'),
      version1: has('proxy', text('PROXY TCP')),
      version2: has('proxy', '0d0a0d0a000d0a515549540a21'),
      large: all.some(({ chunks }) => chunks.reduce((sum, { length }) => sum + length, 0) > 2_000_000),
    }).toEqual({
      exchange: true,
      alias: true,
      first: true,
      ping: true,
      version1: true,
      version2: true,
      large: true,
    });
  });
});

describe('a sick broker is found out', () => {
  it.each([
    ['healthy', undefined],
    ['crash', /ended with 1/],
    ['mute', /honest witness: PUBLISH: no answer/],
    ['fault', /logged: .*a fault inside the broker/],
    ['stuck', /still holds the connection/],
    ['deaf', /SIGTERM/],
  ] as const)(
    '%s',
    async (sickness, finding) => {
      const outcome = await against([process.execPath, SICK, sickness], 3);
      if (finding === undefined) expect(outcome.finding).toBe(undefined);
      else expect(outcome.finding).toMatch(finding);
    },
    60_000,
  );

  it('and so is one that takes too much memory', async () => {
    const outcome = await against([process.execPath, SICK, 'healthy'], 3, 1e6);
    expect(outcome.finding).toMatch(/MB, more than 1/);
  });
});

describe('mqttd', () => {
  it('[A29] 5.0 [MQTT-4.13.1-1] 3.1.1 [MQTT-4.8.0-1] lives, serves an honest client and keeps its memory', async () => {
    const until = performance.now() + DURATION;
    const goesOn = (): boolean => performance.now() < until;
    const configuration = configured();
    const outcome = await fuzz({ target: mqttd(configuration.file), seed: 1, goesOn, mostMemory: 700e6 });
    configuration.remove();
    expect(outcome.finding).toBe(undefined);
    expect(outcome.attacks).toBeGreaterThan(64);
    expect(outcome.rounds).toBeGreaterThan(10);
  }, 90_000);
});
