/**
 * The access hooks of a broker as settings ask for them: reads every file that they name, makes a policy for each
 * listener, and puts new ones in their place when they are read again. Answers: which parts decide at which listener?
 * What they decide is theirs.
 */
import { randomBytes } from 'node:crypto';
import {
  type Acceptance,
  type Access,
  type Answer,
  type AuthenticationMethod,
  type Client,
  type Credentials,
  type Expulsion,
  type Judge,
  type Refusal,
  scramSha256,
} from '@mqtt/broker';
import type { Logger } from 'pino';
import type {
  Authenticator as AuthenticatorSettings,
  HttpConfiguration,
  JwtConfiguration,
} from '../config/configuration.ts';
import { ConfigurationError, type Fault, faultLine, type Path } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import type { ListenerSettings, Settings } from '../config/settings.ts';
import { Sparing } from '../observe/sparing.ts';
import { AclAuthorizer } from './acl.ts';
import { Acl } from './acl-file.ts';
import { Bans, type Suspect } from './bans.ts';
import { BruteForce, type BruteForceRules, STANDARD_RULES } from './brute-force.ts';
import { CertificateAuthenticator } from './certificate.ts';
import {
  type Authenticator,
  type Authorizer,
  Decisions,
  type LoginFailure,
  type LoginWatcher,
  type Policy,
} from './decision.ts';
import { HashQueue } from './hash-queue.ts';
import { HttpHook } from './http-hook.ts';
import { type ExpiredClient, JwtAccess, type JwtRules } from './jwt.ts';
import { PasswordAuthenticator } from './password.ts';
import { Passwords } from './password-file.ts';
import { type Keys, PskAuthenticator, parseKeys } from './psk-file.ts';
import { Files, jwtRules } from './reading.ts';
import { stands, UNGUARDED } from './standing.ts';

/** Questions to one web service under way at once. */
const QUESTIONS = 64;
const METHOD = 'SCRAM-SHA-256';

/** What the guard needs of the program around. */
export interface GuardSurroundings {
  readonly log: Logger;
  /** ms, never going back. */
  readonly now: () => number;
  /** ms since 1970. */
  readonly date: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** What is in force at one listener. */
interface Post {
  readonly policy: Policy;
  /** undefined: nobody has a record that it needs. */
  readonly scram: AuthenticationMethod | undefined;
  /** A user's line in its password files. */
  readonly lineOf: (user: string) => string | undefined;
  /** Its pre-shared keys. */
  readonly keys: Keys | undefined;
  readonly clients: ListenerSettings['clients'];
}

type Posts = ReadonlyMap<string, Post>;

/** Whether the pre-shared key of a client, if it has one, is what it was. */
function hasSameKey({ pskIdentity }: Client, before: Keys | undefined, now: Keys | undefined): boolean {
  const key = pskIdentity === undefined ? undefined : before?.get(pskIdentity);
  return key === undefined || Buffer.from(key).equals(now?.get(pskIdentity ?? '') ?? new Uint8Array());
}

/** The name in a client-first-message (RFC 5802 §7), for counting failures; whether it is well-formed says the method. */
function scramUsername(data: Uint8Array): string | undefined {
  const [, name] = /(?:^|,)n=([^,]*)/.exec(new TextDecoder().decode(data)) ?? [];
  return name?.replace(/=2C/g, ',').replace(/=3D/g, '=');
}

/** Whether the same is in force at every listener. */
function areAlike({ listeners }: Settings): boolean {
  return new Set(listeners.map(({ security }) => JSON.stringify(security))).size === 1;
}

function bruteForceRules({ failedLogins }: Settings): BruteForceRules {
  const { slowAfter, refuseAfter, window, refuseFor } = failedLogins;
  const orNever = (count: number): number => (count === 0 ? Number.POSITIVE_INFINITY : count);
  return {
    ...STANDARD_RULES,
    slowAfter: orNever(slowAfter),
    refuseAfter: orNever(refuseAfter),
    window: window * 1000,
    refuseFor: refuseFor * 1000,
  };
}

/** The guard of a broker. */
export class Guard {
  readonly access: Access;
  readonly bruteForce: BruteForce;
  /** Logins that failed, by why. */
  readonly failures: Record<LoginFailure, number> = {
    wrong: 0,
    anonymous: 0,
    unknown: 0,
    busy: 0,
    refused: 0,
    banned: 0,
  };
  readonly #around: GuardSurroundings;
  readonly #queue = new HashQueue();
  /** What the salts of users that do not exist come from: the same for as long as mqttd runs. */
  readonly #secret = randomBytes(32);
  /** One for each listener, for as long as mqttd runs: it remembers what tokens granted. */
  readonly #tokens = new Map<string, JwtAccess>();
  readonly #decisions: Decisions;
  readonly #worthALine: Sparing;
  #posts: Posts = new Map();
  /** What is in force at every listener alike: for sessions of one that is there no longer, or was called otherwise. */
  #common: Policy | undefined;
  #bans = new Bans({});
  #judge: Judge = () => undefined;
  #settled: Promise<unknown> = Promise.resolve();

