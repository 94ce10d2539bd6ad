/**
 * The entry for Node: TCP, TLS, Unix sockets, WebSocket through `ws`; the real clock and real chance. Composition only.
 */

import { reasonCodeNames } from '@mqtt/codec';
import type { Client } from './client.ts';
import { connectOn } from './connect.ts';
import { diagnostics } from './diagnostics.ts';
import { checkFamiliar } from './familiar.ts';
import type { ConnectOptions } from './options.ts';
import type { Platform } from './platform.ts';
import { realClock } from './real-clock.ts';
import { refusalWords } from './refusal.ts';
import type { Servers } from './servers.ts';
import { type NodeTransportOptions, nodeTransport } from './transports/schemes-node.ts';
import type { OpenSocket } from './transports/tcp.ts';

export * from './index.ts';

/** Options of `connect` in Node. */
export type NodeConnectOptions<WillTopic extends string = string> = ConnectOptions<WillTopic> &
  NodeTransportOptions;
export type { OpenSocket };

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
