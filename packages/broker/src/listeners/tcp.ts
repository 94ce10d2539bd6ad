/** MQTT over TCP (§4.2): sockets as links. Knows bytes and peers, no packets. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Link, LinkHandler } from '@mqtt/session';
import type { Accept, Listener } from './listener.ts';

/** Bytes that may wait in one socket before its writer is told to stop. */
export const HIGH_WATER_MARK = 65_536;
/** Connections the kernel holds for us while we are busy. */
const BACKLOG = 4096;

/** Where to listen. */
export interface TcpOptions {
  /** Default 127.0.0.1: anything else is for everybody to reach. */
  readonly host?: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** Opens a TCP listener; rejects with the system's error when the port is not to be had. */
export function listenTcp(options: TcpOptions, accept: Accept): Promise<Listener> {
  const server = createServer({ noDelay: true, highWaterMark: HIGH_WATER_MARK }, (socket) =>
    acceptSocket(socket, accept),
  );
  return openPort(server, options, 'mqtt');
}

/** Starts any server on a port; `path` ends its URL. */
export function openPort(server: Server, options: TcpOptions, scheme: string, path = ''): Promise<Listener> {
  const { host = '127.0.0.1', port } = options;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', ignore); // e.g. out of descriptors: the next accept tries again [C26]
      const real = portOf(server);
      const url = `${scheme}://${urlHost(host)}:${real}${path}`;
      resolve({ url, port: real, close: () => closeServer(server) });
    });
  });
}

/** Wires a connected socket to the handler that `accept` gives. */
export function acceptSocket(socket: Socket, accept: Accept): void {
  const link = new SocketLink(socket);
  const handler = accept(link);
  link.attach(handler);
}

/** A TCP or TLS socket as a link. */
class SocketLink implements Link {
  readonly peer: string;
  readonly #socket: Socket;
  #isClosing = false;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
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

/** The port a server really has. */
function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Closes a server; its connections are not its business. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A host as it stands in a URL. */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ignore(): void {
  // nothing to do: the listener stays open
}
