/** Folders for tests, gone when they are over, and a file as a killed broker leaves it. */
import { Buffer } from 'node:buffer';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  /** A new, empty folder. */
  folder(): string;
  clear(): void;
}

export function scratch(): Scratch {
  const folders: string[] = [];
  return {
    folder: () => {
      const made = mkdtempSync(join(tmpdir(), 'store-lmdb-'));
      folders.push(made);
      return made;
    },
    clear: () => {
      for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
    },
  };
}

/** A file whose newest header says that `pages` more were given out than it has. */
export function unwrittenAtEnd(file: Buffer, pages: number): Buffer {
  const bytes = Buffer.from(file);
  const PAGE = 4096;
  const transactionAt = 24 + 128;
  const at = bytes.readBigUInt64LE(transactionAt) > bytes.readBigUInt64LE(PAGE + transactionAt) ? 0 : PAGE;
  const lastPageAt = at + 24 + 120;
  const last = bytes.readBigUInt64LE(lastPageAt);
  bytes.writeBigUInt64LE(last + BigInt(pages), lastPageAt);
  return bytes.subarray(0, Number(last + 1n) * PAGE);
}
