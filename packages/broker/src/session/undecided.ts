/**
 * QoS 2 messages of a session that came whole and are not answered yet, because a hook is asked or the disk is full. They
 * outlive the connection they came on: one that its client sends again on the next is answered as the first one is, not
 * before (§4.3.3). Knows no message.
 */

/** What is told how a message was answered, with the reason code. */
export type Decided = (reasonCode: number) => void;

/** By packet id. */
export class Undecided {
  readonly #waiting = new Map<number, Decided[]>();

  add(packetId: number): void {
    if (!this.#waiting.has(packetId)) this.#waiting.set(packetId, []);
  }

  /** Calls `decided` when that message is answered; false: it is already. */
  whenDecided(packetId: number, decided: Decided): boolean {
    const waiting = this.#waiting.get(packetId);
    waiting?.push(decided);
    return waiting !== undefined;
  }

  /** It is answered. */
  decide(packetId: number, reasonCode: number): void {
    const waiting = this.#waiting.get(packetId) ?? [];
    this.#waiting.delete(packetId);
    for (const decided of waiting) decided(reasonCode);
  }
}
