/**
 * Every broker of the matrix. Knows no client and no scenario.
 */
import { aedes } from './peers/aedes.ts';
import { mosquitto } from './peers/mosquitto.ts';
import { mqttdDurable, mqttdInMemory } from './peers/mqttd-matrix.ts';
import type { Broker } from './peers/peer.ts';
import { rabbitmq } from './peers/rabbitmq.ts';

/** A new one is a line here. */
export const brokers: readonly Broker[] = [mqttdInMemory, mqttdDurable, mosquitto, aedes, rabbitmq];
