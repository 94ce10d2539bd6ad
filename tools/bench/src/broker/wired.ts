/**
 * One raw connection of a load process: connects, says CONNECT, waits for CONNACK, then hands every packet on.
 */
import type { Socket } from 'node:net';
import { type Address, openPipe, type Pipe } from './transports.ts';
import { ACKNOWLEDGEMENT_BYTES, CONNACK, connect, DISCONNECT, Incoming, type PacketSink } from './wire.ts';

/** What a connection does with what comes after CONNACK. */
export interface Talk extends PacketSink {
  /** CONNACK came and said yes. */
  accepted(): void;
  /** A whole chunk was worked through. */
  drained(): void;
  /** The broker ended the connection, or refused it. */
  ended(why: string): void;
}

const ACKNOWLEDGEMENTS = 4_096;

/** A connection with CONNECT done by hand. */
export class Wired {
  readonly #pipe: Pipe;
  /** Made with the first one: an idle connection has none. */
  #acknowledgements: Uint8Array | undefined;
  #acknowledged = 0;
  #isClosing = false;

  /** `readBytes`: the size of the reading buffer. */
  constructor(address: Address, clientId: string, readBytes: number, talk: Talk) {
    let isAccepted = false;
    const incoming = new Incoming(readBytes, {
      packet(bytes, at, body, end) {
        if (isAccepted) talk.packet(bytes, at, body, end);
        else if (bytes[at] === CONNACK && bytes[body + 1] === 0) {
          isAccepted = true;
          talk.accepted();
        } else talk.ended(`CONNECT was answered with ${bytes[at]}, ${bytes[body + 1]}`);
      },
    });
    this.#pipe = openPipe(address, {
      opened: () => this.write(connect(clientId, address.version, address.keepsSession)),
      space: () => incoming.space(),
      received: (count) => incoming.received(count),
      take: (bytes) => incoming.take(bytes),
      drained: () => {
        this.#flush();
        talk.drained();
      },
      ended: (why) => this.#ended(talk, why),
    });
    const { socket } = this.#pipe;
    socket.on('error', (error) => this.#ended(talk, String(error)));
    socket.on('close', () => this.#ended(talk, 'the broker closed the connection'));
  }

  /** The socket below; what is written to it directly must be `framed`. */
  get socket(): Socket {
    return this.#pipe.socket;
  }

  /** A packet as it goes through this connection's transport. */
  framed(bytes: Uint8Array): Uint8Array {
    return this.#pipe.framed(bytes);
  }

  write(bytes: Uint8Array): void {
    this.#pipe.socket.write(this.#pipe.framed(bytes));
  }

  /** Queues PUBACK, PUBREC, PUBREL or PUBCOMP; they leave together when the chunk is worked through. */
  acknowledge(first: number, idHigh: number, idLow: number): void {
    if (this.#acknowledged === ACKNOWLEDGEMENTS) this.#flush();
    this.#acknowledgements ??= new Uint8Array(ACKNOWLEDGEMENT_BYTES * ACKNOWLEDGEMENTS);
    const bytes = this.#acknowledgements;
    const at = this.#acknowledged++ * ACKNOWLEDGEMENT_BYTES;
    bytes[at] = first;
    bytes[at + 1] = 2;
    bytes[at + 2] = idHigh;
    bytes[at + 3] = idLow;
  }

  #flush(): void {
    if (this.#acknowledged === 0 || this.#acknowledgements === undefined) return;
    this.write(this.#acknowledgements.slice(0, this.#acknowledged * ACKNOWLEDGEMENT_BYTES));
    this.#acknowledged = 0;
  }

  /** DISCONNECT, then the end; `gone` when the socket is closed. */
  close(gone: () => void): void {
    const { socket } = this.#pipe;
    this.#isClosing = true;
    if (socket.destroyed) gone();
    else {
      socket.once('close', gone);
      socket.end(this.#pipe.framed(DISCONNECT));
    }
  }

  #ended(talk: Talk, why: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true; // one end is told once
    talk.ended(why);
  }
}
