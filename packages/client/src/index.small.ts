/**
 * The entry `@mqtt/client/small`: the core of the client over the platform's WebSocket, for pages that count bytes.
 * Composition only.
 */
import { connectSmallOn, type SmallConnectOptions } from './connect-small.ts';
import type { CoreClient } from './core-client.ts';
import { realClock } from './real-clock.ts';
import { webSocket } from './transports/websocket.ts';

export type { TopicFilter, TopicName } from '@mqtt/codec';
export type { SmallConnectOptions } from './connect-small.ts';
export type {
  CoreClient,
  CoreEndOptions,
  CoreSubscribeOptions,
  CoreUnsubscribeOptions,
} from './core-client.ts';
export {
  type Grant,
  LimitError,
  MqttError,
  type MqttErrorCode,
  RefusedError,
  SubscribeRefusedError,
} from './errors.ts';
export type { CoreHandler } from './inbox.ts';
export type { CorePublishOptions, PublishProperties, PublishResult } from './publisher.ts';
export type { PlainMessage } from './received.ts';
export type { ReconnectOptions } from './reconnect.ts';
export type { ConnectProperties, CoreOptions, Payload, WillOptions } from './settings.ts';
export type { ClientState, CoreEvents } from './state.ts';
export type { FilterOptions } from './subscriptions.ts';

const clock = /* @__PURE__ */ realClock(queueMicrotask);

/**
 * Connects to an MQTT server over WebSocket: `ws://` or `wss://`. Resolves when it is connected; later losses are
 * mended by themselves. 5.0 and 3.1.1. Options are checked by name only: what goes to the server is checked when it is
 * written.
 * @throws MqttError INVALID_URL, INVALID_OPTION, CONNECT_FAILED, CONNECT_TIMEOUT, PROTOCOL_ERROR
 * @throws RefusedError CONNECT_REFUSED
 */
export function connect<WillTopic extends string = string>(
  url: string | URL,
  options: SmallConnectOptions<WillTopic> = {},
): Promise<CoreClient> {
  const platform = {
    transport: webSocket(clock),
    clock,
    timerLag: 60_000, // timers of a page that is not seen run once a minute
    random: Math.random,
    report: (error: unknown) => console.error(error),
  };
  return connectSmallOn(platform, url, options);
}
