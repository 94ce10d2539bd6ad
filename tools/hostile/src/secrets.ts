/**
 * Users, passwords and tokens of the configurations under attack. Made anew in every run: no secret of anybody.
 */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  sign,
} from 'node:crypto';

/** The witness of a configuration with passwords. */
export const WITNESS = { username: 'witness', password: 'seen' } as const;

/** User -> password. */
const USERS: Readonly<Record<string, string>> = {
  witness: 'seen',
  alice: 'Open-Sesame',
  bob: 'Also-Open',
  '+': 'plus',
  'a/b': 'slash',
};

/** A line as mosquitto_passwd writes it: PBKDF2 with SHA-512. */
function line(user: string, password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 20_000, 64, 'sha512');
  return `${user}:$7$20000$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

/** Who comes with SCRAM, and her password. */
export const SCRAM_USER = { username: 'sally', password: 'pencil' } as const;
const SCRAM_ITERATIONS = 4096;

/** SCRAM's keys of RFC 5802 §3. */
function scramKeys(
  salt: Buffer,
  iterations: number,
): { readonly clientKey: Buffer; readonly serverKey: Buffer } {
  const salted = pbkdf2Sync(SCRAM_USER.password, salt, iterations, 32, 'sha256');
  const keyOf = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  return { clientKey: keyOf('Client Key'), serverKey: keyOf('Server Key') };
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Her line of the password file: mqttd's form for SCRAM. */
function scramLine(): string {
  const salt = randomBytes(16);
  const { clientKey, serverKey } = scramKeys(salt, SCRAM_ITERATIONS);
  const words = [salt, sha256(clientKey), serverKey].map((bytes) => bytes.toString('base64'));
  return `${SCRAM_USER.username}:$scram-sha-256$${SCRAM_ITERATIONS}$${words.join('$')}\n`;
}

/** The client's last word to this first word of the server (RFC 5802 §3), after `n,,${first}`. */
export function scramProof(first: string, server: string): string {
  const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(server) ?? [];
  const { clientKey } = scramKeys(Buffer.from(salt, 'base64'), Number(count));
  const bare = `c=biws,r=${nonce}`;
  const signature = createHmac('sha256', sha256(clientKey)).update(`${first},${server},${bare}`).digest();
  const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
  return `${bare},p=${Buffer.from(proof).toString('base64')}`;
}

/** A password file of them all. */
export function passwordFile(): string {
  return Object.entries(USERS)
    .map(([user, password]) => line(user, password))
    .concat(scramLine())
    .join('');
}

/** CONNECT's fields for a user. */
export function as(username: string): { readonly username: string; readonly password: string } {
  return { username, password: USERS[username] ?? '' };
}

/** A key pair: the public half as PEM. */
interface Pair {
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

function pair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey };
}

/** The key that is configured, and one of somebody else. */
export const keys: { readonly es256: Pair; readonly foreign: Pair } = { es256: pair(), foreign: pair() };

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Claims that are good for a minute. */
export function claims(more: object = {}): object {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return {
    sub: 'tessa',
    iss: 'us',
    aud: 'mqttd',
    exp,
    acl: { publish: ['t/#'], subscribe: ['t/#'] },
    ...more,
  };
}

/** A token: how it is signed is said apart from what its header says. */
export function token(
  body: object,
  header: object = { alg: 'ES256' },
  key: KeyObject | string = keys.es256.privateKey,
): string {
  const signed = `${part(header)}.${part(body)}`;
  const signature =
    typeof key === 'string'
      ? createHmac('sha256', key).update(signed).digest()
      : sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