  private constructor(settings: Settings, around: GuardSurroundings) {
    this.bruteForce = new BruteForce(bruteForceRules(settings), around.now);
    this.#around = around;
    this.#worthALine = new Sparing(around.now, (lines) =>
      around.log.warn({ lines }, 'lines on logins that failed were left out'),
    );
    this.#decisions = new Decisions(
      (listener) => this.#posts.get(listener)?.policy ?? this.#common,
      this.#watcher,
    );
    this.access = {
      ...this.#decisions.access,
      authenticate: (credentials) => this.#authenticate(credentials),
      enhanced: { [METHOD]: this.#scram },
      authorizePublish: (client, topic) => this.#mayPublish(client, topic),
      // What the banned left behind is delivered no more [C28].
      authorizeRetained: (publisher, topic) =>
        this.#bans.of(publisher) === undefined && this.#decisions.mayStay(publisher, topic),
    };
  }

  /** Passwords that wait to be hashed. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** @throws {ConfigurationError} for files that cannot be read or used */
  static async create(
    given: Given,
    around: GuardSurroundings,
    gone?: readonly ListenerSettings[],
  ): Promise<Guard> {
    const guard = new Guard(given.settings, around);
    (await guard.prepare(given, gone))();
    return guard;
  }

  /**
   * Who may stay no longer, by the rules in force and those before: the banned, and whoever would not be let in any more
   * by what let him in. For `broker.expel`, once it is `settled`.
   */
  readonly judge: Judge = (client, isConnected) => this.#judge(client, isConnected);

  /** Resolves when `judge` knows all that was put in force. */
  get settled(): Promise<unknown> {
    return this.#settled;
  }

