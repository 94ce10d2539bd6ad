/**
 * What the command line says about settings, and how it is laid over a configuration: it wins over everything.
 * Loads nothing that a start without a configuration file would not need.
 */
import type { Configuration, ListenerConfiguration } from './configuration.ts';
import { HOST, STANDARD_LISTENERS, WEBSOCKET_PATH } from './settings.ts';

/** The words of a command line that decide settings, as they were typed. */
export interface Words {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly port?: number | undefined;
  readonly wsPort?: number | 'off' | undefined;
  readonly verbose?: boolean | undefined;
}

/** A configuration with the words laid over it, and which listener each of its listeners was before. */
export interface Overlaid {
  readonly configuration: Configuration;
  readonly cameFrom: readonly number[];
}

type Indexed = readonly [listener: ListenerConfiguration, cameFrom: number];

/** Gives the first listener of a type this port, or adds one on loopback. */
function withPort(listeners: readonly Indexed[], type: 'tcp' | 'ws', port: number): readonly Indexed[] {
  const index = listeners.findIndex(([listener]) => listener.type === type);
  if (index < 0) {
    const path = type === 'ws' ? { path: WEBSOCKET_PATH } : {};
    return [...listeners, [{ type, host: HOST, port, ...path }, -1]];
  }
  return listeners.map((entry, place) =>
    place === index ? ([{ ...entry[0], port }, entry[1]] as const) : entry,
  );
}

/**
 * Lays the words over a configuration. With `-p 0` and no listeners configured the WebSocket port is free-chosen as
 * well, unless it is given: who asks for any port must not collide on the other one.
 */
export function overlay(given: Configuration, words: Words): Overlaid {
  const { port, wsPort, data, verbose } = words;
  let listeners: readonly Indexed[] = (given.listeners ?? STANDARD_LISTENERS).map((listener, index) => [
    listener,
    given.listeners === undefined ? -1 : index,
  ]);
  if (port !== undefined) listeners = withPort(listeners, 'tcp', port);
  if (wsPort === 'off') listeners = listeners.filter(([{ type }]) => type !== 'ws');
  else if (wsPort !== undefined) listeners = withPort(listeners, 'ws', wsPort);
  else if (port === 0 && given.listeners === undefined) listeners = withPort(listeners, 'ws', 0);
  const configuration: Configuration = {
    ...given,
    listeners: listeners.map(([listener]) => listener),
    ...(data === undefined ? {} : { persistence: { ...given.persistence, data } }),
    ...(verbose === true ? { log: { ...given.log, level: 'debug', packets: true } } : {}),
  };
  return { configuration, cameFrom: listeners.map(([, cameFrom]) => cameFrom) };
}
