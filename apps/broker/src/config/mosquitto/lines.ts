/**
 * The lines of a mosquitto.conf: name and value, where each stands, and the files that include_dir brings in.
 * Answers: what is said, in which order? Knows nothing of what the names mean.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Fault } from '../faults.ts';
import { whyUnreadable } from '../files.ts';

/** A line that says something. */
export interface Line {
  readonly name: string;
  readonly value: string;
  /** `FILE:LINE:COLUMN` of the name. */
  readonly where: string;
  /** Each file has a listener of its own that is being configured. */
  readonly file: string;
}

/** The lines of one file; a `#` begins a comment only where a line begins. */
function split(file: string, text: string): Line[] {
  const found: Line[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const match = /^( *)([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(raw);
    if (match === null || raw.startsWith('#')) continue;
    const [, indent = '', name = '', value = ''] = match;
    if (name.startsWith('#')) continue;
    const where = `${file}:${index + 1}:${indent.length + 1}`;
    found.push({ name, value, where, file });
  }
  return found;
}

/** Mosquitto's order: letters without regard to case, and of one letter the capital first. */
function inOrder(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (a !== b) return a < b ? -1 : 1;
  return one < other ? -1 : 1;
}

/** What stands in place of an include_dir line. */
function included(line: Line, folder: string, faults: Fault[]): Line[] {
  const directory = resolve(folder, line.value);
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.conf'));
    return names.sort(inOrder).flatMap((name) => {
      const path = join(directory, name);
      const lines = split(path, readFileSync(path, 'utf8'));
      for (const inner of lines) {
        if (inner.name !== 'include_dir') continue;
        const message = 'may stand in the main file only; name the folder there';
        faults.push({ where: inner.where, key: inner.name, message });
      }
      return lines;
    });
  } catch (error) {
    const why = whyUnreadable(error).replace('no such file', 'no such folder');
    faults.push({ where: line.where, key: line.name, message: `${directory}: ${why}` });
    return [];
  }
}

/** All lines of a file, included ones in their place. `folder` is what relative paths begin at. */
export function readLines(
  file: string,
  text: string,
  folder: string,
): { readonly lines: readonly Line[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const lines = split(file, text).flatMap((line) =>
    line.name === 'include_dir' && line.value !== '' ? [line, ...included(line, folder, faults)] : [line],
  );
  return { lines, faults };
}
