/**
 * Is every record of a store sound, and does what it refers to exist? Changes nothing. Knows no way to repair: damaged
 * records are set aside when a broker loads the file.
 */
import { StoreFile } from '../file/file.ts';
import { RECORD_NAMES, type TableName } from '../file/tables.ts';
import { recordsOf, type StoredRecord } from './read.ts';

/** What a check found. */
export interface StoreReport {
  /** Sound records of each table. */
  readonly records: Readonly<Record<TableName, number>>;
  /** What is wrong, a line each: damaged records, and records whose session or message is gone. */
  readonly faults: readonly string[];
  /** Records that were found damaged before and set aside. */
  readonly setAside: number;
  /** Bytes that records take, free pages left out, and bytes of the file. */
  readonly liveBytes: number;
  readonly fileBytes: number;
}

/**
 * Reads every record of the store in the folder `path`. A broker may be using it.
 * @throws {StoreError} STORE_DAMAGED when the file as a whole cannot be read, STORE_VERSION
 */
export async function checkStore(path: string): Promise<StoreReport> {
  const records: Record<TableName, number> = {
    sessions: 0,
    subscriptions: 0,
    held: 0,
    progress: 0,
    queue: 0,
    retained: 0,
  };
  const faults: string[] = [];
  const sessions = new Set<number>();
  const messages = new Set<number>();
  for await (const record of recordsOf(path)) {
    const fault = record.fault ?? missing(record, sessions, messages);
    if (fault === undefined) records[record.table]++;
    else faults.push(fault);
  }
  const file = new StoreFile({ path, isSynced: true, isReadOnly: true });
  try {
    const { liveBytes, bytes, setAside } = file;
    return { records, faults, setAside, liveBytes, fileBytes: bytes };
  } finally {
    await file.close();
  }
}

/** Remembers what others refer to; what this record refers to and is not there. */
function missing(record: StoredRecord, sessions: Set<number>, messages: Set<number>): string | undefined {
  const { table, key, value } = record;
  if (table === 'sessions') sessions.add(key);
  if (value === undefined) return undefined;
  const what = `${RECORD_NAMES[table]} (record ${key})`;
  if ('kind' in value && value.kind === 'message') messages.add(key);
  const head = 'head' in value ? value.head : value;
  if (typeof head === 'object' && head !== null && 'session' in head && typeof head.session === 'number') {
    if (!sessions.has(head.session)) return `${what}: its session is gone`;
  }
  const body = 'body' in value ? value.body : undefined;
  if (typeof body === 'object' && body !== null && 'key' in body && typeof body.key === 'number') {
    if (!messages.has(body.key)) return `${what}: the message that it shares with others is gone`;
  }
  return undefined;
}
