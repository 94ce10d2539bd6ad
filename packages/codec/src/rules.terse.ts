/**
 * `rules.ts` in few bytes: of each rule the reason code to answer with. For the bundles that are built so; the tests hold
 * the two together. What each rule is stands there. Knows no words and no statements.
 */

const cutShort = 0x81;
const trailingBytes = 0x81;
const variableByteInteger = 0x81;
const utf8 = 0x81;
const nullCharacter = 0x81;
const tooLong = 0x81;
const typeOrRange = 0x81;
const packetType = 0x81;
const fixedHeaderFlags = 0x81;
const notConnect = 0x82;
const secondConnect = 0x82;
const wrongSender = 0x82;
const packetSize = 0x95;
const protocolName = 0x84;
const protocolVersion = 0x84;
const connectFlags = 0x81;
const willQoS = 0x81;
const qosWithoutWill = 0x81;
const retainWithoutWill = 0x81;
const passwordWithoutUserName = 0x81;
const clientId = 0x85;
const authenticationMethod = 0x82;
const acknowledgeFlags = 0x81;
const sessionPresent = 0x82;
const reasonCode = 0x81;
const connackCode = 0x81;
const subackCode = 0x81;
const unsubackCode = 0x81;
const qos = 0x81;
const dupAtQoS0 = 0x81;
const topicName = 0x90;
const emptyTopic = 0x81;
const noTopicAndNoAlias = 0x82;
const responseTopic = 0x82;
const noPacketId = 0x81;
const packetIdAtQoS0 = 0x81;
const unknownProperty = 0x81;
const misplacedProperty = 0x82;
const repeatedProperty = 0x82;
const propertyValue = 0x82;
const topicAlias0 = 0x94;
const subscriptionIdentifier = 0x82;
const sessionExpiry = 0x82;
const noSubscribeFilter = 0x82;
const noUnsubscribeFilter = 0x82;
const subscriptionOptions = 0x81;
const retainHandling = 0x82;
const noLocalWhenShared = 0x82;
const topicFilter = 0x8f;
const targetTooSmall = 0x95;

export {
  acknowledgeFlags,
  authenticationMethod,
  clientId,
  connackCode,
  connectFlags,
  cutShort,
  dupAtQoS0,
  emptyTopic,
  fixedHeaderFlags,
  misplacedProperty,
  noLocalWhenShared,
  noPacketId,
  noSubscribeFilter,
  noTopicAndNoAlias,
  notConnect,
  noUnsubscribeFilter,
  nullCharacter,
  packetIdAtQoS0,
  packetSize,
  packetType,
  passwordWithoutUserName,
  propertyValue,
  protocolName,
  protocolVersion,
  qos,
  qosWithoutWill,
  reasonCode,
  repeatedProperty,
  responseTopic,
  retainHandling,
  retainWithoutWill,
  secondConnect,
  sessionExpiry,
  sessionPresent,
  subackCode,
  subscriptionIdentifier,
  subscriptionOptions,
  targetTooSmall,
  tooLong,
  topicAlias0,
  topicFilter,
  topicName,
  trailingBytes,
  typeOrRange,
  unknownProperty,
  unsubackCode,
  utf8,
  variableByteInteger,
  willQoS,
  wrongSender,
};
