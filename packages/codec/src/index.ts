/**
 * The public door of @mqtt/codec: exports and nothing else, in the order that they have in a bundle: gzip finds what
 * repeats when it stands close together, which is 40 bytes.
 */
// biome-ignore-all assist/source/organizeImports: the order is the one that compresses best
export { type PacketType, packetTypes } from './tables/packet-types.ts';
export { checkReasonCode } from './reason-codes.ts';
export { readSuback, readUnsuback, writeSuback, writeUnsuback } from './packets/suback.ts';
export { readUnsubscribe, writeUnsubscribe } from './packets/unsubscribe.ts';
export { writePingreq, writePingresp } from './packets/ping.ts';
export type { CheckCode } from './rules.ts';
export { readConnack, writeConnack } from './packets/connack.ts';
export { readSubscribe, writeSubscribe } from './packets/subscribe.ts';
export { readPublish, writePublish, writePublishHead } from './packets/publish.ts';
export { readConnect, writeConnect } from './packets/connect.ts';
export { writeKnownName } from './topic-names.ts';
export { TextCache } from './text-cache.ts';
export { isTopicFilter, isTopicName, matches, parseShare, type Share } from './topics.ts';
export { readAcknowledgement, writeAcknowledgement } from './packets/acknowledge.ts';
export {
  type Properties,
  type PropertyName,
  type PropertyOwner,
  properties,
  type UserProperty,
} from './tables/properties.ts';
export type * from './packet.ts';
export type { TopicFilter, TopicName } from './topic-literals.ts';
export { readAuth, readDisconnect, writeAuth, writeDisconnect } from './packets/disconnect.ts';
export { Encoder, type EncoderOptions, encode, encodedLength, encodeInto, writePacket } from './encoder.ts';
export { takeWritten, Writer } from './writer.ts';
export { ProtocolError, type ProtocolErrorCode } from './errors.ts';
export {
  type ReasonCode,
  type ReasonCodeOf,
  type ReasonCodeOwner,
  reasonCodeNames,
  reasonCodes,
} from './tables/reason-codes.ts';
export { ClientDecoder, type ClientDecoderOptions, Decoder, type DecoderOptions } from './decoder.ts';
export { Reader } from './reader.ts';
