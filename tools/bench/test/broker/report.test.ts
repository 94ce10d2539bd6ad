/** The verdicts: round by round, against the right peer, and a loss is never quiet. */
import { describe, expect, it } from 'vitest';
import type { Load } from '../../src/broker/loads.ts';
import type { Played } from '../../src/broker/play.ts';
import { isFaultless, loadText, reportOf } from '../../src/broker/report.ts';
import type { Round } from '../../src/broker/round.ts';

const load: Load = {
  kind: 'traffic',
  name: 'flood',
  publishers: 1,
  subscribers: 1,
  to: 'one',
  qos: 0,
  payloadBytes: 64,
  window: 0,
  over: 'tcp',
  version: 4,
  filters: 'topic',
  topics: { spacing: 1, each: 1 },
  usesAlias: false,
  targets: { rate: 8, cpu: 1 / 10 },
};

const round = (perSecond: number, cpuEach: number, delivered = 1000): Round => ({
  expected: 1000,
  delivered,
  twice: 0,
  wrong: 0,
  skipped: 0,
  ended: 0,
  seconds: 1,
  perSecond,
  cpuEach,
  loadCpuEach: 1,
  kilobytesEach: Number.NaN,
  acknowledgedPerSecond: Number.NaN,
  times: [],
});

const played = (broker: string, ...rounds: readonly Round[]): Played => ({
  broker,
  rounds,
  peakKilobytes: 2048,
});

describe('reportOf', () => {
  const mosquitto = played('mosquitto', round(100, 10), round(50, 20), round(100, 10));
  const aedes = played('aedes', round(10, 10), round(10, 10), round(10, 10));

  it('divides each round by the same round of the peer', () => {
    const ours = played('mqttd', round(900, 1), round(450, 2), round(900, 1));
    const { verdicts } = reportOf(load, [ours, mosquitto]);
    expect(verdicts).toMatchObject([
      { measure: 'delivered/s', ratio: { median: 9, min: 9, max: 9 }, reached: true },
      { measure: 'CPU each', ratio: { median: 0.1 }, reached: true },
    ]);
  });

  it('says when a target is not reached, and has none against aedes', () => {
    const ours = played('mqttd', round(700, 2), round(350, 4), round(700, 2));
    const { verdicts } = reportOf(load, [ours, mosquitto, aedes]);
    expect(verdicts.map(({ peer, reached }) => [peer, reached])).toEqual([
      ['mosquitto', false],
      ['mosquitto', false],
      ['aedes', undefined],
      ['aedes', undefined],
    ]);
  });

  it('adds up what was lost, and the run is then not faultless', () => {
    const report = reportOf(load, [played('mqttd', round(900, 1), round(900, 1, 990))]);
    expect(report.lines[0]).toMatchObject({ expected: 2000, lost: 10 });
    expect(loadText(report)).toContain('LOST 10 (0.500 %');
    expect(isFaultless([report])).toBe(false);
    expect(isFaultless([reportOf(load, [played('mqttd', round(900, 1))])])).toBe(true);
  });
});
