/**
 * Why bytes are not a packet, or a packet may not become bytes: one rule each, with its reason code and statement.
 * Decoder and encoder fail through here and nowhere else, so the same fault has the same error in both directions.
 */
import type { ProtocolVersion } from './packet.ts';

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

type RuleRow = readonly [reasonCode: keyof typeof codes, five?: string, three?: string];

/**
 * What is wrong, in few words because they weigh in every bundle -> [reason code, statement in 5.0, statement in 3.1.1 where it differs]. Rules without a statement of
 * their own break the general one: [MQTT-4.13.1-1], in 3.1.1 [MQTT-4.8.0-1].
 */
const rules = {
  'cut short': [0x81],
  'trailing bytes': [0x81],
  'variable byte integer': [0x81, '1.5.5-1', '4.8.0-1'],
  'UTF-8': [0x81, '1.5.4-1', '1.5.3-1'],
  'U+0000': [0x81, '1.5.4-2', '1.5.3-2'],
  'over 65,535 bytes': [0x81, '4.7.3-3'],
  'type or range': [0x81],
  'packet type': [0x81],
  'fixed header flags': [0x81, '2.1.3-1', '2.2.2-2'],
  'not CONNECT': [0x82, '3.1.0-1'],
  'second CONNECT': [0x82, '3.1.0-2'],
  'wrong sender': [0x82],
  'packet size': [0x95, '3.1.2-24', '4.8.0-1'],
  'protocol name': [0x84, '3.1.2-1'],
  'protocol version': [0x84, '3.1.2-2'],
  'connect flags': [0x81, '3.1.2-3'],
  'will QoS': [0x81, '3.1.2-12', '3.1.2-14'],
  'QoS without will': [0x81, '3.1.2-11', '3.1.2-13'],
  'retain without will': [0x81, '3.1.2-13', '3.1.2-15'],
  'password without user name': [0x81, '3.1.2-22'],
  'client id': [0x85, '3.1.3-8', '3.1.3-7'],
  'authentication method': [0x82],
  'acknowledge flags': [0x81, '3.2.2-1', '2.2.2-1'],
  'session present': [0x82, '3.2.2-6', '3.2.2-4'],
  'reason code': [0x81],
  'reason code of wrong sender': [0x82],
  QoS: [0x81, '3.3.1-4'],
  'DUP at QoS 0': [0x81, '3.3.1-2'],
  'topic name': [0x90, '3.3.2-2'],
  'empty topic': [0x81, '4.7.3-1'],
  'no topic and no alias': [0x82, '4.7.3-1'],
  'response topic': [0x82, '3.3.2-14'],
  'packet id': [0x81, '2.2.1-3', '2.3.1-1'],
  'packet id at QoS 0': [0x81, '2.2.1-2', '2.3.1-5'],
  'unknown property': [0x81],
  'misplaced property': [0x82],
  'repeated property': [0x82],
  'property 0': [0x82],
  'property not 0 or 1': [0x82],
  'topic alias 0': [0x94, '3.3.2-8'],
  'subscription identifier': [0x82, '3.3.4-6'],
  'session expiry': [0x82, '3.14.2-2'],
  'no SUBSCRIBE filter': [0x82, '3.8.3-2', '3.8.3-3'],
  'no UNSUBSCRIBE filter': [0x82, '3.10.3-2'],
  'subscription options': [0x81, '3.8.3-5', '3.8.3-4'],
  'retain handling': [0x82, '3.8.3-5', '3.8.3-4'],
  'no local when shared': [0x82, '3.8.3-4'],
  'topic filter': [0x8f, '4.7.1-1', '4.7.1-2'],
  'target too small': [0x95],
} as const;

/** The name of a rule; internal to the codec. */
export type Rule = keyof typeof rules;

/** What `ProtocolError.code` can be. */
export type ProtocolErrorCode = (typeof codes)[keyof typeof codes] | 'BUFFER_TOO_SMALL';

/** Bytes or a packet that break a rule of the protocol (§4.13). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** Stable, for `switch`; follows from the reason code. */
  readonly code: ProtocolErrorCode;
  /** The 5.0 reason code to answer with (§2.4); 3.x closes the connection instead. */
  readonly reasonCode: number;
  /** The normative statement that is broken, in the numbering of the packet's version. */
  readonly statement: string;
  /** Bytes from the packet's first byte to the fault; undefined when encoding. */
  readonly offset: number | undefined;

  constructor(rule: Rule, version: ProtocolVersion, offset?: number, section?: string) {
    const [reasonCode, five = '4.13.1-1', three = five === '4.13.1-1' ? '4.8.0-1' : five] = rules[
      rule
    ] as RuleRow;
    const statement = `MQTT-${section ?? (version < 5 ? three : five)}`;
    const code = rule === 'target too small' ? 'BUFFER_TOO_SMALL' : codes[reasonCode];
    super(`${code}: ${rule} [${statement}]${offset === undefined ? '' : ` at byte ${offset}`}`);
    this.code = code;
    this.reasonCode = reasonCode;
    this.statement = statement;
    this.offset = offset;
  }
}
