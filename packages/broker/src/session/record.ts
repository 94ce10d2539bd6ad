/**
 * What a store is told of one session: that it is there, whose it is, since when it is away, its will, its
 * subscriptions, the QoS 2 ids it holds. Made for a session that outlives its connection, and for one whose will must
 * outlive the process. Knows no messages: those are `kept-flow.ts`'s.
 */
import type { Client } from '../access/access.ts';
import type { Keeping } from '../keeping.ts';
import type { KeptSession, KeptWill, SessionKey } from '../store/facts.ts';
import type { Subscription } from '../subscriber.ts';

/** One session in the store. */
export class SessionRecord {
  readonly keeping: Keeping;
  readonly key: SessionKey;
  /** false: it is there for its will alone. */
  readonly isKept: boolean;
  #state: KeptSession;

  constructor(keeping: Keeping, key: SessionKey, state: KeptSession) {
    this.keeping = keeping;
    this.key = key;
    this.isKept = state.expiryInterval > 0;
    this.#state = state;
  }

  /** Tells of a new session. */
  static open(
    keeping: Keeping,
    client: Client,
    expiryInterval: number,
    will: KeptWill | undefined,
  ): SessionRecord {
    const state = stateOf(client, expiryInterval, will);
    return new SessionRecord(keeping, keeping.store.opened(state), state);
  }

  /** Its client is back; an earlier will is gone, it may have a new one. */
  came(client: Client, expiryInterval: number, will: KeptWill | undefined): void {
    this.#change(stateOf(client, expiryInterval, will));
  }

  /** Its client is gone since `awaySince`, ms since 1970; its will waits, or is dropped. */
  left(expiryInterval: number, awaySince: number, isWillOpen: boolean): void {
    const will = isWillOpen ? this.#state.will : undefined;
    this.#change({ ...this.#state, expiryInterval, awaySince, will });
  }

  /** Its will is published or refused: told in the turn in which the message is. */
  willDone(): void {
    if (this.#state.will !== undefined) this.#change({ ...this.#state, will: undefined });
  }

  /**
   * Its will is due, and a hook is asked about it. Until the answer the will is kept by itself, because the session may
   * end or be given another one. Returns its key, which is to be ended.
   */
  willAsked(): SessionKey | undefined {
    if (this.#state.will === undefined) return undefined;
    const key = this.keeping.store.opened({ ...this.#state, expiryInterval: 0 });
    this.willDone();
    return key;
  }

  ended(): void {
    this.keeping.store.ended(this.key);
  }

  subscribed({ topicFilter, qos, noLocal, retainAsPublished, identifiers }: Subscription): void {
    if (!this.isKept) return;
    const identifier = identifiers?.[0];
    this.keeping.store.subscribed(this.key, { topicFilter, qos, noLocal, retainAsPublished, identifier });
  }

  unsubscribed(topicFilter: string): void {
    if (this.isKept) this.keeping.store.unsubscribed(this.key, topicFilter);
  }

  /** A QoS 2 message came with this packet id. */
  held(packetId: number): void {
    if (this.isKept) this.keeping.store.held(this.key, packetId);
  }

  /** Its PUBREL came. */
  unheld(packetId: number): void {
    if (this.isKept) this.keeping.store.unheld(this.key, packetId);
  }

  #change(state: KeptSession): void {
    this.#state = state;
    this.keeping.store.changed(this.key, state);
  }
}

/** A session, as far as its record needs it. */
interface Recorded {
  readonly record: SessionRecord | undefined;
  readonly expiryInterval: number;
  keep(record: SessionRecord): unknown;
}

/** Tells of a session that a connection has now, new or not; one without expiry and will is nobody's business. */
export function keepSession(
  keeping: Keeping,
  session: Recorded,
  client: Client,
  will: KeptWill | undefined,
): void {
  const { record, expiryInterval } = session;
  if (record !== undefined) record.came(client, expiryInterval, will);
  else if (expiryInterval > 0 || will !== undefined)
    session.keep(SessionRecord.open(keeping, client, expiryInterval, will));
}

function stateOf(client: Client, expiryInterval: number, will: KeptWill | undefined): KeptSession {
  const { clientId, identity, username, version, peer, listener, mountPoint, attributes } = client;
  const place = {
    ...(listener === undefined ? {} : { listener }),
    ...(mountPoint === undefined ? {} : { mountPoint }),
    ...(attributes === undefined ? {} : { attributes }),
  };
  const kept = { username, version, peer, ...place };
  return { clientId, identity, expiryInterval, awaySince: undefined, client: kept, will };
}
