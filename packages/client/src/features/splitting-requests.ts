/**
 * What options add to SUBSCRIBE and UNSUBSCRIBE: as many packets as the server's Maximum Packet Size asks for,
 * Subscription Identifiers, AbortSignals. The way of each packet is `requests.ts`.
 */
import type { Subscribe, Unsubscribe } from '@mqtt/codec';
import { invalid } from '../errors.ts';
import type { ServerLimits } from '../limits.ts';
import { sizeOf } from '../outbox.ts';
import { type Answer, type Ask, Request, Requests, type RequestWay } from '../requests.ts';
import { watch } from './abort.ts';

/** What is asked, with every option. */
export interface OptionalAsk extends Ask {
  /** A Subscription Identifier, for servers of 5.0 that take one. */
  readonly id?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Of the handler. */
  readonly concurrency?: number | undefined;
}

/** Bytes of the largest packet, where the server names no smaller one. */
const LARGEST = 65_536;

/** All requests of a client with every option. */
export class SplittingRequests extends Requests {
  /** A part of a request that needs several packets -> the request. */
  readonly #whole = new Map<Request, Request>();

  override send(ask: OptionalAsk): Promise<Answer> {
    if (ask.concurrency !== undefined && !(ask.concurrency >= 1))
      throw invalid('concurrency must be 1 or more');
    return super.send(ask);
  }

  protected override opened(request: Request): void {
    const { signal } = request.ask as OptionalAsk;
    if (signal !== undefined && request.open) watch(request, signal);
  }

  protected override packet(
    ask: OptionalAsk,
    packetId: number,
    limits?: ServerLimits,
  ): Subscribe | Unsubscribe {
    const { type, id, properties } = ask;
    const hasId = type === 'SUBSCRIBE' && this.version === 5 && limits?.subscriptionIdentifiersAvailable;
    return super.packet(
      hasId && id !== undefined ? { ...ask, properties: { subscriptionIdentifier: id, ...properties } } : ask,
      packetId,
    );
  }

  protected override write(way: RequestWay, request: Request, packetId: number): void {
    const { ask } = request;
    const { entries } = ask;
    const most = Math.min(way.limits.maximumPacketSize, LARGEST);
    const isWhole =
      entries.length < 2 || sizeOf(this.packet(ask, packetId, way.limits), this.version) <= most;
    if (isWhole) super.write(way, request, packetId);
    else {
      this.ids.free(packetId);
      this.#split(request);
    }
  }

  /** Two halves go in its place, and are split again if they must. A connection that is lost leaves the whole again. */
  #split(request: Request): void {
    const { ask, settled } = request;
    const half = Math.ceil(ask.entries.length / 2);
    const parts = [ask.entries.slice(0, half), ask.entries.slice(half)].map(
      (entries) => new Request({ ...ask, entries }),
    );
    request.isSent = true;
    request.settled = () => {
      settled?.();
      for (const part of parts) {
        this.#whole.delete(part);
        part.reject(new Error('the request is over'));
      }
    };
    Promise.all(parts.map(({ promise }) => promise)).then(
      (answers) => {
        const reasonCodes = answers.flatMap((answer) => answer.reasonCodes);
        request.resolve({ reasonCodes, properties: answers.at(-1)?.properties });
      },
      (error) => request.reject(error),
    );
    for (const part of parts.reverse()) {
      this.#whole.set(part, request);
      this.unsent.push(part, this.unsent.first);
    }
  }

  /** Every request as it was asked. */
  protected override takeAll(): Request[] {
    const wholes = super.takeAll().map((part) => {
      let request = part;
      for (let whole = this.#whole.get(part); whole !== undefined; whole = this.#whole.get(whole))
        request = whole;
      return request;
    });
    this.#whole.clear();
    return [...new Set(wholes)];
  }
}
