/**
 * Subscription Identifiers (§3.8.2.1.2): a message goes to the consumers of the subscriptions that it names, where the
 * server takes identifiers. Routes are remembered. Filters and consumers are `subscriptions.ts`.
 */
import type { Properties, ProtocolVersion, Subscription } from '@mqtt/codec';
import type { Inbox } from '../inbox.ts';
import type { ServerLimits } from '../limits.ts';
import type { Received } from '../received.ts';
import { type Call, Subscriptions } from '../subscriptions.ts';

/** Routes found lately; forgotten whenever filters or consumers change. */
const CACHED_ROUTES = 1000;

const IDS = 'subscriptionIdentifiers';
type Bag = { [name: string]: unknown };

/** Filters and consumers of a client with every option. */
export class IdentifiedSubscriptions extends Subscriptions {
  readonly #version: ProtocolVersion;
  /** By identifier, then by topic. */
  readonly #routes = new Map<number | string | undefined, Map<string, readonly Inbox[]>>();
  #cached = 0;
  /** The last identifier that was chosen here, and those that the user chose. */
  #lastId = 0;
  readonly #given = new Set<number>();
  /** Sees every message before it is handed on. */
  observe: ((message: Received) => void) | undefined;

  constructor(version: ProtocolVersion) {
    super();
    this.#version = version;
  }

  override open(
    subscriptions: readonly Subscription<5>[],
    properties: Properties<'SUBSCRIBE'> | undefined,
  ): Call {
    const call = super.open(subscriptions, properties);
    const given = properties?.subscriptionIdentifier;
    if (given === undefined) this.#lastId += 1;
    else this.#given.add(given);
    call.id = given ?? this.#lastId;
    return call;
  }

  override deliver(message: Received): void {
    this.observe?.(message);
    super.deliver(message);
  }

  protected override changed(): void {
    this.#routes.clear();
    this.#cached = 0;
  }

  protected override route(message: Received): readonly Inbox[] {
    const { topic } = message;
    const ids = message.properties?.[IDS];
    // One identifier, as nearly every message of 5.0 has, costs no text: joined ones take 200 ns.
    const key = ids === undefined || ids.length === 1 ? ids?.[0] : ids.join();
    let route = this.#routes.get(key)?.get(topic);
    if (route === undefined) {
      if (this.#cached >= CACHED_ROUTES) this.changed();
      this.#cached += 1;
      route = this.#find(topic, ids);
      const routes = this.#routes.get(key) ?? new Map<string, readonly Inbox[]>();
      this.#routes.set(key, routes.set(topic, route));
    }
    if (ids !== undefined) this.#hide(message, ids);
    return route;
  }

  /** Identifiers that were chosen here mean nothing to whoever reads the message. */
  #hide(message: Received, ids: readonly number[]): void {
    const shown = ids.filter((id) => id > this.#lastId || this.#given.has(id));
    if (shown.length === ids.length) return;
    // Nearly every message of 5.0 has nothing else: a copy begins with the first thing that is shown.
    let properties: Bag | undefined;
    for (const name in message.properties) {
      const value = name === IDS ? shown[0] && shown : (message.properties as Bag)[name];
      if (value === undefined) continue;
      properties ??= {};
      properties[name] = value;
    }
    message.properties = properties;
  }

  /** Identifiers that mean nothing here are of an earlier process, or of a subscription that was just replaced. */
  #find(topic: string, ids: readonly number[] = []): readonly Inbox[] {
    const matching = this.matching(topic);
    const named = matching.filter(({ last }) => last.id !== undefined && ids.includes(last.id));
    return this.consumers(named.length > 0 ? named : matching);
  }

  protected override areAlike(one: Call, other: Call, limits: ServerLimits): boolean {
    const withIds = this.#version === 5 && limits.subscriptionIdentifiersAvailable;
    return super.areAlike(one, other, limits) && (!withIds || one.id === other.id);
  }
}
