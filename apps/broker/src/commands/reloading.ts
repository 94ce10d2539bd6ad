/**
 * What a reload changes in a running mqttd, part by part, and that SIGHUP begins one. Answers: which keys need no restart?
 */
import type { Broker } from '@mqtt/broker';
import type { Logger } from 'pino';
import type { Guard } from '../access/guard.ts';
import { boundsOf, certificatesPart, featuresOf, type OpenDoor, termsPart } from '../compose.ts';
import { ConfigurationError } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import type { AdminPort } from '../observe/admin-port.ts';
import type { Worth } from '../observe/events.ts';
import type { Log } from '../observe/log.ts';
import type { Reloads } from '../observe/own.ts';
import { type Part, reload } from '../reload.ts';

/** Who is asked who may do what. */
export interface Watch {
  /** Undefined as long as everybody may do everything. */
  guard: Guard | undefined;
  /** Makes one for these settings; undefined where everybody may do everything. @throws {ConfigurationError} */
  readonly summon: (given: Given) => Promise<Guard | undefined>;
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
  readonly listeners: () => readonly OpenDoor[];
  /** Where metrics and health are. */
  readonly pages: AdminPort;
}

/** Tells a service manager. */
interface Manager {
  readonly reloading: () => void;
  readonly reloaded: () => void;
}

/** What of a log can change while it is written: what is in it, and files that were moved away. */
function logPart({ opened: { log, reopen }, worth, showPackets }: Running): Part {
  return {
    takes: /^log\.(?:level|packets|connections)$/,
    prepare:
      ({ settings: { log: next } }) =>
      () => {
        log.level = next.level;
        worth.connections = next.connections;
        showPackets(next.packets);
        reopen();
      },
  };
}

/** Limits hold for whoever is there, as far as he was not told another one. */
function boundsPart({ broker }: Running): Part {
  return {
    takes: /^(?:limits\.|overflow$)/,
    prepare:
      ({ settings }) =>
      () =>
        broker.setBounds(boundsOf(settings)),
  };
}

/** What of MQTT is served and how, and how often `$SYS` is told. */
function messagesPart({ broker }: Running): Part {
  return {
    takes: /^(?:messages\.|sysInterval$)/,
    prepare:
      ({ settings }) =>
      () => {
        broker.setFeatures(featuresOf(settings));
        broker.setSysInterval(settings.sysInterval);
      },
  };
}

/**
 * The port of metrics and health. Whether it is to be had is known only when it is open, so this part is the last one:
 * what it opens while it prepares is wanted for certain.
 */
function adminPart({ pages, opened: { log } }: Running): Part {
  return {
    takes: /^admin\b/,
    prepare: async ({ settings: { admin }, fault }) => {
      const before = pages.url;
      const problem = await pages.move(admin);
      if (problem !== undefined) throw new ConfigurationError([fault(['admin'], problem)]);
      const { url } = pages;
      if (url === undefined && before !== undefined) log.info('the admin listener is closed');
      else if (url !== before) log.info({ admin: url }, 'the admin listener is open');
      return () => undefined;
    },
  };
}

/** Passwords, ACLs, keys of tokens, who is asked at which listener, and what is done about guessing. */
function guardPart({ broker, watch, opened: { log } }: Running): Part {
  const askAgain = async (): Promise<void> => {
    const subscriptions = await broker.reauthorize(); // [E06]
    if (subscriptions > 0) log.warn({ subscriptions }, 'subscriptions ended: they are no longer allowed');
  };
  return {
    takes:
      /^(?:failedLogins\.|listeners\[\d+\]\.(?:security|clients\.(?:clientIdPrefix|usernameAsClientId))\b)/,
    prepare: async (next) => {
      const { guard } = watch;
      const change = await guard?.prepare(next);
      const first = guard === undefined ? await watch.summon(next) : undefined;
      return () => {
        change?.();
        if (first !== undefined) watch.appoint(first);
        if (watch.guard !== undefined) void askAgain();
      };
    },
  };
}

function partsOf(running: Running): readonly Part[] {
  const { listeners, opened } = running;
  const certificates = certificatesPart(listeners, (why) =>
    opened.log.error({ why }, 'certificates stay as they were'),
  );
  return [
    logPart(running),
    boundsPart(running),
    messagesPart(running),
    termsPart(listeners),
    certificates,
    guardPart(running),
    adminPart(running),
  ];
}

/** What is in force by now, and how often that was asked for. */
export interface InForce {
  readonly given: () => Given;
  readonly reloads: Reloads;
}

/** Reloads on SIGHUP, one after the other. */
export function reloadOnSignal(
  given: Given,
  read: () => Promise<Given>,
  running: Running,
  manager: Manager,
  onReload: (signalled: () => void) => void,
): InForce {
  const { log }: { readonly log: Logger } = running.opened;
  const reloads: Reloads = { applied: 0, refused: 0 };
  const parts = partsOf(running);
  let now = given;
  const once = async (): Promise<void> => {
    manager.reloading();
    try {
      now = await reload(now, read, parts, log, (result) => reloads[result]++);
    } catch (err) {
      log.error({ err }, 'reload failed: everything stays as it was');
    } finally {
      manager.reloaded();
    }
  };
  let last = Promise.resolve();
  onReload(() => {
    last = last.then(once);
  });
  return { given: () => now, reloads };
}
