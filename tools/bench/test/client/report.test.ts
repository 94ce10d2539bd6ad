/** What the table of the clients says of figures: a row that is short must not look as if it were met. */
import { describe, expect, it } from 'vitest';
import type { Load } from '../../src/client/loads.ts';
import { type Outcome, onceTable, trafficTable } from '../../src/client/report.ts';
import type { Result } from '../../src/client/round.ts';

function outcome(load: Partial<Load>, ours: Result, theirs: Result): Outcome {
  const all: Load = { kind: 'receive', name: 'a row', version: 5, qos: 1, bytes: 64, ...load };
  return { server: 'mosquitto', load: all, loadAverage: 1, ours: [ours], theirs: [theirs], bare: [] };
}

const rate = (perSecond: number, cpuEach: number): Result => ({ perSecond, cpuEach, serverBusy: 0.5 });

describe('the table of traffic', () => {
  it.each([
    ['met', 3, 1 / 3],
    ['CPU met', 1, 1 / 3],
    ['rate met', 3, 1],
    ['short', 2.9, 0.4],
  ])('says %s', (verdict, perSecond, cpuEach) => {
    const [, , row = ''] = trafficTable([outcome({}, rate(perSecond, cpuEach), rate(1, 1))]).split('\n');
    expect(row).toMatch(new RegExp(`3x +${verdict} `));
  });

  it('asks for four times MQTT.js at QoS 0', () => {
    const text = trafficTable([outcome({ qos: 0 }, rate(3.9, 1 / 3.9), rate(1, 1))]);
    expect(text).toMatch(/4x +short/);
  });
});

describe('the table of what is measured once', () => {
  it('calls a heap flat that did not grow', () => {
    const grown = (bytes: number): Result => ({ heapGrown: bytes });
    const rows = [100_000, 9_000_000].map((bytes) => outcome({ kind: 'heap' }, grown(bytes), grown(0)));
    expect(onceTable(rows)).toMatch(/0\.095 MB.* met .*\n.*8\.58 MB.* short /);
  });

  it("asks for MQTT.js's time to the first message", () => {
    const rows = [10, 30].map((ms) => outcome({ kind: 'first' }, { firstMs: ms }, { firstMs: 20 }));
    expect(onceTable(rows)).toMatch(/10\.0 ms.* met .*\n.*30\.0 ms.* short /);
  });
});
