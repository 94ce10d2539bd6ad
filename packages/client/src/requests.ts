/**
 * SUBSCRIBE and UNSUBSCRIBE from the call to SUBACK and UNSUBACK (§3.8, §3.10). A request that a connection did not
 * answer is sent again on the next one: it is no part of the session. Knows nothing of who wants which messages.
 */
import type { ProtocolVersion, Suback, Subscribe, Unsuback, Unsubscribe } from '@mqtt/codec';
import { breach, MqttError, unsendable } from './errors.ts';
import { Fifo } from './fifo.ts';
import { checkSize, checkSubscribe, type ServerLimits } from './limits.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';

/** A SUBSCRIBE or UNSUBSCRIBE without its packet id. */
export type RequestPacket = Omit<Subscribe, 'packetId'> | Omit<Unsubscribe, 'packetId'>;

/** Which packet answers which (§3.8.4, §3.10.4). */
const answers = { SUBSCRIBE: 'SUBACK', UNSUBSCRIBE: 'UNSUBACK' } as const;

/** Where packet ids come from: `Outbound`, which PUBLISH shares. */
export interface RequestIds {
  allocate(): number;
  free(packetId: number): boolean;
}

/** How a request is sent; all optional. */
export interface RequestOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Called when `signal` ended the wait. */
  readonly aborted?: (() => void) | undefined;
  /** Reject when the connection is lost, instead of going again on the next one. */
  readonly once?: boolean | undefined;
}

class Request extends Pending<Suback | Unsuback> {
  readonly packet: RequestPacket;
  readonly once: boolean;
  /** How many reason codes the answer must have [MQTT-3.8.4-6]. */
  readonly codes: number;

  constructor(packet: RequestPacket, once: boolean) {
    super();
    this.packet = packet;
    this.once = once;
    this.codes = packet.type === 'SUBSCRIBE' ? packet.subscriptions.length : packet.topicFilters.length;
  }
}

/** The connection that requests leave through. */
interface Way {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
}

/** All requests of a client that are not answered. */
export class Requests {
  readonly #version: ProtocolVersion;
  readonly #ids: RequestIds;
  readonly #maximum: number;
  readonly #sent = new Map<number, Request>();
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

  /**
   * Sends a request, now or with the next connection, and resolves with its answer.
   * @throws MqttError INVALID_OPTION, at once, when the packet is not legal
   */
  send(packet: RequestPacket, options: RequestOptions = {}): Promise<Suback | Unsuback> {
    const { signal, aborted = () => {}, once = false } = options;
    try {
      sizeOf(withId(packet, 1), this.#version);
    } catch (error) {
      throw unsendable(packet.type, error);
    }
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#unsent.size >= this.#maximum) {
      return Promise.reject(new MqttError('QUEUE_FULL', `${this.#maximum} requests wait to be sent already`));
    }
    const request = new Request(packet, once);
    if (signal !== undefined) request.watch(signal, aborted);
    if (request.open) {
      this.#unsent.push(request);
      this.#advance();
    }
    return request.promise;
  }

  /** SUBACK or UNSUBACK came. @throws MqttError PROTOCOL_ERROR when it answers nothing, or not everything [K03] */
  answered(packet: Suback | Unsuback): void {
    const request = this.#sent.get(packet.packetId);
    const { type, packetId, reasonCodes } = packet;
    if (request === undefined || type !== answers[request.packet.type]) {
      throw breach(`the server sent ${type} for packet id ${packetId}, which nothing waits for`, '2.2.1-6');
    }
    const given = reasonCodes?.length ?? 0;
    if (given !== request.codes && (this.#version === 5 || type === 'SUBACK')) {
      const section = type === 'SUBACK' ? '3.8.4-6' : '3.11.3-1';
      throw breach(
        `the server sent ${type} with ${given} reason codes for ${request.codes} filters`,
        section,
      );
    }
    this.#sent.delete(packet.packetId);
    this.#ids.free(packet.packetId);
    request.resolve(packet);
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
    const waiting = this.#unsent.takeAll();
    for (const request of this.#sent.values()) {
      if (request.once || error.code === 'PROTOCOL_ERROR') request.reject(error);
      else if (request.open) this.#unsent.push(request);
    }
    this.#sent.clear();
    for (const request of waiting) if (request.open) this.#unsent.push(request);
  }

  /** The client ends: every open promise rejects. */
  close(error: MqttError): void {
    this.#closed = error;
    this.#way = undefined;
    for (const request of [...this.#sent.values(), ...this.#unsent.takeAll()]) request.reject(error);
    this.#sent.clear();
  }

  #advance(): void {
    const way = this.#way;
    if (way === undefined) return;
    for (let request = this.#unsent.peek(); request !== undefined; request = this.#unsent.peek()) {
      const packetId = request.open ? this.#ids.allocate() : 0;
      if (request.open && packetId === 0) return; // all 65,535 are in use; the next answer frees one
      this.#unsent.shift();
      if (request.open) this.#write(way, request, packetId);
    }
  }

  #write({ outbox, limits }: Way, request: Request, packetId: number): void {
    const packet = withId(request.packet, packetId);
    try {
      if (packet.type === 'SUBSCRIBE') checkSubscribe(limits, packet);
      checkSize(limits, packet, this.#version);
      outbox.write(packet);
      this.#sent.set(packetId, request);
    } catch (error) {
      this.#ids.free(packetId);
      request.reject(unsendable(packet.type, error));
    }
  }
}

function withId(packet: RequestPacket, packetId: number): Subscribe | Unsubscribe {
  return { ...packet, packetId } as Subscribe | Unsubscribe;
}
