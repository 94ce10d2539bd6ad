/**
 * A file may end before its header says: pages that were given back before they were ever written. lmdb would read them
 * all the same, and the process would end (SIGBUS). Who owns the file lengthens it; who only looks gets a copy that is
 * long enough, for what is looked at stays as it is. Knows no page but those that are not there.
 */
import { Buffer } from 'node:buffer';
import {
  appendFileSync,
  constants,
  copyFileSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';
import { endOf, type FileEnd } from './header.ts';

/** Copies that a broker wrote into meanwhile, until it is told. */
const TRIES = 5;
/** How often, and after how many ms, an empty file is looked at again. */
const LOOKS = 20;
const PAUSE = 50;

/** A file to open. */
export interface WholeFile {
  readonly name: string;
  /** Bytes that the file itself lacks. */
  readonly missing: number;
  /** Removes what was made to look at. */
  remove(): void;
}

/**
 * `file`, which exists, or a copy of it that is as long as its header says. @throws {StoreError} STORE_DAMAGED when too
 * much is missing, STORE_IN_USE when a broker writes faster than it can be copied
 */
export function wholeFile(file: string, isReadOnly: boolean): WholeFile {
  const { size, wanted } = isReadOnly ? endOf(file) : onceBegun(file);
  if (size >= wanted) return { name: file, missing: 0, remove: () => undefined };
  if (isReadOnly) return copyOf(file);
  // At its end, wherever that is by now: who owns it may have made it longer, and nothing of that may be cut off.
  appendFileSync(file, Buffer.alloc(wanted - size));
  return { name: file, missing: wanted - size, remove: () => undefined };
}

/** An empty file may be one that a broker, started at the same moment, is about to begin. */
function onceBegun(file: string): FileEnd {
  for (let looks = LOOKS; looks > 0 && statSync(file).size === 0; looks--)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  return endOf(file);
}

function copyOf(file: string): WholeFile {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-store-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const name = join(folder, 'store.mdb');
  try {
    for (let tries = TRIES; tries > 0; tries--) {
      const before = endOf(file);
      copyFileSync(file, name, constants.COPYFILE_FICLONE);
      // A commit may write over pages that are free since the one before it.
      if (endOf(file).transaction !== before.transaction) continue;
      truncateSync(name, before.wanted);
      return { name, missing: Math.max(0, before.wanted - before.size), remove };
    }
  } catch (error) {
    remove();
    throw error;
  }
  remove();
  const text = `${file} is being written by a broker, and its end is not written yet: try again, or stop the broker first.`;
  throw new StoreError('STORE_IN_USE', text);
}
