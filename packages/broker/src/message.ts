/**
 * One application message and its encodings: which bytes may be shared by which subscribers.
 * A message that came off the wire is forwarded as the very bytes it came in; any other layout (5.0 or 3.x, QoS 0 or
 * with a packet id, RETAIN or not) is encoded once and shared. Knows no subscriber, no session, no socket.
 */
import { encode, type Properties, type Publish, type QoS } from '@mqtt/codec';
import type { MessageOrigin } from './store/facts.ts';

/** Bytes of one PUBLISH inside a larger array. `idAt` is where its packet id lies, 0 when it has none. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly idAt: number;
}

/**
 * How a PUBLISH lies on the wire: 3.x or 5.0, with RETAIN or not, with a packet id or not; with `mounted`, as no message came,
 * without the first characters of its topic. They may be added.
 */
export const layouts = { five: 1, retain: 2, withId: 4, mounted: 8 } as const;

/** A frame without the first `cut` characters of the topic. */
interface BelowFrame extends Frame {
  readonly layout: number;
  readonly cut: number;
}

/** A message without an expiry never expires. */
const NEVER = Number.POSITIVE_INFINITY;

/** Frames this large are sent from where they lie instead of being copied; also the largest waste a copy avoids. */
export const LARGE = 16_384;

/** What a message is made of, wherever it comes from. */
export interface MessageSource {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Properties that are forwarded: never an alias, never a subscription identifier. */
  readonly properties?: Properties<'PUBLISH'> | undefined;
}

/** An application message on its way (§3.3), shared by all who get it; never changed after it was made. */
export class Message {
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  properties: Properties<'PUBLISH'> | undefined;
  /** Client id of who published it, also of a will; undefined for the broker itself. Not the session: a message may outlive it. */
  readonly publisher: string | undefined;
  /** Who that was, of a retained message whose publisher is asked about later; else undefined. */
  source: MessageOrigin | undefined;
  /** When it arrived, in ms of the broker's clock; counts only for a message that expires. */
  readonly arrivedAt: number;
  /** When it expires, in ms of the broker's clock (§3.3.2.3.3). */
  readonly expiresAt: number;
  /** Layout of `bytes`; -1 when the message did not come as bytes that others may get. */
  readonly layout: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  #payload: Uint8Array;
  #idAt: number;
  #frames: (Frame | undefined)[] | undefined;

  /** @param now ms of the broker's clock, needed where the message expires @param wire the bytes it came in, 5.0 or not */
  constructor(source: MessageSource, publisher?: string, now = 0, wire?: Span, isFive = false) {
    this.topic = source.topic;
    this.qos = source.qos;
    this.retain = source.retain;
    this.properties = source.properties;
    this.publisher = publisher;
    this.source = undefined;
    const interval = source.properties?.messageExpiryInterval;
    this.arrivedAt = now;
    this.expiresAt = interval === undefined ? NEVER : now + interval * 1000;
    this.#payload = source.payload;
    this.#frames = undefined;
    this.#idAt = 0;
    if (wire === undefined) {
      this.layout = -1;
      this.bytes = source.payload;
      this.start = 0;
      this.end = 0;
    } else {
      this.layout =
        (isFive ? layouts.five : 0) |
        (source.retain ? layouts.retain : 0) |
        (source.qos > 0 ? layouts.withId : 0);
      this.bytes = wire.bytes;
      this.start = wire.start;
      this.end = wire.end;
    }
  }

  get payload(): Uint8Array {
    return this.#payload;
  }

  /** Bytes that a waiting copy of this message is counted with. */
  get size(): number {
    if (this.layout >= 0) return this.end - this.start;
    return this.topic.length + this.#payload.length + 8 + sizeOf(this.properties);
  }

  /** Whole seconds left at `now`, for the wire [MQTT-3.3.2-6]. */
  secondsLeft(now: number): number {
    return Math.max(0, Math.ceil((this.expiresAt - now) / 1000));
  }

