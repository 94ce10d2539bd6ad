/**
 * One action at a guarded broker, and what came of it in a few words: who may come in, what reaches whom. Every wait is
 * for a message that must come: a fence behind whatever may be dropped. MQTT.js plays the clients.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { within } from './peers/deadline.ts';
import { type Door, type Doors, KEY } from './rights.ts';
import type { Shown } from './rights-certificates.ts';

/** Who does it; undefined: nobody, without a user name. */
export type Who = string | undefined;

/** How it comes in. */
export interface Entry {
  readonly door: Door;
  readonly who: Who;
  /** undefined: the right one; null: none. */
  readonly password?: string | null | undefined;
  readonly version?: 4 | 5 | undefined;
  readonly clientId?: string | undefined;
  /** The certificate it shows. */
  readonly shows?: Shown | undefined;
  /** The identity whose pre-shared key it proves, or tries to. */
  readonly proves?: Identity | undefined;
}

/** Identities of pre-shared keys; `wrong`: that of alice with another key. */
export type Identity = 'alice' | 'mallory' | 'nobody' | 'wrong';

/** One action. */
export type Action = Entry &
  (
    | { readonly does: 'connect' }
    | {
        readonly does: 'publish';
        readonly topic: string;
        readonly qos?: 0 | 1 | 2;
        readonly retain?: boolean;
        readonly bytes?: number;
      }
    | {
        readonly does: 'receive';
        readonly filter: string;
        readonly topic: string;
        readonly retained?: boolean;
      }
    | { readonly does: 'will'; readonly topic: string; readonly retain?: boolean }
  );

const LEAVE = { reconnectPeriod: 0, connectTimeout: 8000 } as const;
let count = 0;

/** What it proves itself with beneath MQTT. */
function proofOf({ shows, proves }: Entry, folder: string): IClientOptions {
  // Brokers are judged here, by what they let in.
  const trusting = { rejectUnauthorized: false };
  if (proves !== undefined) {
    const identity = proves === 'wrong' ? 'alice' : proves;
    const psk = Buffer.from(proves === 'wrong' ? KEY.replaceAll('ab', 'cd') : KEY, 'hex');
    const asked = { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => ({ identity, psk }) } as const;
    return { ...trusting, ...asked };
  }
  if (shows === undefined) return trusting;
  const read = (name: string): Buffer => readFileSync(join(folder, `${shows}.${name}`));
  return { ...trusting, cert: read('crt'), key: read('key') };
}

function optionsOf(entry: Entry, folder: string): IClientOptions {
  const { who, password, version = 4, clientId } = entry;
  count++;
  const right = password === undefined ? who : (password ?? undefined);
  return {
    ...LEAVE,
    ...proofOf(entry, folder),
    clientId: clientId ?? `client${count}`,
    protocolVersion: version,
    ...(who === undefined ? {} : { username: who }),
    ...(right === undefined ? {} : { password: right }),
  };
}

/** A connected client, or the return code it was refused with. */
async function enter(doors: Doors, entry: Entry, more: IClientOptions = {}): Promise<MqttClient | string> {
  try {
    return await connectAsync(doors[entry.door], { ...optionsOf(entry, doors.folder), ...more }, false);
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code');
    return typeof code === 'number' ? `refused ${code}` : `no connection`;
  }
}

async function wanted(doors: Doors, who: Who, door: Door): Promise<MqttClient> {
  const entered = await enter(doors, { door, who });
  if (typeof entered === 'string') throw new Error(`${who} at ${door}: ${entered}`);
  return entered;
}

/** Topics that reach `client` until its fence does. */
function until(client: MqttClient, fence: string): Promise<readonly string[]> {
  const topics: string[] = [];
  const seen = new Promise<readonly string[]>((resolve, reject) => {
    client.on('message', (topic) => {
      if (topic === fence) resolve(topics);
      else topics.push(topic);
    });
    client.on('close', () => reject(new Error(`closed before ${fence}`)));
  });
  return within(seen, fence);
}

/** Publishes; the reason of PUBACK or PUBREC for those who get one, `closed` when the broker closes instead. */
async function send(
  client: MqttClient,
  topic: string,
  action: { qos?: 0 | 1 | 2; retain?: boolean; bytes?: number },
): Promise<string> {
  const { qos = 0, retain = false, bytes = 1 } = action;
  const closed = new Promise<string>((resolve) => client.once('close', () => resolve('closed')));
  let code = 0;
  client.on('packetreceive', ({ cmd, ...packet }) => {
    if (cmd === 'puback' || cmd === 'pubrec') code = Number(Reflect.get(packet, 'reasonCode') ?? 0);
  });
  const sent = client.publishAsync(topic, Buffer.alloc(bytes, 'x'), { qos, retain }).then(
    () => 'sent',
    () => 'refused',
  );
  const ended = await within(Promise.race([sent, closed]), `the answer to ${topic}`);
  return code >= 0x80 ? `refused ${code}` : ended;
}

