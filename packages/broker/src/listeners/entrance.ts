/**
 * The way in of every listener: opens the port, and takes each socket past the reception and its PROXY header to the stage
 * that makes a link of it: at once for TCP, behind handshakes for TLS and WebSocket. What is behind the port can change
 * while it is open; until there is something, sockets wait. Knows no packets.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { LinkOrigin } from '@mqtt/session';
import { type Arrival, ListenerFault, type ListenerOptions, type Reception } from './listener.ts';
import { type Trust, takeProxyHeader } from './proxied.ts';
import { peerText } from './proxy-header.ts';

/** Bytes that may wait in one socket before its writer is told to stop. */
export const HIGH_WATER_MARK = 65_536;
const BACKLOG = 4096;
/** Sockets that may wait until there is something behind the port: as many as the system keeps by default. */
const MOST_WAITING = BACKLOG;

/** What becomes of a socket that is let in: a link, now or after a handshake. */
export type Stage = (socket: Socket, arrival: Arrival, origin: LinkOrigin) => void;

/** What a listener has behind its port. */
export interface Behind {
  readonly stage: Stage;
  /** A client that has closed its side is still answered. */
  readonly allowHalfOpen: boolean;
  /** Where clients connect to, given the real port and the host. */
  readonly url: (port: number, host: string) => string;
}

/** Where the system is asked to listen. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Who is served at a port, and how. */
interface Service {
  readonly behind: Behind;
  readonly reception: Reception;
  /** Who sends PROXY headers, if anybody. */
  readonly trust: Trust | undefined;
  /** What links say where they came in. */
  readonly origin: LinkOrigin;
}

/** One listener's port and what leads in from it. */
export class Entrance {
  /** The real one, once it is open; 0 for a Unix socket. */
  port: number;
  /** As it was said, or as the socket has it that was given. */
  host = '';
  readonly #address: Address;
  readonly #backlog: number;
  readonly #fd: number | undefined;
  #server: Server | undefined;
  #service: Service | undefined;
  #waiting: Socket[] = [];

  /** @throws {ListenerFault} */
  constructor(address: Address, { backlog = BACKLOG, fd }: ListenerOptions) {
    if (!(Number.isInteger(backlog) && backlog >= 1 && backlog <= 65_535)) {
      throw new ListenerFault(`backlog must be a whole number from 1 to 65535, not ${backlog}`);
    }
    if (fd !== undefined && !(Number.isInteger(fd) && fd >= 3)) {
      throw new ListenerFault(`fd must be a descriptor from 3 on, not ${fd}`);
    }
    this.#address = address;
    this.port = 'port' in address ? address.port : 0;
    this.#backlog = backlog;
    this.#fd = fd;
  }

  /** Whether we opened it, and can again: not a socket that was given. */
  get isOurs(): boolean {
    return this.#fd === undefined;
  }

  /** Opens the port, again if it was closed; rejects with the system's error when it is not to be had. */
  async open(): Promise<void> {
    const options = { noDelay: true, highWaterMark: HIGH_WATER_MARK, allowHalfOpen: true };
    const server = createServer(options, (socket) => this.#admit(socket));
    const fd = this.#fd;
    const address = 'host' in this.#address ? { ...this.#address, port: this.port } : this.#address;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(fd === undefined ? { ...address, backlog: this.#backlog } : { fd }, () => {
        server.off('error', reject);
        server.on('error', ignore); // e.g. out of descriptors: the next accept tries again [C26]
        resolve();
      });
    });
    this.#server = server;
    const found = server.address();
    if (typeof found !== 'object' || found === null) return;
    this.port = found.port;
    this.host = 'host' in this.#address && fd === undefined ? this.#address.host : found.address;
  }

  /** From now on sockets go this way; those that wait go first. */
  serve(service: Service): void {
    this.#service = service;
    for (const socket of this.#waiting.splice(0)) {
      socket.off('error', ignore);
      if (!socket.destroyed) this.#admit(socket);
    }
  }

  /** Takes no more connections, and the port is free at once; those that are open go on. Resolves when they have ended. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  #admit(socket: Socket): void {
    const service = this.#service;
    if (service === undefined) {
      if (this.#waiting.push(socket.on('error', ignore)) > MOST_WAITING) this.#waiting.shift()?.destroy();
      return;
    }
    socket.allowHalfOpen = service.behind.allowHalfOpen;
    const arrival = service.reception.arrive(this.#peerOf(socket));
    if (arrival === undefined) {
      socket.destroy();
      return;
    }
    if (service.trust !== undefined) readHeader(socket, arrival, service, service.trust);
    else if (arrival.identify()) service.behind.stage(socket, arrival, service.origin);
    else socket.destroy();
  }

  /** The other end of a socket, for logs and limits; one that was reset by now has no address any more. */
  #peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
    return 'path' in this.#address ? 'unix' : peerText(remoteAddress, remotePort);
  }
}

function readHeader(socket: Socket, arrival: Arrival, { behind, origin }: Service, isTrusted: Trust): void {
  const cut = (): void => {
    socket.destroy();
  };
  const ended = (): void => arrival.ended();
  socket.on('error', ignore);
  if (!isTrusted(socket.remoteAddress)) {
    arrival.refused();
    cut();
    return;
  }
  arrival.wait(cut);
  socket.once('close', ended);
  takeProxyHeader(
    socket,
    (source) => {
      socket.off('close', ended);
      if (arrival.identify(source)) behind.stage(socket, arrival, origin);
      else cut();
    },
    () => {
      arrival.refused();
      cut();
    },
  );
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ignore(): void {
  // nothing to do: the listener stays open, a socket's end is told by its close
}
