/**
 * What a reload changes in a running mqttd, part by part, and that SIGHUP begins one. Answers: which keys need no restart?
 */
import type { Broker } from '@mqtt/broker';
import type { Logger } from 'pino';
import type { Guard } from '../access/guard.ts';
import { boundsOf, certificatesPart, type OpenDoor } from '../compose.ts';
import type { Given } from '../config/given.ts';
import type { Worth } from '../observe/events.ts';
import type { Log } from '../observe/log.ts';
import type { Reloads } from '../observe/own.ts';
import { type Part, reload } from '../reload.ts';

/** What runs, as far as a reload concerns it. */
export interface Running {
  readonly opened: Log;
  /** Which events have lines in the log. */
  readonly worth: Worth;
  /** Shows each packet in the log, or none. */
  readonly showPackets: (isWanted: boolean) => void;
  readonly broker: Broker;
  readonly guard: Guard | undefined;
  readonly listeners: () => readonly OpenDoor[];
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

/** Passwords, ACLs, keys of tokens, who is asked at which listener, and what is done about guessing. */
function guardPart(guard: Guard, { broker, opened: { log } }: Running): Part {
  const askAgain = async (): Promise<void> => {
    const subscriptions = await broker.reauthorize(); // [E06]
    if (subscriptions > 0) log.warn({ subscriptions }, 'subscriptions ended: they are no longer allowed');
  };
  return {
    takes:
      /^(?:failedLogins\.|listeners\[\d+\]\.(?:security|clients\.(?:clientIdPrefix|usernameAsClientId))\b)/,
    prepare: async (next) => {
      const change = await guard.prepare(next);
      return () => {
        change();
        void askAgain();
      };
    },
  };
}

/** Where nobody has to log in, nobody fails to. */
const UNGUARDED: Part = { takes: /^failedLogins\./, prepare: () => () => undefined };

function partsOf(running: Running): readonly Part[] {
  const { guard, listeners, opened } = running;
  const certificates = certificatesPart(listeners, (why) =>
    opened.log.error({ why }, 'certificates stay as they were'),
  );
  const who = guard === undefined ? UNGUARDED : guardPart(guard, running);
  return [logPart(running), boundsPart(running), certificates, who];
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
