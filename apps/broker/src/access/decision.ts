/**
 * Who may do what, as mqttd composes it for the broker: an ordered list of authenticators, the first that knows a client
 * decides; an ordered list of authorizers, the first that has an opinion decides; nobody has one: no. Each listener may
 * have lists of its own. Knows no file formats and no network.
 */
import type { Acceptance, Access, Attributes, Client, Credentials, Publisher, Refusal } from '@mqtt/broker';

/** A value now or later. */
export type Answer<T> = T | Promise<T>;

/** What an authenticator says of a client. */
export type Finding =
  /** It is who it says: `identity` is its name from here on. */
  | { readonly is: 'known'; readonly identity: string; readonly attributes?: Attributes | undefined }
  /** It claims to be somebody and cannot prove it; `because` is for the log, never for the client. */
  | { readonly is: 'wrong'; readonly because?: string | undefined }
  /** Not mine to say: the next one is asked. */
  | { readonly is: 'unknown' }
  /** Cannot be found out now, e.g. too many are waiting, or a service does not answer. */
  | { readonly is: 'busy' };

/** One way to prove who a client is. */
export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): Answer<Finding>;
  /**
   * What a connected client must have proved here, if it was here; the same text as long as the proof is good. `isNow`:
   * asked of rules in force, else of those before. undefined: it did not come this way, or its proof is good no longer.
   * Absent where that cannot be known without the proof.
   */
  vouch?(client: Client, isNow: boolean): string | undefined;
}

/** `undefined`: no opinion. */
export type Opinion = boolean | undefined;

/** One source of rights. */
export interface Authorizer {
  readonly name: string;
  publish(client: Client, topic: string): Answer<Opinion>;
  subscribe(client: Client, topicFilter: string): Answer<Opinion>;
  /** Must answer at once: it is asked for each delivery. */
  receive(client: Client, topic: string): Opinion;
  /** May the publisher of a retained message still publish it? Absent where that can be known only of who is connected. */
  retained?(publisher: Publisher, topic: string): Opinion;
}

/** The rules of one listener. */
export interface Policy {
  readonly authenticators: readonly Authenticator[];
  /** Whether a client that offers nothing may come in, as nobody. */
  readonly anonymous: boolean;
  /** Empty: whoever is in may do everything. */
  readonly authorizers: readonly Authorizer[];
}

/** Why a login failed, for the log and the counters. */
export type LoginFailure = 'wrong' | 'anonymous' | 'unknown' | 'busy' | 'refused' | 'banned';

/** Told of logins. */
export interface LoginWatcher {
  /** ms to wait before the proof is looked at, or `refused`. */
  readonly before: (credentials: Credentials) => number | 'refused';
  readonly failed: (credentials: Credentials, why: LoginFailure, because?: string) => void;
  readonly succeeded: (credentials: Credentials, authenticator: string) => void;
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>;
}

/** For a listener that nobody knows: nobody may come in, and whoever is in may do nothing. */
const CLOSED: Policy = {
  authenticators: [],
  anonymous: false,
  authorizers: [{ name: 'closed', publish: () => false, subscribe: () => false, receive: () => false }],
};

/** What the client of a failed login is told (§3.2.2.2): what it may do about it, nothing about which part was wrong. */
const REFUSALS = {
  wrong: 0x86,
  anonymous: 0x87,
  unknown: 0x86,
  busy: 0x89,
  refused: 0x8a,
  banned: 0x8a,
} as const;

/** How many answers about deliveries are remembered for one client. */
const REMEMBERED = 256;

/** The broker's access hooks over the policies of its listeners; `policies` is read anew for each question. */
export class Decisions {
  readonly #policies: (listener: string) => Policy | undefined;
  readonly #watcher: LoginWatcher;
  #readable = new WeakMap<Client, Map<string, boolean>>();
  /** Whether the rights of who published a retained message count when it is delivered. */
  checksRetained = true;

  constructor(policies: (listener: string) => Policy | undefined, watcher: LoginWatcher) {
    this.#policies = policies;
    this.#watcher = watcher;
  }

  /** The rules have changed: what was remembered of them is forgotten [E17]. */
  forget(): void {
    this.#readable = new WeakMap();
  }

