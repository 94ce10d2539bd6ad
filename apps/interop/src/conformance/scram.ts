/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), as far as a case needs it to be let in, or to be sent away
 * with a wrong proof. The nonce is always the same: nothing is protected here.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const NONCE = 'conformancenonce';

/** client-first-message of this user. */
export function clientFirst(username: string): Uint8Array {
  return Buffer.from(`n,,${bare(username)}`);
}

/** client-final-message for what the server said. */
export function clientFinal(username: string, password: string, serverFirst: Uint8Array): Uint8Array {
  const challenge = Buffer.from(serverFirst).toString('utf8');
  const [, nonce = '', salt = '', iterations = '1'] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
  const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const stored = createHash('sha256').update(clientKey).digest();
  const signature = hmac(stored, `${bare(username)},${challenge},${withoutProof}`);
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
  return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
}

function bare(username: string): string {
  return `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${NONCE}`;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
