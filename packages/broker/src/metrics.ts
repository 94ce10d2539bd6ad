/**
 * What the broker counts: plain numbers, each moved in one place, read by whoever wants. No labels, no client names.
 */

/** A counter's name. */
export type CounterName =
  | 'connectionsAccepted'
  | 'connectionsClosed'
  | 'connectionsRefused'
  | 'connectionsRateLimited'
  | 'connectTimeouts'
  | 'connectsAccepted'
  | 'connectsRefused'
  | 'authenticationRounds'
  | 'authenticationsSucceeded'
  | 'authenticationsRefused'
  | 'authenticationsExceeded'
  | 'keepAlivesShortened'
  | 'keepAliveTimeouts'
  | 'connectionsStalled'
  | 'sessionsTakenOver'
  | 'connectionsExpelled'
  | 'sessionsExpelled'
  | 'sessionsExpired'
  | 'protocolErrors'
  | 'packetsTooLarge'
  | 'payloadsRefused'
  | 'packetTimeouts'
  | 'receivedBytesExceeded'
  | 'readsInterrupted'
  | 'receiveMaximumExceeded'
  | 'topicAliasesExceeded'
  | 'topicAliasesReplaced'
  | 'topicsRefused'
  | 'userPropertiesRefused'
  | 'subscriptionsRefused'
  | 'subscriptionsRevoked'
  | 'bytesReceived'
  | 'bytesSent'
  | 'packetsReceived'
  | 'messagesReceived'
  | 'messagesReceivedQoS1'
  | 'messagesReceivedQoS2'
  | 'messagesSent'
  | 'messagesSentQoS1'
  | 'messagesSentQoS2'
  | 'messagesUnauthorised'
  | 'messagesRefused'
  | 'deliveriesUnauthorised'
  | 'messagesAwaitingWindow'
  | 'messagesAwaitingBytes'
  | 'messagesDroppedOffline'
  | 'messagesDroppedSlow'
  | 'messagesDroppedTooLarge'
  | 'messagesExpired'
  | 'messagesOverflowed'
  | 'retainedRefused'
  | 'willsRefused'
  | 'publishersHeld'
  | 'clientsHeldForStore'
  | 'publishersPaced'
  | 'publishersPaused'
  | 'overloads'
  | 'connectsShed'
  | 'messagesShed'
  | 'willsPublished'
  | 'storeCommitsMeasured'
  | 'storeCommitMilliseconds'
  | 'storeFull'
  | 'storeRefused'
  | 'recordsDamaged'
  | 'hooksFailed';

