/**
 * What `@mqtt/client` must do on every platform: functions of a server's URL that throw when it does not. Runs in a
 * page, in Deno and in Bun: no import but the client, no API that one of them lacks.
 */
import { type Client, type ConnectOptions, connect, type Message, respond } from '@mqtt/client';

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** A topic that nobody else has. */
const own = (name: string): string => `platforms/${crypto.randomUUID()}/${name}`;

/** Subscribes, and gives messages one after the other. */
async function inbox(client: Client, topicFilter: string): Promise<() => Promise<Message>> {
  const subscribed = client.subscribe(topicFilter, { qos: 2 });
  const loop = subscribed[Symbol.asyncIterator]();
  await subscribed;
  return async () => {
    const { value } = await loop.next();
    if (value === undefined) throw new Error('the loop ended');
    return value;
  };
}

async function exchange(url: string, options: ConnectOptions): Promise<void> {
  const client = await connect(url, options);
  const topic = own('é😀');
  const next = await inbox(client, topic);
  for (const qos of [0, 1, 2] as const) {
    const { reasonCode } = await client.publish(topic, `QoS ${qos}`, { qos });
    expect(reasonCode === 0, `reason code ${reasonCode}`);
    const message = await next();
    expect(message.text() === `QoS ${qos}` && message.qos === qos, `${message.text()} at QoS ${message.qos}`);
  }
  await client.end();
  expect(client.state.status === 'ended', client.state.status);
}

/** So many bytes come back as they were sent. */
async function large(url: string, size: number): Promise<void> {
  const client = await connect(url);
  const topic = own('large');
  const next = await inbox(client, topic);
  const payload = Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
  await client.publish(topic, payload, { qos: 1 });
  const got = (await next()).payload;
  expect(got.length === size && got.every((byte, index) => byte === payload[index]), 'other bytes');
  await client.end();
}

/** Many messages, in order. */
async function many(url: string): Promise<void> {
  const client = await connect(url);
  const topic = own('many');
  const next = await inbox(client, topic);
  const sent = Array.from({ length: 500 }, (_, index) => client.publish(topic, String(index), { qos: 1 }));
  for (let index = 0; index < 500; index += 1) {
    const text = (await next()).text();
    expect(text === String(index), `${text} in place of ${index}`);
  }
  await Promise.all(sent);
  await client.end();
}

/** Each of two subscriptions that overlap has its own copy. */
async function overlapping(url: string): Promise<void> {
  const client = await connect(url);
  const base = own('overlap');
  const got: string[] = [];
  for (const end of ['+', '#'])
    await client.subscribe(`${base}/${end}`, {
      qos: 1,
      onMessage: (message) => got.push(end + message.text()),
    });
  const last = await inbox(client, `${base}/last`);
  for (const text of ['1', '2', '3']) await client.publish(`${base}/x`, text, { qos: 1 });
  await client.publish(`${base}/last`, '4', { qos: 1 });
  await last();
  await client.end();
  const seen = got
    .filter((text) => !text.endsWith('4'))
    .sort()
    .join();
  expect(seen === '#1,#2,#3,+1,+2,+3', seen);
}

async function request(url: string): Promise<void> {
  const client = await connect(url);
  const topic = own('double');
  await respond(client, topic, (message) => String(Number(message.text()) * 2));
  const answers = await Promise.all(
    ['1', '20', '300'].map((text) => client.request(topic, text, { qos: 1 })),
  );
  expect(answers.map((answer) => answer.text()).join() === '2,40,600', 'other answers');
  await client.end();
}

/** A will that comes, a retained message that stays, an error with a code. */
async function features(url: string): Promise<void> {
  const client = await connect(url);
  const topic = own('will');
  const next = await inbox(client, `${topic}/#`);
  const mortal = await connect(url, { will: { topic, payload: 'gone' } });
  await mortal.end({ reasonCode: 4 });
  expect((await next()).text() === 'gone', 'another will');
  await client.publish(`${topic}/kept`, 'kept', { qos: 1, retain: true });
  await next();
  const later = await connect(url);
  const retained = await (await inbox(later, `${topic}/+`))();
  expect(retained.retain && retained.text() === 'kept', 'not retained');
  await later.publish(`${topic}/kept`, '', { qos: 1, retain: true });
  const { code } = await later.publish('a/#' as string, '').then(
    () => ({ code: 'none' }),
    (error: { code: string }) => error,
  );
  expect(code === 'INVALID_OPTION', code);
  await Promise.all([client.end(), later.end()]);
}

/** What needs no help from outside, by name. */
export const checks: Readonly<Record<string, (url: string) => Promise<void>>> = {
  'QoS 0, 1, 2 in 5.0': (url) => exchange(url, {}),
  'QoS 0, 1, 2 in 3.1.1': (url) => exchange(url, { version: 4 }),
  '64 KiB': (url) => large(url, 65_536),
  '1 MiB': (url) => large(url, 1_048_576),
  '500 messages in order': many,
  'overlapping filters': overlapping,
  'request and answer': request,
  'will, retained, errors': features,
};

/**
 * A connection that outlives its server: subscribes, calls `restart`, and waits for what it publishes meanwhile.
 * `restart` ends the server and starts another one in its place.
 */
export async function survive(url: string, restart: () => Promise<void>): Promise<void> {
  const client = await connect(url, { reconnect: { minimumDelay: 50, maximumDelay: 200 } });
  const states: string[] = [];
  client.on('state', ({ status }) => states.push(status));
  const topic = own('restart');
  const next = await inbox(client, topic);
  const restarted = restart();
  await new Promise<void>((resolve) => {
    const off = client.on('state', ({ status }) => {
      if (status !== 'waiting') return;
      off();
      resolve();
    });
    if (client.state.status === 'waiting') resolve();
  });
  const sent = client.publish(topic, 'after all', { qos: 1 });
  await restarted;
  await sent;
  expect((await next()).text() === 'after all', 'another message');
  expect(states.at(-1) === 'connected', states.join());
  await client.end();
}
