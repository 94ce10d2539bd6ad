/**
 * Runs a broker until a signal ends it: listeners, the ready line, reloads, the drain.
 * Knows where mqttd's output goes, nothing of how settings were given or what a packet is.
 */
import { type Broker, createBroker } from '@mqtt/broker';
import type { Logger } from 'pino';
import type { Guard } from '../access/guard.ts';
import { bansAnybody, brokerOptions, type Door, doors, isGuarded, type OpenDoor } from '../compose.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import type { Loaded } from '../config/load.ts';
import { type ListenerSettings, MEMORY, type Settings } from '../config/settings.ts';
import { checkGround } from '../ground.ts';
import type { Watched } from '../observe/admin-pages.ts';
import { AdminPort } from '../observe/admin-port.ts';
import { loggingHooks, packetLines, type Worth } from '../observe/events.ts';
import { type Log, openLog } from '../observe/log.ts';
import type { ListenerNumbers } from '../observe/own.ts';
import { growWithTraffic } from '../observe/young-generation.ts';
import { Progress, storeHooks, storeOf } from '../persistence.ts';
import { type GivenSocket, withSockets } from './activation.ts';
import { counted, type Doors } from './move-doors.ts';
import { openDoors } from './open-doors.ts';
import { PidFile } from './pid-file.ts';
import { putOut, reloadOnSignal, type Watch } from './reloading.ts';

/** Milliseconds that clients get at the end to take what was sent to them. */
const DRAIN = 5000;
/** Milliseconds that the last lines of the log get at the end. */
const LAST_LINES = 1000;
/**
 * Milliseconds in which a second signal is the first one again: Ctrl-C under `npm start` comes from the terminal and
 * once more from npm.
 */
const SAME_SIGNAL = 250;

/** Milliseconds between two looks for tokens that have expired. */
const EXPIRY = 1000;

