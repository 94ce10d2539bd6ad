/**
 * The client at the other end of one network connection: its link, its limits, whether it is read, what it is sent.
 * The files beside this one say what each of its packets does; `connection.ts` has the switch. Owns no session.
 */
import { Decoder, encode, type Packet, type ProtocolVersion, type ReasonCode } from '@mqtt/codec';
import type { InboundAliases, Link } from '@mqtt/session';
import type { Answer, Client, Credentials, Exchange, ExchangeSuccess } from '../access/access.ts';
import type { Refusal } from '../access/refusal.ts';
import type { Waiter } from '../keeping.ts';
import { Outbox, type OutboxOwner } from '../outbox.ts';
import type { StoredWill } from '../schedule.ts';
import type { Attachment } from '../session/environment.ts';
import type { Session } from '../session/session.ts';
import type { Ticket } from '../store/store.ts';
import type { Subscriber } from '../subscriber.ts';
import { Tap } from '../tap.ts';
import { Timer } from '../timer-wheel.ts';
import type { Rooms } from './rooms.ts';

/** How an authentication exchange ends; 0x95: the client does not take a packet as large as the method's answer. */
export type Outcome = ExchangeSuccess | Refusal | { readonly reasonCode: 0x95 };

/** What is kept of a connection whose CONNECT named an authentication method. */
export interface Authentication {
  /** All AUTH packets, and CONNACK, name it [MQTT-4.12.0-5]. */
  readonly method: string;
  readonly credentials: Credentials;
  /** The exchange that is open. */
  exchange: Exchange | undefined;
  /** true: the method has not answered yet; it is not the client's turn. */
  isAsked: boolean;
  rounds: number;
  bytes: number;
  settle: (outcome: Outcome) => void;
}

/** An acknowledgement that waits for the store. */
export interface Pending {
  readonly ticket: Ticket;
  /** Reason codes it carries; absent: one. */
  readonly weight?: number | undefined;
  send(peer: Peer): void;
}

/** `opened`: no CONNECT yet. `asked`: CONNECT came, its answer is open. `ended`: nothing is read or sent any more. */
export type Phase = 'opened' | 'asked' | 'connected' | 'ended';

/** One network connection, without the meaning of its packets. */
export abstract class Peer implements Attachment, OutboxOwner, Waiter {
  readonly rooms: Rooms;
  readonly link: Link;
  readonly decoder: Decoder;
  readonly outbox: Outbox;
  phase: Phase = 'opened';
  /** What its CONNECT is refused with, whatever it says; undefined for nothing. */
  refusal: 0x9f | undefined;
  version: ProtocolVersion = 4;
  /** What the client's CONNECT allows us to send (§3.1.2.11). */
  maximumPacketSize: number = Number.POSITIVE_INFINITY;
  receiveMaximum = 65_535;
  topicAliasMaximum = 0;
  wantsProblemInformation = true;
  session: Session | undefined;
  /** Who its CONNECT says it is, until that is answered: for whoever is told why it was refused. */
  caller: { readonly clientId: string; readonly username: string | undefined } | undefined;
  client: Client | undefined;
  will: StoredWill | undefined;
  /** It was put out: what it sent and is not decided on is not published. */
  isExpelled = false;
  aliases: InboundAliases | undefined;
  /** Set when CONNECT named an authentication method that is served. */
  authentication: Authentication | undefined;
  /** 1.5 times the keep alive in ms, 0 for none. */
  silence = 0;
  lastReceived = 0;
  /** The topic that was found good last: a flood repeats it. */
  goodTopic = '';
  /** Acknowledgements that wait for the store, in order. */
  pending: Pending[] | undefined;
  /** Reason codes in them, and whether the client is not read because of them. */
  pendingWeight = 0;
  isHeldForStore = false;
  /** Shows what passes; undefined: nobody looks. */
  protected tap: Tap | undefined;
  readonly timer: Timer;
  #drainTimer: Timer | undefined;
  #holds = 0;

  constructor(rooms: Rooms, link: Link) {
    this.rooms = rooms;
    this.link = link;
    this.decoder = new Decoder({
      role: 'server',
      maximumPacketSize: rooms.limits.maximumPacketSizeBeforeConnect,
      texts: rooms.texts,
    });
    this.outbox = new Outbox(link, rooms.turn, rooms.outgoing, this);
    this.timer = new Timer(() => this.timedOut());
  }

