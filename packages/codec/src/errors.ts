/**
 * Why bytes are not a packet, or a packet may not become bytes: one rule each, with its reason code and statement.
 * Decoder and encoder fail through here and nowhere else, so the same fault has the same error in both directions.
 */
import type { ProtocolVersion } from './packet.ts';

/** Rule -> [reason code, statement in 5.0, statement in 3.1.1 ('' where it is the same), what is wrong]. */
const rules = {
  ends: [0x81, '4.13.1-1', '4.8.0-1', 'the packet ends inside a field'],
  trailing: [0x81, '4.13.1-1', '4.8.0-1', 'bytes follow the last field'],
  varint: [0x81, '1.5.5-1', '', 'a variable byte integer has more bytes than it needs, or more than four'],
  utf8: [0x81, '1.5.4-1', '1.5.3-1', 'a string is not well-formed UTF-8'],
  nul: [0x81, '1.5.4-2', '1.5.3-2', 'a string holds U+0000'],
  long: [0x81, '4.7.3-3', '', 'a string or binary value is over 65,535 bytes'],
  value: [0x81, '4.13.1-1', '4.8.0-1', 'a field has a value of the wrong type or range'],
  type: [0x81, '4.13.1-1', '4.8.0-1', 'this packet type is reserved in this version'],
  flags: [0x81, '2.1.3-1', '2.2.2-2', 'reserved flags of the fixed header are set wrong'],
  first: [0x82, '3.1.0-1', '', 'the first packet must be CONNECT'],
  second: [0x82, '3.1.0-2', '', 'a second CONNECT on one connection'],
  direction: [0x82, '4.13.1-1', '4.8.0-1', 'only the other end may send this packet'],
  large: [0x95, '3.1.2-24', '4.8.0-1', 'the packet is larger than the maximum packet size'],
  name: [0x84, '3.1.2-1', '', 'the protocol name must be MQTT, or MQIsdp for 3.1'],
  level: [0x84, '3.1.2-2', '', 'the protocol version must be 3, 4 or 5'],
  reserved: [0x81, '3.1.2-3', '', 'the reserved connect flag must be 0'],
  willQoS: [0x81, '3.1.2-12', '3.1.2-14', 'will QoS 3 does not exist'],
  noWillQoS: [0x81, '3.1.2-11', '3.1.2-13', 'will QoS is set without the will flag'],
  noWillRetain: [0x81, '3.1.2-13', '3.1.2-15', 'will retain is set without the will flag'],
  password: [0x81, '3.1.2-22', '', 'a password needs a user name before 5.0'],
  clientId: [0x85, '3.1.3-8', '3.1.3-7', 'an empty client id needs clean session 1'],
  auth: [0x82, '4.13.1-1', '', 'authentication data needs an authentication method'],
  connack: [0x81, '3.2.2-1', '2.2.2-1', 'reserved connect acknowledge flags are set'],
  present: [0x82, '3.2.2-6', '3.2.2-4', 'session present is set in a refusal'],
  code: [0x81, '4.13.1-1', '4.8.0-1', 'this packet may not carry this reason code'],
  sender: [0x82, '4.13.1-1', '', 'only the other end may send this reason code'],
  qos: [0x81, '3.3.1-4', '', 'QoS 3 does not exist'],
  dup: [0x81, '3.3.1-2', '', 'DUP is set at QoS 0'],
  wildcard: [0x90, '3.3.2-2', '', 'a topic name holds a wildcard'],
  empty: [0x81, '4.7.3-1', '', 'a topic name must have at least one character'],
  noTopic: [0x82, '4.7.3-1', '', 'an empty topic name needs a topic alias'],
  response: [0x82, '3.3.2-14', '', 'a response topic is empty or holds a wildcard'],
  id: [0x81, '2.2.1-3', '2.3.1-1', 'a packet identifier must be 1 to 65,535'],
  idAtQoS0: [0x81, '2.2.1-2', '2.3.1-5', 'a QoS 0 PUBLISH has no packet identifier'],
  property: [0x81, '4.13.1-1', '', 'no property has this identifier or name'],
  misplaced: [0x82, '4.13.1-1', '4.8.0-1', 'this packet may not carry this property'],
  twice: [0x82, '4.13.1-1', '', 'a property that may appear once appears twice'],
  zero: [0x82, '4.13.1-1', '', 'this property may not be 0'],
  bit: [0x82, '4.13.1-1', '', 'this property must be 0 or 1'],
  alias: [0x94, '3.3.2-8', '', 'topic alias 0 does not exist'],
  subscriber: [0x82, '3.3.4-6', '', 'a client may not send a subscription identifier in PUBLISH'],
  expiry: [0x82, '3.14.2-2', '', 'a server may not send a session expiry interval in DISCONNECT'],
  noFilter: [0x82, '3.8.3-2', '3.8.3-3', 'at least one topic filter is needed'],
  noUnsubscribe: [0x82, '3.10.3-2', '', 'at least one topic filter is needed'],
  options: [0x81, '3.8.3-5', '3.8.3-4', 'reserved subscription options are set, or the QoS is 3'],
  handling: [0x82, '3.8.3-5', '', 'retain handling 3 does not exist'],
  noLocal: [0x82, '3.8.3-4', '', 'no local is not for shared subscriptions'],
  filter: [0x8f, '4.7.1-1', '', 'a topic filter is not valid'],
  room: [0x95, '4.13.1-1', '', 'the target buffer is too small'],
} as const;

/** The name of a rule; internal to the codec. */
export type Rule = keyof typeof rules;

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
  readonly code: ProtocolErrorCode;
  /** The 5.0 reason code to answer with (§2.4); 3.x closes the connection instead. */
  readonly reasonCode: number;
  /** The normative statement that is broken, in the numbering of the packet's version. */
  readonly statement: string;
  /** Bytes from the packet's first byte to the fault; undefined when encoding. */
  readonly offset: number | undefined;

  constructor(rule: Rule, version: ProtocolVersion, offset?: number, section?: string) {
    const [reasonCode, five, three, text] = rules[rule];
    const statement = `MQTT-${section || (version < 5 && three) || five}`;
    super(`${text} [${statement}]${offset === undefined ? '' : ` at byte ${offset}`}`);
    this.code = rule === 'room' ? 'BUFFER_TOO_SMALL' : codes[reasonCode];
    this.reasonCode = reasonCode;
    this.statement = statement;
    this.offset = offset;
  }
}
