/**
 * Messages between clients of different make, version and transport, through mqttd: what one publishes the other gets.
 */
import { describe, it } from 'vitest';
import { clients, witnessFor } from '../src/clients.ts';
import { brokerForFile } from '../src/pairs.ts';
import { mqttdInMemory } from '../src/peers/mqttd-matrix.ts';
import type { Client } from '../src/peers/peer.ts';
import { play } from '../src/play.ts';
import { scenarios } from '../src/scenarios/all.ts';
import { named } from '../src/title.ts';

/** Stories in which everything depends on two clients agreeing. */
const TOLD = [
  /^QoS 2 both ways/,
  /^a retained message waits/,
  /^a topic with UTF-8/,
  /^a payload of 1 MB, QoS 2/,
];

const place = brokerForFile((certificates) => mqttdInMemory.start(certificates));

function isPair(writer: Client, reader: Client): boolean {
  return writer.name !== reader.name || writer.way.version !== reader.way.version;
}

/** Each client once in each version: WebSocket for one version of a library, TCP for the others. */
const chosen = clients.filter(
  ({ name, way }) =>
    way.transport === (name.startsWith('mosquitto') || way.version !== '3.1.1' ? 'tcp' : 'ws'),
);

describe('between different clients, through mqttd', { concurrent: true }, () => {
  for (const writer of chosen) {
    for (const reader of chosen.filter((client) => isPair(writer, client))) {
      for (const scenario of scenarios.filter(({ name }) => TOLD.some((story) => story.test(name)))) {
        it(`${named(writer)} -> ${named(reader)}: ${scenario.name}`, () =>
          play(scenario, place(), { writer, reader, witness: witnessFor('3.1.1') }));
      }
    }
  }
});
