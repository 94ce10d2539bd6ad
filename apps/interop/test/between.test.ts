/**
 * Messages between clients of different make, version and transport, through mqttd: what one publishes the other gets.
 */
import { describe, it } from 'vitest';
import { brokerForFile, clients, witness } from '../src/pairs.ts';
import { startMqttd } from '../src/peers/mqttd.ts';
import type { Client } from '../src/peers/peer.ts';
import { named, play } from '../src/play.ts';
import { scenarios } from '../src/scenarios/all.ts';

/** Stories in which everything depends on two clients agreeing. */
const TOLD = [
  /^QoS 2 both ways/,
  /^a retained message waits/,
  /^a topic with UTF-8/,
  /^a payload of 1 MB, QoS 2/,
];

const addresses = brokerForFile(() => startMqttd());

function isPair(writer: Client, reader: Client): boolean {
  return writer.name !== reader.name || writer.way.version !== reader.way.version;
}

/** Each client once in each version: WebSocket for one version of a library, TCP for the others. */
const chosen = clients.filter(({ name, way }) =>
  name.startsWith('mosquitto') ? true : (way.transport === 'ws') === (way.version === '3.1.1'),
);

describe('between different clients, through mqttd', { concurrent: true }, () => {
  for (const writer of chosen) {
    for (const reader of chosen.filter((client) => isPair(writer, client))) {
      for (const scenario of scenarios.filter(({ name }) => TOLD.some((story) => story.test(name)))) {
        it(`${named(writer)} -> ${named(reader)}: ${scenario.name}`, () =>
          play(scenario, addresses(), { writer, reader, witness }));
      }
    }
  }
});
