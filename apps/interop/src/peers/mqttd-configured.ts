/**
 * mqttd with a configuration of its own, in a folder that goes with it: a user who may log in by SCRAM-SHA-256 beside
 * everybody else, and a store in memory or on disk.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { mqttdPath, startMqttd } from './mqttd.ts';
import type { RunningBroker } from './peer.ts';
import { Program } from './program.ts';

/** Who may log in. */
export const USER = { username: 'tester', password: 'a secret of tests' } as const;

/** What is configured beside the user. */
export interface MqttdSettings {
  /** Whether what must not be lost is on disk before it is acknowledged. */
  readonly store: 'memory' | 'durable';
  /** Highest QoS of a PUBLISH; 2 unless it is said. */
  readonly maximumQoS?: 0 | 1;
  /** Retained messages are served; true unless it is said. */
  readonly retainAvailable?: boolean;
}

function configuration({ store, maximumQoS, retainAvailable = true }: MqttdSettings): string {
  const limit = maximumQoS === undefined ? '' : `, maximumQoS: ${maximumQoS}`;
  return [
    'listeners:',
    `  - { type: tcp, host: 127.0.0.1, port: 0${limit} }`,
    `  - { type: ws, host: 127.0.0.1, port: 0, path: /mqtt${limit} }`,
    'security:',
    '  anonymous: true',
    '  authenticate: [{ type: password-file, file: passwd }]',
    '  authorize: []',
    ...(retainAvailable ? [] : ['messages: { retainAvailable: false }']),
    `persistence: { data: "${store === 'memory' ? ':memory:' : 'data'}" }`,
    '',
  ].join('\n');
}

/** Starts it. */
export async function startMqttdConfigured(settings: MqttdSettings): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-mqttd-'));
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { username, password } = USER;
    const words = [
      'passwd',
      '-c',
      '-b',
      '--hash',
      'scram-sha-256',
      join(folder, 'passwd'),
      username,
      password,
    ];
    const { code } = await new Program(process.execPath, [mqttdPath(), ...words]).ended;
    if (code !== 0) throw new Error(`mqttd passwd ended with ${code}`);
    await writeFile(join(folder, 'mqttd.yaml'), configuration(settings));
    const broker = await startMqttd(['-c', join(folder, 'mqttd.yaml')], []);
    return {
      ...broker,
      stop: async () => {
        await broker.stop();
        await clear();
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
}
