/**
 * Everything else that a broker does all day: retained values that change and go, wills, shared subscriptions, requests,
 * sessions that come and go, slow readers that the broker must not wait for, bytes that mean nothing.
 */
import { connect as connectSocket } from 'node:net';
import { type Client, connect, respond } from '@mqtt/client';
import { SharedLedger } from '../ledger.ts';
import { type Actor, Errands, numbered, numberOf, type Stage } from './actor.ts';

const TOPICS = 500;
const url = (port: number): string => `mqtt://127.0.0.1:${port}`;

/** Retained values set and cleared; at the end a new subscriber gets exactly those that are left. */
export class Retained implements Actor {
  readonly name = 'retained';
  readonly #stage: Stage;
  readonly #values = new Map<string, number>();
  readonly #errands: Errands;
  #writer: Client | undefined;
  #writes = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#errands = new Errands(this.name, stage.find);
  }

  get isSettled(): boolean {
    return this.#errands.areDone;
  }

  get did(): string {
    return `${this.#writes} writes to ${TOPICS} topics`;
  }

  async begin(): Promise<void> {
    const writer = await connect(url(this.#stage.tcp));
    this.#writer = writer;
    this.#stage.every(10, () => {
      const topic = `soak/retained/${Math.floor(this.#stage.random() * TOPICS)}`;
      this.#writes += 1;
      const isCleared = this.#stage.random() < 0.3;
      if (isCleared) this.#values.delete(topic);
      else this.#values.set(topic, this.#writes);
      const payload = isCleared ? '' : numbered(this.#writes, 32);
      void this.#errands.run(() => writer.publish(topic, payload, { qos: 1, retain: true }));
    });
  }

  async end(): Promise<void> {
    const seen = new Map<string, number>();
    let done = (): void => {};
    const last = new Promise<void>((resolve) => {
      done = resolve;
    });
    const reader = await connect(url(this.#stage.tcp), {
      onMessage: ({ topic, payload }) => {
        if (topic === 'soak/retained-end') done();
        else seen.set(topic, numberOf(payload));
      },
    });
    await reader.subscribe('soak/retained/#', { qos: 1 });
    await reader.subscribe('soak/retained-end', { qos: 1 });
    await reader.publish('soak/retained-end', 'x', { qos: 1 });
    await last;
    for (const [topic, value] of this.#values)
      if (seen.get(topic) !== value)
        this.#stage.find(`retained: ${topic} is ${seen.get(topic)}, not ${value}`);
    for (const topic of seen.keys())
      if (!this.#values.has(topic)) this.#stage.find(`retained: ${topic} was cleared, and is there`);
    await Promise.all([reader.end(), this.#writer?.end()]);
  }
}

/** Clients that die: each will is published once; those that end in order publish none. */
export class Wills implements Actor {
  readonly name = 'wills';
  readonly #stage: Stage;
  readonly #owed = new Set<string>();
  #watcher: Client | undefined;
  #deaths = 0;
  #number = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get isSettled(): boolean {
    return this.#owed.size === 0;
  }

  get did(): string {
    return `${this.#deaths} wills`;
  }

  async begin(): Promise<void> {
    this.#watcher = await connect(url(this.#stage.tcp), {
      onMessage: (message) => {
        const who = message.text();
        if (!this.#owed.delete(who)) this.#stage.find(`wills: ${who} was not owed`);
      },
    });
    await this.#watcher.subscribe('soak/wills/+', { qos: 2 });
    this.#stage.every(200, async () => {
      this.#number += 1;
      const name = `dying-${this.#number}`;
      const relay = await this.#stage.relay(this.#stage.tcp);
      const dies = this.#stage.random() < 0.7;
      const client = await connect(url(relay.port), {
        clientId: name,
        reconnect: false,
        will: { topic: `soak/wills/${name}`, payload: name, qos: 1 },
      });
      if (dies) {
        this.#deaths += 1;
        this.#owed.add(name);
        relay.cut();
      } else await client.end();
      await relay.close();
    });
  }

  async end(): Promise<void> {
    if (this.#owed.size > 0) this.#stage.find(`wills: ${this.#owed.size} were not published`);
    await this.#watcher?.end();
  }
}

/** A group of three over shaky connections: each message comes to one of them. */
export class Group implements Actor {
  readonly name = 'group';
  readonly #stage: Stage;
  readonly #ledger: SharedLedger;
  readonly #clients: Client[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#ledger = new SharedLedger(this.name, stage.find);
  }

  get isSettled(): boolean {
    return this.#ledger.isSettled;
  }

  get did(): string {
    return `${this.#ledger.received} received, ${this.#ledger.duplicates} again`;
  }

  async begin(): Promise<void> {
    for (const member of [1, 2, 3]) {
      const relay = await this.#stage.shaky(this.#stage.tcp);
      const client = await connect(url(relay.port), {
        clientId: `member-${member}`,
        cleanStart: false,
        properties: { sessionExpiryInterval: 3600 },
        reconnect: { minimumDelay: 20, maximumDelay: 500, initial: true },
        onMessage: ({ payload }) => this.#ledger.came(numberOf(payload)),
      });
      await client.subscribe('$share/soak/soak/group', { qos: 1 });
      this.#clients.push(client);
    }
    const writer = await connect(url(this.#stage.tcp));
    this.#clients.push(writer);
    this.#stage.every(20, () => {
      const number = this.#ledger.next();
      void writer
        .publish('soak/group', numbered(number, 64), { qos: 1 })
        .catch((error: Error) => this.#stage.find(`group: ${error.message}`));
    });
  }

  async end(): Promise<void> {
    this.#ledger.close();
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

/** Requests and their answers. */
export class Requests implements Actor {
  readonly name = 'requests';
  readonly #stage: Stage;
  readonly #errands: Errands;
  readonly #clients: Client[] = [];
  #asked = 0;
  #answers = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#errands = new Errands(this.name, stage.find);
  }

  get isSettled(): boolean {
    return this.#errands.areDone;
  }

  get did(): string {
    return `${this.#answers} answers`;
  }

  async begin(): Promise<void> {
    const server = await connect(url(this.#stage.tcp));
    await respond(server, 'soak/double', (request) => String(2 * Number(request.text())));
    const asker = await connect(url(this.#stage.tcp), { properties: { topicAliasMaximum: 10 } });
    this.#clients.push(server, asker);
    this.#stage.every(50, () => this.#errands.run(() => this.#ask(asker)));
  }

  async #ask(asker: Client): Promise<void> {
    this.#asked += 1;
    const number = this.#asked;
    const answer = await asker.request('soak/double', String(number), { timeout: 20_000 });
    if (answer.text() !== String(2 * number)) throw new Error(`${number} gave ${answer.text()}`);
    this.#answers += 1;
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

/** Sessions with random names that come, subscribe, and leave something behind for a second. */
export class Passengers implements Actor {
  readonly name = 'passengers';
  readonly #stage: Stage;
  readonly #errands: Errands;
  #sessions = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#errands = new Errands(this.name, stage.find);
  }

  get isSettled(): boolean {
    return this.#errands.areDone;
  }

  get did(): string {
    return `${this.#sessions} sessions`;
  }

  async begin(): Promise<void> {
    this.#stage.every(50, () => this.#errands.run(() => this.#pass()));
  }

  async #pass(): Promise<void> {
    this.#sessions += 1;
    const topic = `soak/passengers/${this.#sessions % 100}`;
    const client = await connect(url(this.#stage.tcp), {
      clientId: `passenger-${this.#stage.random().toString(36).slice(2)}`,
      properties: { sessionExpiryInterval: this.#stage.random() < 0.5 ? 0 : 1 },
    });
    await client.subscribe([topic, 'soak/passengers/+/x'], { qos: 1 });
    await client.publish(topic, 'hello', { qos: 1, properties: { messageExpiryInterval: 1 } });
    await client.end();
  }

  async end(): Promise<void> {}
}

/** A reader that takes nothing while a publisher floods it at QoS 0: it loses messages, nobody else does. */
export class Sleeper implements Actor {
  readonly name = 'sleeper';
  readonly isSettled = true;
  readonly #stage: Stage;
  readonly #clients: Client[] = [];
  #sent = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get did(): string {
    return `${this.#sent} sent to a reader that does not read`;
  }

  async begin(): Promise<void> {
    const reader = await connect(url(this.#stage.tcp), {
      keepAlive: 0,
      onMessage: () => new Promise<void>(() => undefined),
      maximumInboxMessages: 1,
    });
    await reader.subscribe('soak/sleeper');
    const writer = await connect(url(this.#stage.tcp));
    this.#clients.push(reader, writer);
    this.#stage.every(50, () => {
      for (let count = 0; count < 20; count++) {
        this.#sent += 1;
        writer.publish('soak/sleeper', numbered(this.#sent, 4096)).catch(() => undefined);
      }
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end({ timeout: 0 })));
  }
}

/** Bytes that are not MQTT, and sockets that say nothing. */
export class Noise implements Actor {
  readonly name = 'noise';
  readonly isSettled = true;
  readonly #stage: Stage;
  #connections = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get did(): string {
    return `${this.#connections} connections`;
  }

  async begin(): Promise<void> {
    this.#stage.every(100, () => {
      this.#connections += 1;
      const bytes = Uint8Array.from({ length: 1 + Math.floor(this.#stage.random() * 200) }, () =>
        Math.floor(this.#stage.random() * 256),
      );
      const socket = connectSocket({ host: '127.0.0.1', port: this.#stage.tcp }, () => {
        if (this.#stage.random() < 0.5) socket.end(bytes);
        else socket.write(bytes);
      });
      socket.on('error', () => undefined);
      setTimeout(() => socket.destroy(), 2000).unref();
    });
  }

  async end(): Promise<void> {}
}
