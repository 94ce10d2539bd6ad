/**
 * client id -> session: who it belongs to, whether it is there already, and how many there may be.
 * A client id belongs to the identity that created its session [C14]. Knows no connections and no subscriptions.
 */
import { Headcount } from '../access/headcount.ts';
import type { SessionEnvironment } from './environment.ts';
import { MountedSession } from './mounted-session.ts';
import { Session } from './session.ts';

/** Why a client id may not be used now. */
export type Refusal = 'other-identity' | 'too-many-sessions';

/** All sessions of a broker. */
export class Registry {
  readonly #sessions = new Map<string, Session>();
  readonly #environment: SessionEnvironment;
  #maximum: number;
  readonly #headcount: Headcount;

  /** @param perIdentity the most for one identity, 0 for any number */
  constructor(environment: SessionEnvironment, maximum: number, perIdentity: number) {
    this.#environment = environment;
    this.#maximum = maximum;
    this.#headcount = new Headcount(perIdentity);
  }

  /** Other bounds for sessions that are yet to come. */
  change(maximum: number, perIdentity: number): void {
    this.#maximum = maximum;
    this.#headcount.change(
      perIdentity,
      Array.from(this, ({ identity }) => identity),
    );
  }

  /** Sessions, connected or not. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The session of `clientId`. */
  get(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /** Asks, and changes nothing: why `identity` may not have `clientId`. */
  refuses(clientId: string, identity: string): Refusal | undefined {
    const session = this.#sessions.get(clientId);
    if (session !== undefined) return session.identity === identity ? undefined : 'other-identity';
    if (this.#sessions.size >= this.#maximum || this.#headcount.isFull(identity)) return 'too-many-sessions';
    return undefined;
  }

  /** A new session for `clientId`, whose topics begin with `mountPoint`; the one before it must have ended. */
  create(clientId: string, identity: string, mountPoint = ''): Session {
    const session =
      mountPoint === ''
        ? new Session(clientId, identity, this.#environment)
        : new MountedSession(clientId, identity, this.#environment, mountPoint);
    this.#sessions.set(clientId, session);
    this.#headcount.add(identity);
    return session;
  }

  /** A session that is in no registry: it is restored only for its will to be published, and ends. */
  createUnlisted(clientId: string, identity: string): Session {
    return new Session(clientId, identity, this.#environment);
  }

  /** Forgets `session`, unless another has its client id by now. */
  remove(session: Session): void {
    if (this.#sessions.get(session.clientId) !== session) return;
    this.#sessions.delete(session.clientId);
    this.#headcount.remove(session.identity);
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }
}
