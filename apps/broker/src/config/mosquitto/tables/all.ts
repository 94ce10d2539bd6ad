/** Every directive of a mosquitto.conf that Mosquitto 2.0 and 2.1 know, and what each is to mqttd: the one table. */
import type { Directive } from '../directive.ts';
import { bridgeDirectives } from './bridge.ts';
import { generalDirectives } from './general.ts';
import { listenerDirectives } from './listener.ts';

/** The table, by name. */
export const directives: readonly Directive[] = [
  ...generalDirectives,
  ...listenerDirectives,
  ...bridgeDirectives,
].sort((one, other) => (one.name < other.name ? -1 : 1));

const exact: ReadonlyMap<string, Directive> = new Map(directives.map((entry) => [entry.name, entry]));
const prefixes: readonly Directive[] = directives.filter(({ name }) => name.endsWith('*'));

/** The directive of this name. */
export function directive(name: string): Directive | undefined {
  return exact.get(name) ?? prefixes.find((entry) => name.startsWith(entry.name.slice(0, -1)));
}
