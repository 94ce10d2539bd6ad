/**
 * Every client there is, in every way it can speak. Knows no broker and no scenario.
 */
import { browserClient } from './peers/browser-client.ts';
import { mosquittoClients } from './peers/mosquitto-clients.ts';
import { mqttCommand } from './peers/mqtt-command.ts';
import { mqttJs } from './peers/mqtt-js.ts';
import { ourClient } from './peers/our-client.ts';
import { pahoC } from './peers/paho-c.ts';
import { pahoPython } from './peers/paho-python.ts';
import type { Client, Transport, Version } from './peers/peer.ts';

/** The versions, in the order in which they came. */
export const VERSIONS: readonly Version[] = ['3.1', '3.1.1', '5.0'];
/** The transports. */
export const TRANSPORTS: readonly Transport[] = ['tcp', 'tls', 'mtls', 'ws'];

/** One client in all its ways. */
function inWays<T extends Transport>(
  client: (version: Version, transport: T) => Client,
  transports: readonly T[],
  versions: readonly Version[] = VERSIONS,
): Client[] {
  return versions.flatMap((version) => transports.map((transport) => client(version, transport)));
}

/** Every client in every way. A new one is a line here. */
export const clients: readonly Client[] = [
  ...inWays(ourClient, TRANSPORTS),
  ...inWays(browserClient, ['ws']),
  ...inWays(mqttCommand, TRANSPORTS),
  ...inWays(mosquittoClients, ['tcp', 'tls', 'mtls']),
  ...inWays(mqttJs, TRANSPORTS),
  ...inWays(pahoPython, TRANSPORTS),
  ...inWays(pahoC, TRANSPORTS),
];

/** Stands in where a scenario asks for a witness, in the version of the client under test. */
export function witnessFor(version: Version): Client {
  return mqttJs(version, 'tcp');
}
