/**
 * An honest client that must be served all along: it publishes to itself at QoS 1 and waits for its PUBACK and its own
 * message each time. Speaks MQTT 3.1.1 through the codec alone.
 */
import { connect, type Socket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';

/** ms within which an honest client must be answered, under attack and on a slow machine. */
const PATIENCE = 10_000;
const TOPIC = 'witness/of/the/fuzzer';

/** A client that checks on the broker. */
export class Witness {
  readonly #socket: Socket;
  readonly #decoder = new Decoder({ role: 'client', version: 4 });
  readonly #waiting = new Set<(packet: Packet) => void>();
  #round = 0;
  /** Told once when the connection ends. */
  #ended: ((why: string) => void) | undefined;
  #end: string | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.#end = error.message;
    });
    socket.on('close', () => {
      this.#end ??= 'the connection was closed';
      this.#ended?.(this.#end);
    });
    socket.on('data', (chunk) => this.#receive(chunk));
  }

  /** Rounds that were answered. */
  get rounds(): number {
    return this.#round;
  }

  /** Connects and subscribes. @throws {Error} when the broker does not let it */
  static async start(port: number): Promise<Witness> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const witness = new Witness(socket);
    const clientId = 'an-honest-witness';
    const hello: Packet = { type: 'CONNECT', version: 4, clientId, cleanStart: true, keepAlive: 0 };
    await witness.#exchange(hello, [(packet) => packet.type === 'CONNACK' && packet.reasonCode === 0]);
    const subscriptions = [{ topicFilter: TOPIC, qos: 1 }] as const;
    await witness.#exchange({ type: 'SUBSCRIBE', packetId: 65_535, subscriptions }, [
      (packet) => packet.type === 'SUBACK',
    ]);
    return witness;
  }

  /** One round. @throws {Error} when it is not served */
  async check(): Promise<void> {
    const packetId = (this.#round % 60_000) + 1;
    const payload = new TextEncoder().encode(String(this.#round));
    const publish: Packet = {
      type: 'PUBLISH',
      topic: TOPIC,
      payload,
      qos: 1,
      dup: false,
      retain: false,
      packetId,
    };
    await this.#exchange(publish, [
      (packet) => packet.type === 'PUBACK' && packet.packetId === packetId,
      (packet) =>
        packet.type === 'PUBLISH' && new TextDecoder().decode(packet.payload) === String(this.#round),
    ]);
    this.#round++;
  }

  /** Leaves. */
  stop(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      if (packet.type === 'PUBLISH' && packet.qos === 1) {
        this.#socket.write(encode<4>({ type: 'PUBACK', packetId: packet.packetId }, 4));
      }
      for (const wait of this.#waiting) wait(packet);
    }
  }

  /** Sends `packet` and waits for one answer to each of `wanted`. */
  async #exchange(packet: Packet, wanted: readonly ((packet: Packet) => boolean)[]): Promise<void> {
    const open = new Set(wanted);
    const what = packet.type;
    let late: NodeJS.Timeout | undefined;
    let wait = (_packet: Packet): void => undefined;
    const answered = new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the honest witness: ${what}: ${why}`));
      wait = (answer) => {
        for (const isIt of open) if (isIt(answer)) open.delete(isIt);
        if (open.size === 0) resolve();
      };
      late = setTimeout(() => fail(`no answer within ${PATIENCE} ms`), PATIENCE);
      this.#ended = fail;
      if (this.#end !== undefined) fail(this.#end);
    });
    this.#waiting.add(wait);
    this.#socket.write(encode<4>(packet as Packet<4>, 4));
    try {
      await answered;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(wait);
    }
  }
}
