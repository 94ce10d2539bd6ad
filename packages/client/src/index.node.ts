/**
 * The entry for Node: TCP, TLS, Unix sockets, WebSocket through `ws`; the real clock and real chance. Composition only.
 */

import type { TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { reasonCodeNames } from '@mqtt/codec';
import type { ClientOptions } from 'ws';
import type { Client } from './client.ts';
import { connectOn } from './connect.ts';
import { diagnostics } from './diagnostics.ts';
import { checkFamiliar } from './familiar.ts';
import type { ConnectOptions } from './options.ts';
import type { Platform } from './platform.ts';
import { realClock } from './real-clock.ts';
import { refusalWords } from './refusal.ts';
import type { Servers } from './servers.ts';
import { type OpenSocket, tcp } from './transports/tcp.ts';
import { tls } from './transports/tls.ts';
import type { Transport } from './transports/transport.ts';
import { webSocketNode } from './transports/websocket-node.ts';

export * from './index.ts';

/** Options of `connect` in Node. */
export type NodeConnectOptions<WillTopic extends string = string> = ConnectOptions<WillTopic> & {
  /** Options of `tls.connect` for `mqtts:` and `wss:`: `ca`, `cert`, `key`, … Certificates are checked by default. */
  readonly tls?: ConnectionOptions | undefined;
  /** Options of the package `ws` for `ws:` and `wss:`: `headers`, `agent`, … */
  readonly webSocket?: ClientOptions | undefined;
  /** Options of `net.connect` for TCP, also below TLS and WebSocket: `localAddress`, `family`, `lookup`, … */
  readonly tcp?: Partial<TcpNetConnectOpts> | undefined;
  /** Opens the TCP connection of `mqtt:` and `mqtts:` in place of `net.connect`: through a proxy, a tunnel. */
  readonly openSocket?: OpenSocket | undefined;
};
export type { OpenSocket };

/**
 * The way to the network that `connect` takes with these options, for a `transport` of your own that stands around it
 * and sees the bytes of MQTT that pass, whatever carries them.
 */
export function nodeTransport(
  options: Pick<NodeConnectOptions, 'tls' | 'webSocket' | 'tcp' | 'openSocket'> = {},
): Transport {
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

/**
 * Connects to an MQTT server. Resolves when it is connected; later losses are mended by themselves.
 *
 * `mqtt://host` and `tcp://` (port 1883), `mqtts://` and `ssl://` (8883), `ws://`, `wss://`, `unix:///path` and
 * `mqtt+unix:///path`; user and password may stand in the URL.
 * @throws MqttError INVALID_URL, INVALID_OPTION, CONNECT_FAILED, CONNECT_TIMEOUT, PROTOCOL_ERROR, ABORTED
 * @throws RefusedError CONNECT_REFUSED
 */
export async function connect<WillTopic extends string = string>(
  url: Servers,
  options: NodeConnectOptions<WillTopic> = {},
): Promise<Client> {
  const { tls: _tls, webSocket: _webSocket, tcp: _tcp, openSocket: _openSocket, ...others } = options;
  checkFamiliar(others);
  const platform: Platform = {
    transport: nodeTransport(options),
    clock: realClock((run) => {
      setImmediate(run);
    }),
    observer: diagnostics,
    refusalWords,
    reasonCodeNames,
    random: Math.random,
    report: (error) => console.error(error),
  };
  return connectOn(platform, url, others);
}
