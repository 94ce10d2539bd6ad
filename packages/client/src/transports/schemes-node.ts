/**
 * The ways to the network in Node, by the scheme of the URL: TCP, TLS, Unix sockets, WebSocket through `ws`. Also an entry
 * of the package, for a transport of the user's own that stands around it. Composition only.
 */
import type { TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientOptions } from 'ws';
import { type OpenSocket, tcp } from './tcp.ts';
import { tls } from './tls.ts';
import type { Transport } from './transport.ts';
import { webSocketNode } from './websocket-node.ts';

export type { OpenSocket, Transport };

/** What options of `connect` say about the way to the network in Node. */
export interface NodeTransportOptions {
  /** Options of `tls.connect` for `mqtts:` and `wss:`: `ca`, `cert`, `key`, … Certificates are checked by default. */
  readonly tls?: ConnectionOptions | undefined;
  /** Options of the package `ws` for `ws:` and `wss:`: `headers`, `agent`, … */
  readonly webSocket?: ClientOptions | undefined;
  /** Options of `net.connect` for TCP, also below TLS and WebSocket: `localAddress`, `family`, `lookup`, … */
  readonly tcp?: Partial<TcpNetConnectOpts> | undefined;
  /** Opens the TCP connection of `mqtt:` and `mqtts:` in place of `net.connect`: through a proxy, a tunnel. */
  readonly openSocket?: OpenSocket | undefined;
}

/**
 * The way to the network that `connect` takes with these options, for a `transport` of your own that stands around it
 * and sees the bytes of MQTT that pass, whatever carries them.
 */
export function nodeTransport(options: NodeTransportOptions = {}): Transport {
  const { tls: tlsOptions = {}, webSocket = {}, tcp: tcpOptions = {}, openSocket } = options;
  return (endpoint, handler, signal) => {
    const below = { ...tcpOptions, ...tlsOptions }; // at each attempt, for certificates may change
    switch (endpoint.scheme) {
      case 'tls':
        return tls(below, openSocket)(endpoint, handler, signal);
      case 'ws':
      case 'wss':
        return webSocketNode(Object.assign(below, webSocket))(endpoint, handler, signal);
      default:
        return tcp(tcpOptions, openSocket)(endpoint, handler, signal);
    }
  };
}
