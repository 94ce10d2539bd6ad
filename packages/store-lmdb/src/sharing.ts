/**
 * Which deliveries share the record of a message, and when the last of them is done. Deliveries that hold their message
 * themselves are not in here, so that a million of them cost nothing.
 */
import type { DeliveryKey } from '@mqtt/broker/store';

/** Counts who still needs a message. */
export class Sharing {
  readonly #messages = new Map<DeliveryKey, DeliveryKey>();
  readonly #counts = new Map<DeliveryKey, number>();

  /** `delivery` needs the message `message`. */
  add(delivery: DeliveryKey, message: DeliveryKey): void {
    if (this.#messages.has(delivery)) return;
    this.#messages.set(delivery, message);
    this.#counts.set(message, (this.#counts.get(message) ?? 0) + 1);
  }

  /** `delivery` is done; the message that nobody needs any more, if there is one. */
  release(delivery: DeliveryKey): DeliveryKey | undefined {
    const message = this.#messages.get(delivery);
    if (message === undefined) return undefined;
    this.#messages.delete(delivery);
    const count = (this.#counts.get(message) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(message, count);
      return undefined;
    }
    this.#counts.delete(message);
    return message;
  }
}
