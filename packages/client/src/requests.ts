/**
 * SUBSCRIBE and UNSUBSCRIBE from the call to SUBACK and UNSUBACK (§3.8, §3.10). A request that a connection did not
 * answer is sent again on the next one: it is no part of the session. Knows nothing of who wants which messages. One
 * that is too large for one packet is `features/splitting-requests.ts`.
 */
import type { ProtocolVersion, Suback, Subscribe, Unsuback, Unsubscribe } from '@mqtt/codec';
import { breach, MqttError, unsendable } from './errors.ts';
import { Fifo } from './fifo.ts';
import { checkSize, checkSubscribe, type ServerLimits } from './limits.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import * as words from './words.ts';

/** Where packet ids come from: `OutboundFlows`, which PUBLISH shares. */
export interface RequestIds {
  allocate(): number;
  free(packetId: number): boolean;
}

/** What is asked. */
export interface Ask {
  readonly type: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  /** Subscriptions, or Topic Filters. */
  readonly entries: readonly unknown[];
  readonly properties?: Subscribe['properties'] | Unsubscribe['properties'];
  /** Of this connection alone: reject when it is lost, instead of going again on the next one. No bound holds it up. */
  readonly once?: boolean | undefined;
}

/** What was answered: a reason code for each entry, in order; none to UNSUBSCRIBE in 3.x. */
export interface Answer {
  readonly reasonCodes: readonly number[];
  /** 5.0 only. */
  readonly properties: Suback['properties'] | Unsuback['properties'];
}

/** A request and its promise. */
export class Request extends Pending<Answer> {
  declare readonly ask: Ask;
  /** On this connection. */
  isSent = false;

  constructor(ask: Ask) {
    super();
    this.ask = ask;
  }
}

/** The connection that requests leave through. */
export interface RequestWay {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
}

/** All requests of a client that are not answered. */
export class Requests {
  declare protected readonly version: ProtocolVersion;
  declare protected readonly ids: RequestIds;
  readonly #maximum: number;
  readonly #sent = new Map<number, Request>();
  protected readonly unsent: Fifo<Request> = new Fifo();
  #way: RequestWay | undefined;
  #closed: MqttError | undefined;

  /** `maximum`: requests that may wait for a connection. */
  constructor(version: ProtocolVersion, ids: RequestIds, maximum: number) {
    this.version = version;
    this.ids = ids;
    this.#maximum = maximum;
  }

  /** Requests that wait for the server's answer. */
  get inflight(): number {
    return this.#sent.size;
  }

  /** Sends a request, now or with the next connection. @throws MqttError INVALID_OPTION, at once, when it is not legal */
  send(ask: Ask): Promise<Answer> {
    try {
      sizeOf(this.packet(ask, 1), this.version);
    } catch (error) {
      throw unsendable(error, ask.type);
    }
    const request = new Request(ask);
    if (this.#closed !== undefined) request.reject(this.#closed);
    if (this.unsent.size >= this.#maximum && !ask.once)
      request.reject(new MqttError('QUEUE_FULL', words.requestsFull(this.#maximum)));
    this.opened(request);
    if (request.open) {
      this.unsent.push(request);
      this.advance();
    }
    return request.promise;
  }

  /** A request was made. */
  protected opened(_request: Request): void {}

  /** SUBACK or UNSUBACK came. @throws MqttError PROTOCOL_ERROR when it answers nothing, or not everything [K03] */
  answered({ type, packetId, reasonCodes = [], properties }: Suback | Unsuback): void {
    const request = this.#sent.get(packetId);
    const isSuback = type === 'SUBACK';
    if (request === undefined || isSuback !== (request.ask.type === 'SUBSCRIBE'))
      throw breach(words.strayAnswer(type, packetId), '2.2.1-6');
    const wanted = request.ask.entries.length;
    const given = reasonCodes.length;
    if (given !== wanted && (this.version === 5 || isSuback))
      throw breach(words.unequalAnswer(type, given, wanted), isSuback ? '3.8.4-6' : '3.11.3-1');
    this.#sent.delete(packetId);
    this.ids.free(packetId);
    request.resolve({ reasonCodes, properties });
    this.advance();
  }

  /** A connection is ready. */
  attach(outbox: Outbox, limits: ServerLimits): void {
    this.#way = { outbox, limits };
    this.advance();
  }

  /**
   * The connection is gone. What it did not answer goes again, except when the server broke the protocol. Its packet ids
   * are free by then: `Outbound.reconnect` frees them.
   */
  detach(error: MqttError): void {
    this.#way = undefined;
    for (const request of this.takeAll()) {
      if (request.ask.once || (request.isSent && error.code === 'PROTOCOL_ERROR')) request.reject(error);
      request.isSent = false;
      if (request.open) this.unsent.push(request);
    }
  }

  /** The client ends: every open promise rejects. */
  close(error: MqttError): void {
    this.#closed = error;
    this.#way = undefined;
    for (const request of this.takeAll()) request.reject(error);
  }

  /** What is not answered, in the order it was asked. */
  protected takeAll(): Request[] {
    const all = [...this.#sent.values(), ...this.unsent.takeAll()];
    this.#sent.clear();
    return all;
  }

  protected advance(): void {
    const way = this.#way;
    if (way === undefined) return;
    for (let request = this.unsent.peek(); request; request = this.unsent.peek()) {
      const packetId = request.open ? this.ids.allocate() : 0;
      if (request.open && packetId === 0) return; // all 65,535 are in use; the next answer frees one
      this.unsent.shift();
      if (request.open) this.write(way, request, packetId);
    }
  }

  protected write(way: RequestWay, request: Request, packetId: number): void {
    const { ask } = request;
    try {
      const { limits } = way;
      const packet = this.packet(ask, packetId, limits);
      if (packet.type === 'SUBSCRIBE') checkSubscribe(limits, packet);
      checkSize(limits, packet, this.version);
      way.outbox.write(packet);
      request.isSent = true;
      this.#sent.set(packetId, request);
    } catch (error) {
      this.ids.free(packetId);
      request.reject(unsendable(error, ask.type));
    }
  }

  /** The packet; with what the server's `limits` allow, when they are known. `send` has its entries checked by the codec. */
  protected packet(
    { type, properties, entries }: Ask,
    packetId: number,
    _limits?: ServerLimits,
  ): Subscribe | Unsubscribe {
    return {
      type,
      packetId,
      properties,
      subscriptions: entries,
      topicFilters: entries,
    } as object as Subscribe;
  }
}
