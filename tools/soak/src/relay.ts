/**
 * A piece of network between a client and the broker that is cut now and then: connections end without a word, and new
 * ones are taken at once. Knows nothing of MQTT.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A relay in front of one port. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #cuts = 0;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer({ noDelay: true }, (near) => this.#join(near));
  }

  /** A relay on a free loopback port in front of this one. */
  static async open(port: number): Promise<Relay> {
    const relay = new Relay(port);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    return address.port;
  }

  /** How often connections were cut. */
  get cuts(): number {
    return this.#cuts;
  }

  #join(near: Socket): void {
    const far = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  /** Cuts what is connected. */
  cut(): void {
    if (this.#sockets.size > 0) this.#cuts += 1;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}
