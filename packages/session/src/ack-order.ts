/**
 * In which order acknowledgements leave: as the packets came [MQTT-4.6.0-2] [MQTT-4.6.0-3], even when what they wait
 * for (a store, a handler) ends in another order. One per connection; it dies with it. Knows no packet: `Ack` is what
 * the caller sends.
 *
 *     const place = order.reserve();            // a PUBLISH came
 *     order.ready(place, ack);                  // it is kept
 *     for (let ack = order.next(); ack !== undefined; ack = order.next()) send(ack);
 */

/** Acknowledgements that wait for their turn. When `size` is 0 an ack that is ready may leave without it. */
export class AckOrder<Ack extends object> {
  #first = 0;
  #places: (Ack | undefined)[] = [];
  #start = 0;

  /** Places reserved and not yet given out by `next`. */
  get size(): number {
    return this.#places.length - this.#start;
  }

  /** Takes the next place in the order. */
  reserve(): number {
    this.#places.push(undefined);
    return this.#first + this.size - 1;
  }

  /** The acknowledgement of this place may leave, when those before it have. A place that is gone is ignored. */
  ready(place: number, ack: Ack): void {
    const index = place - this.#first;
    if (index >= 0 && index < this.size) this.#places[this.#start + index] = ack;
  }

  /** The next acknowledgement to send; undefined when the first in order is not ready, or none waits. */
  next(): Ack | undefined {
    const ack = this.#places[this.#start];
    if (ack === undefined) return undefined;
    this.#places[this.#start] = undefined;
    this.#start += 1;
    this.#first += 1;
    if (this.#start === this.#places.length || this.#start === 1024) this.#compact();
    return ack;
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#start);
    this.#start = 0;
  }
}
