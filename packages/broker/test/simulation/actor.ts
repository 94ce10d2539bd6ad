/**
 * A random client that outlives brokers: it keeps the protocol and its own Session State, is cut at any byte, answers
 * late, and writes down what it did and got. What is wrong with a packet by itself, it says; the rest is `rules.ts`'s.
 */
import { Decoder, encode, type Packet, type QoS } from '@mqtt/codec';
import { InboundAliases, type LinkHandler, Outbound } from '@mqtt/session';
import { MemoryLink } from '@mqtt/session/testing';
import type { Broker } from '../../src/index.ts';
import { connect } from '../wire/house.ts';
import type { Got, History, Subscribed, Told, Willed } from './history.ts';

/** What kind of client it is. */
export interface Nature {
  readonly clientId: string;
  readonly version: 4 | 5;
  /** Its session outlives its connections. */
  readonly isKept: boolean;
}

/** How the connection is made. */
export interface Way {
  readonly largestChunk: number;
  readonly highWaterMark: number;
  readonly receiveMaximum: number;
  readonly topicAliasMaximum: number;
  readonly isClean: boolean;
  readonly wantsWill: boolean;
}

const PROBING: Way = {
  largestChunk: 300,
  highWaterMark: 65_536,
  receiveMaximum: 9,
  topicAliasMaximum: 0,
  isClean: true,
  wantsWill: false,
};

/** A client. */
export class Actor implements LinkHandler {
  readonly nature: Nature;
  readonly got: Got[] = [];
  readonly subscriptions: Subscribed[] = [];
  readonly faults: string[] = [];
  link: MemoryLink | undefined;
  isConnected = false;
  isFrozen = false;
  /** PUBLISH packets that had an alias in place of their topic. */
  aliased = 0;
  readonly #history: History;
  readonly #random: () => number;
  #outbound = new Outbound<Told>(20);
  /** QoS 2 ids from PUBLISH to PUBREL, and what they mean; QoS 1 ids until PUBACK is sent. */
  readonly #held = new Map<number, string>();
  readonly #unanswered = new Map<number, string>();
  readonly #asked = new Map<number, Subscribed | string>();
  #decoder = new Decoder();
  #aliases = new InboundAliases(0);
  #owed: object[] = [];
  #requestId = 60_000;
  #will: Willed | undefined;
  /** What CONNACK must say; undefined: either. */
  #mustBePresent: boolean | undefined;
  #wasClean = false;
  #wantsClean = false;

  constructor(nature: Nature, history: History, random: () => number) {
    this.nature = nature;
    this.#history = history;
    this.#random = random;
    this.#mustBePresent = nature.isKept ? undefined : false;
  }

  get clientId(): string {
    return this.nature.clientId;
  }

  get inflight(): number {
    return this.#outbound.inflight;
  }

