/**
 * The one error of the codec. Decoder and encoder fail through it and nowhere else, so the same fault has the same
 * error in both directions. The rules themselves are `rules.ts`.
 */
import type { ProtocolVersion } from './packet.ts';
import { type Rule, targetTooSmall } from './rules.ts';

const codes = {
  129: 'MALFORMED_PACKET',
  130: 'PROTOCOL_ERROR',
  132: 'UNSUPPORTED_PROTOCOL_VERSION',
  133: 'CLIENT_IDENTIFIER_NOT_VALID',
  143: 'TOPIC_FILTER_INVALID',
  144: 'TOPIC_NAME_INVALID',
  148: 'TOPIC_ALIAS_INVALID',
  149: 'PACKET_TOO_LARGE',
} as const;

/** What `ProtocolError.code` can be. */
export type ProtocolErrorCode = (typeof codes)[keyof typeof codes] | 'BUFFER_TOO_SMALL';

/** Bytes or a packet that break a rule of the protocol (§4.13). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** Stable, for `switch`; follows from the reason code. */
  declare readonly code: ProtocolErrorCode;
  /** The 5.0 reason code to answer with (§2.4); 3.x closes the connection instead. */
  declare readonly reasonCode: number;
  /** The normative statement that is broken, in the numbering of the packet's version. */
  declare readonly statement: string;
  /** Bytes from the packet's first byte to the fault; undefined when encoding. */
  declare readonly offset: number | undefined;

  constructor(rule: Rule, version: ProtocolVersion, offset?: number, section?: string) {
    const [text, reasonCode, five, three = five] = rule;
    const own = version < 5 ? (three ?? '4.8.0-1') : (five ?? '4.13.1-1');
    const statement = `MQTT-${section ?? own}`;
    const code = rule === targetTooSmall ? 'BUFFER_TOO_SMALL' : codes[reasonCode];
    super(`${code}: ${text} [${statement}]${offset === undefined ? '' : ` at byte ${offset}`}`);
    Object.assign(this, { code, reasonCode, statement, offset });
  }
}
