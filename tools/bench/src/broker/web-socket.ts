/**
 * WebSocket made by hand, as much as a load process needs (RFC 6455): the upgrade, binary frames out, frames in.
 * On purpose without a library: what generates the load must not be what is measured.
 */
import { Buffer } from 'node:buffer';

const BINARY = 0x82;
const CLOSE = 0x8;
const DATA = [0x0, 0x2];
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const LONGEST_UPGRADE = 8192;

/** The request that begins every connection. */
export const UPGRADE: Buffer = Buffer.from(
  [
    'GET /mqtt HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: YmVuY2gtYmVuY2gtYmVuYw==',
    'Sec-WebSocket-Protocol: mqtt',
    '\r\n',
  ].join('\r\n'),
);

/**
 * One binary frame of a client. Its mask is zero, so that a payload may be written over where it lies; whoever reads
 * the frame cannot know and unmasks it like any other.
 */
export function frame(payload: Uint8Array): Buffer {
  const length = payload.length;
  if (length > 0xffff) throw new RangeError('a frame of the load has at most 65,535 bytes');
  const head = length < LENGTH_16 ? [MASKED | length] : [MASKED | LENGTH_16, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(BINARY, ...head, 0, 0, 0, 0), payload]);
}

/** Finds the payloads in what a server sends. */
export class Frames {
  readonly #payload: (bytes: Uint8Array) => void;
  readonly #opened: () => void;
  readonly #failed: (why: string) => void;
  #isUpgraded = false;
  #head: number[] = [];
  #answer = '';
  #left = 0;
  #isData = false;

  /** `opened`: the upgrade was granted. `failed`: it was not, or the server closes. */
  constructor(payload: (bytes: Uint8Array) => void, opened: () => void, failed: (why: string) => void) {
    this.#payload = payload;
    this.#opened = opened;
    this.#failed = failed;
  }

  /** Bytes came. */
  received(chunk: Uint8Array): void {
    let at = this.#isUpgraded ? 0 : this.#upgrade(chunk);
    while (at < chunk.length) {
      if (this.#left === 0) {
        this.#head.push(chunk[at++] ?? 0);
        this.#begin();
      } else {
        const end = Math.min(chunk.length, at + this.#left);
        if (this.#isData) this.#payload(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
      }
    }
  }

  /** Reads the answer to the upgrade; returns where the first frame begins. */
  #upgrade(chunk: Uint8Array): number {
    const before = this.#answer.length;
    this.#answer += Buffer.from(chunk).toString('latin1');
    const end = this.#answer.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#answer.length > LONGEST_UPGRADE) this.#failed('the answer to the upgrade does not end');
      return chunk.length;
    }
    this.#isUpgraded = true;
    if (/^HTTP\/1\.1 101 /.test(this.#answer)) this.#opened();
    else this.#failed(`the upgrade was answered with ${this.#answer.slice(0, 40)}`);
    return end + 4 - before;
  }

  /** Begins a frame as soon as its head is whole. */
  #begin(): void {
    const head = this.#head;
    const length = (head[1] ?? 0) & 0x7f;
    const extra = length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0;
    if (head.length < 2 + extra) return;
    const opcode = (head[0] ?? 0) & 0xf;
    this.#left = extra === 0 ? length : head.slice(2).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#isData = DATA.includes(opcode);
    this.#head = [];
    if (opcode === CLOSE) this.#failed('the broker closed the WebSocket');
  }
}
