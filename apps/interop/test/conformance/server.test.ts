/** The whole table of cases against mqttd in its forms, and against Mosquitto, where only known departures may fail. */
import { describe, expect, it } from 'vitest';
import { departureOf, knownDepartures } from '../../src/conformance/departures.ts';
import type { Outcome } from '../../src/conformance/outcome.ts';
import { failureText } from '../../src/conformance/report.ts';
import { newRunName, run } from '../../src/conformance/run.ts';
import { count, survey, unexpected } from '../../src/conformance/survey.ts';
import { startAedes } from '../../src/peers/aedes.ts';
import { startMosquitto } from '../../src/peers/mosquitto.ts';
import { startMqttdConfigured, USER } from '../../src/peers/mqttd-configured.ts';
import type { RunningBroker } from '../../src/peers/peer.ts';

const versions = ['3.1.1', '5.0'] as const;

async function playAgainst(
  start: () => Promise<RunningBroker>,
  filter?: string,
  known?: string,
): Promise<Outcome[]> {
  const broker = await start();
  try {
    const { tcp, ws } = broker.addresses;
    const target = {
      url: new URL(tcp),
      webSocket: new URL(ws),
      credentials: USER,
      patience: 5000,
      run: newRunName(),
    };
    const again = (one: Outcome): boolean => known !== undefined && departureOf(known, one) === undefined;
    return await run({ target, versions, filter, parallel: 12, again });
  } finally {
    await broker.stop();
  }
}

describe.concurrent('the table of cases', () => {
  for (const store of ['memory', 'durable'] as const) {
    it(`passes against mqttd, ${store}`, async () => {
      const outcomes = await playAgainst(() => startMqttdConfigured({ store }));
      expect(unexpected(outcomes, undefined).map((one) => failureText(one))).toEqual([]);
      const counts = count(survey(outcomes, versions));
      expect(counts.passed).toBeGreaterThan(300);
      expect(counts['not played']).toBe(0);
    });
  }

  it.each([
    ['a Maximum QoS', { maximumQoS: 1 }, 'Maximum QoS', ['MQTT-3.2.2-9', 'MQTT-3.2.2-10', 'MQTT-3.2.2-12']],
    ['no retained messages', { retainAvailable: false }, 'a retained will refuses', ['MQTT-3.2.2-13']],
  ] as const)('passes against mqttd with %s, where it is about that', async (_, settings, filter, ids) => {
    const outcomes = await playAgainst(() => startMqttdConfigured({ store: 'memory', ...settings }), filter);
    expect(unexpected(outcomes, undefined).map((one) => failureText(one))).toEqual([]);
    const passed = outcomes.filter(({ verdict }) => verdict === 'passed').flatMap((one) => one.statements);
    expect([...new Set(passed)].sort()).toEqual([...ids].sort());
  });

  it.each([
    ['mosquitto', startMosquitto, 280],
    ['aedes', startAedes, 90], // 3.1.1 alone
  ] as const)('fails against %s only where that is known', async (name, start, least) => {
    const outcomes = await playAgainst(() => start(), undefined, name);
    expect(unexpected(outcomes, name).map((one) => failureText(one))).toEqual([]);
    expect(count(survey(outcomes, versions)).passed).toBeGreaterThan(least);
  });
});

describe('the list of known departures', () => {
  it('names cases that exist', async () => {
    const { allCases } = await import('../../src/conformance/cases/all.ts');
    const { allClientCases } = await import('../../src/conformance/client/cases/all.ts');
    const names = new Set([...allCases, ...allClientCases].map(({ name }) => name));
    expect(knownDepartures.filter((one) => !names.has(one.case))).toEqual([]);
  });
});
