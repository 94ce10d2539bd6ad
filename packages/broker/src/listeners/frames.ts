/**
 * What goes out over a WebSocket as frames, of which each ends where a packet ends at the latest. A receiver must take
 * packets however they lie in frames [MQTT-6.0.0-2]; Paho C takes the first of a frame and then waits for the next.
 * Knows of packets where they end, and of RFC 6455 §5.2 what a server sends: one unmasked binary frame at a time.
 */

const FINAL_BINARY = 0x82;
/** A length of a frame up to the first stands in its second byte; up to the second in two more, else in eight. */
const SHORT = 125;
const MEDIUM = 0xff_ff;
const LONG_HEAD = 10;

/** Finds where packets end in bytes that come in pieces. One for each connection. */
class PacketEnds {
  /** Bytes of the packet that are still to come, as far as they are known. */
  #left = 0;
  /** What the next byte of the Remaining Length counts; 0: none is awaited. */
  #unit = 0;

  /** Where the packet ends that begins or goes on at `from`; the end of `bytes` if it is not in them. */
  next(bytes: Uint8Array, from: number): number {
    let at = from;
    if (at < bytes.length && this.#left === 0 && this.#unit === 0) {
      at += 1; // its type
      this.#unit = 1;
    }
    while (this.#unit > 0 && at < bytes.length) {
      const byte = bytes[at] ?? 0;
      at += 1;
      this.#left += (byte & 0x7f) * this.#unit;
      this.#unit = byte < 0x80 ? 0 : this.#unit * 0x80;
    }
    const end = Math.min(at + this.#left, bytes.length);
    this.#left -= end - at;
    return end;
  }
}

/** Cuts the outgoing bytes of one connection into frames. */
export class Frames {
  readonly #ends = new PacketEnds();

  /** `bytes` as frames, in memory of their own; undefined when they are one frame as they are. */
  of(bytes: Uint8Array): Uint8Array | undefined {
    let end = this.#ends.next(bytes, 0);
    if (end === bytes.length) return undefined;
    const ends = [end];
    let size = end + headOf(end);
    while (end < bytes.length) {
      const from = end;
      end = this.#ends.next(bytes, from);
      ends.push(end);
      size += end - from + headOf(end - from);
    }
    return framed(bytes, ends, size);
  }
}

function headOf(length: number): number {
  if (length <= SHORT) return 2;
  return length <= MEDIUM ? 4 : LONG_HEAD;
}

function framed(bytes: Uint8Array, ends: readonly number[], size: number): Uint8Array {
  const frames = new Uint8Array(size);
  let at = 0;
  let from = 0;
  for (const end of ends) {
    at = writeHead(frames, at, end - from);
    frames.set(bytes.subarray(from, end), at);
    at += end - from;
    from = end;
  }
  return frames;
}

/** Gives where the head of the frame ends. */
function writeHead(frames: Uint8Array, at: number, length: number): number {
  frames[at] = FINAL_BINARY;
  if (length <= SHORT) {
    frames[at + 1] = length;
    return at + 2;
  }
  const view = new DataView(frames.buffer, frames.byteOffset + at);
  if (length <= MEDIUM) {
    view.setUint8(1, 126);
    view.setUint16(2, length);
    return at + 4;
  }
  view.setUint8(1, 127);
  view.setBigUint64(2, BigInt(length));
  return at + LONG_HEAD;
}
