/**
 * A whole broker and its clients in one process, on memory links and a clock that the test moves: no socket, no wait.
 * A client here is a wire: it sends the packets or bytes that a test wants and keeps what comes back. It obeys nothing.
 */
import { Decoder, encode, type Packet, type ProtocolVersion, type QoS } from '@mqtt/codec';
import type { LinkHandler } from '@mqtt/session';
import {
  ManualClock,
  type MemoryEnd,
  MemoryLink,
  type MemoryLinkOptions,
  seededRandom,
} from '@mqtt/session/testing';
import { type Broker, type BrokerOptions, createBroker, type Terms } from '../../src/index.ts';

/** The will a test wants. */
export interface Will {
  readonly topic: string;
  readonly payload?: string | undefined;
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?: object | undefined;
}

/** What of a CONNECT a test wants to say; the rest is plain. */
export interface Wishes {
  readonly version?: ProtocolVersion | undefined;
  readonly clientId?: string | undefined;
  readonly cleanStart?: boolean | undefined;
  readonly keepAlive?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: Uint8Array | undefined;
  readonly will?: Will | undefined;
  readonly properties?: object | undefined;
  /** Of the listener it comes through. */
  readonly terms?: Terms | undefined;
  /** Name of that. */
  readonly listener?: string | undefined;
}

/** The client's end of one connection. */
export class Wire implements LinkHandler {
  readonly link: MemoryLink;
  readonly version: ProtocolVersion;
  readonly received: Packet[] = [];
  isClosed = false;
  readonly #house: House;
  readonly #decoder: Decoder;

  constructor(house: House, link: MemoryLink, version: ProtocolVersion) {
    this.#house = house;
    this.link = link;
    this.version = version;
    this.#decoder = new Decoder({ version, role: 'client', copy: true });
  }

  get end(): MemoryEnd {
    return this.link.near;
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
      this.received.push(packet);
  }

  drained(): void {}

  closed(): void {
    this.isClosed = true;
  }

  /** Sends packets in one chunk, and lets everything happen that follows. */
  send(...packets: object[]): this {
    for (const packet of packets) this.end.write(encode(packet as Packet, this.version));
    this.#house.settle();
    return this;
  }

  /** Sends bytes as they are, `10 0c 00 …` or an array. */
  bytes(bytes: string | Uint8Array): this {
    this.end.write(typeof bytes === 'string' ? hex(bytes) : bytes);
    this.#house.settle();
    return this;
  }

  /** What came since the last call. */
  take(): Packet[] {
    return this.received.splice(0);
  }

  /** What came since the last call, only what matters to most tests: type, and reason code where there is one. */
  takeShort(): string[] {
    return this.take().map(short);
  }

  subscribe(topicFilter: string, qos: QoS = 0, options: object = {}, properties: object = {}): this {
    const five =
      this.version === 5 ? { noLocal: false, retainAsPublished: false, retainHandling: 0, ...options } : {};
    return this.send({
      type: 'SUBSCRIBE',
      packetId: 7,
      subscriptions: [{ topicFilter, qos, ...five }],
      ...(this.version === 5 ? { properties } : {}),
    });
  }

  publish(topic: string, payload: string | Uint8Array, qos: QoS = 0, more: object = {}): this {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    const open = qos === 0 ? {} : { packetId: 1 };
    return this.send({
      type: 'PUBLISH',
      topic,
      payload: bytes,
      qos,
      dup: false,
      retain: false,
      ...open,
      ...more,
    });
  }

  /** Ends properly. */
  disconnect(more: object = {}): void {
    this.send({ type: 'DISCONNECT', ...(this.version === 5 ? { reasonCode: 0 } : {}), ...more });
  }

  /** Is gone without a word. */
  cut(): void {
    this.link.cut();
    this.#house.settle();
  }
}

/** A broker with its clock and its clients. */
export class House {
  readonly clock: ManualClock;
  readonly broker: Broker;
  readonly errors: unknown[] = [];
  readonly #links: MemoryLink[] = [];

  constructor(options: BrokerOptions = {}, clock: ManualClock = new ManualClock()) {
    this.clock = clock;
    const random = seededRandom(7);
    this.broker = createBroker({
      clock: this.clock,
      probe: false,
      random: (target) => target.map(() => Math.floor(random() * 256)),
      ...options,
      hooks: { onError: (error) => this.errors.push(error), ...options.hooks },
    });
  }

