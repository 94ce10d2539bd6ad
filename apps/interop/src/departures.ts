/**
 * Where brokers that others wrote depart from the specification, as seen here: played all the same, and a departure
 * that is gone is a failure, so that this list stays true. Ours has no place in it.
 */
import type { Client } from './peers/peer.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** A scenario that is known to fail. */
interface Departure {
  readonly broker: string;
  readonly scenario: RegExp;
  readonly version?: Client['way']['version'];
  readonly transport?: Client['way']['transport'];
  /** A client that meets it; others avoid it. */
  readonly client?: string;
  /** What the broker does. */
  readonly why: string;
}

const departures: readonly Departure[] = [
  {
    broker: 'mosquitto',
    scenario: /^a payload of 1 MB/,
    transport: 'ws',
    why: 'Mosquitto 2.0.11 sends a PUBLISH of more than 64 KB to a WebSocket client only when other traffic wakes it',
  },
  ...(['3.1', '3.1.1'] as const).map((version) => ({
    broker: 'mosquitto',
    scenario: /^300 messages of QoS 2/,
    version,
    client: '@mqtt/client', // mosquitto_pub never has more than 20 open by itself
    why: 'Mosquitto 2.0.11 acknowledges and loses QoS 2 messages of a 3.x client beyond 20 open ones [MQTT-4.3.3-2]',
  })),
  {
    broker: 'mosquitto',
    scenario: /^is closed when another takes over/,
    version: '5.0',
    why: 'Mosquitto 2.0.11 closes without DISCONNECT 0x8E [MQTT-3.1.4-3]',
  },
];

/** Why this is known to fail; undefined when it must pass. */
export function departureOf(broker: string, client: Client, scenario: Scenario): string | undefined {
  const found = departures.find(
    (one) =>
      one.broker === broker &&
      one.scenario.test(scenario.name) &&
      (one.client ?? client.name) === client.name &&
      (one.version ?? client.way.version) === client.way.version &&
      (one.transport ?? client.way.transport) === client.way.transport,
  );
  return found?.why;
}
