/**
 * A store as lines of JSON, for a person to read (`dumpStore`) and for another store to take (`exportStore`,
 * `importStore`). Keys are in the lines because records refer to each other by them; bytes are base64.
 */
import { Buffer } from 'node:buffer';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Pending } from '../changes.ts';
import { Encoding } from '../encode.ts';
import { StoreError } from '../errors.ts';
import { makeLike } from '../file/access.ts';
import { FILE_NAME, StoreFile } from '../file/file.ts';
import { FORMAT_VERSION, TABLES, type TableName } from '../file/tables.ts';
import { Chunks } from '../records/bytes.ts';
import type { QueueRecord } from '../records/queue.ts';
import { Sharing } from '../sharing.ts';
import { recordsOf } from './read.ts';

const BYTES = '$bytes';
const UNFINISHED = 'importing';
/** Records in one transaction of an import. */
const BATCH = 1000;

interface Line {
  readonly table: TableName;
  readonly key: number;
  readonly value: object;
}

/**
 * Every record of the store in the folder `path` as a line without its end, damaged ones with their `fault`; payloads
 * that are text as text.
 * @throws {StoreError} STORE_MISSING, STORE_DENIED, STORE_DAMAGED, STORE_VERSION
 */
export async function* dumpStore(path: string): AsyncGenerator<string, void> {
  for await (const { table, key, value, fault } of recordsOf(path)) {
    yield JSON.stringify({ table, key, ...(fault === undefined ? { value } : { fault }) }, readable);
  }
}

/**
 * Every sound record of the store in the folder `path` as a line without its end, for `importStore`; the first line says
 * which format it is. Damaged records are left out: `checkStore` names them.
 * @throws {StoreError} STORE_MISSING, STORE_DENIED, STORE_DAMAGED, STORE_VERSION
 */
export async function* exportStore(path: string): AsyncGenerator<string, void> {
  yield JSON.stringify({ store: '@mqtt/store-lmdb', format: FORMAT_VERSION });
  for await (const { table, key, value } of recordsOf(path)) {
    if (value !== undefined) yield JSON.stringify({ table, key, value }, exact);
  }
}

/**
 * Makes a store in the folder `path`, which must have none, of the lines that `exportStore` gave: all of them or, after an
 * error, nothing. How many records it has.
 * @throws {StoreError} STORE_IMPORT for a line that was not exported, or a folder that has a store already
 */
export async function importStore(
  path: string,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  const name = join(path, FILE_NAME);
  if (existsSync(name)) throw new StoreError('STORE_IMPORT', `${name} exists. Import into an empty folder.`);
  const made = join(path, UNFINISHED);
  rmSync(made, { recursive: true, force: true });
  try {
    const count = await fill(made, lines);
    makeLike(path, join(made, FILE_NAME), 0o600);
    renameSync(join(made, FILE_NAME), name);
    return count;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function fill(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<number> {
  const file = new StoreFile({ path, isSynced: true, isReadOnly: false });
  try {
    const chunks = new Chunks();
    let pending = new Importing();
    let count = -1;
    for await (const line of lines) {
      if (line.trim() === '') continue;
      if (count++ < 0) assertHead(line);
      else pending.add(parse(line, count));
      if (count % BATCH !== 0) continue;
      await pending.commit(file, chunks);
      pending = new Importing();
    }
    if (count < 0) throw new StoreError('STORE_IMPORT', 'There was no line to import.');
    await pending.commit(file, chunks);
    return count;
  } finally {
    await file.close();
  }
}

/** Records of one transaction. */
class Importing {
  readonly #pending = new Pending();
  readonly #queue: { readonly key: number; readonly record: QueueRecord }[] = [];

  add({ table, key, value }: Line): void {
    if (table === 'sessions') {
      const session = value as Parameters<Pending['sessions']['put']>[1]['session'];
      this.#pending.sessions.put(key, { session, client: JSON.stringify(session.client) }, true);
    } else if (table === 'queue') this.#queue.push({ key, record: value as QueueRecord });
    else this.#pending[table].puts.set(key, value as never);
  }

  async commit(file: StoreFile, chunks: Chunks): Promise<void> {
    const encoding = new Encoding(file, chunks);
    encoding.encode(this.#pending, new Sharing());
    for (const { key, record } of this.#queue) encoding.queueRecord(key, record);
    if (!encoding.isEmpty) await file.commit(() => encoding.write());
    encoding.done();
  }
}

function assertHead(line: string): void {
  const head: unknown = safely(line, 1);
  // Whatever an older format has, this one reads: `migrate.ts` has the rest.
  if (typeof head === 'object' && head !== null && 'format' in head) {
    const format = Number(head.format);
    if (format >= 1 && format <= FORMAT_VERSION) return;
  }
  throw new StoreError(
    'STORE_IMPORT',
    `Line 1 does not say that these are lines of a format up to ${FORMAT_VERSION}.`,
  );
}

function parse(text: string, line: number): Line {
  const found: unknown = safely(text, line + 1);
  if (typeof found === 'object' && found !== null && 'table' in found && 'key' in found && 'value' in found) {
    const { table, key, value } = found;
    const isTable = TABLES.some((name) => name === table);
    if (isTable && Number.isSafeInteger(key) && typeof value === 'object' && value !== null)
      return { table: table as TableName, key: Number(key), value };
  }
  throw new StoreError('STORE_IMPORT', `Line ${line + 1} is no record that was exported.`);
}

function safely(text: string, line: number): unknown {
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    throw new StoreError('STORE_IMPORT', `Line ${line} is not JSON.`, { cause: error });
  }
}

function exact(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES]: base64(value) } : value;
}

function readable(_: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {
    return { base64: base64(value) };
  }
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return value;
  return new Uint8Array(Buffer.from(String(value[BYTES]), 'base64'));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
