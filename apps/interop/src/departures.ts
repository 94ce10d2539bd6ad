/**
 * Where brokers and clients that others wrote depart from the specification, as seen here: played all the same, shown in
 * every report, and a departure that is gone is a failure, so that this list stays true. Ours have no place in it.
 */
import type { Play } from './matrix/plan.ts';
import type { Transport, Version } from './peers/peer.ts';

/** What is known of a play. */
export interface Departure {
  readonly why: string;
  /** It may pass as well: the departure depends on timing. */
  readonly isSometimes: boolean;
}

/** A scenario that is known to fail: where, and what the other program does. */
interface Row {
  /** Names of brokers; any of them where the client departs. */
  readonly broker?: RegExp;
  /** Names of clients that meet it; any where the broker departs. */
  readonly client?: RegExp;
  readonly scenario: RegExp;
  readonly versions?: readonly Version[];
  readonly transports?: readonly Transport[];
  readonly isSometimes?: true;
  readonly why: string;
}

const rows: readonly Row[] = [
  {
    broker: /^mosquitto$/,
    scenario: /^a payload of 1 MB/,
    transports: ['ws'],
    why: 'Mosquitto 2.0.11 sends a PUBLISH of more than 64 KB to a WebSocket client only when other traffic wakes it',
  },
  {
    broker: /^mosquitto$/,
    scenario: /^300 messages of QoS 2, more than the broker/,
    versions: ['3.1', '3.1.1'],
    client: /^Paho C$/,
    isSometimes: true, // It has as many open as it gets through before the first PUBREC.
    why: 'Mosquitto 2.0.11 acknowledges and loses QoS 2 messages of a 3.x client beyond 20 open ones [MQTT-4.3.3-2]',
  },
  {
    broker: /^mosquitto$/,
    scenario: /^is closed when another takes over/,
    versions: ['5.0'],
    why: 'Mosquitto 2.0.11 closes without DISCONNECT 0x8E [MQTT-3.1.4-3]',
  },
  {
    broker: /^aedes$/,
    scenario: /^a subscription lowers QoS 2 to 1/,
    why: 'aedes 1.2.0 sends QoS 2 to a subscription that was granted 1 [MQTT-3.8.4-6]',
  },
  {
    broker: /^rabbitmq$/,
    scenario: /^no will after a DISCONNECT/,
    transports: ['ws'],
    why: 'RabbitMQ 3.10 publishes the will of a WebSocket client that has sent DISCONNECT [MQTT-3.14.4-3]',
  },
  {
    client: /^mosquitto_pub/,
    broker: /^mqttd/, // Mosquitto sends no alias.
    scenario: /^a subscriber that allows two aliases/,
    why: 'mosquitto_sub 2.0.11 allows aliases when it is told to, and ends at the first message that has one alone [MQTT-3.3.2-10]',
  },
  {
    client: /^mosquitto_pub/,
    broker: /^mqttd/, // Mosquitto ends its connections without DISCONNECT.
    versions: ['5.0'],
    scenario: /^(connects and subscribes again|who comes back) by itself/,
    why: 'mosquitto_sub 2.0.11 ends after DISCONNECT 0x8B; a connection that is only lost it opens again',
  },
  {
    client: /^mosquitto_pub/,
    broker: /^aedes$/, // The others say at the end that they end.
    transports: ['tls', 'mtls'],
    scenario: /^connects and subscribes again by itself/,
    why: 'aedes 1.2.0 ends TLS without close_notify (RFC 8446, section 6.1), at which mosquitto_sub 2.0.11 ends too',
  },
];

/** What is known of this play; undefined when it must pass. */
export function departureOf({ broker, writer, reader, scenario }: Play): Departure | undefined {
  const found = rows.find(
    (row) =>
      row.broker?.test(broker.name) !== false &&
      [writer, reader].some(
        ({ name, way }) =>
          row.client?.test(name) !== false &&
          (row.versions ?? [way.version]).includes(way.version) &&
          (row.transports ?? [way.transport]).includes(way.transport),
      ) &&
      row.scenario.test(scenario.name),
  );
  return found === undefined ? undefined : { why: found.why, isSometimes: found.isSometimes === true };
}
