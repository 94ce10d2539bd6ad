/** The whole table of cases against mqttd in its forms, and against Mosquitto, where only known departures may fail. */
import { describe, expect, it } from 'vitest';
import { knownDepartures } from '../../src/conformance/departures.ts';
import type { Outcome } from '../../src/conformance/outcome.ts';
import { failureText } from '../../src/conformance/report.ts';
import { newRunName, run } from '../../src/conformance/run.ts';
import { count, survey, unexpected } from '../../src/conformance/survey.ts';
import { startAedes } from '../../src/peers/aedes.ts';
import { startMosquitto } from '../../src/peers/mosquitto.ts';
import { startMqttdConfigured, USER } from '../../src/peers/mqttd-configured.ts';
import type { RunningBroker } from '../../src/peers/peer.ts';

const versions = ['3.1.1', '5.0'] as const;

async function playAgainst(start: () => Promise<RunningBroker>, filter?: string): Promise<Outcome[]> {
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
    return await run({ target, versions, filter, parallel: 12 });
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

  it('passes against mqttd with a Maximum QoS, where it is about that', async () => {
    const outcomes = await playAgainst(
      () => startMqttdConfigured({ store: 'memory', maximumQoS: 1 }),
      'Maximum QoS',
    );
    expect(unexpected(outcomes, undefined).map((one) => failureText(one))).toEqual([]);
    expect(
      outcomes.filter(({ verdict }) => verdict === 'passed').map((one) => one.statements),
    ).toContainEqual(['MQTT-3.2.2-12']);
  });

  it.each([
    ['mosquitto', startMosquitto, 280],
    ['aedes', startAedes, 90], // 3.1.1 alone
  ] as const)('fails against %s only where that is known', async (name, start, least) => {
    const outcomes = await playAgainst(() => start());
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
