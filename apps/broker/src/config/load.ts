/**
 * Puts a configuration together: file, environment over it, command line over both. Answers: which settings are in
 * force, or what is wrong and where was it said? Nothing is started here, and no port is open yet.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { check, type Origin, valueAt } from './check.ts';
import type { Configuration } from './configuration.ts';
import { type Override, readEnvironment } from './environment.ts';
import { ConfigurationError, type Fault, keyOf, type Path } from './faults.ts';
import { NamedFiles, whyUnreadable } from './files.ts';
import type { Given } from './given.ts';
import { readMosquitto } from './mosquitto/read.ts';
import { objections } from './rules.ts';
import { type Locate, MEMORY, STANDARD_LISTENERS, settingsOf } from './settings.ts';
import { stateFolder } from './state-folder.ts';
import { overlay, type Words } from './words.ts';
import { readYaml } from './yaml-file.ts';

/** Where a configuration comes from. */
export interface Sources {
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly words: Words;
  /** What paths on the command line and in the environment are relative to. */
  readonly folder: string;
}

/** Something to be said once, that stops nothing. */
export interface Note {
  readonly where: string;
  readonly message: string;
}

/** Settings, and what there is to say about them. */
export interface Loaded extends Given {
  readonly notes: readonly Note[];
}

/** What a file says. */
export interface Content {
  readonly value: unknown;
  readonly origin: Origin;
  readonly faults: readonly Fault[];
  readonly notes: readonly Note[];
  /** What the key at a place is called there, where that is another name: of a directive. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  /** What its relative paths are relative to. */
  readonly folder: string;
}

/** Whether a text is a mosquitto.conf: by its name, or by its first line that says something. */
export function isMosquitto(file: string, text: string): boolean {
  if (/\.ya?ml$|\.json$/i.test(file)) return false;
  if (/\.conf$/i.test(basename(file))) return true;
  const first = text.split(/\r?\n/).find((line) => /^[^#\s]/.test(line) && !line.startsWith('---'));
  return first !== undefined && /^[a-z_0-9.]+(?:\s+[^:].*)?$/.test(first) && !/^\S+:(?:\s|$)/.test(first);
}

/** Reads a file of either kind, or of the kind it must be. @throws {ConfigurationError} when it cannot be read */
export function readConfiguration(file: string, folder: string, kind?: 'mosquitto'): Content {
  const path = resolve(folder, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError([{ where: file, key: '', message: whyUnreadable(error) }]);
  }
  if (kind === 'mosquitto' || isMosquitto(file, text))
    return { ...readMosquitto(file, text, folder), folder };
  return { ...readYaml(file, text), notes: [], folder: dirname(path) };
}

/** Sets `path` in `target`, and makes what is missing on the way. */
function set(target: Record<string, unknown>, path: Path, value: unknown): void {
  let at: object = target;
  for (const [index, step] of path.entries()) {
    if (index === path.length - 1) {
      Reflect.set(at, step, value);
      return;
    }
    const next: unknown = Reflect.get(at, step);
    const inner: object =
      typeof next === 'object' && next !== null ? next : typeof path[index + 1] === 'number' ? [] : {};
    Reflect.set(at, step, inner);
    at = inner;
  }
}

/** A place in a list that leaves an empty one before it. */
function gaps(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) =>
      item === undefined ? [[...path, index]] : gaps(item, [...path, index]),
    ).flat();
  }
  return Object.entries(value).flatMap(([key, item]) => gaps(item, [...path, key]));
}

/** Whether variables say something of the listeners that there are without a configuration: none says what it is. */
function areOfStandard(overrides: readonly Override[]): boolean {
  const own = overrides.filter(({ path: [top] }) => top === 'listeners');
  return own.length > 0 && own.every(({ path: [, , key] }) => key !== undefined && key !== 'type');
}

function withOverrides(content: Content, overrides: readonly Override[]): unknown {
  const { value } = content;
  if (overrides.length === 0) return value;
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const copy: Record<string, unknown> = isMap ? structuredClone({ ...value }) : {};
  if (copy.listeners === undefined && areOfStandard(overrides))
    copy.listeners = structuredClone([...STANDARD_LISTENERS]);
  for (const override of overrides) set(copy, override.path, override.value);
  return copy;
}

