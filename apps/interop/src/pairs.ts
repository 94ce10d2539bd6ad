/**
 * How all scenarios become tests against one broker.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { clients, witnessFor } from './clients.ts';
import { departureOf } from './departures.ts';
import type { Place } from './network.ts';
import { makeCertificates } from './peers/certificates.ts';
import type { Broker, Certificates, RunningBroker } from './peers/peer.ts';
import { killPrograms } from './peers/program.ts';
import { play } from './play.ts';
import { scenarios } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { title, whyNot } from './title.ts';

/** Milliseconds to wait for a message that is known not to come. */
const LITTLE_PATIENCE = 500;

/** Starts a broker before the tests of this file and stops it after them; gives its place while it runs. */
export function brokerForFile(start: Broker['start']): () => Place {
  let broker: RunningBroker | undefined;
  let folder = '';
  let certificates: Certificates | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interop-certificates-'));
    certificates = await makeCertificates(folder);
    broker = await start(certificates);
  });
  afterAll(async () => {
    try {
      await broker?.stop();
    } finally {
      killPrograms();
      await rm(folder, { recursive: true, force: true });
    }
  });
  return () => {
    const running = broker;
    if (running === undefined) throw new Error('the broker did not start');
    return { addresses: () => running.addresses, certificates };
  };
}

/**
 * Declares one test for each client and scenario. They share the broker and do not meet in it, so they overlap; a known
 * departure is played alone, because other traffic can heal it. `more`: scenarios for this broker beside all the others.
 */
export function playAll(broker: Broker, more: readonly Scenario[] = []): void {
  const place = brokerForFile((certificates) => broker.start(certificates));
  describe(`against ${broker.name}`, { concurrent: true }, () => {
    for (const client of clients) {
      const witness = witnessFor(client.way.version);
      const cast = { writer: client, reader: client, witness };
      for (const scenario of [...scenarios, ...more]) {
        if (whyNot(scenario, broker, [client]) !== undefined) continue;
        const why = departureOf(broker.name, client, scenario);
        if (why === undefined) it(title(scenario, client), () => play(scenario, place(), cast));
        else {
          it(`${title(scenario, client)} (known departure: ${why})`, { fails: true, concurrent: false }, () =>
            play(scenario, place(), { ...cast, patience: LITTLE_PATIENCE }),
          );
        }
      }
    }
  });
}
