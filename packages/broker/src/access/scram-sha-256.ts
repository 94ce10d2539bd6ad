/**
 * SCRAM-SHA-256 as an authentication method (RFC 5802, RFC 7677), the server's side, without channel binding: the
 * client proves that it knows the password and the server that it has the record; neither sends what it knows.
 * A user that does not exist is answered like one with another password, with a salt that stays the same.
 */
import { timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from '../clock.ts';
import { BrokerError } from '../errors.ts';
import type { Answer, AuthenticationMethod, ExchangeStep } from './access.ts';
import type { Refusal } from './refusal.ts';
import { saslPrep } from './sasl-prep.ts';
import { type ClientFirst, readClientFinal, readClientFirst, readText } from './scram-messages.ts';
import {
  hmac,
  inventedRecord,
  isScramRecord,
  LEAST_ITERATIONS,
  SALT,
  type ScramRecord,
  sha256,
} from './scram-record.ts';

/** Finds the record of a user; undefined: there is none. The name is prepared (SASLprep). */
export type ScramLookup = (username: string) => Answer<ScramRecord | undefined>;

/** How users that do not exist are answered; to be indistinguishable, give all records as many iterations and salt. */
export interface ScramOptions {
  /** What their salts are derived from, 16 bytes or more; default: random, so that they change with a restart. */
  readonly secret?: Uint8Array | undefined;
  /** Default 4096. */
  readonly iterations?: number | undefined;
  /** Bytes, 8 to 32; default 16. */
  readonly saltLength?: number | undefined;
}

/** Characters of the server's part of the nonce, at 6.5 bits each. */
const NONCE = 30;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** One no for all: a wrong proof, a user that does not exist. */
const NO: Refusal = { reasonCode: 0x87 };

/**
 * The method for `access.enhanced['SCRAM-SHA-256']`. The client's identity is the user name in the exchange; a User
 * Name in CONNECT must be the same one. @throws {BrokerError} INVALID_OPTION
 */
export function scramSha256(lookup: ScramLookup, options: ScramOptions = {}): AuthenticationMethod {
  const { iterations = LEAST_ITERATIONS, saltLength = SALT } = options;
  let { secret } = options;
  const inventedFor = (username: string, key: Uint8Array): ScramRecord =>
    inventedRecord(key, username, iterations, saltLength);
  if (
    !(saltLength >= 8 && saltLength <= 32) ||
    !isScramRecord(inventedFor('', new Uint8Array(16))) ||
    (secret !== undefined && secret.length < 16)
  ) {
    throw new BrokerError(
      'INVALID_OPTION',
      'scramSha256: secret has 16 bytes or more, iterations are 4096 or more, saltLength is 8 to 32',
    );
  }
  return ({ credentials, random }) => {
    secret ??= random(new Uint8Array(32));
    const key = secret;
    // What does not exist costs what exists costs: it is invented for every name.
    const find = (username: string): Answer<Found> => {
      const invented = inventedFor(username, key);
      const found = lookup(username);
      return found instanceof Promise
        ? found.then((record) => foundOr(invented, record))
        : foundOr(invented, found);
    };
    const exchange = new ScramExchange(find, credentials.username, random);
    return (data) => exchange.next(data);
  };
}

/** A record, and whether it is somebody's. */
interface Found {
  readonly record: ScramRecord;
  readonly isKnown: boolean;
}

function foundOr(invented: ScramRecord, record: ScramRecord | undefined): Found {
  if (record === undefined) return { record: invented, isKnown: false };
  // The door counts what is thrown here, and says no.
  if (!isScramRecord(record)) throw new BrokerError('INVALID_OPTION', 'the lookup gave no ScramRecord');
  return { record, isKnown: true };
}

/** What was said in the first round. */
interface Challenge extends Found {
  readonly first: ClientFirst;
  readonly username: string;
  readonly nonce: string;
  readonly serverFirst: string;
}

class ScramExchange {
  readonly #find: (username: string) => Answer<Found>;
  /** User Name of CONNECT. */
  readonly #username: string | undefined;
  readonly #random: RandomBytes;
  #challenge: Challenge | undefined;
  #isBegun = false;

  constructor(find: (username: string) => Answer<Found>, username: string | undefined, random: RandomBytes) {
    this.#find = find;
    this.#username = username;
    this.#random = random;
  }

  next(data: Uint8Array | undefined): Answer<ExchangeStep> {
    const isOpening = !this.#isBegun;
    this.#isBegun = true;
    // CONNECT without data: an empty challenge asks for client-first-message (RFC 4422 §3).
    if (data === undefined) return isOpening ? { reasonCode: 0x18 } : broken('no data');
    const text = readText(data);
    if (text === undefined) return broken('not text');
    return this.#challenge === undefined ? this.#first(text) : this.#final(text, this.#challenge);
  }

  #first(text: string): Answer<ExchangeStep> {
    const first = readClientFirst(text);
    if (first === undefined) return broken('malformed client-first-message');
    if (first.channelBinding === 'p') return broken('channel binding is not supported');
    const username = saslPrep(first.username);
    if (username === undefined) return broken('malformed user name');
    if (first.authorizationIdentity !== '' && saslPrep(first.authorizationIdentity) !== username) {
      return broken('nobody acts as somebody else');
    }
    if (this.#username !== undefined && saslPrep(this.#username) !== username) {
      return broken('the User Name of CONNECT is another');
    }
    const found = this.#find(username);
    return found instanceof Promise
      ? found.then((it) => this.#ask(first, username, it))
      : this.#ask(first, username, found);
  }

  #ask(first: ClientFirst, username: string, found: Found): ExchangeStep {
    const nonce = first.nonce + printable(this.#random(new Uint8Array(NONCE)));
    const serverFirst = `r=${nonce},s=${base64(found.record.salt)},i=${found.record.iterations}`;
    this.#challenge = { ...found, first, username, nonce, serverFirst };
    return { reasonCode: 0x18, authenticationData: new TextEncoder().encode(serverFirst) };
  }

  #final(text: string, { record, isKnown, first, username, nonce, serverFirst }: Challenge): ExchangeStep {
    const final = readClientFinal(text);
    if (final === undefined) return broken('malformed client-final-message');
    const header = base64(new TextEncoder().encode(first.gs2Header));
    if (final.channelBinding !== header) return broken('another channel binding than at first');
    if (final.nonce !== nonce) return broken('another nonce');
    const proof = fromBase64(final.proof);
    if (proof?.length !== record.storedKey.length) return broken('malformed proof');
    const signed = `${first.bare},${serverFirst},${final.withoutProof}`;
    const signature = hmac(record.storedKey, signed);
    const clientKey = proof.map((byte, at) => byte ^ (signature[at] ?? 0));
    const isProven = timingSafeEqual(sha256(clientKey), record.storedKey);
    const verifier = new TextEncoder().encode(`v=${base64(hmac(record.serverKey, signed))}`);
    if (!isProven || !isKnown) return NO;
    return { reasonCode: 0, identity: username, authenticationData: verifier };
  }
}

/** The client does not keep to the method: it may know why. */
function broken(why: string): Refusal {
  return { reasonCode: 0x87, reasonString: `SCRAM-SHA-256: ${why}` };
}

/** One printable ASCII character for each byte, never a comma (RFC 5802 §7). */
function printable(bytes: Uint8Array): string {
  const codes = Array.from(bytes, (byte) => 0x21 + (byte % 93));
  return String.fromCharCode(...codes.map((code) => (code === 0x2c ? 0x7e : code)));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
