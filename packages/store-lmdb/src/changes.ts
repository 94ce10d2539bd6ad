/**
 * What was told since the last commit began, per table: records to put and keys to remove. What was put and removed
 * before a commit leaves no trace. Knows no file and no bytes.
 */
import type { Delivery, DeliveryKey, KeptMessage, RetainedKey, SessionKey, Ticket } from '@mqtt/broker/store';
import type {
  HeldRecord,
  ProgressRecord,
  SentRecord,
  SessionRecord,
  SubscriptionRecord,
} from './records/session.ts';

/** A message and how many of the deliveries told with it are still open. */
export interface Body {
  readonly message: KeptMessage;
  /** Where it is kept when several deliveries share it. */
  readonly key: DeliveryKey;
  references: number;
}

/** A delivery that is not in the file yet. */
export interface Owed extends Delivery {
  readonly session: SessionKey;
  readonly body: Body;
  progress: ProgressRecord | undefined;
}

/** A record that was set aside. */
export interface Damaged {
  readonly table: number;
  readonly key: number;
  readonly record: Uint8Array;
  readonly what: string;
}

/** Puts and removals of one table. */
export class Changes<T> {
  readonly puts: Map<number, T> = new Map();
  readonly removals: Set<number> = new Set();
  /** Keys that no earlier commit has put. */
  readonly #born: Set<number> | undefined;

  /** `once`: a key is put once and never changed, so whatever is among the puts is in no file. */
  constructor(kind: 'once' | 'changing') {
    this.#born = kind === 'once' ? undefined : new Set();
  }

  put(key: number, value: T, isNew: boolean): void {
    if (isNew) this.#born?.add(key);
    this.puts.set(key, value);
  }

  remove(key: number): void {
    const wasPut = this.puts.delete(key);
    const isBorn = this.#born === undefined ? wasPut : this.#born.delete(key);
    if (!isBorn) this.removals.add(key);
  }

  /** Adds what was told later. */
  absorb(later: Changes<T>): void {
    for (const key of later.removals) this.remove(key);
    for (const [key, value] of later.puts) this.put(key, value, later.#born?.has(key) ?? true);
  }
}

/** Everything that goes into one commit. */
export class Pending {
  readonly sessions: Changes<SessionRecord> = new Changes('changing');
  readonly subscriptions: Changes<SubscriptionRecord> = new Changes('once');
  readonly held: Changes<HeldRecord> = new Changes('once');
  readonly progress: Changes<ProgressRecord | SentRecord> = new Changes('changing');
  readonly queue: Changes<Owed> = new Changes('once');
  readonly retained: Changes<KeptMessage> = new Changes('once');
  readonly quarantine: Changes<Damaged> = new Changes('once');
  /** The newest fact in it. */
  ticket: Ticket = 0;
  #last: { readonly told: KeptMessage; readonly body: Body } | undefined;

  /** The body of the message that was told last: whoever it is for, a message is told in one go. */
  bodyOf(told: KeptMessage): Body | undefined {
    return this.#last?.told === told ? this.#last.body : undefined;
  }

  /** Remembers the body of a message for who is told it next. */
  remember(told: KeptMessage, body: Body): void {
    this.#last = { told, body };
  }

  /** Forgets which message was told: what is told from now on goes into another commit. */
  seal(): void {
    this.#last = undefined;
  }

  owed(key: DeliveryKey): Owed | undefined {
    return this.queue.puts.get(key);
  }

  message(key: RetainedKey): KeptMessage | undefined {
    return this.retained.puts.get(key);
  }

  /** Ends a delivery of this commit; false when it is not in it. */
  settle(key: DeliveryKey): boolean {
    const owed = this.queue.puts.get(key);
    if (owed === undefined) return false;
    owed.body.references--;
    this.queue.remove(key);
    return true;
  }

  /** Adds what was told later, so that one commit holds both. */
  absorb(later: Pending): void {
    for (const key of later.queue.removals) this.settle(key);
    this.queue.absorb(later.queue);
    this.sessions.absorb(later.sessions);
    this.subscriptions.absorb(later.subscriptions);
    this.held.absorb(later.held);
    this.progress.absorb(later.progress);
    this.retained.absorb(later.retained);
    this.quarantine.absorb(later.quarantine);
    this.ticket = later.ticket;
  }
}
