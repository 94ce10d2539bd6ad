/**
 * What every handler receives: an Application Message (§3.3), ways to read its payload, and who still works on it. When
 * nobody does any more, it may be acknowledged. Knows nothing of when that acknowledgement leaves.
 */
import type { Properties, Publish, QoS } from '@mqtt/codec';

/** A message from the server. */
export interface PlainMessage {
  readonly topic: string;
  /** The bytes; the message's own, they stay as they are. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** true: the server kept it, and sent it because of the subscription (§3.3.1.3). */
  readonly retain: boolean;
  /** true: the server may have sent it before (§3.3.1.1). */
  readonly dup: boolean;
  /** 5.0 only. User properties are ordered pairs, duplicates kept. */
  readonly properties: Properties<'PUBLISH'> | undefined;
  /** The payload as text. @throws TypeError when it is not UTF-8 */
  text(): string;
  /** The payload as JSON. @throws TypeError when it is not UTF-8 @throws SyntaxError when it is not JSON */
  json(): unknown;
}

/** What is owed to the server for one QoS 1 or 2 message. */
export interface Receipt {
  /** Everybody has finished. */
  settle(): void;
}

/** A message on its way through the consumers. */
export class Received<Owed extends Receipt = Receipt> implements PlainMessage {
  declare readonly topic: string;
  declare readonly payload: Uint8Array;
  declare readonly qos: QoS;
  declare readonly retain: boolean;
  declare readonly dup: boolean;
  properties: Properties<'PUBLISH'> | undefined;
  declare protected readonly receipt: Owed | undefined;
  #holders = 1;

  /** `topic` is given apart because a topic alias may have stood in its place. Held once from the start. */
  constructor(packet: Publish, topic: string, receipt?: Owed) {
    this.topic = topic;
    this.payload = packet.payload;
    this.qos = packet.qos;
    this.retain = packet.retain;
    this.dup = packet.dup;
    this.properties = packet.properties;
    this.receipt = receipt;
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.payload);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  /** One more works on it. */
  hold(): void {
    this.#holders += 1;
  }

  /** So many have finished. */
  finish(count = 1): void {
    this.#holders -= count;
    if (this.#holders === 0) this.receipt?.settle();
  }
}
