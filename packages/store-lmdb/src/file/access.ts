/**
 * May this process use the file and lmdb's lock file beside it, and whose are files that it makes. Looked at before lmdb
 * is: a lock file that it may not open ends the process (SIGSEGV in lmdb-js 3.5.6), and one that root leaves behind when
 * it only looks would be such a one for the broker.
 */
import { accessSync, chmodSync, chownSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { StoreError } from '../errors.ts';

/** Throws when a file may not be used, or one that is not there may not be made. @throws {StoreError} STORE_DENIED */
export function assertAllowed(file: string, isReadOnly: boolean): void {
  const write = constants.R_OK | constants.W_OK;
  for (const [wantedFile, wanted] of [
    [file, isReadOnly ? constants.R_OK : write],
    [lockOf(file), write],
  ] as const) {
    const name = existsSync(wantedFile) ? wantedFile : dirname(file);
    try {
      accessSync(name, wanted);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (isReadOnly && code === 'EROFS') continue; // then lmdb needs no lock
      const { uid } = statSync(name);
      const doing = isReadOnly ? 'read' : 'read and write';
      const text =
        `${name} may not be used by this user, who has to ${doing} it (${code}); it belongs to the user with the id ${uid}. ` +
        'Give it to the user of the broker: chown.';
      throw new StoreError('STORE_DENIED', text, { cause: error });
    }
  }
}

/** The files of a store at `file` that are not there yet. */
export function missingFiles(file: string): readonly string[] {
  return [file, lockOf(file)].filter((name) => !existsSync(name));
}

/** Files that were just made are for nobody but their owner; those that root made, for whom the store or its folder is. */
export function settleNew(file: string, made: readonly string[]): void {
  const model = made.includes(file) ? dirname(file) : file;
  for (const name of made) if (existsSync(name)) makeLike(model, name, 0o600);
}

/** Gives `name` these rights and, as root, the owner of `model`. */
export function makeLike(model: string, name: string, mode: number): void {
  chmodSync(name, mode);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  chownSync(name, uid, gid);
}

function lockOf(file: string): string {
  return `${file}-lock`;
}
