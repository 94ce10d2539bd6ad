/**
 * From a URL and options to a connected small client, on any platform. The client itself is `core-client.ts`; this adds
 * one server, and the core's own rooms.
 */
import { CoreClient } from './core-client.ts';
import { MqttError } from './errors.ts';
import { Incoming } from './incoming.ts';
import type { Destination } from './lifecycle.ts';
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

/** Options of the small `connect`. `properties`, and those of the will, exist in 5.0 only. */
export type SmallConnectOptions = CoreOptions &
  (
    | {
        /** Protocol version: 5 (5.0) or 4 (3.1.1). Default 5. */
        readonly version?: 5 | undefined;
        readonly will?: WillOptions | undefined;
        /** Properties of CONNECT, but for topic aliases of the server. `receiveMaximum` is 1,000 if not given. */
        readonly properties?: Omit<ConnectProperties, 'topicAliasMaximum'> | undefined;
      }
    | {
        readonly version: 4;
        readonly will?: (WillOptions & { readonly properties?: undefined }) | undefined;
        readonly properties?: undefined;
      }
  );

/** The small client: a core with one server. */
class SmallClient extends CoreClient {
  readonly #href: string;

  constructor(href: string, settings: CoreSettings, platform: CorePlatform, { onMessage }: CoreOptions) {
    const publisher = new Publisher(settings.version, new OfflineQueue(settings));
    const subscriptions = new Subscriptions();
    const incoming = new Incoming(settings, subscriptions);
    const requests = new Requests(settings.version, publisher.outbound, settings.maximumQueuedMessages);
    super(settings, platform, { publisher, subscriptions, incoming, requests }, onMessage);
    this.#href = href;
  }

  protected destination(): Destination {
    const { username, password } = this.settings;
    return { endpoint: { href: this.#href }, username, password };
  }
}

/** Connects on `platform`; what `connect` of the small entry does. Rejects as it says. */
export async function connectSmallOn(
  platform: CorePlatform,
  url: string | URL,
  options: SmallConnectOptions,
): Promise<CoreClient> {
  const href = `${url}`;
  if (/\/\/[^/]*@/.test(href))
    throw new MqttError('INVALID_URL', 'give user and password as options, not in the URL');
  const filled = fill<CoreSettings>(defaults, options);
  const { will, properties } = options;
  const { version, reconnect, maximumPacketSize } = filled;
  const client = new SmallClient(
    href,
    {
      ...filled,
      clientId: options.clientId ?? makeClientId(platform.random),
      will: will && { ...willDefaults, ...will, payload: toBytes(will.payload) },
      properties: version < 5 ? properties : { ...propertyDefaults, ...properties, maximumPacketSize },
      reconnect: reconnect && { ...reconnectDefaults, ...reconnect },
    } as CoreSettings,
    platform,
    options,
  );
  await client.start();
  return client;
}
