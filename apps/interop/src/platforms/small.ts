/**
 * What `@mqtt/client/small` must do on every platform with a WebSocket of its own: the same as the whole client, where
 * it has it.
 */
import { type CoreClient, connect, type PlainMessage, type SmallConnectOptions } from '@mqtt/client/small';

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** A client, and what comes to a topic that nobody else has, one message after the other. */
async function open(
  url: string,
  options: SmallConnectOptions = {},
): Promise<{ client: CoreClient; topic: string; next: () => Promise<PlainMessage> }> {
  const client = await connect(url, options);
  const topic = `platforms/${crypto.randomUUID()}/é😀`;
  const come: PlainMessage[] = [];
  let wake = (): void => {};
  const grants = await client.subscribe(topic, {
    qos: 2,
    onMessage: (message) => {
      come.push(message);
      wake();
    },
  });
  expect(grants[0]?.qos === 2, 'not granted');
  const next = async (): Promise<PlainMessage> => {
    while (come.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return come.shift() as PlainMessage;
  };
  return { client, topic, next };
}

async function exchange(url: string, options: SmallConnectOptions): Promise<void> {
  const { client, topic, next } = await open(url, options);
  for (const qos of [0, 1, 2] as const) {
    await client.publish(topic, `QoS ${qos}`, { qos });
    const message = await next();
    expect(message.text() === `QoS ${qos}` && message.qos === qos, `${message.text()} at QoS ${message.qos}`);
  }
  const { code } = await client.publish('a/#' as string, '').then(
    () => ({ code: 'none' }),
    (error: { code: string }) => error,
  );
  expect(code === 'INVALID_OPTION', code);
  await client.unsubscribe(topic);
  await client.end();
  expect(client.state.status === 'ended', client.state.status);
}

/** Many messages, in order. */
async function many(url: string): Promise<void> {
  const { client, topic, next } = await open(url);
  const sent = Array.from({ length: 500 }, (_, index) => client.publish(topic, String(index), { qos: 1 }));
  for (let index = 0; index < 500; index += 1) {
    const text = (await next()).text();
    expect(text === String(index), `${text} in place of ${index}`);
  }
  await Promise.all(sent);
  await client.end();
}

/** By name. */
export const smallChecks: Readonly<Record<string, (url: string) => Promise<void>>> = {
  'small: QoS 0, 1, 2 in 5.0': (url) => exchange(url, {}),
  'small: QoS 0, 1, 2 in 3.1.1': (url) => exchange(url, { version: 4 }),
  'small: 500 messages in order': many,
};

/** A connection that outlives its server, which `restart` ends and starts again. */
export async function surviveSmall(url: string, restart: () => Promise<void>): Promise<void> {
  const { client, topic, next } = await open(url, { reconnect: { minimumDelay: 50, maximumDelay: 200 } });
  const waiting = new Promise<void>((resolve) => {
    client.on('state', ({ status }) => {
      if (status === 'waiting') resolve();
    });
  });
  const restarted = restart();
  await waiting;
  const sent = client.publish(topic, 'after all', { qos: 1 });
  await restarted;
  await sent;
  expect((await next()).text() === 'after all', 'another message');
  await client.end();
}