/** The process around a broker, as far as `serve` needs it. */
export interface Surroundings {
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Calls back for every SIGTERM and SIGINT. */
  readonly onSignal: (signalled: (signal: 'SIGTERM' | 'SIGINT') => void) => void;
  /** Calls back for every SIGHUP. */
  readonly onReload: (signalled: () => void) => void;
  readonly exit: (code: number) => void;
  /** Writes the process id to a file; returns what takes the file away again. */
  readonly writePid: (file: string) => () => void;
  readonly clock: {
    /** ms, never going back. */
    readonly now: () => number;
    /** ms since 1970. */
    readonly date: () => number;
    readonly pause: (ms: number) => Promise<void>;
    /** Calls again and again for as long as the process lives, without keeping it alive. */
    readonly every: (ms: number, run: () => void) => void;
  };
  /** mqttd's own version. */
  readonly version: string;
  /** Tells the service manager how it goes. */
  readonly manager: {
    readonly ready: (status: string, isAlive: () => boolean) => void;
    readonly reloading: () => void;
    readonly reloaded: () => void;
    readonly stopping: () => void;
  };
  /** Sockets that listen already: the service manager opened them. */
  readonly sockets: readonly GivenSocket[];
  /** Goes on as this user and nobody else, when started as root; the folder of the store is theirs from then on. */
  readonly become: (user: string, folder: string | undefined) => void;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Loads what was kept; returns what to tell the user when that cannot be done. */
async function restore(
  broker: Broker,
  { persistence: { data } }: Settings,
  { stderr, clock }: Surroundings,
): Promise<string | undefined> {
  const progress = new Progress(stderr, clock.now);
  try {
    await broker.open({ onProgress: (done, total) => progress.show(done, total) });
    return undefined;
  } catch (error) {
    const isOurs = error instanceof Error && error.name === 'StoreError';
    return isOurs
      ? error.message
      : `${data} cannot be used: ${textOf(error)}; choose another folder with --data`;
  } finally {
    progress.end();
  }
}

/** Ends what was kept of those who are banned. A start without bans looks at no session. */
async function putOutBanned(
  broker: Broker,
  guard: Guard | undefined,
  settings: Settings,
  log: Logger,
): Promise<undefined> {
  if (guard !== undefined && bansAnybody(settings)) await putOut(broker, guard, log);
}

/** What is done when the ports are open; returns what to tell the user when that cannot be. */
function settle(settings: Settings, pid: PidFile, around: Surroundings): string | undefined {
  const { data } = settings.persistence;
  try {
    pid.move(settings.pidFile).apply();
    if (settings.user !== undefined) around.become(settings.user, data === MEMORY ? undefined : data);
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

/** Who may do what; undefined where everybody may do everything. What it takes is loaded only when it is needed. */
async function guardOf(
  given: Given,
  log: Logger,
  around: Surroundings,
  gone: readonly ListenerSettings[] = [],
): Promise<Guard | undefined> {
  if (!isGuarded(given.settings)) return undefined;
  const { Guard } = await import('../access/guard.ts');
  return Guard.create(given, { log, ...around.clock }, gone);
}

/** Ends connections whose token has expired (0xA0). */
function endExpired(guard: Guard, broker: Broker, around: Surroundings): void {
  around.clock.every(EXPIRY, () => {
    const expired = guard.expired();
    if (expired.length === 0) return;
    const identities = new Map(expired.map(({ clientId, identity }) => [clientId, identity]));
    for (const { clientId, identity } of [...broker.clients()])
      if (identities.get(clientId) === identity) broker.disconnect(clientId, 0xa0);
  });
}

/** Who is asked who may do what, at this broker: the guard that it was made with, or one that a reload brings. */
function watchOf(guard: Guard | undefined, broker: Broker, log: Logger, around: Surroundings): Watch {
  if (guard !== undefined) endExpired(guard, broker, around);
  return {
    guard,
    summon: (given, gone) => guardOf(given, log, around, gone),
    appoint(next) {
      this.guard = next;
      broker.setAccess(next.access);
      endExpired(next, broker, around);
    },
  };
}

/** Ends the broker in order on the first signal, at once on a later one. */
function endOnSignal(
  broker: Broker,
  log: Logger,
  around: Surroundings,
  end: (code: number) => Promise<void>,
): { readonly isEnding: boolean } {
  let since: number | undefined;
  around.onSignal((signal) => {
    if (since === undefined) {
      since = around.clock.now();
      around.manager.stopping();
      log.info({ signal, connections: broker.sizes.connections }, 'ending: clients are told and drained');
      broker.close({ drain: DRAIN }).then(
        () => {
          log.info('ended');
          return end(0);
        },
        (err: unknown) => {
          log.error({ err }, 'the broker could not be closed in order');
          return end(1);
        },
      );
    } else if (around.clock.now() - since > SAME_SIGNAL) {
      log.warn({ signal }, 'ending at once');
      void end(1);
    }
  });
  return {
    get isEnding() {
      return since !== undefined;
    },
  };
}

function openEverything(settings: Settings, around: Surroundings): Log {
  return openLog(settings.log, (to) =>
    to === 'stdout' ? around.stdout.isTTY === true : to === 'stderr' && around.stderr.isTTY === true,
  );
}

/** The broker; `failed` is called when its store keeps nothing any more. */
async function brokerOf(
  settings: Settings,
  guard: Guard | undefined,
  log: Logger,
  worth: Worth,
  around: Surroundings,
  failed: () => void,
): Promise<Broker> {
  const hooks = {
    ...loggingHooks(log, worth, around.clock.now),
    ...storeHooks(log, failed),
  };
  const kept = await storeOf(settings, (line) => around.stderr.write(`mqttd: ${line}\n`));
  return createBroker({ ...brokerOptions(settings), ...kept, hooks, access: guard?.access });
}

function numbersOf({ door, opened }: OpenDoor): ListenerNumbers {
  const { name, connections, bytesReceived, bytesSent } = opened;
  return { name, connections, bytesReceived, bytesSent, certificateUntil: door.goodUntil };
}

/** Says that it is ready: in the log, on stdout, to the service manager. */
function announce(
  listeners: readonly OpenDoor[],
  { persistence: { data } }: Settings,
  pages: string | undefined,
  broker: Broker,
  log: Logger,
  around: Surroundings,
): void {
  const urls = listeners.map(({ opened: { url } }) => url);
  const kept = data === MEMORY ? 'in memory and end with this process' : `in ${data}`;
  const admin = pages === undefined ? {} : { admin: pages };
  log.info({ urls, ...admin }, `ready; sessions and retained messages are kept ${kept}`);
  around.stdout.write(`mqttd ready ${urls.join(' ')}\n`);
  around.manager.ready(urls.join(' '), () => broker.failed === undefined);
}

/** Runs mqttd. Resolves when it is ready, or has asked for its exit because it could not start. */
export async function serve(loaded: Loaded, read: () => Promise<Given>, around: Surroundings): Promise<void> {
  const { settings, notes } = loaded;
  const give = async (problem: string, code: number): Promise<void> => {
    around.stderr.write(`mqttd: ${problem}\n`);
    await finish(code);
  };
  let opened: Log | undefined;
  const pid = new PidFile(around.writePid);
  const finish = async (code: number): Promise<void> => {
    pid.remove();
    await opened?.close(LAST_LINES);
    around.exit(code);
  };
  let all: readonly Door[];
  let guard: Guard | undefined;
  try {
    checkGround(loaded);
    all = withSockets(doors(loaded), around.sockets);
    opened = openEverything(settings, around);
    guard = await guardOf(loaded, opened.log, around);
  } catch (error) {
    const what = error instanceof ConfigurationError ? '' : 'log.destinations: ';
    return give(`${what}${textOf(error)}`, EXIT_CONFIGURATION);
  }
  const { log } = opened;
  const worth: Worth = { connections: settings.log.connections };
  const broker = await brokerOf(settings, guard, log, worth, around, () => void finish(1));
  const showPackets = packetLines(broker, log);
  showPackets(settings.log.packets);
  growWithTraffic(() => broker.metrics.messagesReceived);
  const ending = endOnSignal(broker, log, around, finish);
  const watch = watchOf(guard, broker, log, around);
  const listeners: OpenDoor[] = [];
  const open: Doors = { open: listeners, closed: [] };
  const pages = new AdminPort(async () => (await import('../observe/admin-pages.ts')).adminPages(watched));
  const running = { opened, worth, showPackets, broker, watch, pages, doors: open, pid };
  let started = (): void => undefined;
  const { given, reloads } = reloadOnSignal(loaded, read, running, {
    ...around,
    started: new Promise((resolve) => {
      started = resolve;
    }),
  });
  const watched: Watched = {
    broker,
    limits: () => given().settings.limits,
    version: around.version,
    listeners: () => counted(open).map(numbersOf),
    logins: () => watch.guard,
    reloads,
    unready: () => (ending.isEnding ? 'it is ending' : broker.failed && 'the store has failed'),
  };
  for (const { where, message } of notes) log.warn({ where }, message);
  const problem =
    (await restore(broker, settings, around)) ??
    (await putOutBanned(broker, guard, settings, log)) ??
    (await openDoors(broker, all, listeners, loaded.fault)) ??
    (await pages.move(settings.admin));
  if (ending.isEnding) return;
  const why = problem ?? settle(settings, pid, around);
  if (why !== undefined) {
    await broker.close({ drain: 0 });
    return give(why, 1);
  }
  announce(listeners, settings, pages.url, broker, log, around);
  started();
}
