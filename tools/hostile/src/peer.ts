/**
 * One hostile client: a bare socket, what it sends as bytes, what comes back in words, its end. Over TCP, TLS or
 * WebSocket. Waits for what comes, never for time. Knows no cases.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { nextWords } from './answers.ts';
import { type Bytes, bytes, connect, frame, type Hello, PINGREQ, type Version } from './bytes.ts';

/** An upgrade (RFC 6455 §4.1) with this path and these headers in place of, or beside, the usual ones. */
export function upgrade(
  path = '/mqtt',
  given: Readonly<Record<string, string | undefined>> = {},
  line?: string,
): string {
  const headers = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'mqtt',
    ...given,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  );
  return [line ?? `GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** A hostile client. */
export class Peer {
  readonly socket: Socket;
  version: Version = 5;
  /** true: bytes go out in frames, and come in frames. */
  #isFramed = false;
  #raw = Buffer.alloc(0);
  #stream = Buffer.alloc(0);
  readonly #words: string[] = [];
  /** Bytes of packets that words do not tell enough of. */
  readonly #packets = new Map<number, Buffer>();
  #taken = 0;
  #isClosed = false;
  #closeCode = 0;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, tls?: ConnectionOptions) {
    this.socket =
      tls === undefined
        ? connectTcp({ port, host: '127.0.0.1', noDelay: true })
        : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...tls });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.#raw = Buffer.concat([this.#raw, chunk]);
      if (this.#isFramed) this.#unframe();
      this.#wake();
    });
    const end = (): void => {
      this.#isClosed = true;
      this.#wake();
    };
    this.socket.on('end', end);
    this.socket.on('close', end);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The code of the WebSocket close frame that came; 0 when none did. */
  get closeCode(): number {
    return this.#closeCode;
  }

  /** All bytes that came and are not taken as packets, as text. */
  get text(): string {
    return this.#raw.toString('latin1');
  }

  /** The bytes of the AUTH or CONNACK that `next` gave last. */
  get packet(): Buffer {
    return this.#packets.get(this.#taken - 1) ?? Buffer.alloc(0);
  }

  /** Sends as MQTT: in a frame each over WebSocket. */
  send(...pieces: readonly Bytes[]): this {
    for (const piece of pieces) this.#write(this.#isFramed ? frame(piece) : bytes(piece));
    return this;
  }

  /** Sends as it is, text as text. */
  raw(...pieces: readonly (string | Uint8Array)[]): this {
    for (const piece of pieces) this.#write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    return this;
  }

  #write(piece: Uint8Array): void {
    if (this.socket.writable) this.socket.write(piece);
  }

  /** Asks for a WebSocket; what follows is in frames. @throws {Error} when it is refused */
  async upgrade(path?: string, headers?: Readonly<Record<string, string>>): Promise<this> {
    this.raw(upgrade(path, headers));
    const status = await this.status();
    if (status !== 101) throw new Error(`the upgrade was answered ${status}`);
    this.#raw = this.#raw.subarray(this.#raw.indexOf('\r\n\r\n') + 4);
    this.#isFramed = true;
    this.#unframe();
    return this;
  }

  /** The status of the HTTP answer; 0 when the connection ends before. */
  async status(): Promise<number> {
    await this.#until(() => this.text.includes('\r\n\r\n'));
    return Number(/^HTTP\/1\.[01] (\d{3}) /.exec(this.text)?.[1] ?? 0);
  }

  /** CONNECT and its CONNACK in words. */
  async hello(hello: Hello = {}): Promise<string> {
    this.version = hello.version ?? 5;
    this.send(connect(hello));
    return await this.next();
  }

  /** The next packet in words; `closed` when the connection has ended. */
  async next(): Promise<string> {
    await this.#until(() => this.#read());
    const words = this.#words[this.#taken];
    if (words === undefined) return 'closed';
    this.#taken++;
    return words;
  }

  /** All packets to the end of the connection, and `closed`. */
  async toEnd(): Promise<readonly string[]> {
    const all: string[] = [];
    for (;;) {
      const words = await this.next();
      all.push(words);
      if (words === 'closed') return all;
    }
  }

  /** All packets up to PINGRESP, which is asked for now; to the end when it does not come. */
  async toPing(): Promise<readonly string[]> {
    this.send(PINGREQ);
    const all: string[] = [];
    for (;;) {
      const words = await this.next();
      if (words === 'PINGRESP') return all;
      all.push(words);
      if (words === 'closed') return all;
    }
  }

  /** Waits for the end of the connection. */
  async closed(): Promise<void> {
    await this.#until(() => this.#isClosed);
  }

  /** Waits until so many bytes came, or the end. */
  async received(count: number): Promise<void> {
    await this.#until(() => this.#raw.length >= count);
  }

  cut(): void {
    this.socket.destroy();
  }

  /** Whether a packet is there that was not taken. */
  #read(): boolean {
    if (this.#taken < this.#words.length) return true;
    for (;;) {
      const from = this.#isFramed ? this.#stream : this.#raw;
      const found = nextWords(from, this.version);
      if (found === undefined) break;
      const rest = from.subarray(found[1]);
      if (/^(AUTH|CONNACK)/.test(found[0]))
        this.#packets.set(this.#words.length, Buffer.from(from.subarray(0, found[1])));
      if (this.#isFramed) this.#stream = rest;
      else this.#raw = rest;
      this.#words.push(found[0]);
    }
    return this.#taken < this.#words.length;
  }

  /** Whole frames of the server, which are not masked: binary ones are MQTT, the rest is looked at for its close code. */
  #unframe(): void {
    for (;;) {
      const [first = 0, second = 0] = this.#raw;
      const start = second === 127 ? 10 : second === 126 ? 4 : 2;
      if (this.#raw.length < start) return;
      const length =
        second === 127
          ? Number(this.#raw.readBigUInt64BE(2))
          : second === 126
            ? this.#raw.readUInt16BE(2)
            : second;
      if (this.#raw.length < start + length) return;
      const body = this.#raw.subarray(start, start + length);
      this.#raw = this.#raw.subarray(start + length);
      const opcode = first & 0x0f;
      if (opcode === 8) this.#closeCode = body.length >= 2 ? body.readUInt16BE(0) : 1005;
      else if (opcode < 3) this.#stream = Buffer.concat([this.#stream, body]);
    }
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone() && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
