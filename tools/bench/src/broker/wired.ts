/**
 * One raw connection of a load process: connects, says CONNECT, waits for CONNACK, then hands every packet on.
 */
import { connect as connectTcp, type Socket } from 'node:net';
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

/** A TCP connection with CONNECT done by hand. */
export class Wired {
  readonly socket: Socket;
  readonly #acknowledgements = new Uint8Array(ACKNOWLEDGEMENT_BYTES * ACKNOWLEDGEMENTS);
  #acknowledged = 0;
  #isClosing = false;

  /** `readBytes`: the size of the reading buffer. */
  constructor(port: number, clientId: string, readBytes: number, talk: Talk) {
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
    const onread = {
      buffer: () => incoming.space(),
      callback: (count: number) => {
        incoming.received(count);
        this.#flush();
        talk.drained();
        return true;
      },
    };
    this.socket = connectTcp({ host: '127.0.0.1', port, noDelay: true, onread });
    this.socket.on('connect', () => this.socket.write(connect(clientId)));
    this.socket.on('error', (error) => talk.ended(String(error)));
    this.socket.on('close', () => {
      if (!this.#isClosing) talk.ended('the broker closed the connection');
    });
  }

  /** Queues PUBACK, PUBREC, PUBREL or PUBCOMP; they leave together when the chunk is worked through. */
  acknowledge(first: number, idHigh: number, idLow: number): void {
    if (this.#acknowledged === ACKNOWLEDGEMENTS) this.#flush();
    const bytes = this.#acknowledgements;
    const at = this.#acknowledged++ * ACKNOWLEDGEMENT_BYTES;
    bytes[at] = first;
    bytes[at + 1] = 2;
    bytes[at + 2] = idHigh;
    bytes[at + 3] = idLow;
  }

  #flush(): void {
    if (this.#acknowledged === 0) return;
    this.socket.write(this.#acknowledgements.slice(0, this.#acknowledged * ACKNOWLEDGEMENT_BYTES));
    this.#acknowledged = 0;
  }

  /** DISCONNECT, then the end; `gone` when the socket is closed. */
  close(gone: () => void): void {
    this.#isClosing = true;
    if (this.socket.destroyed) gone();
    else {
      this.socket.once('close', gone);
      this.socket.end(DISCONNECT);
    }
  }
}
