/** A 3.1.1 client on a real socket, packet by packet, for tests of listeners. Knows no broker. */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';
import { connect } from '../wire/house.ts';

/** A connection and what came over it. */
export class RawClient {
  readonly socket: Socket;
  readonly connected: Promise<unknown>;
  readonly #decoder = new Decoder({ version: 4, role: 'client' });
  readonly #packets: Packet[] = [];
  #wake: (() => void) | undefined;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connectSocket({ port, host });
    this.connected = once(this.socket, 'connect');
    this.connected.catch(() => this.#wake?.()); // told by #next
    this.socket.on('close', () => this.#wake?.());
    this.socket.on('data', (chunk) => {
      this.#decoder.push(new Uint8Array(chunk));
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
        this.#packets.push(packet);
      this.#wake?.();
    });
  }

  /** A client that is connected. */
  static async start(port: number, clientId: string, host?: string): Promise<RawClient> {
    const client = new RawClient(port, host);
    client.connect(clientId);
    await client.connack();
    return client;
  }

  /** Whether a connection there is cut before a byte is answered. */
  static async isCut(port: number, host?: string): Promise<boolean> {
    const { socket } = new RawClient(port, host);
    await once(socket, 'close');
    return socket.bytesRead === 0;
  }

  connect(clientId: string): void {
    this.#send(connect({ version: 4, clientId }));
  }

  /** @throws when something else comes */
  async connack(): Promise<void> {
    const packet = await this.#next();
    if (packet.type !== 'CONNACK' || packet.reasonCode !== 0) throw new Error(`not let in: ${packet.type}`);
  }

  /** Publishes and waits for PUBACK. */
  async publish(topic: string): Promise<void> {
    const payload = new Uint8Array([1]);
    this.#send({ type: 'PUBLISH', topic, payload, qos: 1, dup: false, retain: false, packetId: 1 });
    for (let packet = await this.#next(); packet.type !== 'PUBACK'; packet = await this.#next());
  }

  /** Subscribes to a topic and publishes there; returns when the message is back. */
  async echo(topic: string): Promise<void> {
    const subscription = { topicFilter: topic, qos: 0 };
    this.#send({ type: 'SUBSCRIBE', packetId: 7, subscriptions: [subscription] });
    for (let packet = await this.#next(); packet.type !== 'SUBACK'; packet = await this.#next());
    const payload = new Uint8Array([1]);
    this.#send({ type: 'PUBLISH', topic, payload, qos: 0, dup: false, retain: false });
    for (let packet = await this.#next(); packet.type !== 'PUBLISH'; packet = await this.#next());
  }

  end(): void {
    this.socket.destroy();
  }

  #send(packet: object): void {
    this.socket.write(encode<4>(packet as Packet<4>, 4));
  }

  async #next(): Promise<Packet> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (this.socket.destroyed) throw new Error('the connection is closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