  /**
   * Makes the message own its bytes, because it will stay: 20 bytes must not keep the 64 KB chunk alive that they
   * came in. What is most of its chunk stays where it is.
   */
  keep(): this {
    const correlationData = this.properties?.correlationData;
    if (correlationData !== undefined && isWasteful(correlationData)) {
      this.properties = { ...this.properties, correlationData: correlationData.slice() };
    }
    if (this.layout < 0) {
      if (isWasteful(this.#payload)) this.#payload = this.#payload.slice();
      return this;
    }
    const length = this.end - this.start;
    if (length * 2 >= this.bytes.buffer.byteLength) return this;
    const payloadLength = this.#payload.length;
    this.bytes = this.bytes.slice(this.start, this.end);
    this.start = 0;
    this.end = length;
    this.#payload = this.bytes.subarray(length - payloadLength);
    this.#frames = undefined;
    return this;
  }

  /** Where the packet id lies in `bytes`, counted from `start`, for a message that came with one. */
  get idAt(): number {
    if (this.#idAt === 0) this.#idAt = packetIdAt(this.bytes, this.start);
    return this.#idAt;
  }

  /** The bytes for everyone who takes this message in `layout`; `mounted`: without `cut` characters of its topic. */
  frame(layout: number, cut = 0): Frame {
    let frames = this.#frames;
    if (frames === undefined) {
      frames = [];
      this.#frames = frames;
    }
    if (cut > 0) return this.#frameBelow(frames, layout, cut);
    let frame = frames[layout];
    if (frame === undefined) {
      frame = this.#makeFrame(layout);
      frames[layout] = frame;
    }
    return frame;
  }

  /** The same behind all the others: one for each mount point that somebody gets it through, not for each of them. */
  #frameBelow(frames: (Frame | undefined)[], layout: number, cut: number): Frame {
    for (let at = layouts.mounted; at < frames.length; at++) {
      const frame = frames[at] as BelowFrame;
      if (frame.cut === cut && frame.layout === layout) return frame;
    }
    const made: BelowFrame = { ...this.#makeFrame(layout, cut), layout, cut };
    frames[Math.max(layouts.mounted, frames.length)] = made;
    return made;
  }

  #makeFrame(layout: number, cut = 0): Frame {
    const { bytes, start, end } = this;
    // With a packet id the first byte is written anew for each subscriber, so RETAIN need not agree.
    const ignored = layout & layouts.withId ? layouts.retain : 0;
    if (this.layout >= 0 && (this.layout | ignored) === (layout | ignored)) {
      return { bytes, start, end, idAt: layout & layouts.withId ? packetIdAt(bytes, start) : 0 };
    }
    if (this.layout >= 0 && (this.layout & ~layouts.retain) === (layout & ~layouts.retain)) {
      const copy = bytes.slice(start, end); // only RETAIN differs
      copy[0] = ((copy[0] ?? 0) & 0xfe) | (layout & layouts.retain ? 1 : 0);
      return { bytes: copy, start: 0, end: copy.length, idAt: 0 };
    }
    const whole = this.packet(layout & layouts.withId ? 1 : 0, 1, (layout & layouts.retain) !== 0, false);
    const packet = cut > 0 ? { ...whole, topic: whole.topic.slice(cut) } : whole;
    const made = layout & layouts.five ? encode<5>(packet, 5) : encode<4>(asThree(packet), 4);
    return {
      bytes: made,
      start: 0,
      end: made.length,
      idAt: layout & layouts.withId ? packetIdAt(made, 0) : 0,
    };
  }

  /** This message as a 5.0 packet; `extra` adds what only one subscriber gets. */
  packet(
    qos: QoS,
    packetId: number,
    retain: boolean,
    dup: boolean,
    extra?: Properties<'PUBLISH'>,
  ): Publish<5> {
    const { topic } = this;
    const payload = this.#payload;
    const properties = extra === undefined ? this.properties : { ...this.properties, ...extra };
    return qos === 0
      ? { type: 'PUBLISH', topic, payload, qos, dup: false, retain, properties }
      : { type: 'PUBLISH', topic, payload, qos, dup, retain, packetId, properties };
  }
}

/** A view that keeps more than twice its bytes alive. */
function isWasteful(view: Uint8Array): boolean {
  return view.length * 2 < view.buffer.byteLength;
}

/** About as many bytes as these properties take on the wire. */
function sizeOf(properties: Properties<'PUBLISH'> | undefined): number {
  if (properties === undefined) return 0;
  const { contentType = '', responseTopic = '', correlationData, userProperties = [] } = properties;
  let size = 10 + contentType.length + responseTopic.length + (correlationData?.length ?? 0);
  for (const [name, value] of userProperties) size += 5 + name.length + value.length;
  return size;
}

/** Where a PUBLISH lies in a chunk. A decoder is one, as long as it has not gone on. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** 3.x has no properties: they end here [MQTT-3.3.2-17 binds 5.0 alone]. */
export function asThree(packet: Publish<5>): Publish<4> {
  const { topic, payload, retain } = packet;
  return packet.qos === 0
    ? { type: 'PUBLISH', topic, payload, retain, qos: 0, dup: false }
    : {
        type: 'PUBLISH',
        topic,
        payload,
        retain,
        qos: packet.qos,
        dup: packet.dup,
        packetId: packet.packetId,
      };
}

/** Offset of the packet id from the start of the frame: fixed header, then the topic with its two length bytes. */
function packetIdAt(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while ((bytes[at++] ?? 0) & 0x80);
  return at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) - start;
}
