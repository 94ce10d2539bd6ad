/**
 * The file on disk: opening it, its tables, one transaction at a time, how large it is. The only place that knows lmdb.
 * Knows nothing of what a record means.
 */
import type { Buffer } from 'node:buffer';
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import {
  type Database,
  type DatabaseOptions,
  open,
  type RootDatabase,
  type RootDatabaseOptionsWithPath,
} from 'lmdb';
import { StoreError } from '../errors.ts';
import { assertAllowed, missingFiles, settleNew } from './access.ts';
import { damaged } from './header.ts';
import { abandon, assertNotOurs, claim, otherContainer, release } from './owner.ts';
import { FORMAT_VERSION, META, QUARANTINE, TABLES, type TableName } from './tables.ts';
import { type WholeFile, wholeFile } from './unwritten-end.ts';
import { Views } from './views.ts';

/** The name of the file in a store's folder. */
export const FILE_NAME = 'store.mdb';
const FORMAT = 'format';

/** A table: a number leads to bytes. */
export type Table = Database<Uint8Array, number>;

/** How a file is opened. */
export interface FileOptions {
  readonly path: string;
  /** false: a commit returns before the disk has it. */
  readonly isSynced: boolean;
  /** true: look only; another process may own it. */
  readonly isReadOnly: boolean;
}

/** An open file. */
export class StoreFile {
  /** The whole path. */
  readonly name: string;
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly quarantine: Table;
  readonly #views = new Views();
  /** The same tables, whose records are read where lmdb puts them. */
  readonly #inPlace: Readonly<Record<TableName, Table>>;
  readonly #root: RootDatabase<Uint8Array, string>;
  readonly #meta: Database<string, string>;
  readonly #isReadOnly: boolean;
  readonly #whole: WholeFile | undefined;

