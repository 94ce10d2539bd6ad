/**
 * The client most programs use today, on the same broker: QoS 1 in both versions, its own reconnection, its own order.
 */
import { connectAsync, type MqttClient } from 'mqtt';
import { Ledger } from '../ledger.ts';
import { type Actor, numbered, numberOf, type Stage } from './actor.ts';

/** MQTT.js to MQTT.js. */
export class MqttJsStream implements Actor {
  readonly name: string;
  readonly #stage: Stage;
  readonly #version: 4 | 5;
  readonly #ledger: Ledger;
  readonly #clients: MqttClient[] = [];

  constructor(stage: Stage, version: 4 | 5) {
    this.#stage = stage;
    this.#version = version;
    this.name = `mqttjs-v${version}`;
    this.#ledger = new Ledger(this.name, 1, stage.find);
  }

  get isSettled(): boolean {
    return this.#ledger.isSettled;
  }

  get did(): string {
    return `${this.#ledger.received} received, ${this.#ledger.duplicates} again`;
  }

  async #connect(role: string, port: number): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: `${this.name}-${role}`,
      clean: false,
      protocolVersion: this.#version,
      reconnectPeriod: 50,
      ...(this.#version === 5 && { properties: { sessionExpiryInterval: 3600 } }),
    });
    client.on('error', () => undefined); // it connects again by itself
    this.#clients.push(client);
    return client;
  }

  async begin(): Promise<void> {
    const topic = `soak/${this.name}`;
    const reader = await this.#connect('r', (await this.#stage.shaky(this.#stage.tcp)).port);
    reader.on('message', (_topic, payload) => this.#ledger.came(numberOf(payload)));
    await reader.subscribeAsync(topic, { qos: 1 });
    // Its resends do not keep the order of its publishes, so its writer has a connection that stays.
    const writer = await this.#connect('w', this.#stage.tcp);
    this.#stage.every(50, () => {
      const number = this.#ledger.next();
      writer.publish(topic, Buffer.from(numbered(number, 64)), { qos: 1 }, (error) => {
        if (error instanceof Error) this.#stage.find(`${this.name}: ${number}: ${error.message}`);
        else this.#ledger.acknowledged(number);
      });
    });
  }

  async end(): Promise<void> {
    this.#ledger.close();
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
  }
}
