/**
 * What a reload changes in a running mqttd, part by part, and that SIGHUP begins one. Answers: which keys need no restart?
 */
import type { Broker } from '@mqtt/broker';
import type { Logger } from 'pino';
import type { Guard } from '../access/guard.ts';
import { boundsOf, featuresOf } from '../compose.ts';
import { ConfigurationError } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import { withNames } from '../config/names.ts';
import type { ListenerSettings } from '../config/settings.ts';
import type { AdminPort } from '../observe/admin-port.ts';
import type { Worth } from '../observe/events.ts';
import type { Log } from '../observe/log.ts';
import type { Reloads } from '../observe/own.ts';
import { type Part, reload } from '../reload.ts';
import { type Doors, prepareDoors } from './move-doors.ts';
import type { PidFile } from './pid-file.ts';

/** Who is asked who may do what. */
export interface Watch {
  /** Undefined as long as everybody may do everything. */
  guard: Guard | undefined;
  /**
   * Makes one for these settings and those of listeners that are `gone`; undefined where everybody may do everything.
   * @throws {ConfigurationError}
   */
  readonly summon: (given: Given, gone: readonly ListenerSettings[]) => Promise<Guard | undefined>;
  /** The first one is asked from now on. */
  appoint(guard: Guard): void;
}

/** What runs, as far as a reload concerns it. */
export interface Running {
  readonly opened: Log;
  /** Which events have lines in the log. */
  readonly worth: Worth;
  /** Shows each packet in the log, or none. */
  readonly showPackets: (isWanted: boolean) => void;
  readonly broker: Broker;
  readonly watch: Watch;
  readonly doors: Doors;
  readonly pid: PidFile;
  /** Where metrics and health are. */
  readonly pages: AdminPort;
}

/** Tells a service manager. */
interface Manager {
  readonly reloading: () => void;
  readonly reloaded: () => void;
}

/** Which keys need no restart; docs/configuration.md names those that do. */
export const TAKES: Readonly<
  Record<'log' | 'bounds' | 'messages' | 'guard' | 'pid' | 'doors' | 'admin', RegExp>
> = {
  log: /^log\b/,
  bounds: /^(?:limits\.|overflow$)/,
  messages: /^(?:messages\.|sysInterval$)/,
  guard: /^(?:banned\b|failedLogins\.)/,
  pid: /^pidFile$/,
  doors: /^listeners\b/,
  admin: /^admin\b/,
};

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is in the log, what it looks like, where it goes; files that were moved away begin anew. */
function logPart({ opened: { log, change }, worth, showPackets }: Running): Part {
  return {
    takes: TAKES.log,
    prepare: ({ settings: { log: next }, fault }) => {
      let ready: ReturnType<Log['change']>;
      try {
        ready = change(next);
      } catch (error) {
        throw new ConfigurationError([fault(['log', 'destinations'], textOf(error))]);
      }
      const apply = (): void => {
        log.level = next.level;
        worth.connections = next.connections;
        showPackets(next.packets);
        ready.apply();
      };
      return { apply, undo: ready.undo };
    },
  };
}

/** The file for `mqttd reload` and others. */
function pidPart({ pid }: Running): Part {
  return {
    takes: TAKES.pid,
    prepare: ({ settings: { pidFile }, fault }) => {
      if (pidFile === pid.file) return { apply: () => undefined };
      try {
        return pid.move(pidFile);
      } catch (error) {
        throw new ConfigurationError([fault(['pidFile'], textOf(error))]);
      }
    },
  };
}

/** Limits hold for whoever is there, as far as he was not told another one. */
function boundsPart({ broker }: Running): Part {
  return {
    takes: TAKES.bounds,
    prepare: ({ settings }) => ({ apply: () => broker.setBounds(boundsOf(settings)) }),
  };
}

/** What of MQTT is served and how, and how often `$SYS` is told. */
function messagesPart({ broker }: Running): Part {
  return {
    takes: TAKES.messages,
    prepare: ({ settings }) => ({
      apply: () => {
        broker.setFeatures(featuresOf(settings));
        broker.setSysInterval(settings.sysInterval);
      },
    }),
  };
}

