/**
 * A smaller file: a copy without free pages takes the place of the one there is, in one step that a crash cannot halve.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeLike } from '../file/access.ts';
import { assertThere, FILE_NAME, StoreFile } from '../file/file.ts';

const COPY = 'store.mdb.compact';

/**
 * Makes the file in the folder `path` as small as what is in it; bytes before and after. No broker may be using it.
 * @throws {StoreError} STORE_MISSING, STORE_IN_USE, STORE_DENIED, STORE_DAMAGED, STORE_VERSION
 */
export async function compactStore(
  path: string,
): Promise<{ readonly before: number; readonly after: number }> {
  assertThere(path);
  const file = new StoreFile({ path, isSynced: true, isReadOnly: false });
  const copy = join(path, COPY);
  let before: number;
  try {
    before = file.bytes;
    rmSync(copy, { force: true }); // of a compaction that was killed
    await file.copyTo(copy);
    makeLike(file.name, copy, statSync(file.name).mode & 0o777);
    sync(copy);
    // While it is still ours: a broker that starts now is refused, and finds the new file when it tries again.
    renameSync(copy, join(path, FILE_NAME));
    sync(path);
  } finally {
    await file.close();
  }
  const compacted = new StoreFile({ path, isSynced: true, isReadOnly: true });
  try {
    return { before, after: compacted.bytes };
  } finally {
    await compacted.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
