/**
 * A client on a real socket that keeps its QoS state over connections, and writes down all that it does and sees.
 * The delivery state is `@mqtt/session`'s, the bytes are the codec's. What it does when, others decide.
 */
import { connect, type Socket } from 'node:net';
import { type Connect, Decoder, encode, type Packet, type Publish, type Subscription } from '@mqtt/codec';
import { Inbound, Outbound } from '@mqtt/session';
import type { WillEvent } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { idOf, payloadOf, sumOf } from './payload.ts';

/** Who a client is; `expiry` in seconds, what 3.1.1 means by a persistent session is 0xFFFFFFFF. */
export interface Identity {
  readonly clientId: string;
  readonly version: 4 | 5;
  readonly expiry: number;
  /** Seconds; 0 is none. */
  readonly keepAlive?: number | undefined;
}

/** A message to publish; an empty one clears what is retained. */
export interface Outgoing {
  readonly id: string;
  readonly topic: string;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly isEmpty: boolean;
}

/** What a client tells whoever moves it; all optional. */
export interface Listening {
  /** A message came, not a duplicate of QoS 2. */
  readonly onMessage?: ((id: string, topic: string, retain: boolean) => void) | undefined;
  /** One of our messages was acknowledged, or its fate will never be known. */
  readonly onSettled?: ((id: string) => void) | undefined;
}

interface Request {
  readonly is: 'subscribed' | 'unsubscribed';
  readonly filters: readonly string[];
  readonly done: (answered: boolean) => void;
}

/** ms that a broker may take to answer CONNECT. */
const PATIENCE = 15_000;
const WINDOW = 20;

/** One client. */
export class Client {
  readonly identity: Identity;
  readonly #recorder: Recorder;
  readonly #listening: Listening;
  readonly #outbound = new Outbound<Outgoing>(WINDOW);
  readonly #inbound = new Inbound();
  readonly #requests = new Map<number, Request>();
  #connection = 0;
  #socket: Socket | undefined;
  #isConnected = false;
  #closed: Promise<void> = Promise.resolve();
  #connacked: ((answer: 'connected' | 'refused' | 'gone') => void) | undefined;

  constructor(identity: Identity, recorder: Recorder, listening: Listening = {}) {
    this.identity = identity;
    this.#recorder = recorder;
    this.#listening = listening;
  }

  /** Whether CONNACK came and the connection has not ended. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Messages that are not settled. */
  get inflight(): number {
    return this.#outbound.inflight;
  }

  /** Whether another message would be taken now. */
  get canPublish(): boolean {
    return this.#isConnected && !this.#outbound.full;
  }