/**
 * The port of metrics and health. Whether it is to be had is known only when it is open, so this part is the last one:
 * what it opens while it prepares is wanted for certain.
 */
function adminPart({ pages, opened: { log } }: Running): Part {
  return {
    takes: TAKES.admin,
    prepare: async ({ settings: { admin }, fault }) => {
      const before = pages.url;
      const problem = await pages.move(admin);
      if (problem !== undefined) throw new ConfigurationError([fault(['admin'], problem)]);
      const { url } = pages;
      if (url === undefined && before !== undefined) log.info('the admin listener is closed');
      else if (url !== before) log.info({ admin: url }, 'the admin listener is open');
      return { apply: () => undefined };
    },
  };
}

/** Ends connections and sessions of those who may stay no longer [C28]; each connection has its own line in the log. */
export async function putOut(broker: Broker, guard: Guard, log: Logger): Promise<void> {
  await guard.settled;
  const { connections, sessions } = await broker.expel(guard.judge);
  if (connections + sessions === 0) return;
  log.warn({ connections, sessions }, 'connections and sessions ended: they may stay no longer');
}

/**
 * Passwords, ACLs, keys of tokens, who is asked at which listener, and what is done about guessing. Who came through a
 * listener that is gone, and sessions from there, keep its rules; their files are read again too.
 */
function guardPart({ broker, watch, opened: { log } }: Running, now: () => Given): Part {
  let gone: readonly ListenerSettings[] = [];
  const askAgain = async (): Promise<void> => {
    if (watch.guard !== undefined) await putOut(broker, watch.guard, log);
    const subscriptions = await broker.reauthorize(); // [E06]
    if (subscriptions > 0) log.warn({ subscriptions }, 'subscriptions ended: they are no longer allowed');
  };
  return {
    takes: TAKES.guard,
    prepare: async (next) => {
      const { guard } = watch;
      const names = new Set(next.settings.listeners.map(({ name }) => name));
      const without = [...gone, ...now().settings.listeners].filter(({ name }) => !names.has(name));
      const change = await guard?.prepare(next, without);
      const first = guard === undefined ? await watch.summon(next, without) : undefined;
      const apply = (): void => {
        gone = without;
        change?.();
        if (first !== undefined) watch.appoint(first);
        if (watch.guard !== undefined) void askAgain();
      };
      return { apply };
    },
  };
}

/** What is opened for a reload comes last: the rest is known to be well by then. */
export function partsOf(running: Running, now: () => Given): readonly Part[] {
  const { broker, doors, opened } = running;
  return [
    logPart(running),
    boundsPart(running),
    messagesPart(running),
    guardPart(running, now),
    pidPart(running),
    { takes: TAKES.doors, prepare: prepareDoors(broker, doors, opened.log) },
    adminPart(running),
  ];
}

/** The process around, as far as a reload needs it. */
interface ReloadSurroundings {
  readonly manager: Manager;
  /** Calls back for every SIGHUP. */
  readonly onReload: (signalled: () => void) => void;
  readonly started: Promise<void>;
}

/** What is in force by now, and how often that was asked for. */
export interface InForce {
  readonly given: () => Given;
  readonly reloads: Reloads;
}

/** Reloads on SIGHUP, one after the other, from when it has `started`. */
export function reloadOnSignal(
  given: Given,
  read: () => Promise<Given>,
  running: Running,
  { manager, onReload, started }: ReloadSurroundings,
): InForce {
  const { log }: { readonly log: Logger } = running.opened;
  const reloads: Reloads = { applied: 0, refused: 0 };
  let now = given;
  const parts = partsOf(running, () => now);
  const named = async (): Promise<Given> => {
    const next = await read();
    const listeners = withNames(now.settings.listeners, next.settings.listeners);
    return { ...next, settings: { ...next.settings, listeners } };
  };
  const once = async (): Promise<void> => {
    manager.reloading();
    try {
      now = await reload(now, named, parts, log, (result) => reloads[result]++);
    } catch (err) {
      log.error({ err }, 'reload failed: everything stays as it was');
    } finally {
      manager.reloaded();
    }
  };
  let last = started;
  onReload(() => {
    last = last.then(once);
  });
  return { given: () => now, reloads };
}
