/**
 * Which clients there are, in every way each can speak, and how all scenarios become tests against one broker.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { departureOf } from './departures.ts';
import { mosquittoClients } from './peers/mosquitto-clients.ts';
import { mqttJs } from './peers/mqtt-js.ts';
import { ourClient } from './peers/our-client.ts';
import type { Addresses, Client, RunningBroker } from './peers/peer.ts';
import { killPrograms } from './peers/program.ts';
import { play, plays, title } from './play.ts';
import { scenarios } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';

const VERSIONS = ['3.1', '3.1.1', '5.0'] as const;
const TRANSPORTS = ['tcp', 'ws'] as const;
/** Milliseconds to wait for a message that is known not to come. */
const LITTLE_PATIENCE = 500;

/** Every client in every way. */
export const clients: readonly Client[] = [
  ...VERSIONS.map((version) => mosquittoClients(version)),
  ...VERSIONS.flatMap((version) => TRANSPORTS.map((transport) => mqttJs(version, transport))),
  ...VERSIONS.flatMap((version) => TRANSPORTS.map((transport) => ourClient(version, transport))),
];

/** Stands in where a scenario asks for a witness. */
export const witness: Client = mqttJs('3.1.1', 'tcp');

/** Starts a broker before the tests of this file and stops it after them; gives its addresses while it runs. */
export function brokerForFile(start: () => Promise<RunningBroker>): () => Addresses {
  let broker: RunningBroker | undefined;
  beforeAll(async () => {
    broker = await start();
  });
  afterAll(async () => {
    try {
      await broker?.stop();
    } finally {
      killPrograms();
    }
  });
  return () => {
    if (broker === undefined) throw new Error('the broker did not start');
    return broker.addresses;
  };
}

/**
 * Declares one test for each client and scenario. They share the broker and do not meet in it, so they overlap; a known
 * departure is played alone, because other traffic can heal it. `more`: scenarios for this broker beside all the others.
 */
export function playAll(
  name: string,
  start: () => Promise<RunningBroker>,
  more: readonly Scenario[] = [],
): void {
  const addresses = brokerForFile(start);
  describe(`against ${name}`, { concurrent: true }, () => {
    for (const client of clients) {
      const cast = { writer: client, reader: client, witness };
      for (const scenario of [...scenarios, ...more].filter((story) => plays(client, story))) {
        const why = departureOf(name, client, scenario);
        if (why === undefined) it(title(scenario, client), () => play(scenario, addresses(), cast));
        else {
          it(`${title(scenario, client)} (known departure: ${why})`, { fails: true, concurrent: false }, () =>
            play(scenario, addresses(), { ...cast, patience: LITTLE_PATIENCE }),
          );
        }
      }
    }
  });
}