  /** A house whose store is loaded. */
  static async opened(options: BrokerOptions, clock?: ManualClock): Promise<House> {
    const house = new House(options, clock);
    await house.broker.open();
    return house;
  }

  /** A connection without a CONNECT. */
  open(
    version: ProtocolVersion = 5,
    options: MemoryLinkOptions = {},
    terms?: Terms,
    listener?: string,
  ): Wire {
    const link = new MemoryLink(options);
    const wire = new Wire(this, link, version);
    link.near.attach(wire);
    const far = listener === undefined ? link.far : Object.assign(link.far, { origin: { listener } });
    link.far.attach(this.broker.accept(far, terms));
    this.#links.push(link);
    this.settle();
    return wire;
  }

  /** A connection that has sent its CONNECT; its CONNACK is in `received`. */
  ask(wishes: Wishes = {}, options: MemoryLinkOptions = {}): Wire {
    const wire = this.open(wishes.version, options, wishes.terms, wishes.listener);
    return wire.send(connect(wishes));
  }

  /** A connected client, its CONNACK taken. */
  connect(wishes: Wishes = {}, options: MemoryLinkOptions = {}): Wire {
    const wire = this.ask(wishes, options);
    const [connack] = wire.take();
    if (connack?.type !== 'CONNACK' || connack.reasonCode !== 0)
      throw new Error(`not connected: ${short(connack)}`);
    return wire;
  }

  /** Moves bytes until nothing moves any more. */
  settle(): void {
    for (let moves = true; moves; ) {
      moves = false;
      this.clock.turn();
      for (const link of this.#links) while (link.step()) moves = true;
    }
  }

  /** As `settle`, and lets promises that are due go on. */
  async settled(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await Promise.resolve();
      this.settle();
    }
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.settle();
  }

  /** The oracle of every hostile case: another client is still served, and nothing inside threw. */
  isWell(): boolean {
    const witness = this.connect({ version: 4, clientId: 'witness' });
    const topic = 'witness/of/it';
    witness.subscribe(topic, 1).publish(topic, 'alive', 1);
    const got = witness.takeShort();
    witness.send({ type: 'PUBACK', packetId: 1 });
    witness.disconnect();
    return this.errors.length === 0 && got.join() === 'SUBACK 1,PUBLISH witness/of/it alive q1,PUBACK';
  }
}

/** A CONNECT packet. */
export function connect(wishes: Wishes = {}): Packet {
  const {
    version = 5,
    clientId = 'c',
    cleanStart = true,
    keepAlive = 0,
    will,
    username,
    password,
    properties,
  } = wishes;
  const packet = {
    type: 'CONNECT',
    version,
    clientId,
    cleanStart,
    keepAlive,
    username,
    password,
    properties,
    will:
      will === undefined
        ? undefined
        : {
            topic: will.topic,
            payload: new TextEncoder().encode(will.payload ?? 'will'),
            qos: will.qos ?? 0,
            retain: will.retain ?? false,
            properties: will.properties,
          },
  };
  return packet as Packet;
}

/** Bytes written as in the specification's figures. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
}

/** A packet in a few words: `PUBLISH a/b hi q1 dup retain`, `CONNACK 0x85`, `SUBACK 1 0x8f`. */
export function short(packet: Packet | undefined): string {
  if (packet === undefined) return 'nothing';
  if (packet.type === 'PUBLISH') {
    const text = new TextDecoder().decode(packet.payload);
    const flags = `${packet.qos > 0 ? ` q${packet.qos}` : ''}${packet.dup ? ' dup' : ''}${packet.retain ? ' retain' : ''}`;
    return `PUBLISH ${packet.topic} ${text.length > 40 ? `${text.length} bytes` : text}${flags}`;
  }
  if ('reasonCodes' in packet && packet.reasonCodes)
    return `${packet.type} ${packet.reasonCodes.map(code).join(' ')}`.trim();
  if ('reasonCode' in packet && packet.reasonCode) return `${packet.type} ${code(packet.reasonCode)}`;
  return packet.type;
}

function code(value: number): string {
  return value < 0x10 ? String(value) : `0x${value.toString(16)}`;
}
