/**
 * A way to the network that tells every packet that passes, for `-d`. Changes nothing of what passes, and says nothing
 * more of a connection once it carries what is no MQTT: what is wrong then the client says itself.
 */
import type { Link, LinkHandler, Transport } from '@mqtt/client';
import { Decoder, type DecoderOptions, type Packet, ProtocolError } from '@mqtt/codec';
import { type Direction, packetLines } from './print/packet.ts';

type Watch = (bytes: Uint8Array) => void;

/** Gives the packets of one direction, until its bytes are none. */
function watchOf(options: DecoderOptions, onPacket: (packet: Packet) => void): Watch {
  const decoder = new Decoder({ ...options, copy: true });
  let isLost = false;
  return (bytes) => {
    if (isLost) return;
    try {
      decoder.push(bytes);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) onPacket(packet);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      isLost = true;
    }
  };
}

/** The same way to the network; `tell` gets a line for each packet as it leaves and as it comes. */
export function watched(transport: Transport, version: 3 | 4 | 5, tell: (line: string) => void): Transport {
  return async (endpoint, handler, signal) => {
    let clientId = '';
    const told =
      (direction: Direction) =>
      (packet: Packet): void => {
        if (packet.type === 'CONNECT') clientId = packet.clientId;
        // The server's choice, where we left it to the server.
        else if (packet.type === 'CONNACK')
          clientId = packet.properties?.assignedClientIdentifier ?? clientId;
        for (const line of packetLines(packet, direction, clientId)) tell(line);
      };
    const sent = watchOf({ role: 'server' }, told('sending'));
    const came = watchOf({ role: 'client', version }, told('received'));
    const watching: LinkHandler = {
      receive(chunk) {
        came(chunk);
        handler.receive(chunk);
      },
      drained: () => handler.drained(),
      closed: (error) => handler.closed(error),
    };
    const link = await transport(endpoint, watching, signal);
    const seen: Link = {
      write(bytes) {
        sent(bytes);
        return link.write(bytes);
      },
      hold: () => link.hold(),
      resume: () => link.resume(),
      close: () => link.close(),
      abort: () => link.abort(),
      peer: link.peer,
    };
    return seen;
  };
}
