/**
 * Every client against mqttd, as it is built and started by its users.
 */
import { playAll } from '../src/pairs.ts';
import { startMqttd } from '../src/peers/mqttd.ts';
import { subscriberWindow } from '../src/scenarios/flow-control.ts';

playAll('mqttd', () => startMqttd(), subscriberWindow);
