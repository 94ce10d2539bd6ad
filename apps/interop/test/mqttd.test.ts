/**
 * Every client against mqttd, as it is built and started by its users.
 */
import { playAll } from '../src/pairs.ts';
import { mqttdInMemory } from '../src/peers/mqttd-matrix.ts';
import { subscriberWindow } from '../src/scenarios/flow-control.ts';

playAll(mqttdInMemory, subscriberWindow);
