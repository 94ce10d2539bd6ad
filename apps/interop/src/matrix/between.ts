/**
 * Plays between clients of different make: what one publishes the other gets. Each pair of names in both directions, in
 * versions that go round, so that each version meets each. Chooses; plays nothing.
 */
import type { Client } from '../peers/peer.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** What one client publishes to another. */
export interface Pair {
  readonly writer: Client;
  readonly reader: Client;
  readonly scenario: Scenario;
}

/** Stories in which everything depends on two clients agreeing. */
const TOLD = [/^QoS 2 both ways/, /^a retained message waits/, /^a topic with UTF-8/];
const VERSIONS = ['3.1', '3.1.1', '5.0'] as const;

/** One client of each name and version, over the transport it is listed with first. */
function firstOf(clients: readonly Client[], name: string, turn: number): Client | undefined {
  const version = VERSIONS[turn % VERSIONS.length];
  return clients.find((client) => client.name === name && client.way.version === version);
}

/** Who tells what to whom. */
export function pairsBetween(clients: readonly Client[], scenarios: readonly Scenario[]): Pair[] {
  const names = [...new Set(clients.map(({ name }) => name))];
  const told = scenarios.filter(({ name }) => TOLD.some((story) => story.test(name)));
  return names.flatMap((from, i) =>
    names.flatMap((to, j) => {
      const writer = firstOf(clients, from, i + j);
      const reader = firstOf(clients, to, i + 2 * j + 1);
      if (from === to || writer === undefined || reader === undefined) return [];
      return told.map((scenario) => ({ writer, reader, scenario }));
    }),
  );
}
