/**
 * The rules that bytes or a packet can break: the field, or what is wrong where no statement says it; the reason code
 * to answer with; the statement in 5.0 and, where it differs, in 3.1.1. Rules without a statement of their own break the general one, which
 * `ProtocolError` adds. One constant each, so that a bundle holds only the rules that it can report.
 */

/** A rule: what is wrong, in few words because they weigh in every bundle; its reason code and statements. */
export type Rule = readonly [
  text: string,
  reasonCode: 0x81 | 0x82 | 0x84 | 0x85 | 0x8f | 0x90 | 0x94 | 0x95,
  five?: string,
  three?: string,
];

/** What a Reader and a Writer have in common for whoever checks: where they are, whose end it is, how they fail. */
interface Checked {
  readonly pos: number;
  readonly role?: 'server' | 'client' | undefined;
  fail(broken: Rule, at?: number, section?: string): never;
}

/** How reason codes are checked, where they are: `checkReasonCode`. */
export type CheckCode = (rw: Checked, owner: string, code: number, broken?: Rule) => void;

/** The packet ends before a field that it must have, or within one. */
export const cutShort: Rule = ['cut short', 0x81];
/** Bytes follow the last field. */
export const trailingBytes: Rule = ['length', 0x81];
/** A Variable Byte Integer of more than four bytes, or of more than it needs (§1.5.5). */
export const variableByteInteger: Rule = ['varint', 0x81, '1.5.5-1', '4.8.0-1'];
/** A string that is not well-formed UTF-8 (§1.5.4). */
export const utf8: Rule = ['UTF-8', 0x81, '1.5.4-1', '1.5.3-1'];
/** A string that holds U+0000 (§1.5.4). */
export const nullCharacter: Rule = ['U+0000', 0x81, '1.5.4-2', '1.5.3-2'];
/** A string or binary value of more than 65,535 bytes (§1.5.4, §1.5.6). */
export const tooLong: Rule = ['length', 0x81, '4.7.3-3'];
/** A value to write that has another type, or lies outside what the wire can say. */
export const typeOrRange: Rule = ['value', 0x81];
/** A packet type that does not exist, or not in this version (§2.1.2). */
export const packetType: Rule = ['type', 0x81];
/** Reserved flags of the fixed header that are not as they must be (§2.1.3). */
export const fixedHeaderFlags: Rule = ['flags', 0x81, '2.1.3-1', '2.2.2-2'];
/** Something else before CONNECT. */
export const notConnect: Rule = ['CONNECT', 0x82, '3.1.0-1'];
/** A second CONNECT. */
export const secondConnect: Rule = ['CONNECT', 0x82, '3.1.0-2'];
/** A packet or a reason code that is for the other end to send. */
export const wrongSender: Rule = ['sender', 0x82];
/** A packet larger than the maximum packet size, or than the protocol allows. */
export const packetSize: Rule = ['size', 0x95, '3.1.2-24', '4.8.0-1'];
/** A Protocol Name that is neither MQTT nor MQIsdp (§3.1.2.1). */
export const protocolName: Rule = ['name', 0x84, '3.1.2-1'];
/** A Protocol Version that does not exist, or is not that of the connection (§3.1.2.2). */
export const protocolVersion: Rule = ['version', 0x84, '3.1.2-2'];
/** The reserved Connect Flag is set. */
export const connectFlags: Rule = ['flags', 0x81, '3.1.2-3'];
/** Will QoS 3 (§3.1.2.6). */
export const willQoS: Rule = ['will', 0x81, '3.1.2-12', '3.1.2-14'];
/** A Will QoS without a will. */
export const qosWithoutWill: Rule = ['will', 0x81, '3.1.2-11', '3.1.2-13'];
/** Will Retain without a will. */
export const retainWithoutWill: Rule = ['will', 0x81, '3.1.2-13', '3.1.2-15'];
/** A password without a user name; 5.0 allows it. */
export const passwordWithoutUserName: Rule = ['password', 0x81, '3.1.2-22'];
/** An empty client id without Clean Session; 5.0 allows it. */
export const clientId: Rule = ['clientId', 0x85, '3.1.3-8', '3.1.3-7'];
/** Authentication Data, or AUTH, without an Authentication Method (§3.1.2.11.10, §3.15.2.2.2). */
export const authenticationMethod: Rule = ['authenticationMethod', 0x82];
/** Reserved Connect Acknowledge Flags that are set (§3.2.2.1). */
export const acknowledgeFlags: Rule = ['flags', 0x81, '3.2.2-1', '2.2.2-1'];
/** Session Present in a CONNACK that refuses, or in 3.1. */
export const sessionPresent: Rule = ['sessionPresent', 0x82, '3.2.2-6', '3.2.2-4'];
/** A reason code that this packet does not have; the statement is the packet's. */
export const reasonCode: Rule = ['reasonCode', 0x81];
/** The same in CONNACK. */
export const connackCode: Rule = ['reasonCode', 0x81, '3.2.2-8', '4.8.0-1'];
/** The same in SUBACK, or none at all. */
export const subackCode: Rule = ['reasonCode', 0x81, '3.9.3-2'];
/** The same in UNSUBACK, or none at all. */
export const unsubackCode: Rule = ['reasonCode', 0x81, '3.11.3-2', '4.8.0-1'];
/** QoS 3 (§3.3.1.2). */
export const qos: Rule = ['qos', 0x81, '3.3.1-4'];
/** DUP at QoS 0 (§3.3.1.1). */
export const dupAtQoS0: Rule = ['dup', 0x81, '3.3.1-2'];
/** A Topic Name with a wildcard (§3.3.2.1). */
export const topicName: Rule = ['topic', 0x90, '3.3.2-2'];
/** A Topic Name or Topic Filter without a character (§4.7.3). */
export const emptyTopic: Rule = ['topic', 0x81, '4.7.3-1'];
/** An empty Topic Name and no Topic Alias in its place (§3.3.2.1). */
export const noTopicAndNoAlias: Rule = ['topic', 0x82, '4.7.3-1'];
/** A Response Topic that is empty or has a wildcard (§3.3.2.3.5). */
export const responseTopic: Rule = ['responseTopic', 0x82, '3.3.2-14'];
/** A packet id that is 0, or none where one must be (§2.2.1). */
export const noPacketId: Rule = ['packetId', 0x81, '2.2.1-3', '2.3.1-1'];
/** A packet id at QoS 0. */
export const packetIdAtQoS0: Rule = ['packetId', 0x81, '2.2.1-2', '2.3.1-5'];
/** A property that does not exist (§2.2.2.2). */
export const unknownProperty: Rule = ['unknown', 0x81];
/** A property that this packet, or this version, does not have. */
export const misplacedProperty: Rule = ['misplaced', 0x82];
/** A property that may stand only once, twice. */
export const repeatedProperty: Rule = ['repeated', 0x82];
/** A property that may not be 0 and is, or that must be 0 or 1 and is not. */
export const propertyValue: Rule = ['property', 0x82];
/** Topic Alias 0 (§3.3.2.3.4). */
export const topicAlias0: Rule = ['topicAlias', 0x94, '3.3.2-8'];
/** A Subscription Identifier in a PUBLISH to a server (§3.3.4). */
export const subscriptionIdentifier: Rule = ['subscriptionIdentifier', 0x82, '3.3.4-6'];
/** A Session Expiry Interval in a DISCONNECT from a server (§3.14.2.2.2). */
export const sessionExpiry: Rule = ['sessionExpiryInterval', 0x82, '3.14.2-2'];
/** SUBSCRIBE without a Topic Filter (§3.8.3). */
export const noSubscribeFilter: Rule = ['subscriptions', 0x82, '3.8.3-2', '3.8.3-3'];
/** UNSUBSCRIBE without a Topic Filter (§3.10.3). */
export const noUnsubscribeFilter: Rule = ['topicFilters', 0x82, '3.10.3-2'];
/** Reserved Subscription Options that are set, or QoS 3 (§3.8.3.1). */
export const subscriptionOptions: Rule = ['options', 0x81, '3.8.3-5', '3.8.3-4'];
/** Retain Handling 3 (§3.8.3.1). */
export const retainHandling: Rule = ['retainHandling', 0x82, '3.8.3-5', '3.8.3-4'];
/** No Local on a shared subscription (§3.8.3.1). */
export const noLocalWhenShared: Rule = ['noLocal', 0x82, '3.8.3-4'];
/** A Topic Filter that is not valid (§4.7.1, §4.8.2). */
export const topicFilter: Rule = ['topicFilter', 0x8f, '4.7.1-1', '4.7.1-2'];
/** The buffer for `encodeInto` is too small: BUFFER_TOO_SMALL. */
export const targetTooSmall: Rule = ['target', 0x95];