  /** @throws {StoreError} STORE_MISSING, STORE_DENIED, STORE_IN_USE, STORE_VERSION, STORE_DAMAGED */
  constructor({ path, isSynced, isReadOnly }: FileOptions) {
    if (!isReadOnly) mkdirSync(path, { recursive: true, mode: 0o700 });
    this.name = join(existsSync(path) ? realpathSync(path) : path, FILE_NAME);
    this.#isReadOnly = isReadOnly;
    const isThere = existsSync(this.name);
    if (isReadOnly) assertThere(path);
    if (!isReadOnly) assertNotOurs(this.name);
    assertAllowed(this.name, isReadOnly);
    this.#whole = isThere ? this.#wholeFile() : undefined;
    const isNew = missingFiles(this.name);
    this.#root = this.#openRoot(isSynced);
    settleNew(this.name, isNew); // the folder may be one that others can read; what an administrator set later stays [G16]
    try {
      assertFormat(this.name, this.#root);
      this.#meta = this.#root.openDB<string, string>(META, { encoding: 'string' });
      if (!isReadOnly) claim(this.name, this.#root, this.#meta);
      this.tables = openTables(this.#root, { encoding: 'binary' });
      this.#inPlace = openTables(this.#root, inPlace(this.#views));
      this.quarantine = openTable(this.#root, QUARANTINE, { encoding: 'binary' });
      // Last: a file that says its format has all tables.
      if (!isReadOnly && this.#meta.get(FORMAT) === undefined)
        this.#meta.putSync(FORMAT, `${FORMAT_VERSION}`);
    } catch (error) {
      void this.#root.close();
      this.#whole?.remove();
      if (error instanceof StoreError) throw error;
      throw otherContainer(this.name, error) ?? this.damaged(error);
    }
  }

  #wholeFile(): WholeFile {
    try {
      return wholeFile(this.name, this.#isReadOnly);
    } catch (error) {
      // Who only looks wrote to another disk, which the error names.
      throw isNoRoom(error) && !this.#isReadOnly ? noRoom(this.name, error) : error;
    }
  }

  #openRoot(isSynced: boolean): RootDatabase<Uint8Array, string> {
    try {
      return openRoot(this.#whole?.name ?? this.name, isSynced, this.#isReadOnly);
    } catch (error) {
      this.#whole?.remove();
      throw this.damaged(error);
    }
  }

  /** What to say when lmdb cannot go on: of a file that is cut short, by how much; of a full disk, that it is. */
  damaged(error: unknown): StoreError {
    if (isNoRoom(error)) return noRoom(this.name, error);
    const missing = this.#whole?.missing ?? 0;
    const short = missing === 0 ? '' : `it is ${missing} bytes shorter than it says of itself: `;
    return damaged(this.name, short + textOf(error), error);
  }

  /** The version of its format; an older one is for `migrate.ts`. */
  get version(): number {
    return Number(this.#meta.get(FORMAT) ?? FORMAT_VERSION);
  }

  /** Makes it a file of `version`: what `write` puts and removes, and that, are one transaction, so there is no halfway. */
  raise(version: number, write: () => void): void {
    this.#root.transactionSync(() => {
      write();
      this.#meta.putSync(FORMAT, `${version}`);
    });
  }

  /** Runs `write`, whose puts and removals are one transaction; resolves when the disk has it (or the kernel, unsynced). */
  async commit(write: () => void): Promise<void> {
    try {
      await this.#root.batch(write);
    } catch (error) {
      throw await rootCause(error);
    }
  }

  /** A record as a view that the next read writes over: a copy each would cost more than the reading. */
  view(table: TableName, key: number): Buffer | undefined {
    const bytes = this.tables[table].getBinaryFast(key);
    return bytes === undefined ? undefined : this.#views.of(bytes, bytes.length);
  }

  /**
   * Calls `take` for the records of a table in the order of their keys, beginning with `from`, until it gives false. A
   * record is a view that the next one writes over: 3 million cost 2 s of processor, with a copy each 9 s.
   */
  scan(table: TableName, from: number, take: (key: number, record: Uint8Array) => boolean): void {
    for (const { key, value } of this.#inPlace[table].getRange({ start: from }))
      if (!take(key, value)) return;
  }

  /** The largest key of all tables; 0 in an empty store. */
  get newestKey(): number {
    let newest = 0;
    for (const table of [...Object.values(this.tables), this.quarantine]) {
      for (const key of table.getKeys({ reverse: true, limit: 1 })) newest = Math.max(newest, key);
    }
    return newest;
  }

  /** Bytes that records take now, free pages left out. */
  get liveBytes(): number {
    let bytes = bytesOf(this.#root.getStats()) + bytesOf(this.#meta.getStats());
    for (const table of Object.values(this.tables)) bytes += bytesOf(table.getStats());
    return bytes + bytesOf(this.quarantine.getStats());
  }

  /** How many damaged records were set aside. */
  get setAside(): number {
    return entriesOf(this.quarantine);
  }

  /** Bytes of the file; it grows and never shrinks. */
  get bytes(): number {
    return statSync(this.name).size;
  }

  /** Writes a copy without free pages to `path`. */
  async copyTo(path: string): Promise<void> {
    await this.#root.backup(path, true);
  }

  /** Closes; what was committed is there. */
  async close(): Promise<void> {
    if (!this.#isReadOnly) {
      try {
        release(this.name, this.#meta);
      } catch {
        abandon(this.name); // a disk that takes no write; the process that reads the record is still alive, or dead
      }
    }
    await this.#root.close();
    this.#whole?.remove();
  }
}

/** @throws {StoreError} STORE_MISSING when the folder `path` has no store */
export function assertThere(path: string): void {
  const name = join(path, FILE_NAME);
  if (existsSync(name)) return;
  const text = `${name} is not there: no broker has kept anything in this folder.`;
  throw new StoreError('STORE_MISSING', text);
}

function openRoot(name: string, isSynced: boolean, readOnly: boolean): RootDatabase<Uint8Array, string> {
  const options: RootDatabaseOptionsWithPath & { readonly safeRestore: boolean } = {
    path: name,
    noSubdir: true,
    encoding: 'binary',
    maxDbs: 16,
    readOnly,
    // A commit that failed to sync is then undone, where an overlapping one stays visible.
    overlappingSync: false,
    safeRestore: true,
    // Otherwise every commit makes a second promise, which nobody can catch when the disk is full.
    eventTurnBatching: false,
    noSync: !isSynced,
  };
  return open<Uint8Array, string>(options);
}

/** The system's word, and lmdb's number for it. */
const NO_ROOM: readonly unknown[] = ['ENOSPC', 'EDQUOT', constants.errno.ENOSPC, constants.errno.EDQUOT];

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_ROOM.includes(error.code);
}

function noRoom(name: string, cause: unknown): StoreError {
  const text = `there is no room on the disk of ${name}: free some, and start again. Nothing is lost.`;
  return new StoreError('STORE_FULL', text, { cause });
}

function assertFormat(name: string, root: RootDatabase<Uint8Array, string>): void {
  const names = new Set(root.getKeys({}));
  if (names.size === 0) return;
  const meta = names.has(META) ? root.openDB<string, string>(META, { encoding: 'string' }) : undefined;
  const format = meta?.get(FORMAT);
  if (format === undefined && meta !== undefined && isEmpty(root, names)) return; // it was killed while it was made
  if (format === undefined || !/^[1-9]\d{0,5}$/.test(format))
    throw damaged(name, 'it is an lmdb file, but not a store of this package');
  if (Number(format) <= FORMAT_VERSION) {
    // A table that is gone would otherwise be made anew, without what was in it.
    const gone = [...TABLES, QUARANTINE].find((table) => !names.has(table));
    if (gone !== undefined && !isEmpty(root, names)) throw damaged(name, `it has no table ${gone}`);
    return;
  }
  const wayOut = 'Update @mqtt/store-lmdb, or export it with the newer version and import the lines here.';
  const text = `${name} has format ${format}, this version reads formats up to ${FORMAT_VERSION}. Nothing was changed. ${wayOut}`;
  throw new StoreError('STORE_VERSION', text);
}

/** Whether there are no tables but ours, and nothing in them: no more can be missing than was ever there. */
function isEmpty(root: RootDatabase<Uint8Array, string>, names: ReadonlySet<string>): boolean {
  const tables: readonly string[] = [...TABLES, QUARANTINE];
  return [...names].every(
    (name) =>
      name === META ||
      (tables.includes(name) && entriesOf(openTable(root, name, { encoding: 'binary' })) === 0),
  );
}

function openTables(
  root: RootDatabase<Uint8Array, string>,
  options: DatabaseOptions,
): Record<TableName, Table> {
  const opened = TABLES.map((name) => [name, openTable(root, name, options)] as const);
  return Object.fromEntries(opened) as Record<TableName, Table>;
}

function openTable(root: RootDatabase<Uint8Array, string>, name: string, options: DatabaseOptions): Table {
  const table: Table | undefined = root.openDB<Uint8Array, number>(name, options);
  if (table === undefined) throw new Error(`it has no table ${name}`);
  return table;
}

function inPlace(views: Views): DatabaseOptions & { readonly encoder: object } {
  const decode = (bytes: Uint8Array, size: number): Uint8Array => views.of(bytes, size);
  return { encoder: { encode: (bytes: Uint8Array) => bytes, decode } };
}

/** How many records a table has. */
export function entriesOf(table: Table): number {
  return (table.getStats() as { readonly entryCount?: number }).entryCount ?? 0;
}

function bytesOf(stats: unknown): number {
  const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = stats as Record<string, number>;
  return (pageSize ?? 0) * ((treeBranchPageCount ?? 0) + (treeLeafPageCount ?? 0) + (overflowPages ?? 0));
}

/** lmdb says `Commit failed`, and what failed in a promise that must be caught. */
async function rootCause(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
