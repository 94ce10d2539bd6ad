/**
 * Copies of messages that share no bytes with what was told (the port's sixth promise). Small payloads lie side by side in
 * slabs, because an ArrayBuffer each would cost more than the rest of telling.
 */
import type { KeptMessage } from '@mqtt/broker/store';
import { copyOfProperties } from './records/message.ts';

/** Bytes of a slab: what one payload that somebody holds on to may keep in memory. */
const SLAB = 8192;
const SMALL = SLAB / 4;

/** Makes copies. */
export class Copies {
  #slab = new ArrayBuffer(SLAB);
  #used = 0;

  of(message: KeptMessage): KeptMessage {
    const { topic, qos, retain, publisher, source, arrivedAt, expiresAt, size } = message;
    const payload = this.bytes(message.payload);
    const properties = copyOfProperties(message.properties);
    const copy = { topic, payload, qos, retain, properties, publisher, arrivedAt, expiresAt, size } as const;
    return source === undefined ? copy : { ...copy, source };
  }

  /** Bytes of its own. */
  bytes(told: Uint8Array): Uint8Array {
    if (told.length > SMALL) return new Uint8Array(told);
    if (this.#used + told.length > SLAB) {
      this.#slab = new ArrayBuffer(SLAB);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#used, told.length);
    copy.set(told);
    this.#used += told.length;
    return copy;
  }
}
