/**
 * What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 §3): enough to check a proof, not enough to make one.
 * Makes it, checks it, and invents one for users that do not exist. Knows no messages.
 */
import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { type RandomBytes, systemRandom } from '../clock.ts';
import { BrokerError } from '../errors.ts';
import { saslPrep } from './sasl-prep.ts';

/** What is kept of one user's password. */
export interface ScramRecord {
  readonly salt: Uint8Array;
  /** Of PBKDF2; 4096 or more (RFC 7677 §4). */
  readonly iterations: number;
  /** 32 bytes. */
  readonly storedKey: Uint8Array;
  /** 32 bytes; whoever has it can pose as this server. */
  readonly serverKey: Uint8Array;
}

/** How a record is made. */
export interface ScramRecordOptions {
  /** 8 bytes or more, other ones for each user; default: 16 from `random`. */
  readonly salt?: Uint8Array | undefined;
  /** 4096 or more; default 4096. More makes a stolen record worth less, and each login slower for the client. */
  readonly iterations?: number | undefined;
  /** Default: the system's. */
  readonly random?: RandomBytes | undefined;
}

/** The least that RFC 7677 §4 asks for, and what is common. */
export const LEAST_ITERATIONS = 4096;
const MOST_ITERATIONS = 100_000_000;
const LONGEST_SALT = 1024;
/** Bytes of a salt that is made here. */
export const SALT = 16;
/** Bytes of SHA-256. */
const HASH = 32;

/**
 * The record of a password, for `scramSha256` to look up. Takes about 1 ms for each 4096 iterations, beside the event
 * loop. @throws {BrokerError} INVALID_OPTION for a password that SASLprep refuses, a short salt, few iterations
 */
export async function scramSha256Record(
  password: string,
  options: ScramRecordOptions = {},
): Promise<ScramRecord> {
  const { iterations = LEAST_ITERATIONS, random = systemRandom } = options;
  const salt = Uint8Array.from(options.salt ?? random(new Uint8Array(SALT)));
  const prepared = saslPrep(password);
  if (prepared === undefined) {
    throw new BrokerError('INVALID_OPTION', 'the password is empty, or has characters that SASLprep refuses');
  }
  const empty = { salt, iterations, storedKey: new Uint8Array(HASH), serverKey: new Uint8Array(HASH) };
  if (!isScramRecord(empty)) {
    const message = `salt must have 8 to ${LONGEST_SALT} bytes, iterations be ${LEAST_ITERATIONS} to ${MOST_ITERATIONS}`;
    throw new BrokerError('INVALID_OPTION', message);
  }
  const salted = await saltedPassword(prepared, salt, iterations);
  return {
    salt,
    iterations,
    storedKey: Uint8Array.from(sha256(hmac(salted, 'Client Key'))),
    serverKey: Uint8Array.from(hmac(salted, 'Server Key')),
  };
}

function saltedPassword(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, HASH, 'sha256', (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Whether this can be used as a record. */
export function isScramRecord(record: unknown): record is ScramRecord {
  if (typeof record !== 'object' || record === null) return false;
  const { salt, iterations, storedKey, serverKey } = record as Partial<ScramRecord>;
  const isCount =
    Number.isInteger(iterations) &&
    (iterations ?? 0) >= LEAST_ITERATIONS &&
    (iterations ?? 0) <= MOST_ITERATIONS;
  const isSalt = salt instanceof Uint8Array && salt.length >= 8 && salt.length <= LONGEST_SALT;
  return isCount && isSalt && isKey(storedKey) && isKey(serverKey);
}

function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === HASH;
}

/** A record for a name that has none: the same one each time, and no password fits it. */
export function inventedRecord(
  secret: Uint8Array,
  username: string,
  iterations: number,
  saltLength: number,
): ScramRecord {
  const part = (what: string): Uint8Array => hmac(secret, `${what}:${username}`);
  return {
    salt: part('salt').subarray(0, saltLength),
    iterations,
    storedKey: part('stored key'),
    serverKey: part('server key'),
  };
}

/** HMAC-SHA-256. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest();
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
