/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: what it says and what it believes.
 * Knows nothing of packets, and no source of chance but the one it is given.
 */
import type { Authentication, AuthenticationExchange } from './authentication.ts';
import { invalid, MqttError } from './errors.ts';
import { printable } from './printable.ts';

/** Who authenticates, and how much work a server may ask for. */
export interface ScramOptions {
  readonly username: string;
  readonly password: string;
  /** Most iterations of PBKDF2, so that a server cannot keep this machine busy. Default 1,000,000. */
  readonly maximumIterations?: number | undefined;
}

/** Only its type: the DOM's and Node's declarations share no name for it. */
type Subtle = (typeof globalThis)['crypto']['subtle'];
type Bytes = Uint8Array<ArrayBuffer>;
/** What the password became for one salt, so that coming back costs nothing. */
interface Salted {
  readonly for: string;
  readonly key: Bytes;
}

/** The least that RFC 7677 §4 asks for. */
const LEAST_ITERATIONS = 4096;
/** server-first-message; an extension that must be understood (`m=`) is none of these. */
const SERVER_FIRST = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,8})(?:,[^m]=.*)?$/;

/** What a platform lends: WebCrypto, and the client's part of a nonce: printable ASCII without commas. */
export interface ScramPlatform {
  readonly subtle: Subtle;
  readonly nonce: () => string;
}

/** The method with this user and password on `platform`. @throws MqttError INVALID_OPTION */
export function scramWith({ subtle, nonce }: ScramPlatform, options: ScramOptions): Authentication {
  const username = prepared(options.username, 'username');
  const password = prepared(options.password, 'password');
  const { maximumIterations = 1_000_000 } = options;
  let salted: Salted | undefined;

  async function* exchange(): AuthenticationExchange {
    const own = nonce();
    const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C');
    const bare = `n=${name},r=${own}`;
    const serverFirst = textOf(yield utf8(`n,,${bare}`));
    const [, joint = '', salt = '', count = ''] = SERVER_FIRST.exec(serverFirst) ?? [];
    if (!joint.startsWith(own) || joint === own)
      throw failed('its first message is not one of SCRAM, or no answer to ours');
    const iterations = Number(count);
    if (iterations < LEAST_ITERATIONS || iterations > maximumIterations)
      throw failed(
        `it asks for ${iterations} iterations; ${LEAST_ITERATIONS} to ${maximumIterations} are done`,
      );
    if (salted?.for !== `${salt},${count}`)
      salted = { for: `${salt},${count}`, key: await derive(subtle, password, salt, iterations) };
    const clientKey = await hmac(subtle, salted.key, 'Client Key');
    const storedKey = new Uint8Array(await subtle.digest('SHA-256', clientKey));
    const withoutProof = `c=biws,r=${joint}`; // biws: base64 of n,,
    const signed = `${bare},${serverFirst},${withoutProof}`;
    const signature = await hmac(subtle, storedKey, signed);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    const serverFinal = textOf(yield utf8(`${withoutProof},p=${base64(proof)}`));
    const [verifier = ''] = serverFinal.split(',');
    if (verifier !== `v=${base64(await hmac(subtle, await hmac(subtle, salted.key, 'Server Key'), signed))}`)
      throw failed(`its signature is wrong (${printable(verifier.slice(0, 64))})`);
  }

  return { method: 'SCRAM-SHA-256', exchange };
}

async function derive(subtle: Subtle, password: string, salt: string, iterations: number): Promise<Bytes> {
  const key = await subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: fromBase64(salt), iterations };
  return new Uint8Array(await subtle.deriveBits(how, key, 256));
}

async function hmac(subtle: Subtle, bytes: Bytes, text: string): Promise<Bytes> {
  const key = await subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', key, utf8(text)));
}

/** SASLprep (RFC 4013), but for the characters it prohibits: those the server refuses. */
function prepared(text: string, name: string): string {
  const form = text
    .replace(/[\u{a0}\u{1680}\u{2000}-\u{200b}\u{202f}\u{205f}\u{3000}]/gu, ' ')
    .replace(
      /\u{ad}|\u{34f}|\u{1806}|[\u{180b}-\u{180d}]|\u{200c}|\u{200d}|\u{2060}|[\u{fe00}-\u{fe0f}]|\u{feff}/gu,
      '',
    )
    .normalize('NFKC');
  if (form === '') throw invalid(`scramSha256 needs a ${name} that is not empty`);
  return form;
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function textOf(data: Uint8Array | undefined): string {
  return new TextDecoder().decode(data);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function failed(why: string): MqttError {
  return new MqttError('AUTHENTICATION_FAILED', `SCRAM-SHA-256 with the server failed: ${why}`);
}