  /**
   * Reads everything anew; what is returned puts it in force. `gone`: listeners that are no longer there, whose rules go on
   * for who came through them. @throws {ConfigurationError} and nothing has changed
   */
  async prepare(given: Given, gone: readonly ListenerSettings[] = []): Promise<() => void> {
    const { settings } = given;
    const files = new Files(given);
    const tokens = await this.#goodTokens(settings.listeners, files);
    const bans = new Bans(settings.banned);
    const posts = new Map<string, Post>(
      settings.listeners.map(
        (listener, index) => [listener.name, this.#post(listener, index, files, tokens)] as const,
      ),
    );
    if (files.faults.length > 0) throw new ConfigurationError(files.faults);
    for (const listener of gone) {
      const post = this.#lastPost(listener, given);
      if (post !== undefined) posts.set(listener.name, post);
    }
    return () => {
      const before = this.#posts;
      this.#settled = Promise.all(
        Array.from(tokens, ([name, rules]) => this.#tokens.get(name)?.replace(rules)),
      );
      this.#posts = posts;
      this.#common = areAlike(settings) ? posts.values().next().value?.policy : undefined;
      this.#bans = bans;
      this.#judge = (client, isConnected) => this.#verdict(client, isConnected, before);
      this.bruteForce.change(bruteForceRules(settings));
      this.#decisions.forget();
      this.#decisions.checksRetained = settings.messages.checkRetainSource;
    };
  }

  /** Clients whose tokens have expired since this was asked last. */
  expired(): readonly ExpiredClient[] {
    return [...this.#tokens.values()].flatMap((tokens) => [...tokens.expired()]);
  }

  /** The rules for tokens of each listener whose keys can be used. */
  async #goodTokens(listeners: readonly ListenerSettings[], files: Files): Promise<Map<string, JwtRules>> {
    const good = new Map<string, JwtRules>();
    for (const [index, { name, security }] of listeners.entries()) {
      const place = security.authenticate.findIndex(({ type }) => type === 'jwt');
      const way = security.authenticate[place] as JwtConfiguration | undefined;
      const path: Path = ['listeners', index, 'security', 'authenticate', place];
      const rules = way === undefined ? undefined : jwtRules(way, path, files);
      if (rules === undefined) continue;
      try {
        await new JwtAccess(rules, this.#around.date).ready();
        good.set(name, rules);
      } catch (error) {
        const file = way?.jwks ?? way?.publicKeyFile ?? way?.secretFile ?? name;
        const why = error instanceof Error ? error.message : error;
        files.complain(path, `${file}: the key of tokens cannot be used: ${why}`);
      }
    }
    return good;
  }

  #post(
    listener: ListenerSettings,
    index: number,
    files: Files,
    tokens: ReadonlyMap<string, JwtRules>,
  ): Post {
    const { name, security, clients } = listener;
    const path: Path = ['listeners', index, 'security'];
    const passwords: PasswordAuthenticator[] = [];
    const authenticators = security.authenticate.flatMap((way, place): readonly Authenticator[] => {
      if (way.type === 'jwt') return this.#jwt(name, tokens.get(name));
      const one = this.#authenticator(way, [...path, 'authenticate', place], files);
      if (one instanceof PasswordAuthenticator) passwords.push(one);
      return one === undefined ? [] : [one];
    });
    const authorizers = security.authorize.flatMap((way, place): readonly Authorizer[] => {
      if (way.type === 'http') return [this.#http(way, { authorizeUrl: way.url })];
      if (way.type === 'jwt') {
        const jwt = this.#tokens.get(name);
        return jwt === undefined ? [] : [jwt];
      }
      const at: Path = [...path, 'authorize', place, 'file'];
      const acl = files.get(way.file, 'acl', at, Acl.parse);
      return acl === undefined ? [] : [new AclAuthorizer(acl, way.subscriptions ?? 'covered')];
    });
    const { anonymous } = security;
    const policy: Policy = { anonymous, authenticators, authorizers };
    const lineOf: Post['lineOf'] = (user) =>
      passwords.map((one) => one.lineOf(user)).find((line) => line !== undefined);
    const psk = listener.tls?.psk;
    const at: Path = ['listeners', index, 'tls', 'psk', 'file'];
    const keys = psk && files.get(psk.file, 'psk', at, parseKeys);
    return { policy, scram: this.#scramOf(passwords), lineOf, keys, clients };
  }

  /** The rules of a listener that is gone; those it had when their files can no longer be read. */
  #lastPost(listener: ListenerSettings, { settings, files: named }: Given): Post | undefined {
    const fault = (_path: Path, message: string): Fault => ({ where: listener.name, key: '', message });
    const files = new Files({ settings, files: named, fault });
    const post = this.#post(listener, 0, files, new Map());
    if (files.faults.length === 0) return post;
    const faults = files.faults.map(faultLine);
    this.#around.log.warn({ faults }, 'the rules of a listener that is gone stay as they were');
    return this.#posts.get(listener.name);
  }

  #jwt(name: string, rules: JwtRules | undefined): readonly JwtAccess[] {
    const known = this.#tokens.get(name);
    // Said in faults; or its listener is gone, and who came through it is known by its token still.
    if (rules === undefined) return known === undefined ? [] : [known];
    const jwt = known ?? new JwtAccess(rules, this.#around.date);
    this.#tokens.set(name, jwt);
    return [jwt];
  }

  #authenticator(
    way: Exclude<AuthenticatorSettings, JwtConfiguration>,
    path: Path,
    files: Files,
  ): Authenticator | undefined {
    switch (way.type) {
      case 'password-file': {
        const passwords = files.get(way.file, 'passwords', [...path, 'file'], Passwords.parse);
        return passwords === undefined ? undefined : new PasswordAuthenticator(passwords, this.#queue);
      }
      case 'certificate':
        return new CertificateAuthenticator(way.username ?? 'common-name');
      case 'psk':
        return new PskAuthenticator();
      case 'http':
        return this.#http(way, { authenticateUrl: way.url });
    }
  }

  #http({ headers = {}, timeout = 3000, cache = 0 }: HttpConfiguration, urls: object): HttpHook {
    const rules = { ...urls, headers, timeout, cacheFor: cache * 1000, atOnce: QUESTIONS };
    return new HttpHook(rules, this.#around.now, (why) =>
      this.#around.log.error({ why }, 'a question to a web service had no answer: refused'),
    );
  }

  /** Who it is, if it may come in. */
  async #authenticate(credentials: Credentials): Promise<boolean | string | Acceptance | Refusal> {
    for (;;) {
      const posts = this.#posts;
      const answer = await this.#decide(credentials);
      // A reload meanwhile: what was asked of the rules before is asked of those in force, or nobody would see it.
      if (posts === this.#posts) return answer;
    }
  }

  async #decide(credentials: Credentials): Promise<boolean | string | Acceptance | Refusal> {
    if (this.#isBanned(credentials, credentials)) return { reasonCode: 0x8a };
    if (!this.#isWelcome(credentials)) return { reasonCode: 0x85 };
    const answer = await this.#decisions.access.authenticate?.(credentials);
    if (typeof answer === 'string') return this.#admit(credentials, answer);
    if (typeof answer !== 'object' || 'reasonCode' in answer) return answer ?? false;
    const { identity, attributes } = answer;
    const admitted = this.#admit(credentials, identity);
    if (typeof admitted === 'string') return { identity, attributes };
    return 'reasonCode' in admitted ? admitted : { ...admitted, attributes };
  }

  /** It is known who it is: a name that is banned is banned under any other, too. */
  #admit(credentials: Credentials, identity: string): string | Acceptance | Refusal {
    const named = this.#named(credentials, identity);
    const clientId = typeof named === 'object' && 'clientId' in named ? named.clientId : credentials.clientId;
    return this.#isBanned(credentials, { ...credentials, identity, clientId }) ? { reasonCode: 0x8a } : named;
  }

  /** Whether somebody who comes with these credentials is not to come in, whatever they prove [C28]. */
  #isBanned(credentials: Credentials, suspect: Suspect): boolean {
    const ban = this.#bans.of(suspect);
    if (ban !== undefined) this.#watcher.failed(credentials, 'banned', ban);
    return ban !== undefined;
  }

