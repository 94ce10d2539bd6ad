/**
 * A store whose process may die: it commits when a test says so, and at a crash keeps what was committed and as many of
 * the turns after it as chance wants, each whole, the first of them first. For simulations; knows no broker.
 */
import type {
  Delivery,
  DeliveryKey,
  KeptDelivery,
  KeptMessage,
  KeptSession,
  KeptSubscription,
  Restored,
  RetainedKey,
  SessionKey,
} from '../store/facts.ts';
import { copyOf, copyOfSession, MemoryStore } from '../store/memory.ts';
import type { Store, StoreWatcher, Ticket } from '../store/store.ts';

/** A fact as it can be told again to an empty store; keys come out the same. */
export type Fact = (store: MemoryStore) => void;

/** How the store is run. */
export interface CrashingOptions {
  /** Calls `run` when the turn is over: `defer` of the broker's clock. */
  readonly defer: (run: () => void) => void;
  /** What an earlier process left. */
  readonly left?: readonly Fact[] | undefined;
  /** What is written of a fact in place of it; for stores that are meant to be wrong. */
  readonly written?: ((name: keyof Store, fact: Fact) => Fact) | undefined;
}

/** Keeps facts in a log, the newest of which a crash may take. */
export class CrashingStore implements Store {
  readonly #options: CrashingOptions;
  readonly #log: Fact[];
  readonly #live = new MemoryStore();
  /** Where each turn that is not committed ends in the log. */
  #turns: Ticket[] = [];
  #committed: Ticket;
  #isTelling = false;
  #isDead = false;
  #isFull = false;
  /** Facts told after the disk failed. */
  #forgotten = 0;
  #hasFailed = false;
  #watcher: StoreWatcher | undefined;
  #last: { readonly told: KeptMessage; readonly kept: KeptMessage } | undefined;

  constructor(options: CrashingOptions) {
    this.#options = options;
    this.#log = [...(options.left ?? [])];
    this.#committed = this.#log.length;
    for (const fact of this.#log) fact(this.#live);
  }

  get newest(): Ticket {
    return this.#log.length + this.#forgotten;
  }

  get durable(): Ticket {
    return this.#committed;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Turns that a crash may take. */
  get uncommitted(): number {
    return this.#turns.length;
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  load(restored: Restored): Promise<void> {
    return this.#live.load(restored);
  }

  /** Commits the `turns` oldest turns, and says so. */
  commit(turns: number = this.#turns.length): void {
    if (this.#isDead || this.#hasFailed) return;
    const committed = this.#turns.splice(0, turns).at(-1);
    if (committed === undefined) return;
    this.#committed = committed;
    this.#watcher?.durable();
  }

  /** Hardly any room is left, or there is enough again; what is told is committed all the same. */
  fill(isFull: boolean): void {
    if (this.#isDead || this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#watcher?.full(isFull);
  }

  /** The disk fails to sync: nothing is committed any more, what is told is forgotten, what was open is there or not. */
  fail(): void {
    if (this.#isDead || this.#hasFailed) return;
    this.#seal();
    this.#hasFailed = true;
    this.#watcher?.failed(new Error('the disk failed to sync'));
  }

  /** The process dies: what the next one finds. `turns` of those not committed are there. Nothing is told any more. */
  crash(turns: number): readonly Fact[] {
    this.#isDead = true;
    const end = turns === 0 ? this.#committed : (this.#turns[turns - 1] ?? this.#turns.at(-1));
    return this.#log.slice(0, end ?? this.#committed);
  }

  opened(session: KeptSession): SessionKey {
    const kept = copyOfSession(session);
    return this.#tell('opened', (store) => store.opened(kept));
  }

  changed(session: SessionKey, state: KeptSession): void {
    const kept = copyOfSession(state);
    this.#tell('changed', (store) => store.changed(session, kept));
  }

  ended(session: SessionKey): void {
    this.#tell('ended', (store) => store.ended(session));
  }

  subscribed(session: SessionKey, subscription: KeptSubscription): void {
    this.#tell('subscribed', (store) => store.subscribed(session, subscription));
  }

  unsubscribed(session: SessionKey, topicFilter: string): void {
    this.#tell('unsubscribed', (store) => store.unsubscribed(session, topicFilter));
  }

  queued(session: SessionKey, message: KeptMessage, delivery: Delivery): DeliveryKey {
    const kept = this.#keep(message);
    return this.#tell('queued', (store) => store.queued(session, kept, delivery));
  }

  sent(delivery: DeliveryKey, packetId: number): void {
    this.#tell('sent', (store) => store.sent(delivery, packetId));
  }

  released(delivery: DeliveryKey): void {
    this.#tell('released', (store) => store.released(delivery));
  }

  settled(delivery: DeliveryKey): void {
    this.#tell('settled', (store) => store.settled(delivery));
  }

  delivery(delivery: DeliveryKey): KeptDelivery | undefined {
    return this.#live.delivery(delivery);
  }

  held(session: SessionKey, packetId: number): void {
    this.#tell('held', (store) => store.held(session, packetId));
  }

  unheld(session: SessionKey, packetId: number): void {
    this.#tell('unheld', (store) => store.unheld(session, packetId));
  }

  retained(message: KeptMessage): RetainedKey {
    const kept = this.#keep(message);
    return this.#tell('retained', (store) => store.retained(kept));
  }

  cleared(retained: RetainedKey): void {
    this.#tell('cleared', (store) => store.cleared(retained));
  }

  retainedMessage(retained: RetainedKey): KeptMessage | undefined {
    return this.#live.retainedMessage(retained);
  }

  async close(): Promise<void> {
    this.#seal();
    this.commit();
  }

  #tell<Answer>(name: keyof Store, fact: (store: MemoryStore) => Answer): Answer {
    const answer = fact(this.#live);
    if (this.#hasFailed) {
      this.#forgotten++;
      return answer;
    }
    this.#log.push(this.#options.written?.(name, fact) ?? fact);
    if (!this.#isTelling) {
      this.#isTelling = true;
      this.#options.defer(() => this.#seal());
    }
    return answer;
  }

  #seal(): void {
    if (!this.#isTelling) return;
    this.#isTelling = false;
    this.#turns.push(this.#log.length);
  }

  /** Payloads are views on bytes in use; what is told several times is one message. */
  #keep(told: KeptMessage): KeptMessage {
    if (this.#last?.told !== told) this.#last = { told, kept: copyOf(told) };
    return this.#last.kept;
  }
}