function isUnder(path: Path, top: Path): boolean {
  return top.length <= path.length && top.every((step, index) => step === path[index]);
}

/** Where a value was said, environment included. */
function originOf(content: Content, overrides: readonly Override[]): Origin {
  return (path, key) => {
    const above = [...overrides].reverse().find((override) => isUnder(path, override.path));
    const isSaid = valueAt(content.value, path) !== undefined;
    const within = isSaid ? undefined : overrides.find((override) => isUnder(override.path, path));
    const inner = above ?? within;
    return inner?.variable ?? content.origin(path, key);
  };
}

const NOTHING: Content = { value: undefined, origin: () => 'mqttd', faults: [], notes: [], folder: '.' };

/** A configuration that fits the schema, from file and environment. @throws {ConfigurationError} with all that is wrong */
export function readSources(sources: Omit<Sources, 'words'>): {
  readonly configuration: Configuration;
  readonly origin: Origin;
  readonly notes: readonly Note[];
  readonly locate: Locate;
  /** A fault with the key's name where it was said. */
  readonly named: (fault: Fault) => Fault;
} {
  const { file, folder } = sources;
  const content = file === undefined ? NOTHING : readConfiguration(file, folder);
  const { overrides, faults } = readEnvironment(sources.environment);
  const named = (fault: Fault): Fault => ({ ...fault, key: content.names?.get(fault.where) ?? fault.key });
  const early = [...content.faults, ...faults];
  if (early.length > 0) {
    const more = content.value === undefined ? [] : check(content.value, content.origin).faults;
    throw new ConfigurationError([...early, ...more].map(named));
  }
  const value = withOverrides(content, overrides);
  const origin = originOf(content, overrides);
  const holes = gaps(value).map((path) => ({
    where: origin(path),
    key: keyOf(path),
    message: 'is missing: lists have no gaps, the numbers begin with 0',
  }));
  if (holes.length > 0) throw new ConfigurationError(holes);
  const checked = check(value, origin);
  if (checked.faults.length > 0) throw new ConfigurationError(checked.faults.map(named));
  const locate: Locate = (path, key) => {
    const isOver = overrides.some((override) => isUnder(key, override.path));
    return resolve(isOver ? folder : content.folder, path);
  };
  return { configuration: checked.configuration, origin, notes: content.notes, locate, named };
}

/** What a listener does not say of itself is said for all of them. */
function sharedPath({ listeners }: Configuration, path: Path): Path {
  const [top, index, part, ...rest] = path;
  if (top !== 'listeners' || typeof index !== 'number') return path;
  if (part !== 'security' && part !== 'clients') return path;
  return listeners?.[index]?.[part] === undefined ? [part, ...rest] : path;
}

/** Settings from all sources. @throws {ConfigurationError} with all that is wrong */
export function load(sources: Sources): Loaded {
  const { words, folder } = sources;
  const { configuration: read, origin, notes, locate, named } = readSources(sources);
  const data = words.data === undefined || words.data === MEMORY ? words.data : resolve(folder, words.data);
  const kept = data ?? (read.persistence?.data === undefined ? stateFolder(sources.environment) : undefined);
  const { configuration, cameFrom } = overlay(read, { ...words, data: kept });
  const before = (path: Path): Path => {
    const [top, index, ...rest] = path;
    if (top !== 'listeners' || typeof index !== 'number') return path;
    const was = cameFrom[index] ?? -1;
    return was < 0 ? ['listeners'] : [top, was, ...rest];
  };
  const settings = settingsOf(configuration, (path, key) => locate(path, before(key)));
  const fault: Given['fault'] = (path, message) => {
    const said = sharedPath(configuration, path);
    return named({ where: origin(before(said)), key: keyOf(said), message });
  };
  const wrong = objections(configuration, settings);
  if (wrong.length > 0) throw new ConfigurationError(wrong.map(({ path, message }) => fault(path, message)));
  return { settings, notes, fault, files: new NamedFiles() };
}
