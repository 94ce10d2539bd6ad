/**
 * How many bytes may still be written: what the disk and the process's limit of a file's size let the file grow and the
 * file's own free pages, or what is left of the most that the file may hold. Looked at again when a part of it is used
 * up. Knows no commit.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreFile } from './file/file.ts';

/** Bytes. */
export interface RoomOptions {
  /** Most that records may take; undefined: what the disk has. */
  readonly maximumBytes: number | undefined;
  /** What is kept free for removals, which need pages too. */
  readonly reservedBytes: number;
}

/** A record takes at most about this many times its bytes in half-filled pages and copies of pages. */
const PAGES_PER_BYTE = 3;
/** Pages that a commit copies whatever is in it, bytes: a path through each table. */
const PATHS = 131_072;

/** Watches the room. */
export class Room {
  readonly #file: StoreFile;
  readonly #options: RoomOptions;
  readonly #largestFile: number;
  /** Bytes that may be written before it is looked at again. */
  #budget = 0;
  #isFull = false;

  /** @param largestFile bytes that any file of this process may have */
  constructor(file: StoreFile, options: RoomOptions, largestFile: number = largestFileOfProcess()) {
    this.#file = file;
    this.#options = options;
    this.#largestFile = largestFile;
  }

  /** Whether so little is left that nothing new should be taken. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** `bytes` of records were written: looks again when it is time, and says whether there is room. */
  used(bytes: number): boolean {
    this.#budget -= bytes * PAGES_PER_BYTE;
    if (this.#isFull || this.#budget < 0) this.look();
    return !this.#isFull;
  }

  /**
   * Whether a commit of `bytes` could succeed. It is asked before each (2 us), because of a commit that cannot lmdb 3.5.6
   * writes an error message that is longer than the memory it has for it, and some of those end the process.
   * @throws what the system says when the folder is gone: what is written would be, too
   */
  mayHold(bytes: number): boolean {
    const needed = bytes + PATHS;
    const growth = this.#growth();
    if (growth < this.#options.reservedBytes) this.#budget = 0; // another program fills the disk: look after this one
    return growth >= needed || growth + this.#file.bytes - this.#file.liveBytes >= needed;
  }

  /** A commit of `bytes` failed: is it for want of room? */
  explains(bytes: number): boolean {
    this.look();
    try {
      return this.#growth() < this.#options.reservedBytes + bytes;
    } catch {
      return false; // the folder is gone
    }
  }

  /** A commit found no room: it is full, whatever a look says of less. */
  overrun(): void {
    this.#isFull = true;
  }

  look(): void {
    const { maximumBytes = Number.POSITIVE_INFINITY, reservedBytes } = this.#options;
    try {
      const live = this.#file.liveBytes;
      const left = Math.min(this.#growth() + this.#file.bytes - live, maximumBytes - live);
      // Leaving takes twice what entering takes, so that one message more or less does not change it.
      this.#isFull = left < (this.#isFull ? 2 * reservedBytes : reservedBytes);
      this.#budget = (left - reservedBytes) / 2;
    } catch {
      // The folder is gone: the next commit says so.
    }
  }

  /** Bytes by which the file may grow. */
  #growth(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#file.name));
    const disk = bavail * bsize;
    if (this.#largestFile === Number.POSITIVE_INFINITY) return disk;
    return Math.max(0, Math.min(disk, this.#largestFile - this.#file.bytes));
  }
}

/** Bytes that a file of this process may have (`ulimit -f`, LimitFSIZE); where there is no /proc none is known. */
function largestFileOfProcess(): number {
  try {
    const limit = /^Max file size +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
