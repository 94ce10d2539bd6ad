/**
 * Sockets whose TLS handshake or WebSocket upgrade is under way: which arrival the finished one belongs to. Node's
 * secure servers hand out another socket object than they were given; what both know is the four parts of a TCP
 * connection's name.
 */
import type { Socket } from 'node:net';
import type { LinkOrigin } from '@mqtt/session';
import type { Arrival } from './listener.ts';

/** A socket that is not a link yet. */
export interface Handshake {
  readonly arrival: Arrival;
  readonly origin: LinkOrigin;
}

interface Waiting extends Handshake {
  /** Its TLS handshake is not done. */
  isSecuring: boolean;
  trouble: string | undefined;
  readonly forget: () => void;
}

/** All there is to say when Node ends a socket without an error. */
const REFUSED =
  'the certificate of the client was refused: expired, revoked, or signed by nobody that is trusted here';

/** The handshakes of one listener. */
export class Handshakes {
  readonly #waiting = new Map<string, Waiting>();

  /** A handshake begins on `socket`, with TLS first or without; whatever ends the socket ends it. */
  start(socket: Socket, arrival: Arrival, origin: LinkOrigin, isSecuring: boolean): void {
    const key = keyOf(socket);
    const ended = (): void => {
      this.#waiting.delete(key);
      // Node does not say which sockets it refused a certificate of; one that sent nothing only looked at the port.
      if (waiting.isSecuring && socket.bytesRead > 0) arrival.refused(waiting.trouble ?? REFUSED);
      else arrival.ended();
    };
    const forget = (): void => {
      this.#waiting.delete(key);
      socket.off('close', ended);
    };
    const waiting: Waiting = { arrival, origin, isSecuring, trouble: undefined, forget };
    socket.on('error', ignore);
    socket.once('close', ended);
    arrival.wait(() => socket.destroy());
    this.#waiting.set(key, waiting);
  }

  /** The TLS handshake on `socket` is done, an upgrade follows. */
  secured(socket: Socket): Handshake | undefined {
    const waiting = this.#waiting.get(keyOf(socket));
    if (waiting !== undefined) waiting.isSecuring = false;
    return waiting;
  }

  /** The TLS handshake on `socket` has failed: its end, which follows, is told with the reason. */
  failed(socket: Socket, trouble: string): void {
    const waiting = this.#waiting.get(keyOf(socket));
    if (waiting !== undefined) waiting.trouble = trouble;
  }

  /** Whose handshake goes on over `socket`; undefined when it has ended. */
  get(socket: Socket): Handshake | undefined {
    return this.#waiting.get(keyOf(socket));
  }

  /** The handshake on `socket` is done: it is no longer looked after here. */
  take(socket: Socket): Handshake | undefined {
    const handshake = this.#waiting.get(keyOf(socket));
    handshake?.forget();
    return handshake;
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function ignore(): void {
  // the close that follows tells
}
