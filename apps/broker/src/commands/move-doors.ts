/**
 * The part of a reload that concerns listeners: the new ones are opened before anything changes, then they, those that
 * moved or serve differently, and those that are gone change in one step; connections stay. Knows nothing of rights.
 */
import type { Broker, ListenerChange, OpenListener } from '@mqtt/broker';
import type { Logger } from 'pino';
import { type Door, doors, type OpenDoor } from '../compose.ts';
import { ConfigurationError } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import type { Part } from '../reload.ts';
import { explain, exposed, orWithoutIpv6 } from './open-doors.ts';

/** The listeners of a running mqttd. */
export interface Doors {
  /** In the order of the configuration. */
  open: readonly OpenDoor[];
  /** Those that are no longer in it and have connections still, and some that have none any more. */
  closed: readonly OpenDoor[];
}

/** Those that have something to be told of. */
export function counted({ open, closed }: Doors): readonly OpenDoor[] {
  return [...open, ...closed.filter(({ opened }) => opened.connections > 0)];
}

/** What every listener is opened with; a socket from systemd stays with the listener it was given to. */
function doorsAmong(next: Given, open: readonly OpenDoor[]): readonly Door[] {
  const given = new Map(open.map(({ door: { listener, options } }) => [listener.name, options.fd]));
  return doors(next).map((door) => {
    const fd = given.get(door.listener.name);
    return fd === undefined ? door : { ...door, options: { ...door.options, fd } };
  });
}

/** @throws {ConfigurationError} for the first that cannot be had */
async function addAll(change: ListenerChange, all: readonly Door[], { fault }: Given): Promise<void> {
  for (const [index, door] of all.entries()) {
    let problem: string | undefined;
    try {
      const url = await orWithoutIpv6(door.options, (options) => change.add(options));
      problem = exposed(door, url);
    } catch (error) {
      problem = explain(error, door.listener);
    }
    if (problem !== undefined) throw new ConfigurationError([fault(['listeners', index], problem)]);
  }
}

/** One line for each that came, moved or went. */
function tell(log: Logger, before: readonly OpenDoor[], now: readonly OpenListener[]): void {
  for (const { name, url } of now) {
    const old = before.find(({ opened }) => opened.name === name)?.opened.url;
    if (old === undefined) log.info({ listener: name, url }, 'listener opened');
    else if (old !== url)
      log.info({ listener: name, url, from: old }, 'listener moved: its connections stay');
  }
  for (const { opened } of before) {
    if (now.some(({ name }) => name === opened.name)) continue;
    const { name, url, connections } = opened;
    log.info({ listener: name, url, connections }, 'listener closed: its connections stay');
  }
}

/** Readies listeners as a configuration has them: where they are, what is behind their ports, and for whom. */
export function prepareDoors(
  broker: Pick<Broker, 'changeListeners'>,
  running: Doors,
  log: Logger,
): Part['prepare'] {
  return async (next) => {
    const before = running.open;
    const all = doorsAmong(next, before);
    const change = broker.changeListeners();
    const undo = (): Promise<void> =>
      change.cancel().catch((err: unknown) => {
        log.error(
          { err },
          'a listener that gave way for the reload could not be opened again: restart mqttd',
        );
      });
    try {
      await addAll(change, all, next);
    } catch (error) {
      await undo();
      throw error;
    }
    const apply = (): void => {
      const now = change.apply();
      tell(log, before, now);
      const names = new Set(now.map(({ name }) => name));
      running.open = all.flatMap((door, index) => {
        const opened = now[index];
        return opened === undefined ? [] : { door, opened };
      });
      const gone = [...counted({ open: [], closed: running.closed }), ...before];
      running.closed = gone.filter(({ opened }) => !names.has(opened.name));
    };
    return { apply, undo };
  };
}
