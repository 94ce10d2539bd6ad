/**
 * Views on the memory into which lmdb reads record after record. It is the same memory each time, so a view of each
 * length is made once: making one for each record costs more than reading it. Knows no record.
 */
import { Buffer } from 'node:buffer';

/** Longer records have a view each: there are few of them, and it costs little beside the reading. */
const LONGEST = 4096;

/** Views of one piece of memory, by their length. */
export class Views {
  #bytes: Uint8Array | undefined;
  #views: (Buffer | undefined)[] = [];

  /** The first `length` of `bytes`, good until something else is read. */
  of(bytes: Uint8Array, length: number): Buffer {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#views = [];
    }
    const known = this.#views[length];
    if (known !== undefined) return known;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    if (length <= LONGEST) this.#views[length] = view;
    return view;
  }
}
