/**
 * A random client of the simulation: it keeps the protocol, and nothing else is certain about it. It is cut at any byte,
 * acknowledges late, stops reading, comes back, sends again what was open. What it got and what it knows to be kept is written down.
 */
import { Decoder, encode, matches, type Packet, type QoS } from '@mqtt/codec';
import { Inbound, InboundAliases, type LinkHandler, Outbound } from '@mqtt/session';
import { MemoryLink } from '@mqtt/session/testing';
import type { Broker } from '../../src/index.ts';
import { connect } from '../wire/house.ts';

/** One message of a run, as its publisher made it. */
export interface Told {
  readonly name: string;
  readonly publisher: string;
  readonly topic: string;
  readonly qos: QoS;
  /** Bytes of payload behind its name. */
  readonly size: number;
}

/** A message as it came. */
export interface Got {
  readonly name: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly dup: boolean;
}

/** A client that may be cut at any time. */
export class Actor implements LinkHandler {
  readonly clientId: string;
  readonly version: 4 | 5;
  /** Everything that came, in order; a QoS 2 message once. */
  readonly got: Got[] = [];
  /** Filters and their QoS. */
  readonly subscriptions: Map<string, QoS> = new Map();
  readonly outbound: Outbound<Told> = new Outbound<Told>(20);
  readonly #inbound = new Inbound();
  readonly #broker: Broker;
  readonly #random: () => number;
  #decoder = new Decoder();
  link: MemoryLink | undefined;
  isConnected = false;
  isFrozen = false;
  #aliases = new InboundAliases(0);
  /** PUBLISH packets that had an alias in place of their topic. */
  aliased = 0;
  /** Acknowledgements that were not sent yet. */
  #owed: object[] = [];

  constructor(clientId: string, version: 4 | 5, broker: Broker, random: () => number) {
    this.clientId = clientId;
    this.version = version;
    this.#broker = broker;
    this.#random = random;
  }

  /** Opens a connection to its kept session. */
  connect(): void {
    const random = this.#random;
    const link = new MemoryLink({
      random,
      largestChunk: 100 + Math.floor(random() * 4000),
      highWaterMark: 300,
    });
    this.link = link;
    this.#decoder = new Decoder({ version: this.version, role: 'client', copy: true });
    this.#owed = [];
    link.near.attach(this);
    link.far.attach(this.#broker.accept(link.far));
    this.isFrozen = false;
    const receiveMaximum = 1 + Math.floor(random() * 30);
    const topicAliasMaximum = Math.floor(random() * 4);
    this.#aliases = new InboundAliases(topicAliasMaximum);
    const properties =
      this.version === 5
        ? { sessionExpiryInterval: 1_000_000, receiveMaximum, topicAliasMaximum }
        : undefined;
    this.#send(connect({ version: this.version, clientId: this.clientId, cleanStart: false, properties }));
  }

  /** Loses the connection, with what is on the way. */
  cut(): void {
    this.link?.cut();
    this.link = undefined;
    this.isConnected = false;
  }

  /** Reads nothing until it is told to again. */
  freeze(isFrozen: boolean): void {
    this.isFrozen = isFrozen;
    if (isFrozen) this.link?.near.hold();
    else this.link?.near.resume();
  }

  publish(told: Told): boolean {
    if (!this.isConnected) return false;
    const packetId = told.qos === 0 ? undefined : this.outbound.send(told, told.qos);
    if (packetId === 0) return false;
    this.#publish(told, packetId, false);
    return true;
  }

  /** Subscribes for good; what it gives counts from SUBACK on. */
  subscribe(topicFilter: string, qos: QoS): void {
    const five = this.version === 5 ? { noLocal: false, retainAsPublished: false, retainHandling: 2 } : {};
    this.#send({ type: 'SUBSCRIBE', packetId: 65_000, subscriptions: [{ topicFilter, qos, ...five }] });
    this.subscriptions.set(topicFilter, qos);
  }

  /** Sends the acknowledgements it owes. */
  acknowledge(): void {
    for (const packet of this.#owed.splice(0)) this.#send(packet);
  }

  /** The QoS its subscriptions give a message; undefined when none matches. */
  granted(topic: string): QoS | undefined {
    let best: QoS | undefined;
    for (const [filter, qos] of this.subscriptions)
      if (matches(filter, topic)) best = Math.max(best ?? 0, qos) as QoS;
    return best;
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
      this.#handle(packet);
  }

  drained(): void {}
  closed(): void {
    this.isConnected = false;
    this.link = undefined; // the broker may have ended it: nothing was read for too long
  }

  #handle(packet: Packet): void {
    switch (packet.type) {
      case 'CONNACK':
        this.isConnected = true;
        this.#inbound.reconnect();
        this.outbound.reconnect(20);
        this.#resend();
        break;
      case 'PUBLISH':
        this.#take(packet);
        break;
      case 'PUBREL':
        this.#inbound.pubrel(packet.packetId);
        this.#owed.push({ type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 });
        break;
      case 'PUBACK':
        this.outbound.puback(packet.packetId);
        this.#resend();
        break;
      case 'PUBREC':
        if (this.outbound.pubrec(packet.packetId) === 'release') this.#pubrel(packet.packetId);
        break;
      case 'PUBCOMP':
        this.outbound.pubcomp(packet.packetId);
        this.#resend();
        break;
      case 'SUBACK':
        break;
      default:
        throw new Error(`${this.clientId} got ${packet.type}`);
    }
  }

  #take(packet: Extract<Packet, { type: 'PUBLISH' }>): void {
    const { qos, dup, packetId, properties } = packet;
    const alias = properties !== undefined && 'topicAlias' in properties ? properties.topicAlias : undefined;
    const topic = this.#aliases.resolve(packet.topic, alias);
    if (typeof topic !== 'string')
      throw new Error(`${this.clientId} got alias ${alias}, which it does not know`);
    if (packet.topic === '') this.aliased++;
    const [name = ''] = new TextDecoder().decode(packet.payload).split(' ');
    if (qos === 2 && this.#inbound.publish(packetId, 2) === 'duplicate') {
      this.#owed.push({ type: 'PUBREC', packetId, reasonCode: 0 });
      return;
    }
    this.got.push({ name, topic, qos, dup });
    if (qos > 0) this.#owed.push({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
  }

  #resend(): void {
    this.outbound.resend({
      publish: (packetId, told) => this.#publish(told, packetId, true),
      pubrel: (packetId) => this.#pubrel(packetId),
    });
  }

  #pubrel(packetId: number): void {
    this.#send({ type: 'PUBREL', packetId, reasonCode: 0 });
  }

  #publish({ topic, name, qos, size }: Told, packetId: number | undefined, dup: boolean): void {
    const payload = new TextEncoder().encode(`${name} ${'x'.repeat(size)}`);
    this.#send({ type: 'PUBLISH', topic, payload, qos, dup, retain: false, packetId });
  }

  #send(packet: object): void {
    const { reasonCode, ...three } = packet as { reasonCode?: number };
    this.link?.near.write(
      encode<4 | 5>((this.version === 5 ? packet : three) as Packet<4 | 5>, this.version),
    );
  }
}
