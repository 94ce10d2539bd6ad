/**
 * A broker that keeps its addresses when it is started again: for clients that come back. Ports are found free once,
 * and taken again after each stop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePorts } from '../peers/free-port.ts';
import { startMosquitto } from '../peers/mosquitto.ts';
import { mqttdPath } from '../peers/mqttd.ts';
import type { Addresses, RunningBroker } from '../peers/peer.ts';
import { Program } from '../peers/program.ts';

/** A broker with fixed addresses. */
export interface SteadyBroker {
  readonly addresses: Addresses;
  /** Ends it, and starts it at the same addresses. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function steady(
  start: (ports: readonly [number, number]) => Promise<RunningBroker>,
): Promise<SteadyBroker> {
  const [tcp = 0, ws = 0] = await freePorts(2);
  let broker = await start([tcp, ws]);
  return {
    addresses: { tcp: `mqtt://127.0.0.1:${tcp}`, ws: `ws://127.0.0.1:${ws}/mqtt` },
    restart: async () => {
      await broker.stop();
      broker = await start([tcp, ws]);
    },
    stop: () => broker.stop(),
  };
}

async function mqttdAt([tcp, ws]: readonly [number, number]): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-steady-'));
  const file = join(folder, 'mqttd.yaml');
  await writeFile(file, `listeners:\n  - { type: tcp, port: ${tcp} }\n  - { type: ws, port: ${ws} }\n`);
  const program = new Program(process.execPath, [mqttdPath(), '-c', file, '--data', ':memory:']);
  await program.line(/^mqttd ready /);
  return {
    name: 'mqttd',
    addresses: { tcp: '', ws: '' },
    stop: async () => {
      await program.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** mqttd or Mosquitto, by name. */
export const steadyBrokers: Readonly<Record<string, () => Promise<SteadyBroker>>> = {
  mqttd: () => steady(mqttdAt),
  mosquitto: () => steady((ports) => startMosquitto(ports)),
};
