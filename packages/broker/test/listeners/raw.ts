/** A client that is a bare socket: bytes out, bytes back, and its end. It knows neither MQTT nor HTTP. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { encode, type Packet } from '@mqtt/codec';
import { connect as connectPacket, type Wishes } from '../wire/house.ts';

/** CONNECT as bytes; 3.1.1 where nothing is said. */
export function hello(wishes: Wishes = {}): Uint8Array {
  const { version = 4 } = wishes;
  return encode(connectPacket({ ...wishes, version }) as Packet, version);
}

/** CONNACK 0x00 of 3.1.1. */
export const CONNACK = '20020000';

/** The client's end of a connection. */
export class Raw {
  readonly socket: Socket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(where: NetConnectOpts | Socket) {
    this.socket = 'on' in where ? where : connect(where);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      });
    });
  }

  static to(port: number): Raw {
    return new Raw({ port, host: '127.0.0.1' });
  }

  send(...pieces: (string | Uint8Array)[]): this {
    for (const piece of pieces) this.socket.write(piece);
    return this;
  }

  /** The first bytes that come back, in hex; 'closed' when the connection ends before. */
  async hex(bytes: number): Promise<string> {
    await this.#until(() => this.#length >= bytes);
    return this.#isClosed && this.#length < bytes
      ? 'closed'
      : this.#received.subarray(0, bytes).toString('hex');
  }

  /** Waits for the end of an HTTP head and gives its status; 0 when the connection ends before. */
  async status(): Promise<number> {
    await this.#until(() => this.text.includes('\r\n\r\n'));
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.text)?.[1] ?? 0);
  }

  /** All that came. */
  get text(): string {
    return this.#received.toString('latin1');
  }

  get #received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone() && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
