/**
 * Who still works on a received message. When the last one has finished, the message may be acknowledged.
 * Knows neither handlers nor packets.
 */

/** Counts who holds a message; calls `finished` once, when nobody does any more. */
export class Ticket {
  readonly packetId: number;
  readonly qos: 1 | 2;
  /** The connection it came with: its acknowledgement may leave through no other. */
  way: object;
  /** The place of its acknowledgement in that connection's order; undefined until it has to wait for one. */
  place: number | undefined;
  #holders = 1;
  readonly #finished: (ticket: Ticket) => void;

  constructor(packetId: number, qos: 1 | 2, way: object, finished: (ticket: Ticket) => void) {
    this.packetId = packetId;
    this.qos = qos;
    this.way = way;
    this.#finished = finished;
  }

  /** One more works on it. */
  hold(): void {
    this.#holders += 1;
  }

  /** One has finished. */
  finish(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#finished(this);
  }

  /** Nobody works on it any more. */
  get done(): boolean {
    return this.#holders === 0;
  }
}
