/**
 * What a handler receives: an Application Message (§3.3), ways to read its payload, and who still works on it. When
 * nobody does any more, it may be acknowledged. Knows nothing of when that acknowledgement leaves.
 */
import type { Properties, Publish, QoS, ReasonCodeOf } from '@mqtt/codec';

/** A message from the server. */
export interface Message {
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
  /**
   * This consumer has finished with the message: what `acknowledge: 'manual'` waits for. The first call counts, also for
   * other manual consumers; at QoS 0 nothing happens. The acknowledgement leaves when those of the messages before it
   * have left [MQTT-4.6.0-2], and not at all when the connection was lost: the server sends the message again.
   *
   * `reasonCode` (5.0 only) of 0x80 or above says that the message was refused: the server does not send it again.
   * @throws MqttError INVALID_OPTION when the packet cannot have the reason code
   */
  acknowledge(reasonCode?: AcknowledgeReasonCode): void;
}

/** Reason codes of PUBACK and PUBREC (§3.4.2.1, §3.5.2.1). */
export type AcknowledgeReasonCode = ReasonCodeOf<'PUBACK'>;

/** What is owed to the server for one QoS 1 or 2 message. */
export interface Receipt {
  reasonCode: AcknowledgeReasonCode;
  /** Everybody has finished. @throws MqttError INVALID_OPTION, when only `check` is asked for and it cannot be sent */
  settle(check?: AcknowledgeReasonCode): void;
}

/** A message on its way through the consumers. */
export class Received implements Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly properties: Properties<'PUBLISH'> | undefined;
  readonly #receipt: Receipt | undefined;
  #holders = 1;
  /** Holders that `acknowledge` ends; `true` once it was called. */
  #manual: number | true = 0;

  /** `topic` is given apart because a topic alias may have stood in its place. Held once from the start. */
  constructor(packet: Publish, topic: string, receipt?: Receipt) {
    this.topic = topic;
    this.payload = own(packet.payload);
    this.qos = packet.qos;
    this.retain = packet.retain;
    this.dup = packet.dup;
    this.properties = packet.properties;
    this.#receipt = receipt;
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.payload);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  acknowledge(reasonCode: AcknowledgeReasonCode = 0): void {
    const manual = this.#manual;
    const receipt = this.#receipt;
    if (receipt === undefined || manual === true) return;
    if (reasonCode !== 0) receipt.settle(reasonCode);
    receipt.reasonCode = reasonCode;
    this.#manual = true;
    this.finish(manual);
  }

  /** One more works on it. */
  hold(): void {
    this.#holders += 1;
  }

  /** One who holds it leaves its end to `acknowledge`. */
  leave(): void {
    if (this.#manual === true) this.finish();
    else this.#manual += 1;
  }

  /** So many have finished. */
  finish(count = 1): void {
    if (count === 0) return;
    this.#holders -= count;
    if (this.#holders === 0) this.#receipt?.settle();
  }
}

/** Copies a payload that would keep a far larger chunk of the network alive; a large one stays a view. */
function own(payload: Uint8Array): Uint8Array {
  return payload.length * 4 < payload.buffer.byteLength ? new Uint8Array(payload) : payload;
}
