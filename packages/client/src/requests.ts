/**
 * SUBSCRIBE and UNSUBSCRIBE from the call to SUBACK and UNSUBACK (§3.8, §3.10), in as many packets as the server's
 * Maximum Packet Size asks for. A request that a connection did not answer is sent again on the next one: it is no part
 * of the session. Knows nothing of who wants which messages.
 */
import type { ProtocolVersion, Suback, Subscribe, Unsuback, Unsubscribe } from '@mqtt/codec';
import { breach, MqttError, unsendable } from './errors.ts';
import { Fifo } from './fifo.ts';
import { checkSize, checkSubscribe, type ServerLimits } from './limits.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';

/** Where packet ids come from: `Outbound`, which PUBLISH shares. */
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
  /** A Subscription Identifier, for servers of 5.0 that take one. */
  readonly id?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Reject when the connection is lost, instead of going again on the next one. */
  readonly once?: boolean | undefined;
}

/** What was answered: a reason code for each entry, in order; none to UNSUBSCRIBE in 3.x. */
export interface Answer {
  readonly reasonCodes: number[];
  /** Of the last packet; 5.0 only. */
  readonly properties: Suback['properties'] | Unsuback['properties'];
}

class Request extends Pending<Answer> {
  readonly ask: Ask;
  sent = 0;
  answered = 0;
  /** Entries that fit into one packet. */
  fit: number;
  reasonCodes: number[] = [];

  constructor(ask: Ask) {
    super();
    this.ask = ask;
    this.fit = ask.entries.length;
  }
}

/** One packet of a request. */
interface Part {
  readonly request: Request;
  readonly from: number;
  readonly count: number;
}

/** The connection that requests leave through. */
interface Way {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
}

/** Bytes of the largest packet, where the server names no smaller one. */
const LARGEST = 65_536;

/** All requests of a client that are not answered. */
export class Requests {
  readonly #version: ProtocolVersion;
  readonly #ids: RequestIds;
  readonly #maximum: number;
  readonly #sent = new Map<number, Part>();
  readonly #unsent = new Fifo<Request>();
  #way: Way | undefined;
  #closed: MqttError | undefined;

  /** `maximum`: requests that may wait for a connection. */
  constructor(version: ProtocolVersion, ids: RequestIds, maximum: number) {
    this.#version = version;
    this.#ids = ids;
    this.#maximum = maximum;
  }

  /** Requests that wait for the server's answer. */
  get inflight(): number {
    return this.#sent.size;
  }

  /** Sends a request, now or with the next connection. @throws MqttError INVALID_OPTION, at once, when it is not legal */
  send(ask: Ask): Promise<Answer> {
    try {
      sizeOf(packetOf(ask, ask.entries, 1, false), this.#version);
    } catch (error) {
      throw unsendable(ask.type, error);
    }
    const request = new Request(ask);
    if (this.#closed !== undefined) request.reject(this.#closed);
    if (this.#unsent.size >= this.#maximum)
      request.reject(new MqttError('QUEUE_FULL', `${this.#maximum} requests wait to be sent already`));
    if (ask.signal !== undefined && request.open) request.watch(ask.signal, () => {});
    if (request.open) {
      this.#unsent.push(request);
      this.#advance();
    }
    return request.promise;
  }

  /** SUBACK or UNSUBACK came. @throws MqttError PROTOCOL_ERROR when it answers nothing, or not everything [K03] */
  answered(packet: Suback | Unsuback): void {
    const { type, packetId, reasonCodes = [], properties } = packet;
    const part = this.#sent.get(packetId);
    const isSuback = type === 'SUBACK';
    if (part === undefined || isSuback !== (part.request.ask.type === 'SUBSCRIBE'))
      throw breach(`the server sent ${type} for packet id ${packetId}, which nothing waits for`, '2.2.1-6');
    const { request, from, count } = part;
    const given = reasonCodes.length;
    if (given !== count && (this.#version === 5 || isSuback))
      throw breach(
        `the server sent ${type} with ${given} reason codes for ${count} filters`,
        isSuback ? '3.8.4-6' : '3.11.3-1',
      );
    this.#sent.delete(packetId);
    this.#ids.free(packetId);
    for (const [index, reasonCode] of reasonCodes.entries()) request.reasonCodes[from + index] = reasonCode;
    request.answered += count;
    if (request.answered === request.ask.entries.length)
      request.resolve({ reasonCodes: request.reasonCodes, properties });
    this.#advance();
  }

  /** A connection is ready. */
  attach(outbox: Outbox, limits: ServerLimits): void {
    this.#way = { outbox, limits };
    this.#advance();
  }

  /**
   * The connection is gone. What it did not answer goes again, except when the server broke the protocol. Its packet ids
   * are free by then: `Outbound.reconnect` frees them.
   */
  detach(error: MqttError): void {
    this.#way = undefined;
    for (const request of this.#takeAll()) {
      if (request.sent > 0 && (request.ask.once || error.code === 'PROTOCOL_ERROR')) request.reject(error);
      request.sent = 0;
      request.answered = 0;
      request.fit = request.ask.entries.length;
      request.reasonCodes = [];
      if (request.open) this.#unsent.push(request);
    }
  }

  /** The client ends: every open promise rejects. */
  close(error: MqttError): void {
    this.#closed = error;
    this.#way = undefined;
    for (const request of this.#takeAll()) request.reject(error);
  }

  #takeAll(): Set<Request> {
    const sent = [...this.#sent.values()].map(({ request }) => request);
    this.#sent.clear();
    return new Set([...sent, ...this.#unsent.takeAll()]);
  }

  #advance(): void {
    const way = this.#way;
    if (way === undefined) return;
    for (let request = this.#unsent.peek(); request !== undefined; request = this.#unsent.peek()) {
      const packetId = request.open ? this.#ids.allocate() : 0;
      if (request.open && packetId === 0) return; // all 65,535 are in use; the next answer frees one
      if (request.open) this.#write(way, request, packetId);
      if (!request.open || request.sent === request.ask.entries.length) this.#unsent.shift();
    }
  }

  #write({ outbox, limits }: Way, request: Request, packetId: number): void {
    const { ask, sent: from } = request;
    const { entries } = ask;
    const make = (): Subscribe | Unsubscribe =>
      packetOf(
        ask,
        entries.slice(from, from + request.fit),
        packetId,
        this.#version === 5 && limits.subscriptionIdentifiersAvailable,
      );
    try {
      const most = Math.min(limits.maximumPacketSize, LARGEST);
      let packet = make();
      for (; request.fit > 1 && sizeOf(packet, this.#version) > most; packet = make())
        request.fit = Math.ceil(request.fit / 2);
      if (packet.type === 'SUBSCRIBE') checkSubscribe(limits, packet);
      checkSize(limits, packet, this.#version);
      outbox.write(packet);
      request.sent = Math.min(from + request.fit, entries.length);
      this.#sent.set(packetId, { request, from, count: request.sent - from });
    } catch (error) {
      this.#ids.free(packetId);
      request.reject(unsendable(ask.type, error));
    }
  }
}

function packetOf(
  { type, properties, id }: Ask,
  entries: readonly unknown[],
  packetId: number,
  withId: boolean,
): Subscribe | Unsubscribe {
  const packet =
    type === 'UNSUBSCRIBE'
      ? { type, packetId, properties, topicFilters: entries }
      : {
          type,
          packetId,
          properties: withId && id !== undefined ? { subscriptionIdentifier: id, ...properties } : properties,
          subscriptions: entries,
        };
  return packet as Subscribe | Unsubscribe; // `send` had each of its entries checked by the codec
}
