/**
 * The client's side of SCRAM-SHA-256, written for tests from RFC 5802 and node:crypto alone: what it computes, it
 * computes apart from the broker. Says whatever it is told to, right or wrong.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** What a test wants to say differently. */
export interface ScramLies {
  readonly gs2Header?: string | undefined;
  /** Instead of what belongs in `c=`. */
  readonly channelBinding?: string | undefined;
  /** Instead of the nonce of both. */
  readonly nonce?: string | undefined;
  /** Attributes after the nonce of the first message, of the final one. */
  readonly firstExtensions?: string | undefined;
  readonly finalExtensions?: string | undefined;
  /** Changes server-first-message on its way, as somebody in between would. */
  readonly tampered?: ((serverFirst: string) => string) | undefined;
}

export class ScramClient {
  readonly #password: string;
  readonly #lies: ScramLies;
  readonly #bare: string;
  #signature = '';

  constructor(username: string, password: string, nonce = 'rOprNGfwEbeRWgbNEkqO', lies: ScramLies = {}) {
    this.#password = password;
    this.#lies = lies;
    this.#bare = `n=${username},r=${nonce}${lies.firstExtensions ?? ''}`;
  }

  get #header(): string {
    return this.#lies.gs2Header ?? 'n,,';
  }

  /** client-first-message. */
  first(): Uint8Array {
    return bytes(this.#header + this.#bare);
  }

  /** client-final-message. */
  final(challenge: Uint8Array | undefined): Uint8Array {
    const serverFirst = (this.#lies.tampered ?? ((it: string) => it))(text(challenge));
    const [, nonce = '', salt = '', iterations = ''] =
      /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? [];
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const binding = this.#lies.channelBinding ?? Buffer.from(this.#header).toString('base64');
    const withoutProof = `c=${binding},r=${this.#lies.nonce ?? nonce}${this.#lies.finalExtensions ?? ''}`;
    const signed = `${this.#bare},${serverFirst},${withoutProof}`;
    const mask = hmac(storedKey, signed);
    const proof = clientKey.map((byte, at) => byte ^ (mask[at] ?? 0));
    this.#signature = `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`;
    return bytes(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Whether this is server-final-message of a server that knows the password's record. */
  isServer(verifier: Uint8Array | undefined): boolean {
    return this.#signature !== '' && text(verifier) === this.#signature;
  }
}

/** Text as Authentication Data. */
export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Authentication Data as text. */
export function text(data: Uint8Array | undefined): string {
  return new TextDecoder().decode(data);
}

function hmac(key: Uint8Array, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}
