/**
 * What the listeners have in common: whom they ask about a socket, whom they hand links to, what one looks like to
 * the broker. Types only.
 */
import type { Link, LinkHandler } from '@mqtt/session';

/** Asked for each socket, before a byte of it is read. */
export interface Reception {
  /** Room for one more, whose socket says `peer`? undefined: no, cut it. */
  arrive(peer: string): Arrival | undefined;
}

/** A socket from its accept until it is a link; one whose handshake is not done counts as a connection too. */
export interface Arrival {
  /** The peer's address for logs and limits: the socket's, or the one that a PROXY header gave. */
  readonly peer: string;
  /** true until its CONNECT was understood. */
  readonly isOpening: boolean;
  /** Whose connection it is, if a PROXY header named another; false: too many come from there, cut it. */
  identify(peer?: string): boolean;
  /** A handshake begins or goes on: `cut` is called when the time from accept to CONNECT is over. */
  wait(cut: () => void): void;
  /** The handshake is done: this link is served. */
  accept(link: Link): LinkHandler;
  /** What came is no proper handshake, for this reason: the listener ends the socket. */
  refused(trouble?: string): void;
  /** More came before CONNECT than may: the listener ends the link. */
  oversized(): void;
  /** The socket ended; nothing happens when it was a link by then. */
  ended(): void;
}

/** The PROXY protocol, version 1 or 2, in front of everything else on a connection. */
export interface ProxyProtocol {
  /** Who may connect, and is believed: addresses, networks as `10.0.0.0/8`, or `unix`, alone, on a Unix socket. */
  readonly from: readonly string[];
}

/** What may be said of every listener. */
export interface ListenerOptions {
  /** What hooks and logs know it by; default: its URL. */
  readonly name?: string | undefined;
  /** Connections, handshakes included, that it may have open; default: as many as the broker. */
  readonly maximumConnections?: number | undefined;
  /** Connections that the system keeps for us while we are busy; default 4096. A port that stays open keeps what it had. */
  readonly backlog?: number | undefined;
  /**
   * The descriptor of a socket that listens already, as systemd hands them over: taken instead of opening one. `host`,
   * `port`, `path` of a Unix socket and `mode` are then what that socket has.
   */
  readonly fd?: number | undefined;
  /** Every connection begins with a PROXY header; default: none does. */
  readonly proxyProtocol?: ProxyProtocol | undefined;
}

/** Where a listener stands. */
export interface PortOptions extends ListenerOptions {
  /** Default 127.0.0.1: anything else is for everybody to reach. */
  readonly host?: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** Options that cannot be used; the message says which and why. */
export class ListenerFault extends Error {
  override readonly name = 'ListenerFault';
}
