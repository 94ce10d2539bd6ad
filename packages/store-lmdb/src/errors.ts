/**
 * What can go wrong with a store, as one class: each code is one situation, each message says what is lost, if
 * anything, and what to do. Knows no file.
 */

/**
 * Stable, for `switch`:
 * - `STORE_IN_USE`: another broker has the folder.
 * - `STORE_VERSION`: its format is one that this version does not read.
 * - `STORE_DAMAGED`: the file as a whole cannot be read.
 * - `STORE_MISSING`: there is no file to look at.
 * - `STORE_DENIED`: this user may not use the file, the lock file beside it, or the folder.
 * - `STORE_FULL`: opened on a full disk; or closed while there was no room, and what was not durable is lost.
 * - `STORE_FAILED`: the disk failed to write or sync; nothing told after `durable` is kept.
 * - `STORE_CLOSED`: used before `load` or after `close`.
 * - `STORE_IMPORT`: a line to import is not one that was exported.
 */
export type StoreErrorCode =
  | 'STORE_IN_USE'
  | 'STORE_VERSION'
  | 'STORE_DAMAGED'
  | 'STORE_MISSING'
  | 'STORE_DENIED'
  | 'STORE_FULL'
  | 'STORE_FAILED'
  | 'STORE_CLOSED'
  | 'STORE_IMPORT';

/** Why a store could not be opened, or stopped keeping what it is told. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** STORE_IN_USE, by a process that can be named. */
export class OwnedError extends StoreError {
  readonly owner: number;

  constructor(message: string, owner: number) {
    super('STORE_IN_USE', message);
    this.owner = owner;
  }
}
