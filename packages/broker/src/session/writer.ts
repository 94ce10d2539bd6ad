/**
 * How one message becomes bytes on one connection: the shared ones where they will do, its own where identifiers or
 * seconds that have passed make them like nobody else's. Made anew for every connection. Knows no window, no queue.
 */
import type { QoS } from '@mqtt/codec';
import type { Client } from '../access/access.ts';
import { type Hooks, tell } from '../hooks.ts';
import { layouts, type Message } from '../message.ts';
import type { Metrics } from '../metrics.ts';
import type { Outbox } from '../outbox.ts';
import type { Subscription } from '../subscriber.ts';
import { type AliasHead, Aliasing } from './aliasing.ts';
import { encodePersonal, isPersonal, type Sending } from './sending.ts';

/** What a connection says about what it may be sent. */
interface Target {
  readonly client: Client | undefined;
  readonly outbox: Outbox;
  readonly version: number;
  /** Bytes; the client takes no larger packet (§3.1.2.11.4). */
  readonly maximumPacketSize: number;
  /** What the client's CONNECT says of aliases, 0 when it says nothing [MQTT-3.1.2-27]. */
  readonly topicAliasMaximum: number;
}

/** What all writers of a broker share. */
interface Shared {
  readonly metrics: Metrics;
  readonly hooks: Hooks;
  /** Most aliases that one client is given. */
  readonly outboundAliases: number;
  readonly aliasHead: AliasHead;
  /** The time in ms, read only for messages that expire. */
  readonly now: () => number;
}

/** Writes PUBLISH packets to one connection. */
export class Writer {
  readonly outbox: Outbox;
  readonly #layout: number;
  readonly #maximumPacketSize: number;
  readonly #shared: Shared;
  /** Characters that its topics lose: its mount point's. */
  readonly #cut: number;
  /** Only where a hook wants to be told of deliveries. */
  readonly #client: Client | undefined;
  /** Only where the client takes aliases. */
  readonly #aliasing: Aliasing | undefined;

  /** @param mountPoint taken off every topic; '' is nothing */
  constructor(target: Target, shared: Shared, mountPoint: string) {
    const { client, outbox, version, maximumPacketSize } = target;
    this.outbox = outbox;
    this.#layout = (version === 5 ? layouts.five : 0) | (mountPoint === '' ? 0 : layouts.mounted);
    this.#cut = mountPoint.length;
    this.#maximumPacketSize = maximumPacketSize;
    this.#shared = shared;
    this.#client = shared.hooks.onDeliver === undefined ? undefined : client;
    const aliases = Math.min(target.topicAliasMaximum, shared.outboundAliases);
    const { aliasHead, metrics } = shared;
    this.#aliasing = aliases > 0 ? new Aliasing(aliases, maximumPacketSize, aliasHead, metrics) : undefined;
  }

  /** Writes one PUBLISH at QoS 0; why not, when it does not. */
  writeQoS0(message: Message, subscription: Subscription): 'too-large' | 'slow' | undefined {
    const { outbox } = this;
    const retain = message.retain && subscription.retainAsPublished; // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const layout = retain ? this.#layout | layouts.retain : this.#layout;
    let { bytes, start, end } = message;
    if (
      message.layout !== layout ||
      subscription.identifiers !== undefined ||
      message.expiresAt !== Number.POSITIVE_INFINITY
    ) {
      if (isPersonal(message, subscription.identifiers, this.#layout, this.#shared)) {
        bytes = encodePersonal(
          message,
          0,
          0,
          retain,
          false,
          subscription.identifiers,
          this.#shared,
          this.#cut,
        );
        start = 0;
        end = bytes.length;
      } else ({ bytes, start, end } = message.frame(layout, this.#cut));
    }
    const length = end - start;
    if (length > this.#maximumPacketSize) return 'too-large'; // [MQTT-3.1.2-25]
    if (outbox.isBlocked && outbox.isFull(length)) return 'slow';
    this.#shared.metrics.messagesSent++;
    const aliasing = this.#aliasing;
    if (!aliasing?.write(outbox, this.#topicOf(message), bytes, start, end, bytes[start] as number, 0))
      outbox.view(bytes, start, end);
    if (this.#client !== undefined) this.#tell(this.#client, message, 0);
    return undefined;
  }

  /** Writes one PUBLISH with a packet id; false when the client takes no packet so large [MQTT-3.1.2-24]. */
  writeOpen(packetId: number, sending: Sending, dup: boolean): boolean {
    const { message, qos, retain } = sending;
    const { identifiers } = sending.subscription;
    const firstByte = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
    if (isPersonal(message, identifiers, this.#layout, this.#shared)) {
      const bytes = encodePersonal(message, qos, packetId, retain, dup, identifiers, this.#shared, this.#cut);
      if (bytes.length > this.#maximumPacketSize) return false;
      if (
        !this.#aliasing?.write(
          this.outbox,
          this.#topicOf(message),
          bytes,
          0,
          bytes.length,
          firstByte,
          packetId,
        )
      )
        this.outbox.write(bytes);
    } else {
      const layout = this.#layout | layouts.withId;
      // The bytes as they came will do, whatever their RETAIN: the first one is written anew.
      const frame =
        (message.layout & ~layouts.retain) === layout ? message : message.frame(layout, this.#cut);
      if (frame.end - frame.start > this.#maximumPacketSize) return false;
      const { bytes, start, end } = frame;
      if (!this.#aliasing?.write(this.outbox, this.#topicOf(message), bytes, start, end, firstByte, packetId))
        this.outbox.frameWithId(frame, firstByte, packetId);
    }
    const { metrics } = this.#shared;
    metrics.messagesSent++;
    if (qos === 1) metrics.messagesSentQoS1++;
    else metrics.messagesSentQoS2++;
    if (this.#client !== undefined && !dup) this.#tell(this.#client, message, qos);
    return true;
  }

  /** As the client knows it. */
  #topicOf({ topic }: Message): string {
    return this.#cut > 0 ? topic.slice(this.#cut) : topic;
  }

  #tell(client: Client, { topic }: Message, qos: QoS): void {
    tell(this.#shared.metrics, this.#shared.hooks.onDeliver, client, topic, qos);
  }
}