  /** Resolves when the connection that there is has ended. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Connects; `gone` when there is nobody, or the connection ended without an answer. */
  async connect(port: number, isClean: boolean, will?: WillEvent): Promise<'connected' | 'refused' | 'gone'> {
    const socket = await opened(port);
    if (socket === undefined) return 'gone';
    this.#connection++;
    const { version } = this.identity;
    // Clean Session of 3.1.1 is both: without what was before, and over with its connection.
    const expiry = version === 5 ? this.identity.expiry : isClean ? 0 : 0xffffffff;
    const at = this.#at();
    const decoder = new Decoder({ role: 'client', version, copy: true });
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve(this.#ended(socket, at))));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#receive(decoder, chunk));
    this.#recorder.add({ is: 'connect', ...at, version, isClean, expiry, will });
    const answer = new Promise<'connected' | 'refused' | 'gone'>((resolve) => {
      this.#connacked = resolve;
    });
    const late = setTimeout(() => socket.destroy(), PATIENCE);
    this.#write(connectPacket(this.identity, isClean, will));
    const outcome = await answer;
    clearTimeout(late);
    return outcome;
  }

  /** Publishes; only while `canPublish`. */
  publish(message: Outgoing): void {
    const packetId = this.#outbound.send(message, message.qos);
    if (packetId > 0) this.#publish(packetId, message, false);
  }

  /** Subscribes; false when the connection ended before SUBACK. */
  subscribe(filters: readonly [string, ...string[]], qos: 0 | 1 | 2): Promise<boolean> {
    const options =
      this.identity.version === 5
        ? ({ noLocal: false, retainAsPublished: false, retainHandling: 0 } as const)
        : {};
    const [first, ...others] = filters;
    const asked = (topicFilter: string): Subscription<5> =>
      ({ topicFilter, qos, ...options }) as Subscription<5>;
    return this.#ask('subscribed', filters, (packetId) => {
      for (const filter of filters) this.#recorder.add({ is: 'subscribe', ...this.#at(), filter, qos });
      return { type: 'SUBSCRIBE', packetId, subscriptions: [asked(first), ...others.map(asked)] };
    });
  }

  /** Unsubscribes; false when the connection ended before UNSUBACK. */
  unsubscribe(filters: readonly [string, ...string[]]): Promise<boolean> {
    return this.#ask('unsubscribed', filters, (packetId) => {
      for (const filter of filters) this.#recorder.add({ is: 'unsubscribe', ...this.#at(), filter });
      return { type: 'UNSUBSCRIBE', packetId, topicFilters: filters };
    });
  }

  /** Says goodbye and waits until the broker has closed. */
  async disconnect(): Promise<void> {
    if (!this.#isConnected) return;
    this.#recorder.add({ is: 'disconnect', ...this.#at() });
    this.#write({ type: 'DISCONNECT', reasonCode: 0 } as Packet);
    await this.#closed;
  }

  /** Is gone without a word; `bytes`: after some that are no whole packet. */
  drop(bytes?: Uint8Array): void {
    if (bytes === undefined || this.#socket === undefined) this.#socket?.destroy();
    else this.#socket.end(bytes);
  }

  /** PINGREQ. */
  ping(): void {
    if (this.#isConnected) this.#write({ type: 'PINGREQ' });
  }

  /** Reads nothing for a while: the connection is half open, as far as the broker can tell. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  #ask(
    is: Request['is'],
    filters: readonly string[],
    packet: (packetId: number) => Packet,
  ): Promise<boolean> {
    const packetId = this.#isConnected ? this.#outbound.allocate() : 0;
    if (packetId === 0) return Promise.resolve(false);
    return new Promise((done) => {
      this.#requests.set(packetId, { is, filters, done });
      this.#write(packet(packetId));
    });
  }

  #at(): { readonly client: string; readonly connection: number } {
    return { client: this.identity.clientId, connection: this.#connection };
  }

  #write(packet: Packet): void {
    this.#socket?.write(encode(packet as Packet<5>, this.identity.version as 5));
  }

  #publish(packetId: number, message: Outgoing, dup: boolean): void {
    const { id, topic, qos, retain, isEmpty } = message;
    const payload = isEmpty ? new Uint8Array(0) : payloadOf(id);
    const packet: Publish<4> = { type: 'PUBLISH', topic, payload, qos, retain, dup, packetId };
    const sum = sumOf(payload, undefined);
    this.#recorder.add({ is: 'publish', ...this.#at(), id, topic, qos, retain, packetId, dup, isEmpty, sum });
    this.#write(packet);
  }

  #receive(decoder: Decoder, chunk: Uint8Array): void {
    try {
      decoder.push(chunk);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) this.#handle(packet);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.#recorder.add({ is: 'fault', ...this.#at(), what });
      this.#socket?.destroy();
    }
  }

  #handle(packet: Packet): void {
    switch (packet.type) {
      case 'CONNACK':
        this.#connack(packet.reasonCode, packet.sessionPresent, packet.properties?.receiveMaximum);
        return;
      case 'PUBLISH':
        this.#delivered(packet);
        return;
      case 'PUBACK':
      case 'PUBREC':
        this.#acknowledged(packet.type, packet.packetId, packet.reasonCode ?? 0);
        return;
      case 'PUBCOMP':
        this.#outbound.pubcomp(packet.packetId);
        return;
      case 'PUBREL':
        this.#inbound.pubrel(packet.packetId);
        this.#answer('PUBCOMP', packet.packetId);
        return;
      case 'SUBACK':
      case 'UNSUBACK':
        this.#answered(packet.packetId, packet.reasonCodes ?? []);
        return;
      default:
        return; // PINGRESP; DISCONNECT, after which the broker closes
    }
  }

  #connack(reasonCode: number, isPresent: boolean, receiveMaximum: number | undefined): void {
    this.#recorder.add({ is: 'connack', ...this.#at(), reasonCode, isPresent });
    if (reasonCode !== 0) {
      this.#connacked?.('refused');
      this.#socket?.end();
      return;
    }
    this.#isConnected = true;
    const window = Math.min(WINDOW, receiveMaximum ?? WINDOW);
    if (!isPresent) this.#forget();
    this.#outbound.reconnect(window);
    this.#inbound.reconnect();
    this.#outbound.resend({
      publish: (packetId, message) => this.#publish(packetId, message, true),
      pubrel: (packetId) => this.#write({ type: 'PUBREL', packetId, reasonCode: 0 } as Packet),
    });
    this.#connacked?.('connected');
  }

  /** The broker has no session of ours: what was under way is over, and nobody knows how. */
  #forget(): void {
    for (const fact of this.#outbound.facts()) {
      if (fact.fact !== 'sent') continue;
      this.#recorder.add({ is: 'abandoned', ...this.#at(), id: fact.item.id });
      this.#listening.onSettled?.(fact.item.id);
    }
    this.#outbound.clear();
    this.#inbound.clear();
  }

  #delivered(packet: Publish): void {
    const { topic, payload, qos, retain, dup, packetId = 0 } = packet;
    const id = idOf(payload);
    const isNew = qos !== 2 || this.#inbound.publish(packetId, 2) === 'new';
    const sum = sumOf(payload, undefined);
    if (id !== '')
      this.#recorder.add({ is: 'deliver', ...this.#at(), id, topic, qos, retain, packetId, dup, isNew, sum });
    if (qos > 0) this.#answer(qos === 1 ? 'PUBACK' : 'PUBREC', packetId);
    if (isNew) this.#listening.onMessage?.(id, topic, retain);
  }

  #answer(packet: 'PUBACK' | 'PUBREC' | 'PUBCOMP', packetId: number): void {
    this.#recorder.add({ is: 'answered', ...this.#at(), packetId, packet });
    this.#write({ type: packet, packetId, reasonCode: 0 } as Packet);
  }

  #acknowledged(packet: 'PUBACK' | 'PUBREC', packetId: number, reasonCode: number): void {
    const message = this.#outbound.item(packetId);
    const verdict =
      packet === 'PUBACK' ? this.#outbound.puback(packetId) : this.#outbound.pubrec(packetId, reasonCode);
    if (verdict === 'release') this.#write({ type: 'PUBREL', packetId, reasonCode: 0 } as Packet);
    if (message === undefined || verdict === 'unknown') return;
    this.#recorder.add({ is: 'acked', ...this.#at(), id: message.id, reasonCode });
    this.#listening.onSettled?.(message.id);
  }

  #answered(packetId: number, reasonCodes: readonly number[]): void {
    const request = this.#requests.get(packetId);
    if (request === undefined || !this.#outbound.free(packetId)) return;
    this.#requests.delete(packetId);
    request.filters.forEach((filter, index) => {
      const reasonCode = reasonCodes[index] ?? 0;
      if (request.is === 'subscribed')
        this.#recorder.add({ is: 'subscribed', ...this.#at(), filter, reasonCode });
      else this.#recorder.add({ is: 'unsubscribed', ...this.#at(), filter });
    });
    request.done(true);
  }

  #ended(socket: Socket, at: { readonly client: string; readonly connection: number }): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#isConnected = false;
    this.#recorder.add({ is: 'closed', ...at });
    this.#connacked?.('gone');
    for (const { done } of this.#requests.values()) done(false);
    this.#requests.clear();
  }
}

function connectPacket(
  { clientId, version, expiry, keepAlive = 0 }: Identity,
  isClean: boolean,
  will: WillEvent | undefined,
): Packet {
  const properties = version === 5 ? { properties: { sessionExpiryInterval: expiry } } : {};
  const delay = version === 5 && will !== undefined ? { properties: { willDelayInterval: will.delay } } : {};
  const stated =
    will === undefined
      ? {}
      : { will: { topic: will.topic, payload: payloadOf(will.id), qos: 2, retain: false, ...delay } };
  const packet = {
    type: 'CONNECT',
    version,
    clientId,
    cleanStart: isClean,
    keepAlive,
    ...properties,
    ...stated,
  };
  return packet as Connect;
}

function opened(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
