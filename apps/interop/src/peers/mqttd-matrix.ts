/**
 * mqttd in the matrix: every transport at once, with the store in memory or on disk; started again with what it kept.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { START_PATIENCE } from './deadline.ts';
import { mqttdPath } from './mqttd.ts';
import type { Addresses, Broker, Certificates, RunningBroker } from './peer.ts';
import { Program } from './program.ts';

const READY = /^mqttd ready (mqtt:\/\/\S+) (mqtts:\/\/\S+) (mqtts:\/\/\S+) (ws:\/\/\S+)$/;

function configuration({ ca, server }: Certificates, data: string): string {
  const tls = `cert: ${JSON.stringify(server.cert)}, key: ${JSON.stringify(server.key)}`;
  const here = 'host: 127.0.0.1, port: 0';
  return [
    'listeners:',
    `  - { type: tcp, ${here} }`,
    `  - { type: tls, ${here}, tls: { ${tls} } }`,
    `  - { type: tls, ${here}, tls: { ${tls}, ca: ${JSON.stringify(ca)}, requireCertificate: true } }`,
    `  - { type: ws, ${here}, path: /mqtt }`,
    'security: { anonymous: true }',
    `persistence: { data: ${JSON.stringify(data)} }`,
    '',
  ].join('\n');
}

interface Running {
  readonly program: Program;
  readonly addresses: Addresses;
}

async function run(file: string): Promise<Running> {
  const program = new Program(process.execPath, [mqttdPath(), '-c', file]);
  const [, tcp = '', tls = '', mtls = '', ws = ''] =
    READY.exec(await program.line(READY, START_PATIENCE)) ?? [];
  return { program, addresses: { tcp, tls, mtls, ws } };
}

async function stop({ program }: Running): Promise<void> {
  const { code, signal } = await program.end('SIGTERM');
  if (code !== 0) throw new Error(`mqttd ended with ${signal ?? code}${program.tail}`);
}

async function start(certificates: Certificates, isDurable: boolean): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-mqttd-'));
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'mqttd.yaml');
  await writeFile(file, configuration(certificates, isDurable ? join(folder, 'data') : ':memory:'));
  let running = await run(file).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    name: 'mqttd',
    get addresses() {
      return running.addresses;
    },
    restart: async () => {
      await stop(running);
      running = await run(file);
    },
    stop: async () => {
      await stop(running);
      await clear();
    },
  };
}

const common = {
  isOurs: true,
  versions: ['3.1', '3.1.1', '5.0'],
  transports: ['tcp', 'tls', 'mtls', 'ws'],
} as const;

/** mqttd with the store in memory. */
export const mqttdInMemory: Broker = {
  ...common,
  name: 'mqttd, memory',
  lacks: { durability: 'the store in memory ends with the process' },
  start: (certificates) => start(certificates, false),
};

/** mqttd with the durable store. */
export const mqttdDurable: Broker = {
  ...common,
  name: 'mqttd, durable',
  isTwin: true,
  lacks: {},
  start: (certificates) => start(certificates, true),
};
