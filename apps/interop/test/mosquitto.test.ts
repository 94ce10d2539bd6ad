/**
 * Every client against a real Mosquitto: ours must pass; the others show that the scenarios are right.
 */
import { playAll } from '../src/pairs.ts';
import { mosquitto } from '../src/peers/mosquitto.ts';

playAll(mosquitto);
