/**
 * A message that its consumer acknowledges: what `acknowledge: 'manual'` adds to a received message. Knows nothing of
 * when the acknowledgement leaves.
 */
import {
  checkReasonCode,
  type ProtocolVersion,
  type Publish,
  type ReasonCodeOf,
  Writer,
  writeAcknowledgement,
} from '@mqtt/codec';
import { unsendable } from './errors.ts';
import type { Owed } from './incoming.ts';
import { type PlainMessage, Received } from './received.ts';

/** A message from the server. */
export interface Message extends PlainMessage {
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

/** A message on its way through consumers, some of which say themselves when they have finished. */
export class Acknowledgeable extends Received<Owed> implements Message {
  readonly #version: ProtocolVersion;
  /** Holders that `acknowledge` ends; `true` once it was called. */
  #manual: number | true = 0;

  constructor(packet: Publish, topic: string, owed: Owed | undefined, version: ProtocolVersion) {
    super(packet, topic, owed);
    this.#version = version;
  }

  acknowledge(reasonCode: AcknowledgeReasonCode = 0): void {
    const owed = this.receipt;
    const manual = this.#manual;
    if (owed === undefined || manual === true) return;
    try {
      const writer = new Writer(this.#version);
      writer.checkCode = checkReasonCode;
      if (reasonCode !== 0) writeAcknowledgement(writer, { ...owed, reasonCode });
    } catch (error) {
      throw unsendable(error, owed.type);
    }
    owed.reasonCode = reasonCode;
    this.#manual = true;
    if (manual > 0) this.finish(manual);
  }

  /** One who holds it leaves its end to `acknowledge`. */
  leave(): void {
    if (this.#manual === true) this.finish();
    else this.#manual += 1;
  }
}
