/**
 * A relay between MQTT clients and a broker that understands what passes: every packet is shown to who opened it, who
 * says what goes on in its place. What is not MQTT, and what comes behind it, passes as it is. TCP alone.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Decoder, encode, type Packet, ProtocolError, type ProtocolVersion } from '@mqtt/codec';

/** What goes on in place of a packet: packets or bytes. None: it is lost. The packet itself: its own bytes. */
export type Instead = readonly (Packet | Uint8Array)[];

/** One client's connection through the relay. */
export interface Passage {
  /** Of the client's CONNECT. */
  readonly version: ProtocolVersion;
  toClient(packet: Packet): void;
  toBroker(packet: Packet): void;
  /** Ends both sides, the broker's without a word. */
  cut(): void;
}

/** Who looks at one connection. */
export interface Spoiler {
  fromClient(packet: Packet): Instead;
  fromBroker(packet: Packet): Instead;
  /** The client closed its side, or was cut. */
  clientGone?(): void;
}

/** A running relay. */
export interface PacketRelay {
  readonly url: string;
  stop(): Promise<void>;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

/** Packets out of the bytes of one direction. */
class Stream {
  readonly #decoder: Decoder;
  #rest = Buffer.alloc(0);
  #isLost = false;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  get version(): ProtocolVersion | undefined {
    return this.#decoder.version;
  }

  /** Each whole packet with its bytes; bytes alone from what is no MQTT on. */
  *read(chunk: Uint8Array): Generator<{ packet?: Packet; bytes: Uint8Array }> {
    if (this.#isLost) {
      yield { bytes: chunk };
      return;
    }
    this.#rest = Buffer.concat([this.#rest, chunk]);
    this.#decoder.push(chunk);
    try {
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
        const length = this.#decoder.end - this.#decoder.start;
        const bytes = this.#rest.subarray(0, length);
        this.#rest = this.#rest.subarray(length);
        yield { packet, bytes };
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isLost = true;
      yield { bytes: this.#rest };
    }
  }
}

/** One connection: two sockets, and who looks at what passes. */
class Connection implements Passage {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #fromClient = new Stream(new Decoder({ role: 'server', copy: true }));
  #fromBroker: Stream | undefined;

  constructor(near: Socket, far: Socket, open: (passage: Passage) => Spoiler) {
    this.#near = near;
    this.#far = far;
    const spoiler = open(this);
    near.on('data', (chunk: Uint8Array) =>
      this.#pass(this.#fromClient.read(chunk), far, (packet) => spoiler.fromClient(packet)),
    );
    far.on('data', (chunk: Uint8Array) => {
      this.#fromBroker ??= new Stream(new Decoder({ role: 'client', version: this.version, copy: true }));
      this.#pass(this.#fromBroker.read(chunk), near, (packet) => spoiler.fromBroker(packet));
    });
    const gone = once(() => spoiler.clientGone?.());
    near.on('end', () => {
      gone();
      far.end();
    });
    near.on('error', () => {
      gone();
      far.destroy();
    });
    near.on('close', gone);
    far.on('end', () => near.end());
    far.on('error', () => near.destroy());
  }

  get version(): ProtocolVersion {
    return this.#fromClient.version ?? 4;
  }

  toClient(packet: Packet): void {
    if (this.#near.writable) this.#near.write(encode(packet, this.version));
  }

  toBroker(packet: Packet): void {
    if (this.#far.writable) this.#far.write(encode(packet, this.version));
  }

  cut(): void {
    this.#far.destroy();
    this.#near.end();
  }

  #pass(
    read: Iterable<{ packet?: Packet; bytes: Uint8Array }>,
    to: Socket,
    instead: (packet: Packet) => Instead,
  ): void {
    for (const { packet, bytes } of read) {
      for (const one of packet === undefined ? [bytes] : instead(packet)) {
        if (!to.writable) return;
        if (one === packet) to.write(bytes);
        else to.write(one instanceof Uint8Array ? one : encode(one, this.version));
      }
    }
  }
}

/** Opens a relay on a free loopback port, or on this one, in front of the broker; where that is, is asked each time. */
export async function openPacketRelay(
  broker: () => string,
  open: (passage: Passage) => Spoiler,
  at = 0,
): Promise<PacketRelay> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const { hostname: host, port } = new URL(broker());
    const far = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    new Connection(near, far, open);
  });
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
