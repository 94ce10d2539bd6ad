/**
 * Topic aliases that we give one client (§3.3.2.3.4): which topics are worth one, and a PUBLISH with an alias in place
 * of its topic. The encoded packet is shared with everybody else; only its head is made anew. Dies with the
 * connection [MQTT-3.3.2-7]. Knows no messages and no session.
 */
import { OutboundAliases } from '@mqtt/session';
import type { Metrics } from '../metrics.ts';
import type { Outbox } from '../outbox.ts';

/** An alias takes 3 bytes: a shorter topic saves nothing that its own head would not cost. */
const SHORTEST_TOPIC = 12;
/**
 * A topic that is less than a half of its packet is not worth it: shared packets are sent as they lie, without a copy.
 * Over TCP, with a topic of 36 bytes, an alias takes 1.2 times the CPU for 16 bytes of payload and 0.4 times the bytes
 * on the wire; for 64 bytes of payload it would take 1.75 times the CPU and 0.7 times the bytes.
 */
const LEAST_SHARE = 2;
/** So many topics without an alias are remembered; one that comes again among them gets one. */
const CANDIDATES = 64;
/** With far more topics than aliases, only one in so many messages is looked at. */
const RAREST = 64;
const TOPIC_ALIAS = 0x23;
/** First byte, Remaining Length, no topic, packet id, property length, alias. */
const LONGEST_HEAD = 1 + 4 + 2 + 2 + 4 + 3;

/**
 * The head of a PUBLISH that has an alias and no topic. One for all connections: whoever gets the same packet next finds
 * it read already.
 */
export class AliasHead {
  readonly bytes: Uint8Array = new Uint8Array(LONGEST_HEAD);
  length = 0;
  /** Where the packet goes on behind the head: its own properties, then the payload. */
  bodyAt = 0;
  #source: Uint8Array | undefined;
  #start = 0;
  #topicAt = 0;
  #topicLength = 0;
  #lengthAt = 0;

  /** Reads where things are in the encoded PUBLISH at `source`, from `start` to `end`. */
  read(source: Uint8Array, start: number, end: number, hasId: boolean): void {
    if (source === this.#source && start === this.#start) return;
    this.#source = source;
    this.#start = start;
    let at = start + 1;
    while ((source[at++] as number) & 0x80);
    const topicLength = ((source[at] as number) << 8) | (source[at + 1] as number);
    this.#topicAt = at + 2;
    this.#topicLength = topicLength;
    at += 2 + topicLength + (hasId ? 2 : 0);
    let properties = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = source[at++] as number;
      properties |= (byte & 0x7f) << shift;
      more = byte > 0x7f;
    }
    this.bodyAt = at;
    const { bytes } = this;
    let to = putLength(bytes, 1, (hasId ? 7 : 5) + sizeOf(properties + 3) + end - at);
    this.#lengthAt = to;
    bytes[to++] = 0;
    bytes[to++] = 0;
    if (hasId) to += 2;
    to = putLength(bytes, to, properties + 3);
    bytes[to++] = TOPIC_ALIAS;
    this.length = to + 2;
  }

  /** Puts in what differs from connection to connection; a packet id of 0 is none. */
  set(firstByte: number, packetId: number, alias: number): void {
    const { bytes, length } = this;
    bytes[0] = firstByte;
    if (packetId !== 0) {
      bytes[this.#lengthAt + 2] = packetId >> 8;
      bytes[this.#lengthAt + 3] = packetId;
    }
    bytes[length - 2] = alias >> 8;
    bytes[length - 1] = alias;
  }

  /** The same with its topic, from which the client learns the alias. */
  withTopic(source: Uint8Array, end: number): Uint8Array {
    const topicLength = this.#topicLength;
    const rest = this.length - this.#lengthAt - 2;
    const remaining = 2 + topicLength + rest + end - this.bodyAt;
    const bytes = new Uint8Array(1 + sizeOf(remaining) + 2 + topicLength + rest);
    bytes[0] = this.bytes[0] as number;
    const at = putLength(bytes, 1, remaining);
    bytes[at] = topicLength >> 8;
    bytes[at + 1] = topicLength;
    bytes.set(source.subarray(this.#topicAt, this.#topicAt + topicLength), at + 2);
    bytes.set(this.bytes.subarray(this.#lengthAt + 2, this.length), at + 2 + topicLength);
    return bytes;
  }
}

/** The aliases of one connection. */
export class Aliasing {
  readonly #aliases: OutboundAliases;
  readonly #most: number;
  readonly #maximumPacketSize: number;
  readonly #head: AliasHead;
  readonly #metrics: Metrics;
  #seen = new Set<string>();
  #given = 0;
  #skipped = 0;
  #every = 1;

  /** @param maximum what the client's Topic Alias Maximum and our own allow [MQTT-3.1.2-26] */
  constructor(maximum: number, maximumPacketSize: number, head: AliasHead, metrics: Metrics) {
    this.#aliases = new OutboundAliases(maximum, maximum);
    this.#most = maximum;
    this.#maximumPacketSize = maximumPacketSize;
    this.#head = head;
    this.#metrics = metrics;
  }

  /**
   * Sends the encoded 5.0 PUBLISH at `bytes`, from `start` to `end`, with an alias and with the first byte and packet
   * id (0 for none) that are given. false: an alias is not worth it, and nothing was sent.
   */
  write(
    outbox: Outbox,
    topic: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    firstByte: number,
    packetId: number,
  ): boolean {
    if (topic.length < SHORTEST_TOPIC || topic.length * LEAST_SHARE < end - start) return false;
    let alias = this.#aliases.known(topic);
    const isNew = alias === 0;
    if (isNew) {
      // With its alias it is up to five bytes longer: three, and one in each of two lengths.
      if (!this.#isHot(topic) || end - start + 5 > this.#maximumPacketSize) return false;
      if (++this.#given > this.#most) this.#metrics.topicAliasesReplaced++;
      alias = this.#aliases.assign(topic);
    }
    const head = this.#head;
    head.read(bytes, start, end, packetId !== 0);
    head.set(firstByte, packetId, alias);
    if (isNew) {
      const announced = head.withTopic(bytes, end);
      outbox.headed(announced, announced.length, bytes, head.bodyAt, end);
    } else outbox.headed(head.bytes, head.length, bytes, head.bodyAt, end);
    return true;
  }

  /** Whether a topic comes again soon after it came; asked ever less often while none does. */
  #isHot(topic: string): boolean {
    if (++this.#skipped < this.#every) return false;
    this.#skipped = 0;
    if (this.#seen.delete(topic)) {
      // Once all are given, another topic's alias is taken away: that is done slowly.
      this.#every = this.#given < this.#most ? Math.max(1, this.#every >> 1) : RAREST;
      return true;
    }
    if (this.#seen.size >= CANDIDATES) {
      this.#seen = new Set(); // not cleared: what that keeps in memory stands in `router/match-cache.ts`
      this.#every = Math.min(RAREST, this.#every * 2);
    }
    this.#seen.add(topic);
    return false;
  }
}

/** Bytes of a variable byte integer (§1.5.5). */
function sizeOf(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}

/** Writes a variable byte integer; returns what is behind it. */
function putLength(bytes: Uint8Array, at: number, value: number): number {
  let left = value;
  let to = at;
  for (; left > 0x7f; left >>= 7) bytes[to++] = (left & 0x7f) | 0x80;
  bytes[to++] = left;
  return to;
}
