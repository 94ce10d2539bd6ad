/**
 * Outgoing bytes of one connection: packets are encoded into one buffer that leaves in one write per turn.
 * The only place that writes to the link. Knows which packets a client may send, and nothing of why.
 */
import {
  type Auth,
  type Connect,
  type Disconnect,
  type Pingreq,
  type ProtocolVersion,
  type Puback,
  type Pubcomp,
  type Publish,
  type Pubrec,
  type Pubrel,
  type Subscribe,
  type Unsubscribe,
  Writer,
  writeAcknowledgement,
  writeConnect,
  writeDisconnect,
  writePingreq,
  writePublishHead,
  writeSubscribe,
  writeUnsubscribe,
} from '@mqtt/codec';
import type { Clock } from './clock.ts';
import type { CoreLink } from './link.ts';

/** The control packets that a client sends (§2.1.2). */
export type ClientPacket =
  | Connect
  | Publish
  | Puback
  | Pubrec
  | Pubrel
  | Pubcomp
  | Subscribe
  | Unsubscribe
  | Pingreq
  | Disconnect
  | Auth;

/** So many bytes leave at once, and a payload this large is sent from where it lies. */
const FLUSH_AT = 65_536;
const OWN_WRITE_AT = 16_384;
/** A buffer is not gone on with behind this, and none is made that is larger for what may come. */
const BUFFER_END = 98_304;

/** Outgoing bytes of one connection. */
export class Outbox {
  readonly #link: CoreLink;
  readonly #clock: Clock;
  readonly #writer: Writer;
  /** Where in the writer's buffer the bytes begin that have not left. */
  #from = 0;
  #scheduled = false;
  #congested = false;
  #closed = false;
  /** `Clock.now()` when bytes last left. */
  lastSent: number;

  constructor(link: CoreLink, version: ProtocolVersion, clock: Clock, writeName?: Writer['writeName']) {
    this.#link = link;
    this.#clock = clock;
    this.#writer = new Writer(version);
    this.#writer.writeName = writeName;
    this.lastSent = clock.now();
  }

  /** true: the link took enough for now; `drained` ends it. */
  get congested(): boolean {
    return this.#congested;
  }

  /**
   * Sends a packet in this turn of the event loop. After `close` nothing is sent [MQTT-3.14.4-1]. `writer` writes what
   * the core does not: AUTH.
   * @throws ProtocolError when the packet is not legal; then nothing of it is sent
   */
  write(packet: ClientPacket, writer?: Write): void {
    if (this.#closed) return;
    const buffer = this.#writer;
    const before = buffer.pos;
    try {
      encode(buffer, packet, writer);
    } catch (error) {
      buffer.pos = before;
      throw error;
    }
    if (packet.type === 'PUBLISH') {
      if (packet.payload.length < OWN_WRITE_AT) buffer.raw(packet.payload);
      else this.flush(packet.payload);
    }
    if (buffer.pos - this.#from >= FLUSH_AT) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#clock.defer(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  /** Hands what is encoded to the link now, and `payload` that belongs behind it. */
  flush(payload?: Uint8Array): void {
    const buffer = this.#writer;
    const { bytes, pos } = buffer;
    const written = bytes.subarray(this.#from, pos);
    const { length } = written;
    if (length === 0 || this.#closed) return;
    this.#from = pos;
    if (Math.min(bytes.length, BUFFER_END) - pos < length) {
      // Room for as much again, or for many heads: a buffer costs more than a packet.
      const most = length < OWN_WRITE_AT ? OWN_WRITE_AT : BUFFER_END;
      buffer.bytes = new Uint8Array(Math.min(bytes.length * 2, most));
      buffer.pos = this.#from = 0;
    }
    this.lastSent = this.#clock.now();
    this.#send(written);
    if (payload) this.#send(payload);
  }

  #send(bytes: Uint8Array): void {
    if (!this.#link.write(bytes)) this.#congested = true;
  }

  /** The link has room again. */
  drained(): void {
    this.#congested = false;
  }

  /** Hands over what is encoded, and takes nothing more. */
  close(): void {
    this.flush();
    this.#closed = true;
  }
}

/** Where packets are written that nobody reads: a buffer of its own costs more than what is written. */
const scratch = /* @__PURE__ */ new Uint8Array(256);

/** Bytes that `write` would send for a packet. @throws ProtocolError when it is not legal */
export function sizeOf(packet: ClientPacket, version: ProtocolVersion): number {
  const writer = new Writer(version, scratch);
  encode(writer, packet);
  return writer.pos + (packet.type === 'PUBLISH' ? packet.payload.length : 0);
}

type Write = (writer: Writer, packet: never) => void;

const writers: Readonly<Partial<Record<ClientPacket['type'], Write>>> = {
  PUBLISH: writePublishHead,
  PUBACK: writeAcknowledgement,
  PUBREC: writeAcknowledgement,
  PUBREL: writeAcknowledgement,
  PUBCOMP: writeAcknowledgement,
  PINGREQ: writePingreq,
  SUBSCRIBE: writeSubscribe,
  UNSUBSCRIBE: writeUnsubscribe,
  CONNECT: writeConnect,
  DISCONNECT: writeDisconnect,
};

/** Everything but the payload of PUBLISH, which comes most often and is asked first. */
function encode(writer: Writer, packet: ClientPacket, write?: Write): void {
  if (packet.type === 'PUBLISH') writePublishHead(writer, packet);
  else (write ?? writers[packet.type])?.(writer, packet as never);
}