  connect(broker: Broker, way: Way = PROBING): void {
    const { clientId, version, isKept } = this.nature;
    const { largestChunk, highWaterMark, receiveMaximum, topicAliasMaximum } = way;
    const link = new MemoryLink({ random: this.#random, largestChunk, highWaterMark });
    this.link = link;
    this.isFrozen = false;
    this.#aliases = new InboundAliases(topicAliasMaximum);
    this.#decoder = new Decoder({ version, role: 'client', copy: true });
    this.#owed = [];
    this.#unanswered.clear();
    this.#asked.clear();
    // One that wanted a clean session and does not know that it got it wants one still.
    this.#wasClean = way.isClean || !isKept || this.#wantsClean;
    this.#wantsClean = this.#wasClean;
    if (this.#wasClean) this.#forget();
    link.near.attach(this);
    link.far.attach(broker.accept(link.far));
    const expiry = isKept ? { sessionExpiryInterval: 1_000_000 } : {};
    const properties = version === 5 ? { ...expiry, receiveMaximum, topicAliasMaximum } : undefined;
    const name = this.#history.newName();
    const will = way.wantsWill ? { topic: 'w', payload: name, qos: 2 as const } : undefined;
    this.#will = way.wantsWill ? { name, isAcked: false, state: 'open' } : undefined;
    if (this.#will !== undefined) this.#history.wills.set(name, this.#will);
    this.#send(connect({ version, clientId, cleanStart: this.#wasClean, properties, will }));
  }

  /** Loses the connection; `isCrash`: the broker is gone too, and nobody hears of it there. */
  cut(isCrash = false): void {
    if (!isCrash) this.link?.cut();
    this.#gone();
  }

  /** Reads nothing until it is told to again. */
  freeze(isFrozen: boolean): void {
    this.isFrozen = isFrozen;
    if (isFrozen) this.link?.near.hold();
    else this.link?.near.resume();
  }

  /** Says goodbye. */
  disconnect(): void {
    this.#send({ type: 'DISCONNECT', reasonCode: 0 });
    if (this.#will !== undefined) this.#will.state = 'said';
    this.#will = undefined;
  }

  publish(topic: string, qos: QoS, size = 0, retain = false, payload?: string): void {
    if (!this.isConnected || (qos > 0 && this.#outbound.full)) return;
    const name = this.#history.newName();
    const publisher = this.clientId;
    const told = this.#history.tell({ name, publisher, topic, qos, size, retain, payload: payload ?? name });
    this.#publish(told, told.qos === 0 ? undefined : this.#outbound.send(told, told.qos), false);
  }

  subscribe(topicFilter: string, qos: QoS): void {
    if (!this.isConnected) return;
    const now = this.#history.step;
    for (const one of this.#of(topicFilter)) one.endAskedAt ??= now;
    const one: Subscribed = {
      topicFilter,
      qos,
      askedAt: now,
      ackedAt: undefined,
      endAskedAt: undefined,
      endedAt: undefined,
      isDiscarded: false,
    };
    this.subscriptions.push(one);
    const five =
      this.nature.version === 5 ? { noLocal: false, retainAsPublished: false, retainHandling: 2 } : {};
    this.#asked.set(this.#nextRequest(), one);
    this.#send({
      type: 'SUBSCRIBE',
      packetId: this.#requestId,
      subscriptions: [{ topicFilter, qos, ...five }],
    });
  }

  unsubscribe(topicFilter: string): void {
    if (!this.isConnected || this.#of(topicFilter).length === 0) return;
    for (const one of this.#of(topicFilter)) one.endAskedAt ??= this.#history.step;
    this.#asked.set(this.#nextRequest(), topicFilter);
    this.#send({ type: 'UNSUBSCRIBE', packetId: this.#requestId, topicFilters: [topicFilter] });
  }

  /** Sends the answers it owes. */
  answer(): void {
    for (const packet of this.#owed.splice(0)) this.#send(packet);
    this.#unanswered.clear();
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
      this.#handle(packet);
  }

  drained(): void {}

  closed(): void {
    this.#gone();
  }

  #of(topicFilter: string): Subscribed[] {
    return this.subscriptions.filter((one) => one.topicFilter === topicFilter && one.endedAt === undefined);
  }

  #nextRequest(): number {
    this.#requestId = this.#requestId === 65_000 ? 60_001 : this.#requestId + 1;
    return this.#requestId;
  }

  #gone(): void {
    this.link = undefined;
    this.isConnected = false;
    if (this.#will?.state === 'open') this.#will.state = 'lost';
    this.#will = undefined;
  }

  /** A clean session: whatever was before is nothing now, if the broker hears of it; until then it may be. */
  #forget(): void {
    this.#outbound = new Outbound<Told>(20);
    this.#held.clear();
    for (const one of this.subscriptions) {
      one.endAskedAt ??= this.#history.step;
      one.isDiscarded = true;
      if (!this.nature.isKept) one.endedAt ??= this.#history.step;
    }
    this.#mustBePresent = this.nature.isKept ? undefined : false;
  }

  #handle(packet: Packet): void {
    switch (packet.type) {
      case 'CONNACK':
        if (packet.reasonCode === 0) this.#welcome(packet.sessionPresent);
        else if (!this.#history.isHard) this.faults.push(`CONNACK ${packet.reasonCode}`);
        break;
      case 'PUBLISH':
        this.#take(packet);
        break;
      case 'PUBREL':
        this.#held.delete(packet.packetId);
        this.#owed.push({ type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 });
        break;
      case 'PUBACK':
      case 'PUBREC':
        this.#acknowledged(packet.type, packet.packetId, packet.reasonCode ?? 0);
        break;
      case 'PUBCOMP':
        this.#outbound.pubcomp(packet.packetId);
        this.#resend();
        break;
      case 'SUBACK':
        this.#answered(packet.packetId, packet.reasonCodes[0] ?? 0);
        break;
      case 'UNSUBACK':
        this.#answered(packet.packetId, 0);
        break;
      default:
        if (packet.type !== 'DISCONNECT' || !this.#history.isHard) this.faults.push(`got ${packet.type}`);
    }
  }

  #welcome(isPresent: boolean): void {
    const wanted = this.#wasClean ? false : this.#mustBePresent;
    if (wanted !== undefined && wanted !== isPresent) this.faults.push(`session present ${isPresent}`);
    if (this.#wasClean) for (const one of this.subscriptions) one.endedAt ??= this.#history.step;
    if (this.nature.isKept) this.#mustBePresent = true;
    if (this.#will !== undefined) this.#will.isAcked = true;
    this.isConnected = true;
    this.#wantsClean = false;
    if (!isPresent) this.#held.clear();
    this.#outbound.reconnect(20);
    this.#resend();
  }

  #acknowledged(type: 'PUBACK' | 'PUBREC', packetId: number, reasonCode: number): void {
    const told = this.#outbound.item(packetId);
    if (reasonCode >= 0x80 && !this.#history.isHard) this.faults.push(`${type} ${reasonCode}`);
    if (told !== undefined && reasonCode >= 0x80) told.isRefused = true;
    else if (told !== undefined) told.ackedAt ??= this.#history.step;
    if (type === 'PUBACK') this.#outbound.puback(packetId);
    else if (this.#outbound.pubrec(packetId, reasonCode) === 'release') this.#pubrel(packetId);
    this.#resend();
  }

  #answered(packetId: number, reasonCode: number): void {
    const asked = this.#asked.get(packetId);
    this.#asked.delete(packetId);
    const now = this.#history.step;
    if (reasonCode >= 0x80 && !this.#history.isHard) this.faults.push(`SUBACK ${reasonCode}`);
    if (typeof asked === 'object' && reasonCode >= 0x80) asked.endedAt = now;
    else if (typeof asked === 'object') asked.ackedAt = now;
    else if (asked !== undefined)
      for (const one of this.#of(asked)) if (one.endAskedAt !== undefined) one.endedAt = now;
  }

  #take(packet: Extract<Packet, { type: 'PUBLISH' }>): void {
    const { qos, dup, packetId, payload } = packet;
    const topic = this.#topicOf(packet);
    const [name = ''] = new TextDecoder().decode(payload).split(' ');
    const size = payload.length - name.length;
    if (qos > 0 && packetId === 0) this.faults.push(`${name}: packet id 0`);
    const meant = this.#held.get(packetId ?? 0) ?? this.#unanswered.get(packetId ?? 0);
    if (qos > 0 && meant !== undefined) {
      if (meant !== name) this.faults.push(`${name}: packet id ${packetId} means ${meant}`);
      else if (!dup) this.faults.push(`${name}: packet id ${packetId} twice without DUP`);
    }
    if (qos === 2) this.#owed.push({ type: 'PUBREC', packetId, reasonCode: 0 });
    if (qos === 1) {
      this.#owed.push({ type: 'PUBACK', packetId, reasonCode: 0 });
      this.#unanswered.set(packetId ?? 0, name);
    }
    if (qos === 2 && this.#held.has(packetId ?? 0)) return;
    if (qos === 2) this.#held.set(packetId ?? 0, name);
    this.got.push({ name, topic, qos, dup, size, at: this.#history.step });
  }

  #topicOf({ topic, properties }: Extract<Packet, { type: 'PUBLISH' }>): string {
    const alias = properties !== undefined && 'topicAlias' in properties ? properties.topicAlias : undefined;
    const resolved = this.#aliases.resolve(topic, alias);
    if (topic === '') this.aliased++;
    if (typeof resolved === 'string') return resolved;
    this.faults.push(`topic alias ${alias} that it does not know`);
    return '';
  }

  #resend(): void {
    this.#outbound.resend({
      publish: (packetId, told) => this.#publish(told, packetId, true),
      pubrel: (packetId) => this.#pubrel(packetId),
    });
  }

  #pubrel(packetId: number): void {
    this.#send({ type: 'PUBREL', packetId, reasonCode: 0 });
  }

  #publish(told: Told, packetId: number | undefined, dup: boolean): void {
    told.sends++;
    const { topic, qos, retain, size } = told;
    const payload = new TextEncoder().encode(
      size === 0 ? told.payload : `${told.payload} ${'x'.repeat(size - 1)}`,
    );
    this.#send({ type: 'PUBLISH', topic, payload, qos, dup, retain, packetId });
  }

  #send(packet: object): void {
    const { reasonCode, ...three } = packet as { reasonCode?: number };
    const { version } = this.nature;
    this.link?.near.write(encode<4 | 5>((version === 5 ? packet : three) as Packet<4 | 5>, version));
  }
}
