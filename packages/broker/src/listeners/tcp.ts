/** MQTT over TCP (§4.2): sockets as links. Knows bytes and peers, no packets. */
import type { Socket } from 'node:net';
import type { Link, LinkHandler, LinkOrigin } from '@mqtt/session';
import { type Behind, HIGH_WATER_MARK, urlHost } from './entrance.ts';
import type { Arrival } from './listener.ts';

/** What a TCP listener has behind its port. */
export const BEHIND_TCP: Behind = {
  stage: acceptSocket,
  allowHalfOpen: false,
  url: (port, host) => `mqtt://${urlHost(host)}:${port}`,
};

/** Wires a connected socket, its handshakes done, to the broker. */
export function acceptSocket(socket: Socket, arrival: Arrival, origin: LinkOrigin): void {
  const link = new SocketLink(socket, arrival.peer, origin);
  link.attach(arrival.accept(link));
}

/** A TCP or TLS socket as a link. */
class SocketLink implements Link {
  readonly peer: string;
  readonly origin: LinkOrigin;
  readonly #socket: Socket;
  #isClosing = false;
  #error: Error | undefined;

  constructor(socket: Socket, peer: string, origin: LinkOrigin) {
    this.#socket = socket;
    this.peer = peer;
    this.origin = origin;
  }

  attach(handler: LinkHandler): void {
    const socket = this.#socket;
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => handler.closed(this.#error));
    socket.on('drain', () => handler.drained());
    socket.on('data', (chunk: Uint8Array) => handler.receive(chunk));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosing) return false;
    const socket = this.#socket;
    socket.write(bytes);
    // Not what write() returned: that is said before the kernel took the bytes, which it mostly does at once.
    return socket.writableLength < HIGH_WATER_MARK;
  }

  hold(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.end();
    this.#socket.resume(); // a held socket would never see the peer's end
  }

  abort(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }
}
