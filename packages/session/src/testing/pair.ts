/**
 * Two sessions connected through a channel that loses the connection at any point, reorders nothing and reconnects:
 * real packets of 3.1.1 or 5.0, as bytes, over a MemoryLink, under a seed. Every packet and delivery is judged; a broken
 * rule throws a Violation. Drive it by hand or with fast-check commands.
 */
import type { Packet } from '@mqtt/codec';
import { AckOrder } from '../ack-order.ts';
import { Inbound } from '../inbound.ts';
import { Outbound } from '../outbound.ts';
import { End } from './end.ts';
import { MemoryLink } from './memory-link.ts';
import { seededRandom } from './random.ts';
import { type Message, Referee, Violation } from './referee.ts';

/** One of the two ends. */
export type Side = 'left' | 'right';

/** The Receive Maximum that each end announces. */
export type ReceiveMaximums = Readonly<Record<Side, number>>;

/** How a Pair is made; all optional. */
export interface PairOptions {
  /** 5 by default. */
  readonly version?: 4 | 5 | undefined;
  /** Decides the chunks and which direction moves next. */
  readonly seed?: number | undefined;
  /** Longest chunk in bytes; default 24, which cuts most packets in two. */
  readonly largestChunk?: number | undefined;
  /** Bytes that may wait in one direction before an end sends no more messages; default 65,536. */
  readonly highWaterMark?: number | undefined;
  /** Another sending half, e.g. a mutant. */
  readonly outbound?: (() => Outbound<Message>) | undefined;
  /** Another receiving half. */
  readonly inbound?: (() => Inbound) | undefined;
  /** Another order of acknowledgements. */
  readonly order?: (() => AckOrder<Packet>) | undefined;
}

/** Two ends, and the connection between them while there is one. */
export class Pair {
  readonly left: End;
  readonly right: End;
  readonly version: 4 | 5;
  readonly #options: PairOptions;
  readonly #random: () => number;
  readonly #judges: Readonly<Record<Side, Referee>> = { left: new Referee(), right: new Referee() };
  #link: MemoryLink | undefined;
  #serial = 0;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.version = options.version ?? 5;
    this.#random = seededRandom(options.seed ?? 1);
    this.left = this.#end('left', 'right');
    this.right = this.#end('right', 'left');
  }

  /** Whether there is a connection. */
  get isUp(): boolean {
    return this.#link !== undefined;
  }

  /** Makes a connection and sends again what is in flight. */
  connect({ left, right }: ReceiveMaximums = { left: 65_535, right: 65_535 }): void {
    this.cut();
    const { largestChunk = 24, highWaterMark } = this.#options;
    const link = new MemoryLink({ random: this.#random, largestChunk, highWaterMark });
    this.#link = link;
    link.near.attach(this.left);
    link.far.attach(this.right);
    this.left.connect(link.near, right, left);
    this.right.connect(link.far, left, right);
  }

  /** Loses the connection and everything on its way. */
  cut(): void {
    this.#link?.cut();
    this.#link = undefined;
  }

  /** Loses the connection after that many more bytes from one side have arrived. */
  cutAfter(side: Side, bytes: number): void {
    const link = this.#link;
    if (link === undefined) return;
    const end = side === 'left' ? link.near : link.far;
    end.cutAfter(bytes);
    while (!end.isOver && link.step());
    if (end.isOver) this.#link = undefined;
    else end.cutAfter(Number.POSITIVE_INFINITY);
  }

  /** The application of one side publishes. `isRefused`: the other side answers 0x87; 5.0 only. */
  publish(side: Side, qos: 1 | 2, isRefused = false): void {
    this.#serial += 1;
    this[side].send({ serial: this.#serial, qos, isRefused: isRefused && this.version === 5 });
  }

  /** One side sends a SUBSCRIBE, if there is a connection. */
  subscribe(side: Side): void {
    if (this.isUp) this[side].subscribe();
  }

  /** A chunk arrives. False: nothing is on its way. */
  step(): boolean {
    return this.#link?.step() ?? false;
  }

  /** The store of one side finishes one of the messages that wait for it. */
  settle(side: Side, index: number): void {
    const end = this[side];
    if (end.pending > 0) end.settle(index % end.pending);
  }

  /** One side gets an acknowledgement that nobody owes it; without effect when it would mean something. */
  stray(side: Side, type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP', packetId: number): void {
    const sender = type === 'PUBREL' ? other(side) : side;
    if (!this.isUp || this.#judges[sender].expects(type, packetId)) return;
    this[side].handle({ type, packetId, reasonCode: 0 });
  }

  /** One side's process ends, which loses the connection, and another takes up its session from what is stored. */
  restart(side: Side): void {
    this.cut();
    const { outbound, inbound } = this.#halves();
    this[side].restart(outbound, inbound);
  }

  /** Lets everything finish, and checks that nothing was lost, delivered twice or left open. */
  rest(): void {
    if (!this.isUp) this.connect();
    do {
      while (this.step());
      this.settle('left', 0);
      this.settle('right', 0);
    } while (this.left.pending + this.right.pending > 0 || this.step());
    for (const side of ['left', 'right'] as const) {
      this.#judges[side].checkAtRest();
      for (const packetId of this[side].inbound.held()) {
        throw new Violation('held for ever', 'MQTT-4.3.3-12', `packet id ${packetId}, whose flow is over`);
      }
    }
  }

  #halves(): { outbound: Outbound<Message>; inbound: Inbound } {
    const { outbound, inbound } = this.#options;
    return { outbound: outbound?.() ?? new Outbound<Message>(), inbound: inbound?.() ?? new Inbound() };
  }

  #end(side: Side, peer: Side): End {
    return new End({
      ...this.#halves(),
      version: this.version,
      order: this.#options.order ?? (() => new AckOrder<Packet>()),
      sending: this.#judges[side],
      receiving: this.#judges[peer],
    });
  }
}

function other(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}
