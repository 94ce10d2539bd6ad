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

export const cutShort: Rule = ['cut short', 0x81];
export const trailingBytes: Rule = ['length', 0x81];
export const variableByteInteger: Rule = ['varint', 0x81, '1.5.5-1', '4.8.0-1'];
export const utf8: Rule = ['UTF-8', 0x81, '1.5.4-1', '1.5.3-1'];
export const nullCharacter: Rule = ['U+0000', 0x81, '1.5.4-2', '1.5.3-2'];
export const tooLong: Rule = ['length', 0x81, '4.7.3-3'];
export const typeOrRange: Rule = ['type or range', 0x81];
export const packetType: Rule = ['type', 0x81];
export const fixedHeaderFlags: Rule = ['flags', 0x81, '2.1.3-1', '2.2.2-2'];
export const notConnect: Rule = ['CONNECT', 0x82, '3.1.0-1'];
export const secondConnect: Rule = ['CONNECT', 0x82, '3.1.0-2'];
export const wrongSender: Rule = ['sender', 0x82];
export const packetSize: Rule = ['size', 0x95, '3.1.2-24', '4.8.0-1'];
export const protocolName: Rule = ['name', 0x84, '3.1.2-1'];
export const protocolVersion: Rule = ['version', 0x84, '3.1.2-2'];
export const connectFlags: Rule = ['flags', 0x81, '3.1.2-3'];
export const willQoS: Rule = ['will', 0x81, '3.1.2-12', '3.1.2-14'];
export const qosWithoutWill: Rule = ['will', 0x81, '3.1.2-11', '3.1.2-13'];
export const retainWithoutWill: Rule = ['will', 0x81, '3.1.2-13', '3.1.2-15'];
export const passwordWithoutUserName: Rule = ['password', 0x81, '3.1.2-22'];
export const clientId: Rule = ['clientId', 0x85, '3.1.3-8', '3.1.3-7'];
export const authenticationMethod: Rule = ['authenticationMethod', 0x82];
export const acknowledgeFlags: Rule = ['flags', 0x81, '3.2.2-1', '2.2.2-1'];
export const sessionPresent: Rule = ['sessionPresent', 0x82, '3.2.2-6', '3.2.2-4'];
export const reasonCode: Rule = ['reasonCode', 0x81];
export const connackCode: Rule = ['reasonCode', 0x81, '3.2.2-8', '4.8.0-1'];
export const subackCode: Rule = ['reasonCode', 0x81, '3.9.3-2'];
export const unsubackCode: Rule = ['reasonCode', 0x81, '3.11.3-2', '4.8.0-1'];
export const qos: Rule = ['qos', 0x81, '3.3.1-4'];
export const dupAtQoS0: Rule = ['dup', 0x81, '3.3.1-2'];
export const topicName: Rule = ['topic', 0x90, '3.3.2-2'];
export const emptyTopic: Rule = ['topic', 0x81, '4.7.3-1'];
export const noTopicAndNoAlias: Rule = ['topic', 0x82, '4.7.3-1'];
export const responseTopic: Rule = ['responseTopic', 0x82, '3.3.2-14'];
export const packetId: Rule = ['packet id', 0x81, '2.2.1-3', '2.3.1-1'];
export const packetIdAtQoS0: Rule = ['packet id', 0x81, '2.2.1-2', '2.3.1-5'];
export const unknownProperty: Rule = ['unknown property', 0x81];
export const misplacedProperty: Rule = ['misplaced property', 0x82];
export const repeatedProperty: Rule = ['repeated property', 0x82];
export const propertyValue: Rule = ['property value', 0x82];
export const topicAlias0: Rule = ['topicAlias', 0x94, '3.3.2-8'];
export const subscriptionIdentifier: Rule = ['subscriptionIdentifier', 0x82, '3.3.4-6'];
export const sessionExpiry: Rule = ['sessionExpiryInterval', 0x82, '3.14.2-2'];
export const noSubscribeFilter: Rule = ['subscriptions', 0x82, '3.8.3-2', '3.8.3-3'];
export const noUnsubscribeFilter: Rule = ['topicFilters', 0x82, '3.10.3-2'];
export const subscriptionOptions: Rule = ['options', 0x81, '3.8.3-5', '3.8.3-4'];
export const retainHandling: Rule = ['retainHandling', 0x82, '3.8.3-5', '3.8.3-4'];
export const noLocalWhenShared: Rule = ['noLocal', 0x82, '3.8.3-4'];
export const topicFilter: Rule = ['topicFilter', 0x8f, '4.7.1-1', '4.7.1-2'];
export const targetTooSmall: Rule = ['target', 0x95];