  /** Handles the packets that wait in the decoder. */
  abstract process(): void;
  /** A deadline of this connection has come. */
  protected abstract timedOut(): void;
  abstract takenOver(): void;
  abstract overflowed(): void;
  /** The store has more: acknowledgements that waited for it leave. */
  abstract stored(durable: Ticket): boolean;

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Stops reading and handling packets until `release` was called as often. */
  hold(): void {
    if (this.#holds++ === 0) this.link.hold();
  }

  /** Takes one `hold` back. */
  release(): void {
    if (--this.#holds > 0 || this.phase === 'ended') return;
    this.link.resume();
    this.process();
  }

  /**
   * Goes on with `answer` at once, or when it comes; until then this client is not read, so order holds. One that is
   * gone by then is not asked for, unless `isOwed`.
   */
  after<T>(answer: Answer<T>, go: (value: T) => void, isOwed = false): void {
    if (!(answer instanceof Promise)) {
      go(answer);
      return;
    }
    this.hold();
    answer.then((value) => {
      if (isOwed || this.phase !== 'ended') this.guard(() => go(value));
      this.release();
    });
  }

  /** As `after`, but the client is read on meanwhile. */
  alongside<T>(answer: Answer<T>, go: (value: T) => void): void {
    if (!(answer instanceof Promise)) {
      go(answer);
      return;
    }
    answer.then((value) => {
      if (this.phase !== 'ended') this.guard(() => go(value));
    });
  }

  /** Runs what a packet started; whatever it throws ends this connection and no other. */
  abstract guard(action: () => void): void;

  /** Holds this publisher back until `subscriber` has caught up, but not for ever. */
  waitFor(subscriber: Subscriber): void {
    const { wheel, limits, metrics } = this.rooms;
    let isWaiting = true;
    const resume = (): void => {
      if (!isWaiting) return;
      isWaiting = false;
      wheel.clear(timer);
      this.release();
    };
    const timer = new Timer(() => {
      if (this.phase !== 'ended') subscriber.overtake();
      resume();
    });
    metrics.publishersHeld++;
    this.hold();
    wheel.set(timer, limits.maximumHold);
    subscriber.whenReady(resume);
  }

  /**
   * Sends any packet but PUBLISH: with its texts, if the client wants them [MQTT-3.1.2-29] and takes a packet of that
   * size; then without. false: even so it is above the client's own limit and was not sent.
   */
  send(packet: Packet): boolean {
    const told = this.wantsProblemInformation ? packet : without(packet, TEXTS);
    let bytes = encode<ProtocolVersion>(told, this.version);
    if (bytes.length > this.maximumPacketSize) {
      bytes = encode<ProtocolVersion>(without(packet, TEXTS), this.version); // [MQTT-3.2.2-19] and its like
    }
    if (bytes.length > this.maximumPacketSize) {
      bytes = encode<ProtocolVersion>(without(packet, TEXTS_AND_REFERENCE), this.version);
    }
    if (bytes.length > this.maximumPacketSize) return false; // [MQTT-3.1.2-24]
    this.outbox.write(bytes);
    return true;
  }

  wrote(bytes: Uint8Array): void {
    const { metrics, traffic } = this.rooms;
    metrics.bytesSent += bytes.length;
    traffic.sent += bytes.length;
    if (this.tap !== undefined) this.tap.sent(bytes);
  }

  /** From now on each packet is shown to `onPacket`, or none is. */
  watch(isWanted: boolean): void {
    if (isWanted === (this.tap !== undefined)) return;
    this.tap = isWanted ? new Tap(this, this.outbox.length) : undefined;
  }

  blocked(): void {
    const { wheel, limits, metrics } = this.rooms;
    this.#drainTimer ??= new Timer(() => {
      metrics.connectionsStalled++;
      this.link.abort();
    });
    wheel.set(this.#drainTimer, limits.drainTimeout);
  }

  ready(): void {
    if (this.#drainTimer !== undefined) this.rooms.wheel.clear(this.#drainTimer);
    this.session?.ready();
  }

  /** Clears every deadline. */
  stopTimers(): void {
    this.rooms.wheel.clear(this.timer);
    if (this.#drainTimer !== undefined) this.rooms.wheel.clear(this.#drainTimer);
  }
}

const TEXTS: readonly string[] = ['reasonString', 'userProperties'];
const TEXTS_AND_REFERENCE: readonly string[] = [...TEXTS, 'serverReference'];

function without(packet: Packet, names: readonly string[]): Packet {
  if (!('properties' in packet) || packet.properties === undefined) return packet;
  const left = Object.entries(packet.properties).filter(
    ([name, value]) => value !== undefined && !names.includes(name),
  );
  return { ...packet, properties: left.length === 0 ? undefined : Object.fromEntries(left) } as Packet;
}

/** What a handler answers when the connection must end: the reason code, and the statement that was broken. */
export class Violation extends Error {
  readonly reasonCode: ReasonCode;
  readonly statement: string;

  constructor(reasonCode: ReasonCode, statement: string, message: string) {
    super(message);
    this.reasonCode = reasonCode;
    this.statement = statement;
  }
}
