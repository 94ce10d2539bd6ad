/**
 * One hashed password in the forms of Mosquitto's password files, and SCRAM's: read, made, compared.
 *
 * | form | what it is |
 * |---|---|
 * | `$6$salt$hash` | SHA-512 over password and salt, once (Mosquitto before 2.0) |
 * | `$7$iterations$salt$hash` | PBKDF2 with SHA-512 (Mosquitto 2.0) |
 * | `$argon2id$v=19$m=..,t=..,p=..$salt$hash` | argon2id (Mosquitto 2.1, and what we make) |
 * | `$scram-sha-256$iterations$salt$storedKey$serverKey` | what SCRAM needs; good for a plain password too |
 */
import { createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type ScramRecord, scramSha256Record } from '@mqtt/broker';
import { hash as argon2, parseOptions, verify as verifyArgon2 } from '@node-rs/argon2';

const derive = promisify(pbkdf2);

/** The forms that can be made. */
export const HASHES = ['argon2id', 'sha512-pbkdf2', 'sha512', 'scram-sha-256'] as const;
/** One of `HASHES`. */
export type HashName = (typeof HASHES)[number];

/** A password, hashed. */
export interface PasswordHash {
  readonly name: HashName;
  /** The text that stands in a file. */
  readonly text: string;
  /** Whether `password` is the one; takes no time of the event loop, and as long for a wrong one as for the right one. */
  readonly verify: (password: Uint8Array) => Promise<boolean>;
  /** SCRAM's record of RFC 5802, for that form alone. */
  readonly scram?: ScramRecord;
}

/** argon2id as OWASP asks for today: 46 MiB, one pass. */
const ARGON2ID = { memoryCost: 47_104, timeCost: 1, parallelism: 1 } as const;
const PBKDF2_ITERATIONS = 210_000;
const SCRAM_ITERATIONS = 10_000;
/** RFC 7677 §4. */
const LEAST_SCRAM_ITERATIONS = 4096;
/** What a hash in a file may ask for: more is a mistake, and would stop logins for minutes. */
const MOST_ITERATIONS = 10_000_000;
const MOST_KIB = 1_048_576;

/** Reads a hash; undefined when it is none of the forms, or asks for more work than a login may cost. */
export function parseHash(text: string): PasswordHash | undefined {
  if (text.startsWith('$6$')) return parseSha512(text);
  if (text.startsWith('$7$')) return parsePbkdf2(text);
  if (text.startsWith('$argon2id$')) return parseArgon2id(text);
  if (text.startsWith('$scram-sha-256$')) return parseScram(text);
  return undefined;
}

/** Hashes a password with a fresh salt; returns the text for a file. */
export async function makeHash(name: HashName, password: Uint8Array): Promise<string> {
  switch (name) {
    case 'argon2id':
      return await argon2(password, { ...ARGON2ID, algorithm: 2 });
    case 'sha512-pbkdf2': {
      const salt = randomBytes(12);
      const hash = await derive(password, salt, PBKDF2_ITERATIONS, 64, 'sha512');
      return `$7$${PBKDF2_ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
    }
    case 'sha512': {
      const salt = randomBytes(12);
      const hash = createHash('sha512').update(password).update(salt).digest('base64');
      return `$6$${salt.toString('base64')}$${hash}`;
    }
    case 'scram-sha-256':
      return await makeScram(password);
  }
}

function parseSha512(text: string): PasswordHash | undefined {
  const [, , salt = '', hash = '', ...rest] = text.split('$');
  const expected = fromBase64(hash);
  const salted = fromBase64(salt);
  if (rest.length > 0 || salted === undefined || expected?.length !== 64) return undefined;
  const verify = async (password: Uint8Array): Promise<boolean> =>
    timingSafeEqual(createHash('sha512').update(password).update(salted).digest(), expected);
  return { name: 'sha512', text, verify };
}

function parsePbkdf2(text: string): PasswordHash | undefined {
  const [, , count = '', salt = '', hash = '', ...rest] = text.split('$');
  const iterations = toCount(count, MOST_ITERATIONS);
  const expected = fromBase64(hash);
  const salted = fromBase64(salt);
  if (rest.length > 0 || iterations === undefined || salted === undefined || expected?.length !== 64) {
    return undefined;
  }
  const verify = async (password: Uint8Array): Promise<boolean> =>
    timingSafeEqual(await derive(password, salted, iterations, 64, 'sha512'), expected) &&
    !isPadded(password);
  return { name: 'sha512-pbkdf2', text, verify };
}

function parseArgon2id(text: string): PasswordHash | undefined {
  try {
    const { memoryCost, timeCost } = parseOptions(text);
    if (memoryCost > MOST_KIB || timeCost > 1000) return undefined;
  } catch {
    return undefined;
  }
  return { name: 'argon2id', text, verify: (password) => verifyArgon2(text, password) };
}

function parseScram(text: string): PasswordHash | undefined {
  const [, , count = '', salt = '', stored = '', server = '', ...rest] = text.split('$');
  const iterations = toCount(count, MOST_ITERATIONS);
  const [salted, storedKey, serverKey] = [fromBase64(salt), fromBase64(stored), fromBase64(server)];
  if (rest.length > 0 || iterations === undefined || salted === undefined) return undefined;
  if (iterations < LEAST_SCRAM_ITERATIONS || salted.length < 8) return undefined;
  if (storedKey?.length !== 32 || serverKey?.length !== 32) return undefined;
  const verify = async (password: Uint8Array): Promise<boolean> =>
    await scramOf(password, salted, iterations).then(
      (record) => timingSafeEqual(record.storedKey, storedKey),
      () => false,
    );
  const scram = { salt: salted, iterations, storedKey, serverKey };
  return { name: 'scram-sha-256', text, verify, scram };
}

/** PBKDF2 fills its key up with zeros: to it, a password and the same with zeros behind it are one [D05]. */
function isPadded(password: Uint8Array): boolean {
  return password.at(-1) === 0;
}

async function makeScram(password: Uint8Array): Promise<string> {
  const record = await scramOf(password, randomBytes(16), SCRAM_ITERATIONS);
  const { salt, storedKey, serverKey } = record;
  const words = [salt, storedKey, serverKey].map((bytes) => Buffer.from(bytes).toString('base64'));
  return `$scram-sha-256$${SCRAM_ITERATIONS}$${words.join('$')}`;
}

/** As a client will prepare it (SASLprep). @throws {BrokerError} for what no client can prepare */
function scramOf(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<ScramRecord> {
  return scramSha256Record(new TextDecoder().decode(password), { salt, iterations });
}

function toCount(text: string, most: number): number | undefined {
  const count = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : Number.NaN;
  return count <= most ? count : undefined;
}

function fromBase64(text: string): Buffer | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
