/** The harness is able to fail: every fault that the test broker plants is seen by the matrix and by the conformance cases. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { witnessFor } from '../src/clients.ts';
import type { Version as StatementVersion } from '../src/conformance/case.ts';
import { allCases } from '../src/conformance/cases/all.ts';
import type { Outcome } from '../src/conformance/outcome.ts';
import { play as playCase } from '../src/conformance/play.ts';
import { newRunName } from '../src/conformance/run.ts';
import { faultNamed, faults } from '../src/faulty-broker/all.ts';
import type { Catch, Fault } from '../src/faulty-broker/fault.ts';
import { openFaultyDoor } from '../src/faulty-broker/faulty-broker.ts';
import { startMqttd } from '../src/peers/mqttd.ts';
import { ourClient } from '../src/peers/our-client.ts';
import type { RunningBroker, Version } from '../src/peers/peer.ts';
import { Program } from '../src/peers/program.ts';
import { play } from '../src/play.ts';
import { scenarios } from '../src/scenarios/all.ts';

let broker: RunningBroker;
beforeAll(async () => {
  broker = await startMqttd();
});
afterAll(() => broker.stop());

/** Does this at a door with the fault. */
async function behind<T>(fault: Fault | undefined, act: (url: string) => Promise<T>): Promise<T> {
  const door = await openFaultyDoor(() => broker.addresses.tcp, fault);
  try {
    return await act(door.url);
  } finally {
    await door.stop();
  }
}

/** What the matrix says to a scenario: '' when it passes. */
function playedScenario({ name, version }: Catch<Version>, fault?: Fault): Promise<string> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  const client = ourClient(version, 'tcp');
  // Long enough for a broker that does as it should: else every fault would be seen, those that are not there too.
  const patience = fault === undefined || scenario.isSlow ? 10_000 : 1500;
  const cast = { writer: client, reader: client, witness: witnessFor(version), patience };
  return behind(fault, (tcp) =>
    play(scenario, { addresses: () => ({ tcp, ws: '' }) }, cast).then(
      () => '',
      (error: Error) => error.message,
    ),
  );
}

function playedCase({ name, version }: Catch<StatementVersion>, fault?: Fault): Promise<Outcome> {
  const found = allCases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case is called ${name}`);
  const patience = fault === undefined ? 5000 : 1000;
  return behind(fault, (url) =>
    playCase(found, version, 1, { url: new URL(url), credentials: {}, patience, run: newRunName() }),
  );
}

describe.concurrent.each(faults)('a broker that $what', (fault) => {
  const { scenario, case: one } = fault;
  if ('name' in scenario)
    it(`fails the scenario: ${scenario.name}`, async () => {
      expect(await playedScenario(scenario, fault)).toMatch(scenario.says);
      expect(await playedScenario(scenario)).toBe('');
    });
  if ('name' in one)
    it(`fails the case: ${one.name}`, async () => {
      const { verdict, reason } = await playedCase(one, fault);
      expect([verdict, reason]).toEqual(['failed', expect.stringMatching(one.says)]);
      expect((await playedCase(one)).verdict).toBe('passed');
    });
});

describe('npm run interop', () => {
  const MAIN = fileURLToPath(new URL('../src/matrix/main.ts', import.meta.url));
  const run = async (...words: string[]): Promise<{ code: number | null; text: string }> => {
    const lines: string[] = [];
    const program = new Program(process.execPath, ['--import', 'tsx', MAIN, ...words], (line) =>
      lines.push(line),
    );
    const { code } = await program.ended;
    return { code, text: lines.join('\n') };
  };

  it('--broker faulty --fault NAME fails, and shows what passed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interop-faulty-'));
    const reports = ['json', 'junit', 'html'].flatMap((form) => [`--${form}`, join(folder, form)]);
    const scenario = 'a subscription lowers QoS 2 to 1';
    const chosen = ['--client', '@mqtt/client', '--version', '3.1.1', '--scenario', scenario];
    const { code, text } = await run('--broker', 'faulty', '--fault', 'raises-qos', ...chosen, ...reports);
    await rm(folder, { recursive: true });
    expect(text).toContain('FAILED mqttd, faulty: raises-qos | [MQTT-3.8.4-6]');
    expect(text).toMatch(/reader <- PUBLISH .* qos 2/);
    expect(code).toBe(1);
  });

  it('a fault without the test broker, or one that nobody knows, is wrong use', async () => {
    const [alone, unknown] = await Promise.all([
      run('--fault', 'raises-qos'),
      run('--broker', 'faulty', '--fault', 'everything'),
    ]);
    expect([alone.code, unknown.code]).toEqual([64, 64]);
    expect(alone.text).toContain('--fault is for --broker faulty');
    expect(unknown.text).toContain('no fault is called everything');
  });
});

it('is asked for by name', () => {
  expect(faultNamed('forgets-wills')).toBe(faults.find(({ name }) => name === 'forgets-wills'));
  expect(() => faultNamed('none')).toThrow(/no fault is called none: one of loses-messages, /);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});
