/**
 * Back-pressure on reading: a connection that is not read while a consumer has no room. What comes is `connection.ts`.
 */
import type { Link } from '@mqtt/session';
import { Connection, type ConnectionParts } from '../connection.ts';

/** What such a connection is given beside. */
export interface HoldingParts extends ConnectionParts {
  /** true: some consumer has no room, so the network should not be read. */
  isFull(): boolean;
}

/** One network connection that can be held. */
export class HoldingConnection extends Connection {
  declare protected readonly parts: HoldingParts;
  declare protected link: Link | undefined;
  /** The link is not read. */
  #held = false;
  /** `read` is on the stack: a handler that publishes must not make it read within itself. */
  #reading = false;

  protected override read(): void {
    if (this.#reading || this.#held) return;
    this.#reading = true;
    try {
      super.read();
    } finally {
      this.#reading = false;
    }
  }

  protected override mayGoOn(): boolean {
    this.pace();
    return !this.#held;
  }

  /** Whether the network must not be read, whoever has room. */
  protected mustHold(): boolean {
    return false;
  }

  /**
   * Holds reading while a consumer has no room, and lets it go on when there is. While the server owes an answer,
   * reading goes on: a handler may be waiting for that answer, and would wait for ever.
   */
  pace(): void {
    const { link } = this;
    if (link === undefined || this.outbox === undefined) return;
    const { isFull, rooms } = this.parts;
    const { publisher, requests } = rooms;
    const hold =
      this.mustHold() ||
      (this.keepAlive !== undefined &&
        isFull() &&
        publisher.outbound.inflight === 0 &&
        requests.inflight === 0);
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) link.hold();
    else {
      this.read();
      if (!this.#held) link.resume();
    }
  }

  /** A server that is not read cannot be found silent. */
  protected override watch(): void {
    if (this.#held) this.lastReceived = this.parts.clock.now();
    super.watch();
  }
}
