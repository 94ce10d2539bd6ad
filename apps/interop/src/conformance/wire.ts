/**
 * One network connection of a play: sends bytes, gives the packets that come one by one, and writes down both. Judges
 * nothing but that what comes is legal; what is not becomes an event like any other.
 */
import { Decoder, type Packet, ProtocolError, type ProtocolVersion } from '@mqtt/codec';
import { hexOf, packetShown } from './show.ts';
import type { Listener, Pipe } from './transports.ts';

/** A line of an exchange. */
export interface Line {
  /** ms since the play began. */
  readonly at: number;
  readonly on: string;
  readonly what: '->' | '<-' | '--';
  /** In words. */
  readonly meaning: string;
  /** Hexadecimal digits; '' when nothing travelled. */
  readonly hex: string;
}

/** What comes next on a connection. */
export type Event =
  | { readonly type: 'packet'; readonly packet: Packet; readonly bytes: number }
  | { readonly type: 'illegal'; readonly error: ProtocolError }
  | { readonly type: 'closed' }
  | { readonly type: 'late' };

/** One connection, named by its case. */
export class Wire implements Listener {
  readonly name: string;
  /** How many events were taken; may be set back to look again. */
  taken = 0;
  /** Which packets are no part of this play. */
  isForeign: (packet: Packet) => boolean = () => false;
  readonly #decoder: Decoder;
  readonly #note: (line: Omit<Line, 'at' | 'on'>) => void;
  readonly #events: Event[] = [];
  #pipe: Pipe | undefined;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** @param role which end we are: what comes must be legal for it */
  constructor(
    name: string,
    version: ProtocolVersion,
    note: (line: Omit<Line, 'at' | 'on'>) => void,
    role: 'client' | 'server' = 'client',
  ) {
    this.name = name;
    this.#note = note;
    // A server takes the version from CONNECT.
    this.#decoder = new Decoder(role === 'client' ? { role, version, copy: true } : { role, copy: true });
  }

  /** The pipe is open. */
  use(pipe: Pipe): void {
    this.#pipe = pipe;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the server chose of the WebSocket subprotocols. */
  get subprotocol(): string | undefined {
    return this.#pipe?.subprotocol;
  }

  /** The version that CONNECT said, for a server. */
  get version(): ProtocolVersion | undefined {
    return this.#decoder.version;
  }

  bytes(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    try {
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
        const { bytes, start, end } = this.#decoder;
        this.#note({ what: '<-', meaning: packetShown(packet), hex: hexOf(bytes.subarray(start, end)) });
        if (!this.isForeign(packet)) this.#put({ type: 'packet', packet, bytes: end - start });
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note({ what: '<-', meaning: `illegal: ${error.message}`, hex: hexOf(chunk) });
      this.#put({ type: 'illegal', error });
    }
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#note({ what: '--', meaning: 'closed by the other side', hex: '' });
    this.#put({ type: 'closed' });
  }

  /** Sends, and says what it is. */
  send(bytes: Uint8Array, meaning: string): void {
    this.#note({ what: '->', meaning, hex: hexOf(bytes) });
    this.#pipe?.send(bytes);
  }

  /** Sends a WebSocket text frame. */
  sendText(text: string): void {
    this.#note({ what: '->', meaning: `a text frame: ${JSON.stringify(text)}`, hex: '' });
    this.#pipe?.sendText(text);
  }

  /** Ends the connection without a DISCONNECT. */
  cut(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#note({ what: '--', meaning: 'cut by us', hex: '' });
    this.#pipe?.cut();
    this.#put({ type: 'closed' });
  }

  /** The next event; `late` when none comes within so many ms. A closed connection stays closed. */
  async next(patience: number): Promise<Event> {
    const until = performance.now() + patience;
    for (;;) {
      const event = this.#events[this.taken];
      if (event !== undefined) {
        if (event.type !== 'closed') this.taken++;
        return event;
      }
      const left = until - performance.now();
      if (left <= 0) return { type: 'late' };
      await this.#awake(left);
    }
  }

  #awake(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #put(event: Event): void {
    this.#events.push(event);
    this.#wake();
  }
}
