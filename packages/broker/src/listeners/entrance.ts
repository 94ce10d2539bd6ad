/**
 * The way in of every listener: opens the port, and takes each socket past the reception and its PROXY header to the stage
 * that makes a link of it: at once for TCP, behind handshakes for TLS and WebSocket. Knows no packets.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { LinkOrigin } from '@mqtt/session';
import {
  type Arrival,
  type Listener,
  ListenerFault,
  type ListenerOptions,
  type Reception,
} from './listener.ts';
import { type Trust, takeProxyHeader, trusted } from './proxied.ts';
import { peerText } from './proxy-header.ts';

/** Bytes that may wait in one socket before its writer is told to stop. */
export const HIGH_WATER_MARK = 65_536;
const BACKLOG = 4096;

/** What becomes of a socket that is let in: a link, now or after a handshake. */
export type Stage = (socket: Socket, arrival: Arrival, origin: LinkOrigin) => void;

/** Where the system is asked to listen. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** One listener's port and what leads in from it. */
export class Entrance {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  readonly #reception: Reception;
  readonly #stage: Stage;
  #trust: Trust | undefined;
  #isUnix = false;
  #origin: LinkOrigin = { listener: '' };

  constructor(options: ListenerOptions, reception: Reception, stage: Stage, allowHalfOpen = false) {
    this.#options = options;
    this.#reception = reception;
    this.#stage = stage;
    const sockets = { noDelay: true, highWaterMark: HIGH_WATER_MARK, allowHalfOpen };
    this.#server = createServer(sockets, (socket) => this.#admit(socket));
  }

  /**
   * Opens the port; rejects with the system's error when it is not to be had. `url` says where, given the real port.
   * @throws {ListenerFault}
   */
  async open(address: Address, url: (port: number, host: string) => string): Promise<Listener> {
    const server = this.#server;
    const { backlog = BACKLOG, name, proxyProtocol, fd } = this.#options;
    if (!(Number.isInteger(backlog) && backlog >= 1 && backlog <= 65_535)) {
      throw new ListenerFault(`backlog must be a whole number from 1 to 65535, not ${backlog}`);
    }
    if (fd !== undefined && !(Number.isInteger(fd) && fd >= 3)) {
      throw new ListenerFault(`fd must be a descriptor from 3 on, not ${fd}`);
    }
    this.#isUnix = 'path' in address;
    if (proxyProtocol !== undefined) this.#trust = trusted(proxyProtocol, this.#isUnix);
    return await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(fd === undefined ? { ...address, backlog } : { fd }, () => {
        server.off('error', reject);
        server.on('error', ignore); // e.g. out of descriptors: the next accept tries again [C26]
        const { port, host } = placeOf(server, address, fd !== undefined);
        const where = url(port, host);
        this.#origin = { listener: name ?? where };
        resolve({ name: name ?? where, url: where, port, close: () => closeServer(server) });
      });
    });
  }

  #admit(socket: Socket): void {
    const arrival = this.#reception.arrive(this.#peerOf(socket));
    if (arrival === undefined) {
      socket.destroy();
      return;
    }
    if (this.#trust !== undefined) this.#readHeader(socket, arrival, this.#trust);
    else if (arrival.identify()) this.#stage(socket, arrival, this.#origin);
    else socket.destroy();
  }

  #readHeader(socket: Socket, arrival: Arrival, isTrusted: Trust): void {
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
        if (arrival.identify(source)) this.#stage(socket, arrival, this.#origin);
        else cut();
      },
      () => {
        arrival.refused();
        cut();
      },
    );
  }

  /** The other end of a socket, for logs and limits; one that was reset by now has no address any more. */
  #peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
    return this.#isUnix ? 'unix' : peerText(remoteAddress, remotePort);
  }
}

/** The port a server really has, 0 for a Unix socket; and its host as it was said, or as the socket has it that was given. */
function placeOf(
  server: Server,
  asked: Address,
  isGiven: boolean,
): { readonly port: number; readonly host: string } {
  const found = server.address();
  if (typeof found !== 'object' || found === null) return { port: 0, host: '' };
  return { port: found.port, host: 'host' in asked && !isGiven ? asked.host : found.address };
}

/** Closes a server; its connections are not its business. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ignore(): void {
  // nothing to do: the listener stays open, a socket's end is told by its close
}
