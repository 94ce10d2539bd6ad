/**
 * What a play is called, and why a scenario is not played by these clients against this broker.
 */
import { statementsOf } from './conformance/statements.ts';
import type { Broker, Client, Way } from './peers/peer.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** A client and how it speaks. */
export function named({ name, way }: Client): string {
  return `${name} ${way.version} ${way.transport}`;
}

/** The ids of the statements that a scenario shows in a version; 3.1 is told as 3.1.1. */
export function statementIds(scenario: Scenario, { version }: Way): string[] {
  return statementsOf(scenario.statements ?? '', version === '5.0' ? '5.0' : '3.1.1');
}

/** The name of a test: statements, client, way, story. */
export function title(scenario: Scenario, client: Client): string {
  const ids = statementIds(scenario, client.way).map((id) => `[${id}] `);
  return `${ids.join('')}${named(client)}: ${scenario.name}`;
}

/** Why this is not played; undefined when it is. */
export function whyNot(scenario: Scenario, broker: Broker, cast: readonly Client[]): string | undefined {
  for (const { name, way, cannot } of cast) {
    if (!broker.versions.includes(way.version)) return `${broker.name} has no ${way.version}`;
    if (!broker.transports.includes(way.transport)) return `${broker.name} has no ${way.transport}`;
    if (!(scenario.versions ?? [way.version]).includes(way.version))
      return `${way.version} has no word for it`;
    for (const need of scenario.needs ?? []) {
      const reason = cannot[need];
      if (reason !== undefined) return `${name} cannot: ${reason}`;
    }
  }
  for (const feature of scenario.asks ?? []) {
    const reason = broker.lacks[feature];
    if (reason !== undefined) return `${broker.name} cannot: ${reason}`;
  }
  return undefined;
}
