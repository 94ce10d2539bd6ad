/**
 * `@mqtt/client`, as a program imports it.
 */
import { type ConnectOptions, connect, type Message as Received, RefusedError } from '@mqtt/client';
import { within } from './deadline.ts';
import { Inbox } from './inbox.ts';
import type { Addresses, Client, Message, Subscriber, Subscribing, Way } from './peer.ts';
import { openRelay } from './relay.ts';

/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;

/** Options that every connection of a version has; 5.0 alone has properties. */
function optionsFor(version: Way['version'], wish?: Subscribing): ConnectOptions {
  const base = { reconnect: false, connectTimeout: 5000 } as const;
  const session =
    wish === undefined ? {} : { clientId: wish.clientId, cleanStart: !wish.keep, will: wish.will };
  if (version !== '5.0') return { ...base, ...session, version: version === '3.1' ? 3 : 4 };
  const properties = wish?.keep === true ? { sessionExpiryInterval: KEPT } : {};
  return { ...base, ...session, version: 5, properties };
}

async function publish(at: Addresses, way: Way, messages: readonly Message[]): Promise<void> {
  const client = await connect(at[way.transport], optionsFor(way.version));
  const sent = messages.map(({ topic, payload, qos, retain }) =>
    client.publish(topic, payload, { qos, retain }),
  );
  await within(Promise.all(sent), 'the acknowledgements of @mqtt/client');
  await client.end();
}

function message({ topic, payload, qos, retain }: Received): Message {
  return { topic, payload, qos, retain };
}

async function subscribe(at: Addresses, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  const relay = await openRelay(at[way.transport]);
  const onMessage = (received: Received): void => inbox.put(message(received));
  const client = await connect(relay.url, { ...optionsFor(way.version, wish), onMessage });
  const closed = new Promise<number | undefined>((resolve) => {
    client.on('state', (state) => {
      if (state.status !== 'ended') return;
      resolve(state.reason instanceof RefusedError ? state.reason.reasonCode : undefined);
    });
  });
  const [granted] = await within(
    client.subscribe(wish.topicFilter, { qos: wish.qos }),
    'SUBACK for @mqtt/client',
  );
  if (granted?.qos !== wish.qos) throw new Error(`@mqtt/client: granted ${granted?.qos}, not ${wish.qos}`);
  return {
    next: (patience) => inbox.next(patience),
    closed,
    end: async () => {
      await client.end();
      await relay.cut();
    },
    kill: async () => {
      await relay.cut();
      await within(closed, 'the end of @mqtt/client after its network was cut');
    },
  };
}

/** Our client in one protocol version over one transport. */
export function ourClient(version: Way['version'], transport: Way['transport']): Client {
  const way = { version, transport };
  return {
    name: '@mqtt/client',
    way,
    showsClose: true,
    keepsWindow: true,
    endsWithWill: false,
    publish: (at, messages) => publish(at, way, messages),
    subscribe: (at, wish) => subscribe(at, way, wish),
  };
}