  /** For `createBroker({ access })`. */
  readonly access: Access = {
    authenticate: (credentials) => this.#authenticate(credentials),
    authorizePublish: (client, topic) => this.mayPublish(client, topic),
    authorizeSubscribe: (client, topicFilter) =>
      this.#ask(client, (authorizer) => authorizer.subscribe(client, topicFilter)),
    authorizeReceive: (client, topic) => this.#mayReceive(client, topic),
    authorizeRetained: (publisher, topic) => this.mayStay(publisher, topic),
  };

  /** May `client` publish to `topic`? */
  mayPublish(client: Client, topic: string): Answer<boolean> {
    return this.#ask(client, (authorizer) => authorizer.publish(client, topic));
  }

  /** May what somebody published be delivered still? [E04]; what a token or a web service granted was looked at when the message came, and cannot be asked for now. */
  mayStay(publisher: Publisher, topic: string): boolean {
    const { authorizers = [] } = this.#policies(publisher.listener ?? '') ?? {};
    if (!this.checksRetained || authorizers.length === 0) return true;
    for (const authorizer of authorizers) {
      if (authorizer.retained === undefined) return true;
      const opinion = authorizer.retained(publisher, topic);
      if (opinion !== undefined) return opinion;
    }
    return false; // [E19]
  }

  #policyOf({ listener }: { readonly listener?: string | undefined }): Policy {
    return this.#policies(listener ?? '') ?? CLOSED;
  }

  async #authenticate(credentials: Credentials): Promise<string | Acceptance | Refusal> {
    const wait = this.#watcher.before(credentials);
    if (wait === 'refused') return this.#refuse(credentials, 'refused');
    if (wait > 0) await this.#watcher.pause(wait);
    const { authenticators, anonymous } = this.#policyOf(credentials);
    for (const authenticator of authenticators) {
      const finding = await authenticator.authenticate(credentials);
      if (finding.is === 'unknown') continue;
      if (finding.is === 'wrong') return this.#refuse(credentials, 'wrong', finding.because);
      if (finding.is !== 'known') return this.#refuse(credentials, finding.is);
      this.#watcher.succeeded(credentials, authenticator.name);
      const { identity, attributes } = finding;
      return attributes === undefined ? identity : { identity, attributes };
    }
    const { username, password } = credentials;
    if (username !== undefined || password !== undefined) {
      // A name that nobody checks is a name, not a proof: it is taken only where everybody may come in.
      if (!anonymous || authenticators.length > 0) return this.#refuse(credentials, 'unknown');
      return username ?? '';
    }
    return anonymous ? '' : this.#refuse(credentials, 'anonymous');
  }

  #refuse(credentials: Credentials, why: LoginFailure, because?: string): Refusal {
    this.#watcher.failed(credentials, why, because);
    return { reasonCode: REFUSALS[why] };
  }

  /** Asks one after the other, at once as long as they answer at once. */
  #ask(client: Client, question: (authorizer: Authorizer) => Answer<Opinion>): Answer<boolean> {
    const { authorizers } = this.#policyOf(client);
    if (authorizers.length === 0) return true;
    const from = (first: number): Answer<boolean> => {
      for (let index = first; index < authorizers.length; index++) {
        const authorizer = authorizers[index];
        const opinion = authorizer === undefined ? undefined : question(authorizer);
        if (opinion instanceof Promise) return opinion.then((later) => later ?? from(index + 1));
        if (opinion !== undefined) return opinion;
      }
      return false; // [E19]
    };
    return from(0);
  }

  #mayReceive(client: Client, topic: string): boolean {
    const { authorizers } = this.#policyOf(client);
    if (authorizers.length === 0) return true;
    let readable = this.#readable.get(client);
    if (readable === undefined) {
      readable = new Map();
      this.#readable.set(client, readable);
    }
    let isAllowed = readable.get(topic);
    if (isAllowed === undefined) {
      isAllowed =
        authorizers.map((one) => one.receive(client, topic)).find((opinion) => opinion !== undefined) ??
        false;
      if (readable.size >= REMEMBERED) readable.clear();
      readable.set(topic, isAllowed);
    }
    return isAllowed;
  }
}
