/**
 * Every record of a file as a plain value, one after the other: what checking, dumping and exporting have in common.
 * Needs no owner: it looks at one moment of a file that a broker may be writing.
 */
import { StoreError } from '../errors.ts';
import { StoreFile } from '../file/file.ts';
import { RECORD_NAMES, TABLES, type TableName } from '../file/tables.ts';
import { type Reader, RecordError } from '../records/bytes.ts';
import { verified } from '../records/checksum.ts';
import { readMessage } from '../records/message.ts';
import { readQueueRecord } from '../records/queue.ts';
import { readHeld, readProgress, readSession, readSubscription } from '../records/session.ts';

const READERS: Readonly<Record<TableName, (reader: Reader) => object>> = {
  sessions: readSession,
  subscriptions: readSubscription,
  held: readHeld,
  progress: readProgress,
  queue: readQueueRecord,
  retained: readMessage,
};

/** A record of a store's file. */
export interface StoredRecord {
  /** sessions, subscriptions, held, progress, queue or retained. */
  readonly table: TableName;
  /** Records refer to each other by keys. */
  readonly key: number;
  /** What is in it; undefined when it is damaged. */
  readonly value: object | undefined;
  /** What is wrong with it; undefined when it is sound. */
  readonly fault: string | undefined;
  /** Bytes, checksum included. */
  readonly bytes: number;
}

/**
 * Reads the file in the folder `path`, record by record, damaged ones too.
 * @throws {StoreError} STORE_MISSING, STORE_DENIED, STORE_DAMAGED, STORE_VERSION
 */
export async function* recordsOf(path: string): AsyncGenerator<StoredRecord, void> {
  const file = new StoreFile({ path, isSynced: true, isReadOnly: true });
  try {
    for (const table of TABLES) {
      for (const { key, value } of file.tables[table].getRange({ start: 0 }))
        yield decoded(table, key, value);
    }
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof Error && 'code' in error)) throw error;
    throw file.damaged(error);
  } finally {
    await file.close();
  }
}

function decoded(table: TableName, key: number, record: Uint8Array): StoredRecord {
  const sound = verified(table, key, record);
  const found = { table, key, bytes: record.length };
  const what = `${RECORD_NAMES[table]} (record ${key})`;
  if (sound === undefined) return { ...found, value: undefined, fault: `${what}: its checksum is wrong` };
  try {
    return { ...found, value: READERS[table](sound), fault: undefined };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { ...found, value: undefined, fault: `${what}: ${error.message}` };
  }
}
