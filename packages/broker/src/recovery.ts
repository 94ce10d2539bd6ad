/**
 * What a broker does with what its store kept: sessions, subscriptions, what is owed and held, retained messages, and
 * in the end what became due meanwhile. Times away are judged by the wall clock; one that was set back ends nothing
 * early, one that was set forward ends what would be over by then. Knows no connection.
 */
import type { Client } from './access/access.ts';
import type { Rooms } from './connection/rooms.ts';
import { storedWill } from './connection/will.ts';
import type { Keeping } from './keeping.ts';
import type { KeptFlow } from './session/kept-flow.ts';
import { SessionRecord } from './session/record.ts';
import type { Session } from './session/session.ts';
import type {
  DeliveryKey,
  KeptSession,
  KeptSubscription,
  Progress,
  Restored,
  RetainedKey,
  SessionKey,
} from './store/facts.ts';

/** Told how far loading is; `total` is an estimate. */
export type OnProgress = (done: number, total: number) => void;

/** Sessions that become what they were in one turn of the event loop. */
const RESUMED_A_TURN = 1000;

interface Back {
  readonly session: Session;
  readonly flow: KeptFlow | undefined;
  readonly kept: KeptSession;
  readonly client: Client;
  /** false: it was to end with its connection; only its will is left of it. */
  readonly isKept: boolean;
}

/** Fills the rooms of a broker from its store, before the first connection. */
export class Recovery implements Restored {
  readonly #rooms: Rooms;
  readonly #keeping: Keeping;
  readonly #onProgress: OnProgress | undefined;
  readonly #sessions = new Map<SessionKey, Back>();

  constructor(rooms: Rooms, keeping: Keeping, onProgress: OnProgress | undefined) {
    this.#rooms = rooms;
    this.#keeping = keeping;
    this.#onProgress = onProgress;
  }

  session(key: SessionKey, kept: KeptSession): void {
    const { registry } = this.#rooms;
    const { clientId, identity, expiryInterval } = kept;
    const client: Client = { clientId, identity, ...kept.client };
    const isKept = expiryInterval > 0 && registry.get(clientId) === undefined;
    const session = isKept
      ? registry.create(clientId, identity, client.mountPoint)
      : registry.createUnlisted(clientId, identity);
    session.expiryInterval = isKept ? expiryInterval : 0;
    session.restoreClient(client);
    const flow = session.keep(new SessionRecord(this.#keeping, key, kept));
    this.#sessions.set(key, { session, flow, kept, client, isKept });
  }

  subscription(key: SessionKey, kept: KeptSubscription): void {
    const session = this.#listed(key)?.session;
    if (session === undefined) return;
    const { topicFilter, qos, noLocal, retainAsPublished, identifier } = kept;
    const identifiers = identifier === undefined ? undefined : [identifier];
    const subscriber = session;
    const subscription = { subscriber, topicFilter, qos, noLocal, retainAsPublished, identifiers };
    session.subscribed(subscription);
    this.#rooms.router.subscribe(subscription);
  }

  delivery(session: SessionKey, key: DeliveryKey, qos: 1 | 2, size: number, progress: Progress): void {
    const isTaken = this.#listed(session)?.flow?.restore(key, size, qos, progress) ?? true;
    if (!isTaken) this.#keeping.damaged(`a message in flight whose packet id is in use twice (${key})`);
  }

  held(session: SessionKey, packetId: number): void {
    this.#listed(session)?.session.inbound.restore([packetId]);
  }

  retained(
    key: RetainedKey,
    topic: string,
    size: number,
    expiresAt: number | undefined,
    arrivedAt: number,
  ): void {
    const keeping = this.#keeping;
    const moment = expiresAt === undefined ? Number.POSITIVE_INFINITY : keeping.momentOf(expiresAt);
    const since = Math.min(keeping.momentOf(arrivedAt), this.#rooms.wheel.now);
    this.#rooms.router.retained.restore(key, topic, size, moment, since);
  }

  progress(done: number, total: number): void {
    this.#onProgress?.(done, total);
  }

  /** Everything is back: what became due while nobody was there happens now. `defer` runs what it is given in a later turn. */
  async finish(defer: (run: () => void) => void): Promise<void> {
    let resumed = 0;
    for (const back of this.#sessions.values()) {
      if (++resumed % RESUMED_A_TURN === 0) await new Promise<void>((resolve) => defer(resolve));
      this.#resume(back);
    }
    this.#sessions.clear();
  }

  /** One that was connected when the process ended is away since now; so its will's delay counts from now. */
  #resume({ session, kept, client, isKept }: Back): void {
    const { wallNow } = this.#keeping;
    const { awaySince, will } = kept;
    const elapsed = awaySince === undefined ? 0 : Math.max(0, wallNow - awaySince);
    if (awaySince === undefined && isKept)
      session.record?.left(kept.expiryInterval, wallNow, will !== undefined);
    const stored = will && storedWill(this.#rooms, client, will);
    this.#rooms.schedule.restored(session, elapsed, stored, (will?.delay ?? 0) * 1000 - elapsed);
  }

  #listed(key: SessionKey): Back | undefined {
    const back = this.#sessions.get(key);
    return back?.isKept ? back : undefined;
  }
}