/** Counter -> what one more of it means. */
export const counters: Readonly<Record<CounterName, string>> = {
  connectionsAccepted: 'network connections that were opened',
  connectionsClosed: 'network connections that ended',
  connectionsRefused: 'connections beyond maximumConnections',
  connectionsRateLimited: 'connections that came faster than the connect rates allow, answered or cut',
  connectTimeouts: 'connections without CONNECT, or the proof it promised, in time',
  connectsAccepted: 'CONNECTs answered with success',
  connectsRefused: 'CONNECTs answered with a refusal',
  authenticationRounds: 'AUTH packets from clients',
  authenticationsSucceeded: 'authentication exchanges, at CONNECT or after, that proved who the client is',
  authenticationsRefused: 'authentication exchanges that ended in a refusal',
  authenticationsExceeded: 'authentication exchanges that took too many packets or bytes',
  keepAlivesShortened: 'clients of 5.0 that were given a shorter keep alive than they asked for',
  keepAliveTimeouts: 'connections that sent no whole packet for 1.5 times their keep alive',
  connectionsStalled: 'connections that took no byte within drainTimeout',
  sessionsTakenOver: 'connections replaced by a new one with the same client id',
  connectionsExpelled: 'connections that were ended because their client may stay no longer',
  sessionsExpelled: 'sessions that were ended because nobody is to have them any more',
  sessionsExpired: 'sessions that ended without their client coming back',
  protocolErrors: 'connections ended because of what the client sent',
  packetsTooLarge: 'packets above the maximum packet size',
  payloadsRefused: 'messages and wills whose payload was above maximumPayloadSize',
  packetTimeouts: 'packets that were not whole within packetTimeout',
  receivedBytesExceeded:
    'connections ended because all together had sent too much that could not be handled yet',
  readsInterrupted: 'times a client had to let others go first, because it had sent so much at once',
  receiveMaximumExceeded: 'clients that sent more open messages than allowed',
  topicAliasesExceeded: 'clients that used a topic alias above the maximum they were told',
  topicAliasesReplaced:
    'topic aliases to a client that were taken from one topic for another: all it may have were given',
  topicsRefused: 'topic names and filters that are too long, too deep or reserved',
  userPropertiesRefused: 'packets with too many user properties, or too many bytes of them',
  subscriptionsRefused: 'subscriptions beyond maximumSubscriptions or maximumTotalSubscriptions',
  subscriptionsRevoked: 'subscriptions that ended because they were no longer allowed',
  bytesReceived: 'bytes from clients',
  bytesSent: 'bytes given to links',
  packetsReceived: 'packets from clients, of any type',
  messagesReceived: 'PUBLISH packets from clients',
  messagesReceivedQoS1: 'of these, those of QoS 1; the rest, without those of QoS 2, are QoS 0',
  messagesReceivedQoS2: 'of these, those of QoS 2',
  messagesSent: 'PUBLISH packets to clients',
  messagesSentQoS1: 'of these, those of QoS 1; the rest, without those of QoS 2, are QoS 0',
  messagesSentQoS2: 'of these, those of QoS 2',
  messagesUnauthorised: 'messages that the publisher was not allowed to publish',
  messagesRefused: 'messages that `onPublish` refused, by a failure too',
  deliveriesUnauthorised: 'messages that a subscriber was not allowed to receive',
  messagesAwaitingWindow:
    'QoS 1 and 2 messages not sent at once: as many as maximumInflight, or their client, allows were open',
  messagesAwaitingBytes:
    'QoS 1 and 2 messages not sent at once: open ones had as many bytes as maximumInflightBytes allows',
  messagesDroppedOffline: 'QoS 0 messages for sessions without a connection',
  messagesDroppedSlow: 'QoS 0 messages for connections with too much waiting',
  messagesDroppedTooLarge: "messages above a client's own maximum packet size",
  messagesExpired: 'messages that expired while they waited',
  messagesOverflowed: "messages dropped because a session's queue, or all queues together, were full",
  retainedRefused: 'retained messages beyond the retained limits',
  willsRefused: 'CONNECTs refused because the wills of all clients were too many bytes',
  publishersHeld: 'times a publisher was held back for its subscribers',
  clientsHeldForStore: 'times a client was not read because its acknowledgements waited for the store',
  overloads: 'times a level of overload was reached',
  publishersPaused: 'times a publisher was not read because of overload',
  connectsShed: 'CONNECTs refused because of overload',
  messagesShed: 'QoS 0 messages from clients dropped because of overload',
  publishersPaced: 'times a client was not read because of its message or byte rate',
  willsPublished: 'will messages that were published',
  storeCommitsMeasured: 'commits of the store whose time was measured, from a message to its being durable',
  storeCommitMilliseconds: 'ms that these took together; beside the count it gives the mean',
  storeFull: 'times the store had no room',
  storeRefused: 'messages, subscriptions and connections refused or held back because the store had no room',
  recordsDamaged: 'records of the store that could not be read and were set aside',
  hooksFailed: 'hooks that threw, hung or answered nonsense',
};

/** All counters, from 0. */
export type Metrics = { [N in CounterName]: number };

/** Counters at 0. */
export function createMetrics(): Metrics {
  return Object.fromEntries(Object.keys(counters).map((name) => [name, 0])) as Metrics;
}
