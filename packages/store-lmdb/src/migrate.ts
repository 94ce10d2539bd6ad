/**
 * A file of an older format becomes one of today's: from each version to the next in one transaction, so that a process
 * that dies meanwhile leaves the one or the other. FORMAT.md says what is different between them.
 */
import type { StoreFile } from './file/file.ts';
import { FORMAT_VERSION } from './file/tables.ts';
import { Chunks, RecordError, Writer } from './records/bytes.ts';
import { CHECKSUM_BYTES, checksum, verified } from './records/checksum.ts';
import { progressBytes, readProgress, writeProgress } from './records/session.ts';

/** Deliveries of one record. */
const TOGETHER = 64;

/** From the version that is the name to the next. */
const STEPS: Readonly<Record<number, (file: StoreFile) => void>> = { 1: fromOne };

/** Brings a file that is open for writing to today's format; at once when it has that already. */
export function migrate(file: StoreFile): void {
  for (let { version } = file; version < FORMAT_VERSION; version++) STEPS[version]?.(file);
}

/** Deliveries that were sent had a record each; now many share one. Damaged ones stay: loading sets them aside. */
function fromOne(file: StoreFile): void {
  const alone: number[] = [];
  const sent: number[] = [];
  file.scan('progress', 0, (key, record) => {
    const packetId = sentWith(key, record);
    if (packetId !== undefined) {
      alone.push(key);
      sent.push(key, packetId);
    }
    return true;
  });
  let key = file.newestKey;
  file.raise(2, () => {
    const table = file.tables.progress;
    for (const one of alone) void table.remove(one);
    for (let at = 0; at < sent.length; at += 2 * TOGETHER)
      void table.put(++key, recordOf(key, sent.slice(at, at + 2 * TOGETHER)));
  });
}

/** The packet id of a sound record that says no more than that its delivery was sent. */
function sentWith(key: number, record: Uint8Array): number | undefined {
  try {
    const reader = verified('progress', key, record);
    const progress = reader && readProgress(reader);
    if (progress === undefined || 'sent' in progress || progress.isReleased) return undefined;
    return progress.packetId;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

function recordOf(key: number, sent: readonly number[]): Uint8Array {
  const writer = new Writer(new Chunks());
  writer.begin(progressBytes({ sent }) + CHECKSUM_BYTES);
  writeProgress(writer, { sent });
  writer.u32(checksum('progress', key, writer.end()));
  return writer.end();
}
