/**
 * In which order acknowledgements leave: as the packets came [MQTT-4.6.0-2] [MQTT-4.6.0-3], even when what they wait
 * for (a store, a handler) ends in another order. One for each connection, and gone with it. Knows no packet: `Ack` is
 * what the caller will send.
 *
 *     const place = order.reserve();                  // a PUBLISH came
 *     order.ready(place, ack);                        // it is kept
 *     for (let ack = order.next(); ack !== undefined; ack = order.next()) send(ack);
 */

const SMALLEST = 8;
/** A ring of this many places or more is given up when it is empty. */
const LARGE = 1024;

/** Acknowledgements that wait for their turn. While `size` is 0, one that is ready may leave without asking here. */
export class AckOrder<Ack extends NonNullable<unknown>> {
  /** A ring: the place is `place & (length - 1)`. */
  #ring: (Ack | undefined)[] = [];
  #first = 0;
  #end = 0;

  /** Places reserved and not yet given out by `next`. */
  get size(): number {
    return this.#end - this.#first;
  }

  /** Takes the next place in the order. */
  reserve(): number {
    if (this.size >= this.#ring.length) this.#grow();
    return this.#end++;
  }

  /** The acknowledgement of this place may leave as soon as all before it have. A place that is gone is ignored. */
  ready(place: number, ack: Ack): void {
    if (place >= this.#first && place < this.#end) this.#ring[place & (this.#ring.length - 1)] = ack;
  }

  /** The next acknowledgement to send; undefined when the first in order is not ready, or none waits. */
  next(): Ack | undefined {
    if (this.#first === this.#end) return undefined;
    const slot = this.#first & (this.#ring.length - 1);
    const ack = this.#ring[slot];
    if (ack === undefined) return undefined;
    this.#ring[slot] = undefined;
    this.#first += 1;
    if (this.#first === this.#end && this.#ring.length >= LARGE) this.#ring = [];
    return ack;
  }

  #grow(): void {
    const before = this.#ring;
    const ring = new Array<Ack | undefined>(before.length === 0 ? SMALLEST : before.length * 2).fill(
      undefined,
    );
    for (let place = this.#first; place < this.#end; place++) {
      ring[place & (ring.length - 1)] = before[place & (before.length - 1)];
    }
    this.#ring = ring;
  }
}
