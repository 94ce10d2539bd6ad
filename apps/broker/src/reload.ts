/**
 * A reload: new settings over the old ones while the broker runs. Each part says which settings it can change and
 * prepares the change; only when all are prepared does any happen, so a bad file keeps the old state.
 * Knows nothing of what the parts are.
 */
import type { Logger } from 'pino';
import { ConfigurationError, faultLine, keyOf, type Path } from './config/faults.ts';
import type { Given } from './config/given.ts';

/** A change that is ready to be made. */
export interface Change {
  /** Makes it; must not fail. */
  readonly apply: () => void;
  /** Gives back what it holds, when another part cannot change and nothing is to happen. */
  readonly undo?: (() => void | Promise<void>) | undefined;
}

/** Something that can take new settings while the broker runs. */
export interface Part {
  /** Which settings it takes, by key: `log.level`, `listeners[0].tls.cert`. */
  readonly takes: RegExp;
  /** Gets what it needs. @throws {ConfigurationError}, and then it holds nothing */
  prepare(next: Given): Change | Promise<Change>;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The keys at which two values differ: as deep as both are alike. */
export function differences(before: unknown, after: unknown, path: Path = []): readonly Path[] {
  if (Object.is(before, after)) return [];
  const areLists = Array.isArray(before) && Array.isArray(after);
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return [path];
  if (areLists && before.length !== after.length) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    differences(Reflect.get(before, key), Reflect.get(after, key), [...path, areLists ? Number(key) : key]),
  );
}

/** A copy of `value` in which `path` is what it is in `from`. */
function taken<T>(value: T, from: T, path: Path): T {
  const [step, ...rest] = path;
  if (step === undefined || !isObject(value) || !isObject(from)) return from;
  const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  Reflect.set(copy, step, taken<unknown>(Reflect.get(value, step), Reflect.get(from, step), rest));
  return copy as T;
}

/** What went well, and what did not. */
function report(
  log: Logger,
  changed: readonly string[],
  files: readonly string[],
  stuck: readonly string[],
): void {
  for (const key of stuck)
    log.warn({ key }, 'changed in the configuration, but not while mqttd runs: restart it');
  log.info({ changed, files }, 'configuration reloaded');
}

/**
 * Reads the configuration again and puts in force what can be. Returns what is in force from then on; files that
 * settings name are read again even when their names are the same, and those that are other ones now are said. `done`
 * is told what came of it.
 */
export async function reload(
  now: Given,
  read: () => Promise<Given>,
  parts: readonly Part[],
  log: Logger,
  done: (result: 'applied' | 'refused') => void = () => undefined,
): Promise<Given> {
  let next: Given;
  const changes: Change[] = [];
  const paths: Path[] = [];
  try {
    next = await read();
    paths.push(...differences(now.settings, next.settings));
    for (const part of parts) changes.push(await part.prepare(next));
  } catch (error) {
    for (const { undo } of changes.reverse()) await undo?.();
    if (!(error instanceof ConfigurationError)) throw error;
    log.error({ faults: error.faults.map(faultLine) }, 'reload refused: everything stays as it was');
    done('refused');
    return now;
  }
  for (const { apply } of changes) apply();
  const isTaken = (path: Path): boolean => parts.some(({ takes }) => takes.test(keyOf(path)));
  const stuck = paths.filter((path) => !isTaken(path));
  const changed = paths.filter(isTaken);
  report(log, changed.map(keyOf), next.files.since(now.files), stuck.map(keyOf));
  done('applied');
  const settings = changed.reduce((before, path) => taken(before, next.settings, path), now.settings);
  return { ...next, settings };
}
