/**
 * A tiny MQTT server for transports: it reads packets from any stream of bytes and answers as a good server would,
 * and echoes what is published. Real sockets, a port that the system chooses.
 */
import type { EventEmitter } from 'node:events';
import { Decoder, encode, type Packet } from '@mqtt/codec';

/** Answers on one connection. `write` sends bytes to the client. */
export class EchoConnection {
  readonly packets: Packet[] = [];
  readonly #decoder = new Decoder({ role: 'server' });
  readonly #write: (bytes: Uint8Array) => void;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      this.packets.push(packet);
      this.#answer(packet);
    }
  }

  #answer(packet: Packet): void {
    const send = (answer: Packet): void => this.#write(encode(answer, this.#decoder.version ?? 5));
    switch (packet.type) {
      case 'CONNECT':
        send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0 });
        break;
      case 'SUBSCRIBE':
        send({ type: 'SUBACK', packetId: packet.packetId, reasonCodes: [packet.subscriptions[0].qos] });
        break;
      case 'PINGREQ':
        send({ type: 'PINGRESP' });
        break;
      case 'PUBREL':
        send({ type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 });
        break;
      case 'PUBLISH':
        send(packet);
        if (packet.qos > 0) {
          send({
            type: packet.qos === 1 ? 'PUBACK' : 'PUBREC',
            packetId: packet.packetId ?? 0,
            reasonCode: 0,
          });
        }
    }
  }
}

/** When `emitter` tells `event`. */
export function once(emitter: EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => {
    emitter.once(event, () => resolve());
  });
}
