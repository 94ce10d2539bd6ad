/**
 * What passes a link, as packets: for a program that wants to see each one, e.g. `mqttd -v`.
 * Stands beside the way of a message: it reads the same bytes once more, with decoders of its own, so a broker
 * without an `onPacket` hook pays nothing. Bytes that are no packet end the view, never the connection.
 */
import { Decoder, type Packet, ProtocolError, type ProtocolVersion } from '@mqtt/codec';
import type { Link, LinkHandler } from '@mqtt/session';
import { type PacketHook, tell } from './hooks.ts';
import type { Metrics } from './metrics.ts';

/** What is assumed of an answer to bytes that name no version. */
const NO_VERSION: ProtocolVersion = 4;

/** One connection, seen from beside. */
export class Tap {
  readonly #peer: string;
  readonly #hook: PacketHook;
  readonly #metrics: Metrics;
  readonly #received: Decoder;
  #sent: Decoder | undefined;
  #clientId: string | undefined;

  /** @param maximumPacketSize bytes; a larger packet from the peer ends the view of what it sends */
  constructor(peer: string, hook: PacketHook, metrics: Metrics, maximumPacketSize: number) {
    this.#peer = peer;
    this.#hook = hook;
    this.#metrics = metrics;
    this.#received = new Decoder({ role: 'server', maximumPacketSize });
  }

  /** The link as the broker is to use it: what it writes is seen. */
  link(link: Link): Link {
    return {
      peer: link.peer,
      origin: link.origin,
      write: (bytes) => {
        this.#sent ??= new Decoder({ role: 'client', version: this.#received.version ?? NO_VERSION });
        this.#show(this.#sent, 'sent', bytes);
        return link.write(bytes);
      },
      hold: () => link.hold(),
      resume: () => link.resume(),
      close: () => link.close(),
      abort: () => link.abort(),
    };
  }

  /** The handler as the link is to call it: what it receives is seen first. */
  handler(handler: LinkHandler): LinkHandler {
    return {
      receive: (chunk) => {
        this.#show(this.#received, 'received', chunk);
        handler.receive(chunk);
      },
      drained: () => handler.drained(),
      closed: (error) => handler.closed(error),
    };
  }

  #show(decoder: Decoder, direction: 'received' | 'sent', bytes: Uint8Array): void {
    decoder.push(bytes);
    try {
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        this.#learn(packet);
        tell(this.#metrics, this.#hook, { peer: this.#peer, clientId: this.#clientId }, direction, packet);
      }
    } catch (error) {
      // From here on the decoder throws the same error for ever: nothing more is shown.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Who this is: as CONNECT says, or as CONNACK assigns (§3.2.2.3.7). */
  #learn(packet: Packet): void {
    if (packet.type === 'CONNECT') this.#clientId = packet.clientId;
    else if (packet.type === 'CONNACK') {
      this.#clientId = packet.properties?.assignedClientIdentifier ?? this.#clientId;
    }
  }
}
