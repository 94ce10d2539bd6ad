/**
 * How many bytes may still be written: the disk's free space and the file's own free pages, or what is left of the most
 * that the file may hold. Looked at again when a part of it is used up. Knows no commit.
 */
import { statfsSync } from 'node:fs';
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

/** Watches the room. */
export class Room {
  readonly #file: StoreFile;
  readonly #options: RoomOptions;
  /** Bytes that may be written before it is looked at again. */
  #budget = 0;
  #isFull = false;

  constructor(file: StoreFile, options: RoomOptions) {
    this.#file = file;
    this.#options = options;
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

  /** A commit of `bytes` failed: is it for want of room? */
  explains(bytes: number): boolean {
    this.look();
    if (this.#disk() >= this.#options.reservedBytes + bytes) return false;
    this.#isFull = true;
    return true;
  }

  look(): void {
    const { maximumBytes = Number.POSITIVE_INFINITY, reservedBytes } = this.#options;
    const live = this.#file.liveBytes;
    const left = Math.min(this.#disk() + this.#file.bytes - live, maximumBytes - live);
    // Leaving takes twice what entering takes, so that one message more or less does not change it.
    this.#isFull = left < (this.#isFull ? 2 * reservedBytes : reservedBytes);
    this.#budget = (left - reservedBytes) / 2;
  }

  #disk(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#file.name));
    return bavail * bsize;
  }
}
