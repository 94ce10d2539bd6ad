/**
 * The store in memory: everything is kept at once, for as long as the object lives. A broker that is given the same
 * MemoryStore as the one before it goes on where that stopped. Without any store a broker keeps even less: nothing.
 */
import type {
  Delivery,
  DeliveryKey,
  KeptDelivery,
  KeptMessage,
  KeptSession,
  KeptSubscription,
  Progress,
  Restored,
  RetainedKey,
  SessionKey,
} from './facts.ts';
import type { Store, StoreWatcher, Ticket } from './store.ts';

interface Entry {
  session: KeptSession;
  readonly subscriptions: Map<string, KeptSubscription>;
  readonly deliveries: Set<DeliveryKey>;
  readonly held: Set<number>;
}

interface Owed {
  readonly session: SessionKey;
  readonly kept: KeptDelivery;
  progress: Progress;
}

/** Keeps facts in maps. */
export class MemoryStore implements Store {
  readonly #sessions = new Map<SessionKey, Entry>();
  readonly #deliveries = new Map<DeliveryKey, Owed>();
  readonly #retained = new Map<RetainedKey, KeptMessage>();
  #newest: Ticket = 0;
  #key = 0;
  #last: { readonly told: KeptMessage; readonly kept: KeptMessage } | undefined;

  get isFull(): boolean {
    return false;
  }

  get newest(): Ticket {
    return this.#newest;
  }

  get durable(): Ticket {
    return this.#newest;
  }

  watch(_watcher: StoreWatcher): void {
    // nothing is ever later than its fact
  }

  async load(restored: Restored): Promise<void> {
    for (const [key, { session }] of this.#sessions) restored.session(key, session);
    for (const [key, { subscriptions, deliveries, held }] of this.#sessions) {
      for (const subscription of subscriptions.values()) restored.subscription(key, subscription);
      for (const packetId of held) restored.held(key, packetId);
      for (const delivery of deliveries) this.#restore(delivery, restored);
    }
    for (const [key, { topic, size, expiresAt, arrivedAt }] of this.#retained)
      restored.retained(key, topic, size, expiresAt, arrivedAt);
  }

  opened(session: KeptSession): SessionKey {
    const key = this.#nextKey();
    this.#sessions.set(key, {
      session: copyOfSession(session),
      subscriptions: new Map(),
      deliveries: new Set(),
      held: new Set(),
    });
    return key;
  }

  changed(session: SessionKey, state: KeptSession): void {
    this.#newest++;
    this.#entry(session).session = copyOfSession(state);
  }

  ended(session: SessionKey): void {
    this.#newest++;
    for (const key of this.#entry(session).deliveries) this.#deliveries.delete(key);
    this.#sessions.delete(session);
  }

  subscribed(session: SessionKey, subscription: KeptSubscription): void {
    this.#newest++;
    this.#entry(session).subscriptions.set(subscription.topicFilter, subscription);
  }

  unsubscribed(session: SessionKey, topicFilter: string): void {
    this.#newest++;
    this.#entry(session).subscriptions.delete(topicFilter);
  }

  queued(session: SessionKey, message: KeptMessage, delivery: Delivery): DeliveryKey {
    const key = this.#nextKey();
    const { qos, retain, identifiers, share } = delivery;
    const kept = { qos, retain, identifiers, share, message: this.#keep(message) };
    this.#deliveries.set(key, { session, kept, progress: { state: 'queued' } });
    this.#entry(session).deliveries.add(key);
    return key;
  }

  sent(delivery: DeliveryKey, packetId: number): void {
    this.#newest++;
    this.#owed(delivery).progress = { state: 'sent', packetId };
  }

  released(delivery: DeliveryKey): void {
    this.#newest++;
    const owed = this.#owed(delivery);
    if (owed.progress.state === 'queued') throw new RangeError(`delivery ${delivery} was never sent`);
    owed.progress = { state: 'released', packetId: owed.progress.packetId };
  }

  settled(delivery: DeliveryKey): void {
    this.#newest++;
    const { session } = this.#owed(delivery);
    this.#deliveries.delete(delivery);
    this.#entry(session).deliveries.delete(delivery);
  }

  delivery(delivery: DeliveryKey): KeptDelivery | undefined {
    return this.#owed(delivery).kept;
  }

  held(session: SessionKey, packetId: number): void {
    this.#newest++;
    this.#entry(session).held.add(packetId);
  }

  unheld(session: SessionKey, packetId: number): void {
    this.#newest++;
    this.#entry(session).held.delete(packetId);
  }

  retained(message: KeptMessage): RetainedKey {
    const key = this.#nextKey();
    this.#retained.set(key, this.#keep(message));
    return key;
  }

  cleared(retained: RetainedKey): void {
    this.#newest++;
    this.#retained.delete(retained);
  }

  retainedMessage(retained: RetainedKey): KeptMessage | undefined {
    return this.#retained.get(retained);
  }

  async close(): Promise<void> {
    this.#last = undefined;
  }

  #restore(key: DeliveryKey, restored: Restored): void {
    const { session, kept, progress } = this.#owed(key);
    restored.delivery(session, key, kept.qos, kept.message.size, progress);
  }

  #nextKey(): number {
    this.#newest++;
    this.#key++;
    return this.#key;
  }

  /** One copy for all who are told the same message one after the other. */
  #keep(told: KeptMessage): KeptMessage {
    if (this.#last?.told !== told) {
      this.#last = { told, kept: copyOf(told) };
    }
    return this.#last.kept;
  }

  #entry(session: SessionKey): Entry {
    const entry = this.#sessions.get(session);
    if (entry === undefined) throw new RangeError(`session ${session} is not open`);
    return entry;
  }

  #owed(delivery: DeliveryKey): Owed {
    const owed = this.#deliveries.get(delivery);
    if (owed === undefined) throw new RangeError(`delivery ${delivery} is not open`);
    return owed;
  }
}

/** A session whose will shares no bytes with what was told. */
export function copyOfSession(session: KeptSession): KeptSession {
  const { will } = session;
  return will === undefined ? session : { ...session, will: copyOf(will) };
}

/** A message or will that shares no bytes with what was told. */
export function copyOf<T extends Pick<KeptMessage, 'payload' | 'properties'>>(told: T): T {
  const { payload, properties } = told;
  const correlationData = properties?.correlationData;
  const copied =
    correlationData === undefined
      ? properties
      : { ...properties, correlationData: new Uint8Array(correlationData) };
  return { ...told, payload: new Uint8Array(payload), properties: copied };
}
