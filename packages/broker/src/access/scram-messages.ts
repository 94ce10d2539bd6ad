/**
 * The grammar of SCRAM's client messages (RFC 5802 §5, §7): text in, its attributes out, undefined for whatever the
 * grammar does not allow. Knows no secrets: what the attributes prove is decided in `scram-sha-256.ts`.
 */

/** client-first-message: who, and the client's part of the nonce. */
export interface ClientFirst {
  /** The header as it was sent: channel binding flag and authorisation identity, with both commas. */
  readonly gs2Header: string;
  /** `n`: the client knows no channel binding. `y`: it believes we do not. `p`: it wants one. */
  readonly channelBinding: 'n' | 'y' | 'p';
  /** Whom the client wants to act as; '' for itself. */
  readonly authorizationIdentity: string;
  readonly username: string;
  readonly nonce: string;
  /** Everything after the header: a part of what is signed. */
  readonly bare: string;
}

/** client-final-message: the nonce of both, and the proof. */
export interface ClientFinal {
  /** base64 of the header of the first message. */
  readonly channelBinding: string;
  readonly nonce: string;
  /** base64. */
  readonly proof: string;
  /** Everything before the proof: a part of what is signed. */
  readonly withoutProof: string;
}

const HEADER = /^(?:([ny])|p=[A-Za-z0-9.-]+),(?:a=([^,]+))?,/;
/** Printable ASCII but the comma. */
const NONCE = /^[!-+\--~]+$/;
/** Names that have a meaning: no extension may be called so. `m` is one that must be understood, and none is. */
const RESERVED = 'aceimnprsv';

/** Reads Authentication Data as text; undefined when it is no UTF-8, or holds U+0000. */
export function readText(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Reads client-first-message. */
export function readClientFirst(text: string): ClientFirst | undefined {
  const header = HEADER.exec(text);
  if (header === null) return undefined;
  const [gs2Header, flag = 'p', identity = ''] = header;
  const bare = text.slice(gs2Header.length);
  const [name, nonce, ...extensions] = bare.split(',');
  const username = readName(attributeValue(name, 'n'));
  const authorizationIdentity = identity === '' ? '' : readName(identity);
  const clientNonce = attributeValue(nonce, 'r');
  if (!username || authorizationIdentity === undefined || !areExtensions(extensions)) return undefined;
  if (clientNonce === undefined || !NONCE.test(clientNonce)) return undefined;
  const channelBinding = flag as ClientFirst['channelBinding'];
  return { gs2Header, channelBinding, authorizationIdentity, username, nonce: clientNonce, bare };
}

/** Reads client-final-message. */
export function readClientFinal(text: string): ClientFinal | undefined {
  const at = text.lastIndexOf(',');
  const withoutProof = text.slice(0, Math.max(at, 0));
  const [binding, joint, ...extensions] = withoutProof.split(',');
  const channelBinding = attributeValue(binding, 'c');
  const nonce = attributeValue(joint, 'r');
  const proof = attributeValue(text.slice(at + 1), 'p');
  if (channelBinding === undefined || nonce === undefined || proof === undefined) return undefined;
  return areExtensions(extensions) ? { channelBinding, nonce, proof, withoutProof } : undefined;
}

function attributeValue(attribute: string | undefined, name: string): string | undefined {
  return attribute?.startsWith(`${name}=`) && attribute.length > 2 ? attribute.slice(2) : undefined;
}

/** saslname: a comma is `=2C`, an equals sign `=3D`, and neither stands for itself. */
function readName(text: string | undefined): string | undefined {
  if (text === undefined || /=(?!2C|3D)/.test(text)) return undefined;
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** Extensions are let pass, as long as they are called what nothing else is (RFC 5802 §5.1). */
function areExtensions(attributes: readonly string[]): boolean {
  return attributes.every((text) => /^[A-Za-z]=./.test(text) && !RESERVED.includes(text.charAt(0)));
}
