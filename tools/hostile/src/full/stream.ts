/**
 * A client that sends and takes a million packets: counts what comes by type and QoS, and looks at nothing else. Where
 * `peer.ts` tells each packet in words, this only keeps up. Knows no cases.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { type Bytes, bytes } from '../bytes.ts';

/** Called with each packet: its first byte, and its whole bytes, good until it returns. */
export type Taken = (first: number, packet: Buffer) => void;

/** A connection that takes packets as fast as they come. */
export class Stream {
  readonly socket: Socket;
  readonly #taken: Taken;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number, taken: Taken, from?: string) {
    const local = from === undefined ? {} : { localAddress: from };
    this.socket = connectSocket({ port, host: '127.0.0.1', noDelay: true, ...local });
    this.#taken = taken;
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  send(piece: Bytes): void {
    this.socket.write(bytes(piece));
  }

  #read(chunk: Buffer): void {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      let length = 0;
      let start = at + 1;
      let byte = 0x80;
      for (let shift = 0; byte >= 0x80 && start < all.length; shift += 7) {
        byte = all[start++] as number;
        length += (byte & 0x7f) * 2 ** shift;
      }
      if (byte >= 0x80 || start + length > all.length) break;
      this.#taken(all[at] as number, all.subarray(at, start + length));
      at = start + length;
    }
    this.#rest = all.subarray(at);
  }
}

/** Runs `one` for each number below `count`, `width` of them at once. */
export async function inParallel(
  count: number,
  width: number,
  one: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
