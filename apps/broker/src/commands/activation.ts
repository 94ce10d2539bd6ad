/**
 * Sockets that systemd opened for us (`LISTEN_FDS`): which there are, and which listener each one is. Knows no broker.
 */
import type { Door } from '../compose.ts';
import { ConfigurationError } from '../config/faults.ts';

/** The environment that systemd gives. */
export interface ActivationEnvironment {
  readonly LISTEN_FDS?: string | undefined;
  /** Whom they are for: a child that inherits the environment must not take them. */
  readonly LISTEN_PID?: string | undefined;
  /** Their names, with a colon between: `FileDescriptorName=`, else the name of the unit. */
  readonly LISTEN_FDNAMES?: string | undefined;
}

/** A socket that listens. */
export interface GivenSocket {
  readonly fd: number;
  readonly name: string;
}

/** The first descriptor that systemd hands over. */
const FIRST = 3;

/** The sockets that are for process `pid`, in order. */
export function givenSockets(environment: ActivationEnvironment, pid: number): readonly GivenSocket[] {
  const { LISTEN_FDS = '', LISTEN_PID, LISTEN_FDNAMES = '' } = environment;
  if (LISTEN_PID !== String(pid) || !/^\d{1,4}$/.test(LISTEN_FDS)) return [];
  const names = LISTEN_FDNAMES.split(':');
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => ({
    fd: FIRST + index,
    name: names[index] ?? '',
  }));
}

/**
 * Gives each socket to the listener of its name; when none has the name of a listener, to the listeners in order.
 * @throws {ConfigurationError} for a socket that is no listener's
 */
export function withSockets(doors: readonly Door[], sockets: readonly GivenSocket[]): readonly Door[] {
  if (sockets.length === 0) return doors;
  const names = doors.map(({ listener }) => listener.name);
  const isByName = sockets.some(({ name }) => names.includes(name));
  const given = new Map<string, number>();
  const faults = sockets.flatMap(({ fd, name }, index) => {
    const listener = isByName ? name : names[index];
    if (listener !== undefined && names.includes(listener) && !given.has(listener)) {
      given.set(listener, fd);
      return [];
    }
    const message = `systemd gave a socket named "${name}", and there is no listener left for it: call it as one of ${names.join(', ')} (FileDescriptorName=)`;
    return [{ where: 'LISTEN_FDS', key: '', message }];
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return doors.map((door) => {
    const fd = given.get(door.listener.name);
    return fd === undefined ? door : { ...door, options: { ...door.options, fd } };
  });
}
