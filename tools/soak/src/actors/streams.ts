/**
 * Steady streams: a publisher and a reader with kept sessions, at each QoS, version and transport, over connections that
 * are cut. Every message must come, in order, at QoS 2 once.
 */
import { type Client, connect } from '@mqtt/client';
import { Ledger } from '../ledger.ts';
import { type Actor, numbered, numberOf, type Stage } from './actor.ts';

/** One stream. */
export interface StreamOptions {
  readonly qos: 0 | 1 | 2;
  readonly version: 3 | 4 | 5;
  readonly transport: 'tcp' | 'ws';
  /** ms between two messages. */
  readonly pace: number;
  readonly size: number;
  /** The reader is not done with a message before so many ms have passed. */
  readonly slow?: number;
}

/** A stream of one publisher to one reader. */
export class Stream implements Actor {
  readonly name: string;
  readonly #stage: Stage;
  readonly #options: StreamOptions;
  readonly #ledger: Ledger;
  readonly #clients: Client[] = [];
  #refused = 0;
  #open = 0;

  constructor(stage: Stage, options: StreamOptions) {
    const { qos, version, transport, slow } = options;
    this.#stage = stage;
    this.#options = options;
    this.name = `stream-v${version}-q${qos}-${transport}-${options.size}${slow === undefined ? '' : '-slow'}`;
    this.#ledger = new Ledger(this.name, qos, stage.find);
  }

  get isSettled(): boolean {
    return this.#open === 0 && this.#ledger.isSettled;
  }

  get did(): string {
    const { received, duplicates, missed } = this.#ledger;
    const rest = `${duplicates} again${this.#options.qos === 0 ? `, ${missed} missed` : ''}`;
    return `${received} received, ${rest}${this.#refused === 0 ? '' : `, ${this.#refused} refused`}`;
  }

  async #connect(role: string, onMessage?: (payload: Uint8Array) => void | Promise<void>): Promise<Client> {
    const { version, transport } = this.#options;
    const relay = await this.#stage.shaky(transport === 'tcp' ? this.#stage.tcp : this.#stage.ws);
    const url = transport === 'tcp' ? `mqtt://127.0.0.1:${relay.port}` : `ws://127.0.0.1:${relay.port}/mqtt`;
    const shared = {
      clientId: `${this.name}-${role}`.slice(0, 60),
      cleanStart: false,
      reconnect: { minimumDelay: 20, maximumDelay: 500, initial: true },
      ...(onMessage && { onMessage: ({ payload }: { payload: Uint8Array }) => onMessage(payload) }),
    };
    const client = await (version === 5
      ? connect(url, { ...shared, properties: { sessionExpiryInterval: 3600, receiveMaximum: 50 } })
      : connect(url, { ...shared, version }));
    client.on('error', (error) => this.#stage.find(`${this.name}: ${error.message}`));
    this.#clients.push(client);
    return client;
  }

  async begin(): Promise<void> {
    const { qos, pace, size, slow } = this.#options;
    const reader = await this.#connect('r', (payload) => {
      this.#ledger.came(numberOf(payload));
      return slow === undefined ? undefined : new Promise((resolve) => setTimeout(resolve, slow));
    });
    const topic = `soak/${this.name}`;
    await reader.subscribe(topic, { qos });
    const writer = await this.#connect('w');
    this.#stage.every(pace, () => {
      const number = this.#ledger.next();
      this.#open += 1;
      writer
        .publish(topic, numbered(number, size), { qos })
        .then(
          () => this.#ledger.acknowledged(number),
          (error: Error) => {
            this.#refused += 1;
            this.#stage.find(`${this.name}: ${number} was refused: ${error.message}`);
          },
        )
        .finally(() => {
          this.#open -= 1;
        });
    });
  }

  async end(): Promise<void> {
    this.#ledger.close();
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}
