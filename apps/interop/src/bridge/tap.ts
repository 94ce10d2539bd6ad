/**
 * Looks at what Mosquitto sends over one link, and remembers the QoS 2 messages that it sends again after it has
 * released them: forbidden [MQTT-4.3.3-1], and it makes them new messages for whoever receives them. Mosquitto 2.0.11 does
 * it when it has tried to connect more than once, or was started again, with a PUBREL unanswered.
 */
import type { Packet } from '@mqtt/codec';
import { openPacketRelay, type PacketRelay, type Spoiler } from '../peers/packet-relay.ts';

/** Reads one link, whose connections come and go. */
export class Tap {
  readonly #sender: 'client' | 'broker';
  readonly #keepsSession: boolean;
  /** Packet ids for which PUBREL was sent, until they are used anew. */
  readonly #released = new Set<number>();
  readonly #again = new Set<string>();
  readonly #watchers: ((packet: Packet, from: 'client' | 'broker') => void)[] = [];
  #relay: PacketRelay | undefined;
  #lost: Packet['type'] | undefined;

  /**
   * @param sender which end Mosquitto is
   * @param keepsSession false where the session ends with each connection: then whatever is sent again is new
   */
  constructor(sender: 'client' | 'broker', keepsSession: boolean) {
    this.#sender = sender;
    this.#keepsSession = keepsSession;
  }

  /** Payloads that Mosquitto made new messages of. */
  get sentAgain(): ReadonlySet<string> {
    return this.#again;
  }

  /** Packets of this type are lost from now on, unseen; of none when it is undefined. */
  lose(type: Packet['type'] | undefined): void {
    this.#lost = type;
  }

  /** Stands before `broker`, on this port if it is given. */
  async open(broker: string, at?: number): Promise<string> {
    this.#relay = await openPacketRelay(
      () => broker,
      () => this.#spoiler(),
      at,
    );
    return this.#relay.url;
  }

  /** Shows every packet of either side, before it goes on. */
  watch(onPacket: (packet: Packet, from: 'client' | 'broker') => void): void {
    this.#watchers.push(onPacket);
  }

  async close(): Promise<void> {
    await this.#relay?.stop();
  }

  #spoiler(): Spoiler {
    const seen = (from: 'client' | 'broker') => (packet: Packet) => {
      if (packet.type === this.#lost) return [];
      this.#see(packet, from);
      for (const watch of this.#watchers) watch(packet, from);
      return [packet];
    };
    return { fromClient: seen('client'), fromBroker: seen('broker') };
  }

  #see(packet: Packet, from: 'client' | 'broker'): void {
    if (from !== this.#sender) return;
    if (packet.type === 'PUBREL') this.#released.add(packet.packetId);
    else if (packet.type === 'PUBLISH' && packet.qos === 2) {
      if (!packet.dup) this.#released.delete(packet.packetId);
      else if (!this.#keepsSession || this.#released.has(packet.packetId))
        this.#again.add(Buffer.from(packet.payload).toString());
    }
  }
}
