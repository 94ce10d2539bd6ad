/**
 * Reads a mosquitto.conf as a configuration of mqttd: every line is taken, said to have no effect, or refused by its
 * name. Answers: what does the file mean to mqttd, and what is wrong with it, at which line?
 */
import type { Origin } from '../check.ts';
import { type Fault, keyOf } from '../faults.ts';
import { suggestion } from '../nearest.ts';
import type { Directive } from './directive.ts';
import { Draft } from './draft.ts';
import { type Line, readLines } from './lines.ts';
import { directive, directives } from './tables/all.ts';
import { translate } from './translate.ts';

/** A mosquitto.conf, read. */
export interface MosquittoFile {
  readonly value: unknown;
  readonly origin: Origin;
  readonly faults: readonly Fault[];
  /** `FILE:LINE:COLUMN` -> the directive that stands there. */
  readonly names: ReadonlyMap<string, string>;
  /** What had no effect, and why. */
  readonly notes: readonly { readonly where: string; readonly message: string }[];
}

const NAMES = directives.map(({ name }) => name);

/** Takes one line; returns what is wrong with it, if anything. */
function take({ name, value }: Line, entry: Directive | undefined, draft: Draft): string | undefined {
  if (entry === undefined) return `is no directive of mosquitto.conf${suggestion(name, NAMES)}`;
  if (value === '') return `needs a value: ${name} ${entry.syntax}`;
  switch (entry.answer) {
    case 'supported':
      return entry.take?.(value, draft);
    case 'no effect':
      if (entry.except?.[0].test(value) === true) return entry.except[1];
      if (entry.harmless?.test(value) === true) return undefined;
      draft.note(`${name} has no effect: ${entry.says}`);
      return undefined;
    case 'refused':
      return entry.harmless?.test(value) === true ? undefined : `is not supported: ${entry.says}`;
  }
}

/** Security must not be said before it is known whose it is. */
function late(line: Line, draft: Draft): string | undefined {
  if (line.name !== 'per_listener_settings' || draft.isPerListener || draft.shared.size === 0)
    return undefined;
  return /^(?:true|1)$/.test(line.value) ? 'must stand before every directive of security' : undefined;
}

/**
 * Reads the text of a mosquitto.conf. `folder` is what relative paths begin at: as with Mosquitto, the folder the
 * program is started in.
 */
export function readMosquitto(file: string, text: string, folder: string): MosquittoFile {
  const { lines, faults: unreadable } = readLines(file, text, folder);
  const faults: Fault[] = [...unreadable];
  const draft = new Draft(folder);
  let isBridge = false;
  for (const line of lines) {
    const entry = directive(line.name);
    const isOfBridge = entry?.of === 'bridge';
    draft.at(line.file, line.where);
    const message = late(line, draft) ?? take(line, entry, draft);
    // One word about a bridge is enough: its other lines are refused with it.
    if (message !== undefined && !(isOfBridge && isBridge))
      faults.push({ where: line.where, key: line.name, message });
    isBridge ||= isOfBridge;
  }
  const translation = translate(draft);
  faults.push(...translation.faults);
  const origin: Origin = (path) => {
    for (let length = path.length; length > 0; length--) {
      const where = translation.places.get(keyOf(path.slice(0, length)));
      if (where !== undefined && where !== '') return where;
    }
    return file;
  };
  const names = new Map(lines.map(({ where, name }) => [where, name]));
  return { value: translation.value, origin, faults, names, notes: draft.notes };
}
