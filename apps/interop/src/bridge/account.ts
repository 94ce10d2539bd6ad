/**
 * Who was promised what over one link, by the packets that passed: which messages a sender made, and which of them the
 * receiver acknowledged. Judges nothing, and does not know where the messages came from or went.
 */
import type { Packet } from '@mqtt/codec';

/** One end of a link. */
export type Side = 'client' | 'broker';

/** What went one way over a link whose connections come and go. A message's name is `topic payload`. */
export class Account {
  readonly #sender: Side;
  /** What the receiver must hold for known, by packet id: QoS 2 from PUBLISH to PUBREL (§4.3.3). */
  readonly #held = new Map<number, string>();
  /** QoS 1 by packet id, until PUBACK. */
  readonly #open = new Map<number, string>();
  readonly #made = new Map<string, number>();
  /** Sent under the packet id of a message that was not released: taken for that one. */
  readonly #taken = new Set<string>();
  readonly #acknowledged = new Set<string>();
  readonly #watchers = new Set<() => void>();

  constructor(sender: Side) {
    this.#sender = sender;
  }

  /** true when the receiver has acknowledged it: by PUBACK, or by PUBREC, from where on it is the receiver's (§4.3.3). */
  isAcknowledged(name: string): boolean {
    return this.#acknowledged.has(name);
  }

  /**
   * How often the sender made a message of this name: what the receiver may deliver, and no more. At QoS 2 a PUBLISH under
   * the packet id of a message that is not released is that message once more, whatever it holds [MQTT-4.3.3-2].
   */
  made(name: string): number {
    return this.#made.get(name) ?? 0;
  }

  /** Resolves when the receiver has acknowledged all of these. */
  async whenAcknowledged(names: readonly string[]): Promise<void> {
    await this.#until(() => names.every((name) => this.isAcknowledged(name)));
  }

  /** Resolves when this one has been sent: true when the sender {@link made} a message of it. */
  async whenSent(name: string): Promise<boolean> {
    await this.#until(() => this.made(name) > 0 || this.#taken.has(name));
    return this.made(name) > 0;
  }

  /** Takes a packet that passes. */
  see(packet: Packet, from: Side): void {
    // Where no session was kept, what was open is over: whatever comes is new (§4.1).
    if (packet.type === 'CONNACK' && !packet.sessionPresent) this.#held.clear();
    else if (from === this.#sender) this.#sent(packet);
    else if (packet.type === 'PUBACK') this.#answered(this.#open.get(packet.packetId));
    else if (packet.type === 'PUBREC') this.#answered(this.#held.get(packet.packetId));
    for (const look of [...this.#watchers]) look();
  }

  #sent(packet: Packet): void {
    if (packet.type === 'PUBREL') this.#held.delete(packet.packetId);
    if (packet.type !== 'PUBLISH' || packet.qos === 0) return;
    const { packetId, qos, topic, payload } = packet;
    const name = `${topic} ${Buffer.from(payload).toString()}`;
    if (qos === 2 && this.#held.has(packetId)) {
      this.#taken.add(name);
      return;
    }
    (qos === 2 ? this.#held : this.#open).set(packetId, name);
    this.#made.set(name, this.made(name) + 1);
  }

  #answered(name: string | undefined): void {
    if (name !== undefined) this.#acknowledged.add(name);
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
