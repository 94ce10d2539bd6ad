/**
 * From a URL and options to a connected small client, on any platform. The client itself is `core-client.ts`; this adds
 * one server, and the core's own rooms.
 */
import { CoreClient } from './core-client.ts';
import { MqttError } from './errors.ts';
import { Incoming } from './incoming.ts';
import { OfflineQueue } from './offline-queue.ts';
import type { CorePlatform } from './platform.ts';
import { Publisher } from './publisher.ts';
import { Requests } from './requests.ts';
import {
  type ConnectProperties,
  type CoreOptions,
  type CoreSettings,
  defaults,
  fill,
  makeClientId,
  propertyDefaults,
  reconnectDefaults,
  toBytes,
  type WillOptions,
  willDefaults,
} from './settings.ts';
import { Subscriptions } from './subscriptions.ts';
import * as words from './words.ts';

/** Options of the small `connect`. `properties`, and those of the will, exist in 5.0 only. */
export type SmallConnectOptions<WillTopic extends string = string> = CoreOptions &
  (
    | {
        /** Protocol version: 5 (5.0) or 4 (3.1.1). Default 5. */
        readonly version?: 5 | undefined;
        readonly will?: WillOptions<WillTopic> | undefined;
        /** Properties of CONNECT, but for topic aliases of the server. `receiveMaximum` is 1,000 if not given. */
        readonly properties?: Omit<ConnectProperties, 'topicAliasMaximum'> | undefined;
      }
    | {
        readonly version: 4;
        readonly will?: (WillOptions<WillTopic> & { readonly properties?: undefined }) | undefined;
        readonly properties?: undefined;
      }
  );

/** Connects on `platform`; what `connect` of the small entry does. Rejects as it says. */
export async function connectSmallOn(
  platform: CorePlatform,
  url: string | URL,
  options: SmallConnectOptions,
): Promise<CoreClient> {
  const href = `${url}`;
  if (/\/\/[^/]*@/.test(href)) throw new MqttError('INVALID_URL', words.credentialsInUrl);
  const filled = fill<CoreOptions & CoreSettings>(defaults, options);
  const { version, clientId, will, properties, reconnect, maximumPacketSize, maximumQueuedMessages } = filled;
  const settings = {
    ...filled,
    endpoint: { href },
    clientId: clientId ?? makeClientId(platform.random),
    will: will && { ...willDefaults, ...will, payload: toBytes(will.payload) },
    properties: version < 5 ? properties : { ...propertyDefaults, ...properties, maximumPacketSize },
    reconnect: reconnect ? { ...reconnectDefaults, ...(reconnect as object) } : undefined,
  } as CoreSettings;
  const publisher = new Publisher(version, new OfflineQueue(settings));
  const subscriptions = new Subscriptions();
  const incoming = new Incoming(settings, subscriptions);
  const requests = new Requests(version, publisher.outbound, maximumQueuedMessages);
  const client = new CoreClient(
    settings,
    platform,
    { publisher, subscriptions, incoming, requests },
    filled.onMessage,
  );
  await client.start();
  return client;
}