  /** Asked again about the ban when the answer took its time: what the banned sent before is not published after. */
  #mayPublish(client: Client, topic: string): Answer<boolean> {
    const isAllowed = this.#decisions.mayPublish(client, topic);
    return isAllowed instanceof Promise
      ? isAllowed.then((later) => later && !this.#bans.hasBanned(client))
      : isAllowed && (this.#bans.isEmpty || !this.#bans.hasBanned(client));
  }

  #verdict(client: Client, isConnected: boolean, before: Posts): Expulsion | undefined {
    const ban = this.#bans.of(client);
    if (ban !== undefined) return { reasonCode: 0x98, reasonString: `banned by ${ban}`, endsSession: true };
    if (!isConnected) return undefined;
    const now = this.#posts.get(client.listener ?? '');
    const then = before.get(client.listener ?? '');
    // Where nobody was asked, nobody knows a listener; where somebody was, it is one that has gone or come.
    const policy = before.size === 0 ? UNGUARDED : then?.policy;
    if (now === undefined || policy === undefined) return undefined;
    const isGood = hasSameKey(client, then?.keys, now.keys) && stands(client, policy, now.policy);
    return isGood ? undefined : { reasonCode: 0x87, reasonString: 'what it proved is good no longer' };
  }

  /** Whether the client id that a client brings may come in; one that its name will replace is not looked at. */
  #isWelcome({ clientId, listener }: Credentials): boolean {
    const { clientIdPrefix, usernameAsClientId } = this.#posts.get(listener ?? '')?.clients ?? {};
    return usernameAsClientId === true || clientIdPrefix === undefined || clientId.startsWith(clientIdPrefix);
  }

  /** Who it is; and under which client id, where its name is that. */
  #named({ listener }: Credentials, identity: string): string | Acceptance | Refusal {
    const { clientIdPrefix = '', usernameAsClientId } = this.#posts.get(listener ?? '')?.clients ?? {};
    if (usernameAsClientId !== true) return identity;
    if (identity === '') return { reasonCode: 0x86 };
    return identity.startsWith(clientIdPrefix) ? { identity, clientId: identity } : { reasonCode: 0x85 };
  }

  /** SCRAM against the records of these files; who has none is answered as if he had one like the others'. */
  #scramOf(passwords: readonly PasswordAuthenticator[]): AuthenticationMethod | undefined {
    const example = passwords.map(({ scramExample }) => scramExample).find((record) => record !== undefined);
    if (example === undefined) return undefined;
    const saltLength = Math.min(32, example.salt.length);
    return scramSha256(
      (username) => passwords.map((one) => one.scram(username)).find((record) => record !== undefined),
      { secret: this.#secret, iterations: example.iterations, saltLength },
    );
  }

  /** SCRAM at the listener the client came through; one without records has no such method. */
  readonly #scram: AuthenticationMethod = (opening) => {
    const { credentials } = opening;
    const { scram } = this.#posts.get(credentials.listener ?? '') ?? {};
    if (scram === undefined) return () => ({ reasonCode: 0x8c });
    if (this.#isBanned(credentials, credentials)) return () => ({ reasonCode: 0x8a });
    if (!this.#isWelcome(credentials)) return () => ({ reasonCode: 0x85 });
    const exchange = scram(opening);
    let who: Credentials | undefined;
    const before = this.#posts.get(credentials.listener ?? '');
    return async (data) => {
      if (who === undefined && data !== undefined) {
        const name = scramUsername(data);
        who = { ...credentials, username: credentials.username ?? name };
        if (this.#isBanned(who, { username: name })) return { reasonCode: 0x8a };
        const wait = this.#watcher.before(who);
        if (wait === 'refused') {
          this.#watcher.failed(who, 'refused');
          return { reasonCode: 0x8a };
        }
        if (wait > 0) await this.#watcher.pause(wait);
      }
      const step = await exchange(data);
      if (step.reasonCode === 0) this.#watcher.succeeded(who ?? credentials, METHOD);
      else if (step.reasonCode !== 0x18) this.#watcher.failed(who ?? credentials, 'wrong');
      if (step.reasonCode !== 0) return step;
      // A reload meanwhile: the record that was proved is there no longer.
      const now = this.#posts.get(credentials.listener ?? '');
      if (now?.lineOf(step.identity) !== before?.lineOf(step.identity)) return { reasonCode: 0x86 };
      const named = this.#admit(credentials, step.identity);
      return typeof named === 'string' ? step : 'reasonCode' in named ? named : { ...step, ...named };
    };
  };

  readonly #watcher: LoginWatcher = {
    before: ({ peer, username }) => this.bruteForce.check(peer, username),
    failed: ({ clientId, username, peer, listener }, why, because) => {
      this.failures[why]++;
      const refusedFor = why === 'wrong' ? this.bruteForce.failed(peer, username) : 0;
      if (refusedFor === 0 && !this.#worthALine.allows(peer)) return;
      const more = { because, ...(refusedFor > 0 ? { refusedFor } : {}) };
      this.#around.log.warn({ clientId, username, peer, listener, why, ...more }, 'login failed');
    },
    succeeded: ({ peer, username }) => this.bruteForce.succeeded(peer, username),
    pause: (ms) => this.#around.pause(ms),
  };
}
