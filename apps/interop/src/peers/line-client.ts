/**
 * A client of the matrix made of a program that speaks the line protocol: what a scenario wishes becomes orders. Knows no
 * library; where the program runs is its affair.
 */
import { Inbox } from './inbox.ts';
import type { LineDesk } from './line-desk.ts';
import type { ConnectOrder, LineEvent, LineMessage, LineProperties, Order } from './line-protocol.ts';
import type {
  Client,
  Door,
  Message,
  MessageProperties,
  Publishing,
  Subscriber,
  Subscribing,
  Way,
} from './peer.ts';
import { requestBySubscribing } from './request.ts';

/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;

/** A program that is there for one connection. */
export interface LineProgram {
  readonly desk: LineDesk;
  /** The connection has ended: a program of its own ends, one that is shared lives on. */
  release(): Promise<void>;
}

/** What tells one client from another. */
export interface LineClientSettings {
  readonly name: string;
  readonly way: Way;
  readonly cannot: Client['cannot'];
  /** A program for one connection. */
  readonly open: () => Promise<LineProgram>;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function lineProperties(properties: MessageProperties): LineProperties {
  const { correlationData } = properties;
  return {
    ...properties,
    correlationData: correlationData === undefined ? undefined : base64(correlationData),
  };
}

function propertiesOf({ correlationData: data, ...others }: LineProperties): MessageProperties {
  return data === undefined ? others : { ...others, correlationData: Buffer.from(data, 'base64') };
}

function lineMessage({ topic, payload, qos, retain, properties }: Message): LineMessage {
  return {
    topic,
    payload: base64(payload),
    qos,
    retain,
    properties: properties === undefined ? undefined : lineProperties(properties),
  };
}

function messageOf({ topic, payload, qos, retain, properties }: LineMessage): Message {
  return {
    topic,
    payload: Buffer.from(payload, 'base64'),
    qos,
    retain,
    properties: properties === undefined ? undefined : propertiesOf(properties),
  };
}

/** Each topic goes out whole once, with an alias that stands for it from then on. */
function withAliases(messages: readonly LineMessage[]): LineMessage[] {
  const aliases = new Map<string, number>();
  return messages.map((message) => {
    const known = aliases.get(message.topic);
    if (known !== undefined) return { ...message, topic: '', topicAlias: known };
    aliases.set(message.topic, aliases.size + 1);
    return { ...message, topicAlias: aliases.size };
  });
}

function tlsOf({ certificates }: Door, { transport }: Way): Pick<ConnectOrder, 'ca' | 'cert' | 'key'> {
  if (transport !== 'tls' && transport !== 'mtls') return {};
  if (certificates === undefined) throw new Error(`a door without certificates for ${transport}`);
  const { ca, client } = certificates;
  return transport === 'tls' ? { ca } : { ca, ...client };
}

let opened = 0;

/** A name for a connection, and a client id where nobody chose one; MQTT 3.1 asks for one of 1 to 23 characters. */
function freshName(): string {
  opened += 1;
  return `l${process.pid.toString(36)}n${opened.toString(36)}`;
}

class Connection {
  readonly #program: LineProgram;
  readonly #name = freshName();

  constructor(program: LineProgram, onEvent: (event: LineEvent) => void = () => undefined) {
    this.#program = program;
    program.desk.listen(this.#name, onEvent);
  }

  order(order: Order) {
    return this.#program.desk.order(this.#name, order);
  }

  /** Ends it by this order, whatever comes of that. */
  async end(by: 'disconnect' | 'drop'): Promise<void> {
    try {
      await this.order({ do: by });
    } finally {
      this.#program.desk.forget(this.#name);
      await this.#program.release();
    }
  }
}

function connectOrder(at: Door, way: Way, wish?: Subscribing): ConnectOrder {
  const {
    clientId = freshName(),
    keep = false,
    keepAlive,
    topicAliasMaximum,
    reconnect = false,
    will,
  } = wish ?? {};
  const isV5 = way.version === '5.0';
  return {
    do: 'connect',
    url: at.url,
    version: way.version,
    clientId,
    cleanStart: !keep,
    keepAlive,
    sessionExpiryInterval: isV5 && keep ? (wish?.sessionExpiry ?? KEPT) : undefined,
    topicAliasMaximum: isV5 ? topicAliasMaximum : undefined,
    will: will === undefined ? undefined : { ...lineMessage(will), delay: will.delay },
    ...tlsOf(at, way),
    reconnect,
  };
}

/** Does the work; when it fails, nothing of the connection stays. */
async function orDrop<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await connection.end('drop').catch(() => undefined);
    throw error;
  }
}

async function publish(
  { open, way }: LineClientSettings,
  at: Door,
  messages: readonly Message[],
  { topicAliases = false }: Publishing,
): Promise<void> {
  const connection = new Connection(await open());
  const lines = messages.map(lineMessage);
  await orDrop(connection, async () => {
    await connection.order(connectOrder(at, way));
    await connection.order({ do: 'publish', messages: topicAliases ? withAliases(lines) : lines });
  });
  await connection.end('disconnect');
}

async function subscribe(
  { open, way, name }: LineClientSettings,
  at: Door,
  wish: Subscribing,
): Promise<Subscriber> {
  const inbox = new Inbox();
  const program = await open();
  let close: (reasonCode: number | undefined) => void = () => undefined;
  const closed = new Promise<number | undefined>((resolve) => {
    close = resolve;
  });
  const connection = new Connection(program, (event) => {
    if (event.event === 'message') inbox.put(messageOf(event.message));
    else close(event.reasonCode);
  });
  const { topicFilters, qos } = wish;
  await orDrop(connection, async () => {
    await connection.order(connectOrder(at, way, wish));
    const { reasonCodes = [] } = await connection.order({ do: 'subscribe', topicFilters, qos });
    const isGranted = reasonCodes.length === topicFilters.length && reasonCodes.every((code) => code === qos);
    if (!isGranted) throw new Error(`${name}: granted ${reasonCodes.join()}, not ${qos}`);
  });
  return {
    next: (patience) => inbox.next(patience),
    closed,
    end: () => connection.end('disconnect'),
    kill: () => connection.end('drop'),
  };
}

/** A client whose program speaks the line protocol. */
export function lineClient(settings: LineClientSettings): Client {
  const { name, way, cannot } = settings;
  const client: Client = {
    name,
    way,
    cannot,
    publish: (at, messages, how = {}) => publish(settings, at, messages, how),
    subscribe: (at, wish) => subscribe(settings, at, wish),
    request: (at, wish) => requestBySubscribing(client, at, wish),
  };
  return client;
}
