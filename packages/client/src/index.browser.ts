/**
 * The entry for browsers and workers: the platform's WebSocket, the real clock and real chance. Deno and Bun take Node's.
 * Composition only.
 */
import type { Client } from './client.ts';
import { connectOn } from './connect.ts';
import { MqttError } from './errors.ts';
import { holding } from './features/holding-link.ts';
import type { ConnectOptions } from './options.ts';
import type { Platform } from './platform.ts';
import { realClock } from './real-clock.ts';
import type { Servers } from './servers.ts';
import { webSocket } from './transports/websocket.ts';

export * from './index.ts';

const clock = /* @__PURE__ */ realClock(queueMicrotask);

const platform: Platform = {
  transport: (endpoint, handler, signal) =>
    endpoint.scheme === 'ws' || endpoint.scheme === 'wss'
      ? holding(webSocket(clock), clock)(endpoint, handler, signal)
      : Promise.reject(new MqttError('INVALID_URL', 'only ws: and wss: can be reached from here')),
  clock,
  timerLag: 60_000, // timers of a page that is not seen run once a minute
  random: Math.random,
  report: (error) => console.error(error),
};

/**
 * Connects to an MQTT server over WebSocket: `ws://` or `wss://`. Resolves when it is connected; later losses are
 * mended by themselves.
 * @throws MqttError INVALID_URL, INVALID_OPTION, CONNECT_FAILED, CONNECT_TIMEOUT, PROTOCOL_ERROR, ABORTED
 * @throws RefusedError CONNECT_REFUSED
 */
export async function connect<WillTopic extends string = string>(
  url: Servers,
  options: ConnectOptions<WillTopic> = {},
): Promise<Client> {
  const client = await connectOn(platform, url, options);
  // The network is there again: no more waiting for the next attempt.
  const online = (): unknown => client.state.status === 'waiting' && client.resume();
  globalThis.addEventListener?.('online', online);
  client.on('state', ({ status }) => {
    if (status === 'ended') globalThis.removeEventListener?.('online', online);
  });
  return client;
}