/** The code in SUBACK for one filter. */
async function subscribe(client: MqttClient, filter: string): Promise<number> {
  const code = new Promise<number>((resolve) => {
    const look = (packet: object): void => {
      if (Reflect.get(packet, 'cmd') !== 'suback') return;
      client.off('packetreceive', look);
      resolve(Number((Reflect.get(packet, 'granted') as readonly unknown[])[0]));
    };
    client.on('packetreceive', look);
  });
  client.subscribe(filter, { qos: 1 }, () => undefined);
  return within(code, `SUBACK for ${filter}`);
}

const fenceOf = (client: MqttClient): string => `fence/${client.options.clientId}`;
/** The door at which somebody sees all and may do all that happens at `door`. */
const watching = (door: Door): Door => (door === 'strict' ? 'strict' : 'main');

/** Plays one action; returns what came of it. */
export async function act(doors: Doors, action: Action): Promise<string> {
  switch (action.does) {
    case 'connect': {
      const entered = await enter(doors, action);
      if (typeof entered === 'string') return entered;
      await entered.endAsync();
      return 'in';
    }
    case 'publish':
      return await publishes(doors, action);
    case 'receive':
      return await receives(doors, action);
    case 'will':
      return await leaves(doors, action);
  }
}

async function publishes(doors: Doors, action: Extract<Action, { does: 'publish' }>): Promise<string> {
  const client = await enter(doors, action);
  if (typeof client === 'string') return client;
  const isStrict = action.door === 'strict';
  const observer = isStrict ? client : await wanted(doors, 'observer', watching(action.door));
  try {
    const fence = fenceOf(client);
    if (!isStrict) await subscribe(observer, '#');
    else await subscribe(observer, fence);
    const seen = until(observer, fence);
    seen.catch(() => undefined);
    const answer = await send(client, action.topic, action);
    if (answer === 'closed' || isStrict) return answer;
    await send(client, fence, {});
    return `${answer}, ${(await seen).includes(action.topic) ? 'delivered' : 'not delivered'}`;
  } finally {
    client.end(true);
    observer.end(true);
  }
}

async function receives(doors: Doors, action: Extract<Action, { does: 'receive' }>): Promise<string> {
  const client = await enter(doors, action);
  if (typeof client === 'string') return client;
  const root = await wanted(doors, 'root', watching(action.door));
  const { filter, topic, retained = false } = action;
  try {
    const fence = fenceOf(client);
    const seen = until(client, fence);
    seen.catch(() => undefined);
    if (retained) await send(root, topic, { qos: 1, retain: true });
    const code = await subscribe(client, filter);
    await subscribe(client, fence);
    if (!retained) await send(root, topic, { qos: 1 });
    await send(root, fence, { qos: 1 });
    const got = (await seen).includes(topic) ? 'received' : 'not received';
    if (retained) await root.publishAsync(topic, '', { qos: 1, retain: true });
    return `${code >= 0x80 ? 'refused' : 'granted'}, ${got}`;
  } finally {
    client.end(true);
    root.end(true);
  }
}

/** A will is published when another connection takes the client id; that one then sends the fence. */
async function leaves(doors: Doors, action: Extract<Action, { does: 'will' }>): Promise<string> {
  const { topic, retain = false } = action;
  count++;
  const clientId = action.clientId ?? `will${count}`;
  const will = { topic, payload: Buffer.from('gone'), qos: 1 as const, retain };
  const observer = await wanted(doors, 'observer', watching(action.door));
  const first = await enter(doors, { ...action, clientId }, { will });
  try {
    if (typeof first === 'string') return first;
    first.on('error', () => undefined);
    await subscribe(observer, '#');
    const seen = until(observer, `fence/${clientId}`);
    const next = await enter(doors, { ...action, clientId });
    if (typeof next === 'string') return next;
    await send(next, `fence/${clientId}`, { qos: 1 });
    const topics = await seen;
    next.end(true);
    return `in, ${topics.includes(topic) ? 'published' : 'not published'}`;
  } finally {
    if (typeof first !== 'string') first.end(true);
    observer.end(true);
  }
}
