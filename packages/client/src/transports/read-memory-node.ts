/**
 * The memory that a socket is read into, so that packets are read where they lie: the reads of one slab follow each other
 * in it, and a PUBLISH whose end has not come is kept back and moved to the next slab with what is there of it, which
 * spares the decoder to put it together from two chunks. Knows of packets how long they are, and checks nothing: whatever
 * is not a length goes on as it came, and the decoder says what is wrong.
 */
import { Buffer } from 'node:buffer';

/** Memory that many small reads share, or a large one, and a few that are larger; and what a read is given at least. Bytes. */
const SLAB = 65_536;
const LARGE_SLAB = 131_072;
const LEAST = 16_384;
/** A larger packet is not kept back: nobody can announce a length and have memory for it [A03]. Bytes. */
const MOST_KEPT = 65_536;
const NOTHING = new Uint8Array(0);

/** Where one connection's bytes lie. What was handed on is never written to again. */
export class ReadMemory {
  #slab: Uint8Array = NOTHING;
  #room: Uint8Array = NOTHING;
  /** Of the slab: what was handed on and what was read end here, and where the next packet begins. */
  #from = 0;
  #end = 0;
  #next = 0;
  #size = SLAB;

  /** For the next read. */
  room(): Uint8Array {
    if (this.#slab.length - this.#end < LEAST) {
      const kept = this.#slab.subarray(this.#from, this.#end);
      this.#slab = Buffer.allocUnsafeSlow(kept.length > LEAST ? LARGE_SLAB : this.#size);
      this.#slab.set(kept);
      this.#next -= this.#from;
      this.#from = 0;
      this.#end = kept.length;
    }
    this.#room = this.#slab.subarray(this.#end);
    return this.#room;
  }

  /** `length` bytes were read: into `room`, or into `bytes` of the platform's own, as in Bun. Gives what may be handled. */
  take(length: number, bytes: Uint8Array): Uint8Array {
    if (bytes !== this.#room) return bytes.subarray(0, length);
    this.#size = length < LEAST ? SLAB : LARGE_SLAB;
    this.#end += length;
    const from = this.#from;
    this.#from = this.#whole();
    return from === this.#from ? NOTHING : this.#slab.subarray(from, this.#from);
  }

  /** Whether a read took all the room that there was. */
  isFull(length: number, bytes: Uint8Array): boolean {
    return bytes === this.#room && length === bytes.length;
  }

  /** Where what can be handled ends: behind the last whole packet, or at the end of what was read. */
  #whole(): number {
    const end = this.#end;
    while (this.#next < end) {
      const start = this.#next;
      const next = endOf(this.#slab, start, end);
      const isPublish = (this.#slab[start] as number) >> 4 === 3;
      if (next === undefined || (isPublish && next > end && next - start <= MOST_KEPT)) return start;
      this.#next = next;
    }
    return end;
  }
}

/**
 * Where the packet at `start` ends; undefined while its length has not all come. One that never ends is the decoder's to
 * refuse: from there on nothing is a packet.
 */
function endOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  let length = 0;
  for (let i = 0; i < 4; i += 1) {
    const at = start + 1 + i;
    if (at >= end) return undefined;
    const byte = bytes[at] as number;
    length |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return at + 1 + length;
  }
  return Infinity;
}
