/**
 * What one directive of a mosquitto.conf is to mqttd, and the words the table of directives is written in.
 * Knows nothing of lines, files or which directives there are.
 */
import { type LimitName, limits } from '@mqtt/broker';

/** What a directive may write to, at the place where it stands. */
export interface Target {
  /** A key of the configuration, as `limits.receiveMaximum`. */
  general(key: string, value: unknown): void;
  /** A key of the listener that is being configured. */
  listener(key: string, value: unknown): void;
  /** A key of the security that is being configured: the listener's with per_listener_settings, else everybody's. */
  security(key: string, value: unknown): void;
  /** What the key has now. */
  now(of: 'general' | 'listener' | 'security', key: string): unknown;
  /** Starts a new listener. */
  open(): void;
  /** Security is each listener's own from here on. */
  perListener(): void;
  /** Makes a path absolute, as Mosquitto does: from the folder it is started in. */
  path(value: string): string;
  /** Says something once, at the start. */
  note(message: string): void;
}

/** Takes a value; returns what is wrong with it, if anything. */
export type Take = (value: string, to: Target) => string | undefined;

/** One line of the table. */
export interface Directive {
  /** A `*` at the end stands for any ending. */
  readonly name: string;
  readonly answer: 'supported' | 'no effect' | 'refused';
  /** The values it takes, as people write them. */
  readonly syntax: string;
  /** Supported: the YAML it is. No effect: why. Refused: what to do instead. */
  readonly says: string;
  /** Supported: what it does. */
  readonly take?: Take;
  /** Refused: values that say no more than leaving it out. No effect: those that ask for what is so anyway. */
  readonly harmless?: RegExp;
  /** No effect: values that cannot be honoured, and what to do instead. */
  readonly except?: readonly [values: RegExp, instead: string];
  /** Whom it concerns, where that is not the whole broker. */
  readonly of?: 'listener' | 'bridge';
}

/** What true and false are called. */
const WORDS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** A boolean. */
export function bool(put: (value: boolean, to: Target) => string | undefined): Take {
  return (value, to) => {
    const found = Object.hasOwn(WORDS, value) ? WORDS[value] : undefined;
    return found === undefined ? `must be true or false, not ${JSON.stringify(value)}` : put(found, to);
  };
}

/** A whole number. */
export function integer(put: (value: number, to: Target) => string | undefined): Take {
  return (value, to) =>
    /^[+-]?\d{1,15}$/.test(value)
      ? put(Number(value), to)
      : `must be a whole number, not ${JSON.stringify(value)}`;
}

/** A limit of the broker, by its name; `none` is the number that means no limit: our highest. */
export function limit(name: LimitName, none?: (value: number) => boolean): Take {
  return integer((value, to) => {
    to.general(`limits.${name}`, none?.(value) === true ? limits[name][2] : value);
    return undefined;
  });
}

/** Puts a value at a key of the configuration. */
export const general =
  (key: string) =>
  (value: unknown, to: Target): undefined =>
    to.general(key, value) as undefined;

/** Puts a value at a key of the listener. */
export const listener =
  (key: string) =>
  (value: unknown, to: Target): undefined =>
    to.listener(key, value) as undefined;

/** Puts a value at a key of the security in force. */
export const security =
  (key: string) =>
  (value: unknown, to: Target): undefined =>
    to.security(key, value) as undefined;

/** A file or folder. */
export function file(put: (value: string, to: Target) => undefined): Take {
  return (value, to) => put(to.path(value), to);
}

/** Adds to a list. */
export function added(of: 'general' | 'listener', key: string, value: unknown, to: Target): undefined {
  const now = to.now(of, key);
  to[of](key, [...(Array.isArray(now) ? now : []), value]);
  return undefined;
}

/** One of some words, and what it means. */
export function choice(
  meanings: Readonly<Record<string, unknown>>,
  put: (value: unknown, to: Target) => undefined,
): Take {
  return (value, to) =>
    Object.hasOwn(meanings, value)
      ? put(meanings[value], to)
      : `must be one of ${Object.keys(meanings).join(', ')}, not ${JSON.stringify(value)}`;
}
