/**
 * mqttd killed under load for a minute: half of it from a fixed seed, half from a random one, which is printed. A
 * failing seed is played again by the command that stands in the message.
 */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { killed, type Outcome } from '../src/chapter.ts';
import { Random } from '../src/clients/random.ts';
import { killedInCommit } from '../src/layers/commit-kill.ts';
import { isHere } from '../src/layers/system.ts';
import { play, type Sum } from '../src/play.ts';

const SECONDS = 25;
const LIMIT = 240_000;
const strace = process.platform === 'linux' && isHere('strace');

/** Plays; what was found, with the command that plays it again. */
async function found(
  seed: number,
  seconds: number,
  deaths: number,
  inCommit: boolean,
): Promise<[Sum, unknown[]]> {
  const findings: unknown[] = [];
  const onFinding = (outcome: Outcome): void => {
    const again = `npm run crash -- --seed ${outcome.seed} --deaths ${deaths} --seconds 1${inCommit ? ' --commit' : ''}`;
    findings.push({ again, findings: outcome.findings });
  };
  const before = inCommit ? (one: number) => killedInCommit(new Random(one), deaths) : undefined;
  const sum = await play({ program: mqttd(), seed, seconds, deaths, death: killed, before, onFinding });
  process.stdout.write(
    `crash: from seed ${seed}: ${sum.deaths} deaths, ${sum.acknowledged} acknowledged, slowest restart ${sum.slowest} ms\n`,
  );
  return [sum, findings];
}

describe('mqttd keeps what it acknowledged', () => {
  it.each([
    ['fixed', 1],
    ['random', randomInt(2 ** 31)],
  ] as const)(
    'over kill -9, %s seed %i',
    async (_, seed) => {
      const [sum, findings] = await found(seed, SECONDS, 5, false);
      expect(findings).toEqual([]);
      expect([sum.acknowledged > 100, sum.delivered > 100]).toEqual([true, true]);
    },
    LIMIT,
  );

  it(
    strace ? 'over death in the middle of a commit' : 'cannot be killed in a commit: no strace',
    async () => {
      if (!strace) return;
      const [sum, findings] = await found(randomInt(2 ** 31), 10, 5, true);
      expect(findings).toEqual([]);
      expect(sum.acknowledged).toBeGreaterThan(50);
    },
    LIMIT,
  );
});
