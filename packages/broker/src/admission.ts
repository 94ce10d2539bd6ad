/**
 * Who is let in before a byte is read: how many connections there may be, handshakes included, how often they may
 * come, and how long each may take from its accept to its CONNECT. Knows no sockets; listeners ask it, the broker
 * serves what it admits.
 */
import type { Link, LinkHandler } from '@mqtt/session';
import { type Hooks, tell } from './hooks.ts';
import type { Metrics } from './metrics.ts';
import type { Limits } from './options.ts';
import { type Rate, Rates } from './rates.ts';
import { Timer, type TimerWheel } from './timer-wheel.ts';

/** One listener's share. */
export interface Place {
  /** Connections it may have open. */
  readonly maximumConnections: number;
  /** Whether what comes too often is told so: not behind TLS, where the answer costs what the limit is to save. */
  readonly isAnswering: boolean;
  /** Connections and handshakes now. */
  open: number;
  /** What hooks call it; undefined for a link that the program gave. */
  name: string | undefined;
}

/** Serves an admitted link. */
export type Serve<P extends Place> = (link: Link, visit: Visit<P>) => LinkHandler;

interface Rooms {
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly hooks: Hooks;
  readonly wheel: TimerWheel;
}

/** How often one address may come, and all together. */
function ratesOf(limits: Limits): readonly [each: Rate, all: Rate] {
  return [
    { perSecond: limits.maximumConnectRatePerAddress, burst: limits.maximumConnectBurstPerAddress },
    { perSecond: limits.maximumConnectRate, burst: limits.maximumConnectBurst },
  ];
}

/** The doorkeeper of a broker; a place may say more than is asked of it here. */
export class Admission<P extends Place = Place> {
  readonly rooms: Rooms;
  readonly serve: Serve<P>;
  readonly rates: Rates;
  /** Those whose handshake goes on. */
  readonly waiting: Set<Visit<P>> = new Set();
  #open = 0;
  #isClosed = false;

  constructor(rooms: Rooms, serve: Serve<P>) {
    this.rooms = rooms;
    this.serve = serve;
    this.rates = new Rates(...ratesOf(rooms.limits));
  }

  /** The limits are other ones now. */
  relimit(): void {
    this.rates.change(...ratesOf(this.rooms.limits));
  }

  /** Room for one more at `place`, or undefined. */
  arrive(place: P, peer: string): Visit<P> | undefined {
    const { limits, metrics } = this.rooms;
    const isFull = this.#open >= limits.maximumConnections || place.open >= place.maximumConnections;
    if (isFull || this.#isClosed) {
      metrics.connectionsRefused++;
      return undefined;
    }
    this.#open++;
    place.open++;
    return new Visit(this, place, peer);
  }

  /** One that was let in at `place` is gone. */
  leave(place: Place): void {
    this.#open--;
    place.open--;
  }

  /** Nobody gets in any more; handshakes are cut. */
  close(): void {
    this.#isClosed = true;
    for (const visit of [...this.waiting]) visit.cut();
  }
}

/** One connection from its accept until its link is served. */
export class Visit<P extends Place = Place> {
  readonly place: P;
  /** When it was accepted, in ms of the clock. */
  readonly since: number;
  /** Its address: the socket's, or what a PROXY header gave. */
  peer: string;
  /** What its CONNECT is to be refused with; undefined for nothing. */
  refusal: 0x9f | undefined;
  readonly #admission: Admission<P>;
  #connection: { readonly phase: string } | undefined;
  #timer: Timer | undefined;
  #cut: (() => void) | undefined;
  #isOver = false;
  /** What went wrong in its handshake. */
  #trouble: string | undefined;

  constructor(admission: Admission<P>, place: P, peer: string) {
    this.#admission = admission;
    this.place = place;
    this.peer = peer;
    this.since = admission.rooms.wheel.now;
  }

  get isOpening(): boolean {
    return this.#connection?.phase === 'opened';
  }

  identify(peer: string = this.peer): boolean {
    const { rates, rooms } = this.#admission;
    this.peer = peer;
    const rating = rates.rate(peer, rooms.wheel.now);
    if (rating === 'admit') return true;
    rooms.metrics.connectionsRateLimited++;
    if (rating === 'answer' && this.place.isAnswering) {
      this.refusal = 0x9f;
      return true;
    }
    this.#over();
    return false;
  }

  wait(cut: () => void): void {
    if (this.#isOver) return;
    const { waiting, rooms } = this.#admission;
    this.#cut = cut;
    if (this.#timer !== undefined) return;
    this.#timer = new Timer(() => this.#late());
    waiting.add(this);
    rooms.wheel.set(this.#timer, rooms.limits.connectTimeout); // absolute: bytes do not move it [C02]
  }

  accept(link: Link): LinkHandler {
    this.#stopWaiting();
    this.#isOver = true;
    return this.#admission.serve(link, this);
  }

  /** The connection that this became. */
  became(connection: { readonly phase: string }): void {
    this.#connection = connection;
  }

  refused(trouble?: string): void {
    if (this.#isOver) return;
    this.#trouble = trouble;
    this.#over();
    this.#admission.rooms.metrics.protocolErrors++;
    this.#tell(true);
  }

  oversized(): void {
    this.#admission.rooms.metrics.packetsTooLarge++;
  }

  ended(): void {
    if (this.#isOver) return;
    this.#over();
    this.#tell(false);
  }

  /** The broker ends. */
  cut(): void {
    this.#over();
    this.#cut?.();
    this.#tell(true);
  }

  #late(): void {
    this.#admission.rooms.metrics.connectTimeouts++;
    this.cut();
  }

  #over(): void {
    this.#stopWaiting();
    this.#isOver = true;
    this.#admission.leave(this.place);
  }

  #stopWaiting(): void {
    if (this.#timer === undefined) return;
    this.#admission.rooms.wheel.clear(this.#timer);
    this.#admission.waiting.delete(this);
  }

  #tell(byBroker: boolean): void {
    const { metrics, hooks } = this.#admission.rooms;
    const attempt = {
      listener: this.place.name,
      clientId: undefined,
      username: undefined,
      version: undefined,
      trouble: this.#trouble,
    };
    tell(metrics, hooks.onRefuse, this.peer, { reasonCode: 0x80, byBroker }, attempt);
  }
}
