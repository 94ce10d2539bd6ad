/**
 * JSON Web Tokens (RFC 7519) in CONNECT's password: who the client is, what its claims allow, and until when.
 * Keys come from a shared secret, a PEM or a JWKS file; an algorithm is taken only when it was named. What a token says
 * beyond the claims that are named here changes nothing [E18].
 */

import { KeyObject } from 'node:crypto';
import type { Client, Credentials } from '@mqtt/broker';
import { matches } from '@mqtt/codec/topics';
import {
  type CryptoKey,
  createLocalJWKSet,
  importSPKI,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { covers } from './acl-file.ts';
import type { Authenticator, Authorizer, Finding, Opinion } from './decision.ts';

/** The algorithms that may be named. */
export const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;
/** One of `ALGORITHMS`. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** Where the keys come from; exactly one. */
export type JwtKey =
  | { readonly secret: Uint8Array }
  | { readonly publicKey: string }
  | { readonly jwks: JSONWebKeySet };

/** Which tokens are good. */
export interface JwtRules {
  readonly key: JwtKey;
  readonly algorithms: readonly Algorithm[];
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The claim that names the client; default `sub`. */
  readonly identityClaim: string;
  /** The claim that holds `{ publish: [...], subscribe: [...] }`; topic filters, with %u and %c. */
  readonly aclClaim: string;
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number;
}

/** Whose token it was. */
export interface ExpiredClient {
  readonly clientId: string;
  readonly identity: string;
}

interface Grant {
  readonly clientId: string;
  readonly identity: string;
  readonly publish: readonly string[] | undefined;
  readonly subscribe: readonly string[] | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly proof: Proof;
}

type Key = CryptoKey | Uint8Array;

/** Finds the key for a token's header; rejects when there is none. */
type KeyRing = (header: JWTHeaderParameters) => Promise<Key>;

/** What of a good token tells whether it would be good under other rules: never the token itself. */
interface Proof {
  readonly header: JWTHeaderParameters;
  readonly key: Key;
  readonly issuer: string | undefined;
  readonly audience: readonly string[];
  /** The rules that it was good under have changed, and it is not any more. */
  isLost: boolean;
}

/** Clients whose grants are remembered; the least recent is forgotten, and may then do nothing. */
const MOST = 1_000_000;

/** Tokens as proof and as rights. */
export class JwtAccess implements Authenticator, Authorizer {
  readonly name = 'jwt';
  readonly #now: () => number;
  #rules: JwtRules;
  #keys: Promise<KeyRing>;
  readonly #grants = new Map<string, Grant>();

  /** @param now ms since 1970 */
  constructor(rules: JwtRules, now: () => number) {
    this.#rules = rules;
    this.#now = now;
    this.#keys = keyRing(rules);
  }

  /** Resolves when the keys can be used. @throws when they cannot */
  async ready(): Promise<void> {
    await this.#keys;
  }

  /** From here on these rules hold for new connections; and it is known whose token is not good under them. */
  async replace(rules: JwtRules): Promise<void> {
    const ring = keyRing(rules);
    const keys = await ring;
    const { identityClaim, aclClaim } = this.#rules;
    this.#rules = rules;
    this.#keys = ring;
    const isSameMeaning = rules.identityClaim === identityClaim && rules.aclClaim === aclClaim;
    const sameKeys = new SameKeys(keys);
    for (const { proof } of this.#grants.values())
      proof.isLost ||= !isSameMeaning || !isGoodUnder(proof, rules) || !(await sameKeys.has(proof));
  }

  vouch({ clientId, identity }: Client, isNow: boolean): string | undefined {
    const grant = this.#grants.get(keyOf(clientId, identity));
    return grant === undefined || (isNow && grant.proof.isLost) ? undefined : 'token';
  }

  async authenticate({ clientId, password }: Credentials): Promise<Finding> {
    const token = password === undefined ? '' : new TextDecoder().decode(password);
    if (!isToken(token)) return { is: 'unknown' };
    const rules = this.#rules;
    let claims: JWTPayload;
    let proof: Proof;
    try {
      const { payload, protectedHeader, key } = await jwtVerify(token, await this.#keys, this.#checks(rules));
      claims = payload;
      const audience = [payload.aud ?? []].flat();
      proof = { header: protectedHeader, key: key as Key, issuer: payload.iss, audience, isLost: false };
    } catch (error) {
      return { is: 'wrong', because: error instanceof Error ? error.message : String(error) };
    }
    const granted = grantOf(claims, rules, clientId);
    if (typeof granted === 'string') return { is: 'wrong', because: granted };
    const grant = { ...granted, proof };
    const key = keyOf(clientId, grant.identity);
    this.#grants.delete(key);
    this.#grants.set(key, grant);
    if (this.#grants.size > MOST) this.#grants.delete(this.#grants.keys().next().value ?? '');
    const { identity, publish, subscribe } = grant;
    return {
      is: 'known',
      identity,
      ...(publish === undefined ? {} : { attributes: { publish, subscribe } }),
    };
  }

  publish(client: Client, topic: string): Opinion {
    const grant = this.#grantOf(client);
    return grant?.publish?.some((topicFilter) => matches(topicFilter, topic));
  }

  subscribe(client: Client, topicFilter: string): Opinion {
    const grant = this.#grantOf(client);
    return grant?.subscribe?.some((allowed) => covers(allowed, topicFilter));
  }

  receive(client: Client, topic: string): Opinion {
    const grant = this.#grantOf(client);
    return grant?.subscribe?.some((allowed) => matches(allowed, topic));
  }

  /** Clients whose token has expired: they are to be disconnected. Each is named once. */
  expired(): readonly ExpiredClient[] {
    const now = this.#now() / 1000;
    const gone: ExpiredClient[] = [];
    for (const [key, grant] of this.#grants) {
      if (grant.expiresAt > now) continue;
      gone.push({ clientId: grant.clientId, identity: grant.identity });
      // What waits for it meanwhile is still checked against the claims it came with.
      this.#grants.set(key, { ...grant, expiresAt: Number.POSITIVE_INFINITY });
    }
    return gone;
  }

  #checks({ algorithms, issuer, audience, clockTolerance }: JwtRules): JWTVerifyOptions {
    return {
      algorithms: [...algorithms],
      clockTolerance,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      currentDate: new Date(this.#now()),
    };
  }

  /** After a restart: what its token said when it came, which the session has kept. */
  #grantOf({ clientId, identity, attributes }: Client): Pick<Grant, 'publish' | 'subscribe'> | undefined {
    const grant = this.#grants.get(keyOf(clientId, identity));
    if (grant !== undefined || attributes === undefined) return grant;
    const { publish, subscribe } = attributes;
    return {
      publish: isTexts(publish) ? publish : undefined,
      subscribe: isTexts(subscribe) ? subscribe : undefined,
    };
  }
}

/** By both: whoever names another one's client id must not take its rights away. An identity holds no U+0000. */
function keyOf(clientId: string, identity: string): string {
  return `${clientId}\0${identity}`;
}

/** Three parts of base64url: a password of another kind is left to the next authenticator. */
function isToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

async function keyRing({ key, algorithms }: JwtRules): Promise<KeyRing> {
  if ('jwks' in key) return createLocalJWKSet(key.jwks);
  const [algorithm = 'RS256'] = algorithms;
  const one = 'secret' in key ? key.secret : await importSPKI(key.publicKey, algorithm);
  return async () => one;
}

/** Whether a token would be good under these rules, as far as its key is not concerned. */
function isGoodUnder({ header, issuer, audience }: Proof, rules: JwtRules): boolean {
  return (
    rules.algorithms.some((algorithm) => algorithm === header.alg) &&
    (rules.issuer === undefined || rules.issuer === issuer) &&
    (rules.audience === undefined || audience.includes(rules.audience))
  );
}

function isSameKey(one: Key, other: Key): boolean {
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return one instanceof Uint8Array && other instanceof Uint8Array && Buffer.from(one).equals(other);
  return KeyObject.from(one).equals(KeyObject.from(other));
}

/** Which keys are there still. Thousands of tokens have one key: it is looked up once. */
class SameKeys {
  readonly #keys: KeyRing;
  readonly #found = new Map<Key, Map<string, Promise<boolean>>>();

  constructor(keys: KeyRing) {
    this.#keys = keys;
  }

  /** Whether the key that proved a token would prove it again. */
  has({ header, key }: Proof): Promise<boolean> {
    const name = `${header.alg} ${header.kid ?? ''}`;
    const known = this.#found.get(key) ?? new Map<string, Promise<boolean>>();
    this.#found.set(key, known);
    const found =
      known.get(name) ??
      this.#keys(header).then(
        (other) => isSameKey(key, other),
        () => false,
      );
    known.set(name, found);
    return found;
  }
}

/** What the claims give; in words why nothing, when they name nobody, or in a form that is not ours. */
function grantOf(claims: JWTPayload, rules: JwtRules, clientId: string): Omit<Grant, 'proof'> | string {
  const identity = claims[rules.identityClaim];
  if (typeof identity !== 'string' || identity === '' || identity.includes('\0'))
    return `its claim "${rules.identityClaim}" names nobody`;
  const { exp: expiresAt } = claims;
  if (expiresAt === undefined) return 'it has no "exp": it would be good for ever'; // [D08]
  const acl = claims[rules.aclClaim];
  if (acl === undefined) return { clientId, identity, expiresAt, publish: undefined, subscribe: undefined };
  const wrong = `its claim "${rules.aclClaim}" is not { publish: [...], subscribe: [...] } with topic filters`;
  if (typeof acl !== 'object' || acl === null) return wrong;
  const { publish = [], subscribe = [] } = acl as {
    readonly publish?: unknown;
    readonly subscribe?: unknown;
  };
  if (!isTexts(publish) || !isTexts(subscribe)) return wrong;
  const fill = (filters: readonly string[]): string[] => fillIn(filters, identity, clientId);
  return { clientId, identity, expiresAt, publish: fill(publish), subscribe: fill(subscribe) };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A name that would widen a filter fills none [E11]. */
function fillIn(filters: readonly string[], identity: string, clientId: string): string[] {
  const isSafe = (name: string): boolean => name !== '' && !/[+#/]/.test(name);
  return filters
    .filter(
      (filter) =>
        (!filter.includes('%u') || isSafe(identity)) && (!filter.includes('%c') || isSafe(clientId)),
    )
    .map((filter) => filter.replace(/%[uc]/g, (word) => (word === '%u' ? identity : clientId)));
}
