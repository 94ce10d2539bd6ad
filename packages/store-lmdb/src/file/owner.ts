/**
 * One broker a folder. The owner's process id stands in the store; the kernel says whether that is still the same process,
 * and lmdb's table of readers, for one in another container, whether it has the file open: locks there are cleared when a
 * process dies, however it dies, so no lock is ever stale. Looked at and written in one transaction, which only one
 * process can be in, so that two starts at once cannot both win.
 */
import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import type { Database, RootDatabase } from 'lmdb';
import { OwnedError, StoreError } from '../errors.ts';

const OWNER = 'owner';
/** How far two looks at the same process's start may lie apart, ms. */
const TOLERANCE = 2_000;

interface Owner {
  readonly pid: number;
  /** When the process began, ms since 1970: its number may be another's by now. */
  readonly startedAt: number;
  /** The same as the kernel says it, where there is /proc: never two processes of one machine with one id and one of these. */
  readonly born?: string | undefined;
  /** The file it owns: a copy of that has the same record, but no owner. */
  readonly inode: number;
}

/** What this process has: file -> whether it is open now. A process cannot learn that from its own locks. */
const own = new Map<string, boolean>();

function self(file: string): Owner {
  const startedAt = Date.now() - process.uptime() * 1000;
  return { pid: process.pid, startedAt, born: bornOf(process.pid), inode: statSync(file).ino };
}

/** When a process began, in ticks since the machine did; undefined for one that is dead or cannot be seen, or without /proc. */
function bornOf(pid: number): string | undefined {
  try {
    // The name before it stands in parentheses and may hold anything.
    const [state, ...fields] =
      readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'Z' || state === 'X' ? undefined : fields[18]; // a zombie holds no file
  } catch {
    return undefined;
  }
}

/** @throws {StoreError} STORE_IN_USE when a store of this process has the file open */
export function assertNotOurs(file: string): void {
  if (own.get(file) === true) throw inUse(file, 'another store of this process');
}

/**
 * Becomes the owner of the file.
 * @throws {StoreError} STORE_IN_USE when there is one already
 */
export function claim(
  file: string,
  root: RootDatabase<Uint8Array, string>,
  meta: Database<string, string>,
): void {
  meta.get(OWNER); // a first read makes this process visible in the table of readers
  root.transactionSync(() => {
    const owner = parse(meta.get(OWNER));
    if (owner !== undefined && isAlive(file, owner, root))
      throw new OwnedError(inUseBy(file, `the process with the id ${owner.pid}`), owner.pid);
    meta.putSync(OWNER, JSON.stringify(self(file)));
  });
  own.set(file, true);
}

/** Lets go of the file; it is still open. */
export function release(file: string, meta: Database<string, string>): void {
  try {
    meta.removeSync(OWNER);
  } finally {
    own.set(file, false);
  }
}

/** Lets go of a file whose disk takes no more writes. */
export function abandon(file: string): void {
  own.set(file, false);
}

function isAlive(file: string, owner: Owner, root: RootDatabase<Uint8Array, string>): boolean {
  if (owner.pid === process.pid) {
    const { startedAt, inode } = self(file);
    const isThisProcess = Math.abs(owner.startedAt - startedAt) < TOLERANCE && owner.inode === inode;
    return isThisProcess && own.get(file) !== false;
  }
  // lmdb's table alone is not enough: of four starts at once on a busy machine the winner was missing in it.
  if (owner.born !== undefined && owner.inode === statSync(file).ino && bornOf(owner.pid) === owner.born)
    return true;
  return readers(root).has(owner.pid);
}

/** Process ids that have the file open; those of the dead are cleared first. */
function readers(root: RootDatabase<Uint8Array, string>): ReadonlySet<number> {
  if (!hasReaders(root)) throw new TypeError('this lmdb has no table of readers');
  root.readerCheck();
  const rows = root.readerList().matchAll(/^\s*(\d+)\s+[0-9a-f]+\s+[-\d]+\s*$/gm);
  return new Set([...rows].map((row) => Number(row[1])));
}

/** What lmdb has and its types do not say. */
interface Readers {
  readerCheck(): number;
  readerList(): string;
}

function hasReaders(root: object): root is Readers {
  return 'readerCheck' in root && 'readerList' in root;
}

function parse(text: string | undefined): Owner | undefined {
  if (text === undefined) return undefined;
  const owner: unknown = JSON.parse(text);
  return isOwner(owner) ? owner : undefined;
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startedAt, inode } = value as Partial<Record<keyof Owner, unknown>>;
  return [pid, startedAt, inode].every((one) => typeof one === 'number');
}

/**
 * What an error of the first read means: lmdb cannot enter this process in its table of readers when one with the same
 * id, in another container, stands there.
 */
export function otherContainer(file: string, error: unknown): StoreError | undefined {
  const isRefused = error instanceof Error && error.message.includes('No transaction to renew');
  return isRefused ? inUse(file, 'a process with the same id in another container') : undefined;
}

function inUse(file: string, by: string): StoreError {
  return new StoreError('STORE_IN_USE', inUseBy(file, by));
}

function inUseBy(file: string, by: string): string {
  return `${file} is in use by ${by}. End the other broker, or give this one a folder of its own.`;
}
