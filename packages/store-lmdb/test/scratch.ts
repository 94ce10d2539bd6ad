/** Folders for tests, gone when they are over. */
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
