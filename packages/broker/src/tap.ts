/**
 * What passes a connection, as packets: for a program that wants to see each one, e.g. `mqttd -v`. May begin and end in
 * the middle of a connection. What is received is shown as the connection reads it; what is sent is read once more from
 * its bytes, so a broker without an `onPacket` hook pays a comparison. Bytes that are no packet end the view of what is
 * sent, never the connection.
 */
import { Decoder, type Packet, ProtocolError, type ProtocolVersion } from '@mqtt/codec';
import { type Hooks, tell } from './hooks.ts';
import type { Metrics } from './metrics.ts';

/** The connection that is looked at. */
interface Watched {
  readonly link: { readonly peer: string };
  /** What is assumed as long as no CONNECT said another. */
  readonly version: ProtocolVersion;
  readonly client: { readonly clientId: string } | undefined;
  readonly rooms: { readonly hooks: Hooks; readonly metrics: Metrics };
}

/** One connection, seen from beside. */
export class Tap {
  readonly #watched: Watched;
  /** Bytes that were to be sent before the view began: whole packets, or the rest of one. */
  #skip: number;
  #sent: Decoder | undefined;
  #isBlind = false;
  #clientId: string | undefined;

  /** @param unsent bytes that wait to be sent and are not shown */
  constructor(watched: Watched, unsent: number) {
    this.#watched = watched;
    this.#skip = unsent;
    this.#clientId = watched.client?.clientId;
  }

  /** A packet came. */
  received(packet: Packet): void {
    if (packet.type === 'CONNECT') this.#clientId = packet.clientId;
    this.#show('received', packet);
  }

  /** Bytes leave. */
  sent(bytes: Uint8Array): void {
    if (this.#isBlind) return;
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    if (skipped === bytes.length) return;
    this.#sent ??= new Decoder({ role: 'client', version: this.#watched.version });
    this.#sent.push(bytes.subarray(skipped));
    try {
      for (let packet = this.#sent.next(); packet !== undefined; packet = this.#sent.next()) {
        if (packet.type === 'CONNACK')
          this.#clientId = packet.properties?.assignedClientIdentifier ?? this.#clientId; // §3.2.2.3.7
        this.#show('sent', packet);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isBlind = true; // the decoder would throw the same for ever
    }
  }

  #show(direction: 'received' | 'sent', packet: Packet): void {
    const { rooms, link } = this.#watched;
    tell(
      rooms.metrics,
      rooms.hooks.onPacket,
      { peer: link.peer, clientId: this.#clientId },
      direction,
      packet,
    );
  }
}
