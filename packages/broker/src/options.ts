/**
 * Every limit of the broker in one table: default, unit, meaning, and the counter that moves when it is reached.
 * What is done at a limit stands where it is done; docs and checks read this table. Knows nothing of its users.
 */
import type { CounterName } from './metrics.ts';

/** [default, least, most, unit, counter, what it bounds and what happens there]. */
export type Limit = readonly [
  standard: number,
  least: number,
  most: number,
  unit: string,
  counter: CounterName,
  meaning: string,
];

/** A limit's name. */
export type LimitName =
  | 'maximumConnections'
  | 'maximumConnectRate'
  | 'maximumConnectBurst'
  | 'maximumConnectRatePerAddress'
  | 'maximumConnectBurstPerAddress'
  | 'connectTimeout'
  | 'maximumConnectionsPerIdentity'
  | 'maximumPacketSizeBeforeConnect'
  | 'maximumTotalBytesBeforeConnect'
  | 'maximumPacketSize'
  | 'maximumPayloadSize'
  | 'packetTimeout'
  | 'maximumTotalReceivedBytes'
  | 'maximumClientIdLength'
  | 'maximumTopicLength'
  | 'maximumTopicLevels'
  | 'maximumUserProperties'
  | 'maximumUserPropertyBytes'
  | 'maximumAuthenticationRounds'
  | 'maximumAuthenticationBytes'
  | 'maximumKeepAlive'
  | 'maximumSessionExpiry'
  | 'maximumSessions'
  | 'maximumSessionsPerIdentity'
  | 'maximumSubscriptions'
  | 'maximumTotalSubscriptions'
  | 'topicAliasMaximum'
  | 'maximumOutboundTopicAliases'
  | 'receiveMaximum'
  | 'maximumReceived3'
  | 'maximumPendingReasonCodes'
  | 'maximumInflight'
  | 'maximumInflightBytes'
  | 'maximumQueuedMessages'
  | 'maximumQueuedBytes'
  | 'maximumTotalQueuedMessages'
  | 'maximumTotalQueuedBytes'
  | 'maximumRetainedMessages'
  | 'maximumRetainedBytes'
  | 'maximumWillBytes'
  | 'maximumOutgoingBytes'
  | 'maximumTotalOutgoingBytes'
  | 'maximumReadBytes'
  | 'maximumMessageRate'
  | 'maximumByteRate'
  | 'drainTimeout'
  | 'maximumHold'
  | 'hookTimeout'
  | 'pauseDelay'
  | 'pauseHeap'
  | 'refuseDelay'
  | 'refuseHeap'
  | 'shedDelay'
  | 'shedHeap'
  | 'maximumHeap';

/** The table. */
export const limits: Readonly<Record<LimitName, Limit>> = {
  maximumConnections: [
    100_000,
    1,
    10_000_000,
    'connections',
    'connectionsRefused',
    'open connections, handshakes included; more are cut at once',
  ],
  maximumConnectRate: [
    10_000,
    0,
    1_000_000,
    'connections/s',
    'connectionsRateLimited',
    'new connections a second from all, 0 is any; as many more get CONNACK 0x9F, 3.x 0x03, the rest is cut; over TLS all are cut',
  ],
  maximumConnectBurst: [
    20_000,
    1,
    1_000_000,
    'connections',
    'connectionsRateLimited',
    'new connections that may come at once after a pause; then `maximumConnectRate`',
  ],
  maximumConnectRatePerAddress: [
    0,
    0,
    1_000_000,
    'connections/s',
    'connectionsRateLimited',
    'new connections a second from one IPv4 address or one IPv6 /64, 0 is any; beyond it as above',
  ],
  maximumConnectBurstPerAddress: [
    100,
    1,
    1_000_000,
    'connections',
    'connectionsRateLimited',
    'new connections from one address that may come at once; then `maximumConnectRatePerAddress`',
  ],
  connectTimeout: [
    10_000,
    100,
    3_600_000,
    'ms',
    'connectTimeouts',
    'from accept to CONNACK, PROXY header, TLS and WebSocket handshakes and authentication included, absolute; then the connection is closed',
  ],
  maximumConnectionsPerIdentity: [
    0,
    0,
    10_000_000,
    'connections',
    'connectsRefused',
    'connected clients of one identity, 0 is any number; more: CONNACK 0x97, 3.x 0x03; without an authenticator all clients are one',
  ],
  maximumPacketSizeBeforeConnect: [
    16_384,
    64,
    268_435_460,
    'bytes',
    'packetsTooLarge',
    'largest CONNECT, and AUTH before CONNACK',
  ],
  maximumTotalBytesBeforeConnect: [
    16_777_216,
    64,
    2 ** 40,
    'bytes',
    'receivedBytesExceeded',
    'bytes held of all connections that are not accepted yet; who sends more is cut',
  ],
  maximumPacketSize: [
    2_097_152,
    1024,
    268_435_460,
    'bytes',
    'packetsTooLarge',
    'largest packet from a client, announced in CONNACK; larger: DISCONNECT 0x95',
  ],
  maximumPayloadSize: [0, 0, 268_435_455, 'bytes', 'payloadsRefused', 'payload, 0 is any; larger: 0x83'],
  packetTimeout: [
    300_000,
    1000,
    86_400_000,
    'ms',
    'packetTimeouts',
    'from the first byte of a packet to its last, enough for the largest at 56 kbit/s; then DISCONNECT 0x83',
  ],
  maximumTotalReceivedBytes: [
    536_870_912,
    16_384,
    2 ** 40,
    'bytes',
    'receivedBytesExceeded',
    'bytes held of all clients that are not handled yet; who sends another piece of a packet then: DISCONNECT 0x97',
  ],
  maximumClientIdLength: [
    256,
    23,
    65_535,
    'bytes',
    'connectsRefused',
    'client id; longer: CONNACK 0x85, 3.x 0x02',
  ],
  maximumTopicLength: [
    4096,
    1,
    65_535,
    'bytes',
    'topicsRefused',
    'topic names and filters; longer: 0x90, 0x8F',
  ],
  maximumTopicLevels: [
    128,
    1,
    65_535,
    'levels',
    'topicsRefused',
    'levels of topic names and filters; more: 0x90, 0x8F',
  ],
  maximumUserProperties: [
    64,
    0,
    65_535,
    'properties',
    'userPropertiesRefused',
    'user properties of a CONNECT, will, PUBLISH, SUBSCRIBE, UNSUBSCRIBE or AUTH; more: 0x97',
  ],
  maximumUserPropertyBytes: [
    65_536,
    0,
    268_435_455,
    'bytes',
    'userPropertiesRefused',
    'names and values of those user properties; more: 0x97',
  ],
  maximumAuthenticationRounds: [
    10,
    1,
    65_535,
    'packets',
    'authenticationsExceeded',
    'packets of a client in one authentication exchange, CONNECT included; more: 0x97',
  ],
  maximumAuthenticationBytes: [
    16_384,
    16,
    2 ** 40,
    'bytes',
    'authenticationsExceeded',
    'Authentication Data of a client in one exchange; more: 0x97',
  ],
  maximumKeepAlive: [
    0,
    0,
    65_535,
    's',
    'keepAlivesShortened',
    'longest keep alive, 0 is any; 5.0 is told Server Keep Alive',
  ],
  maximumSessionExpiry: [
    604_800,
    0,
    4_294_967_295,
    's',
    'sessionsExpired',
    'longest life of a session without a connection; told in CONNACK, 3.x kept sessions get it',
  ],
  maximumSessions: [
    1_000_000,
    1,
    100_000_000,
    'sessions',
    'connectsRefused',
    'sessions, connected or not; more: CONNACK 0x97, 3.x 0x03',
  ],
  maximumSessionsPerIdentity: [
    0,
    0,
    100_000_000,
    'sessions',
    'connectsRefused',
    'sessions of one identity, 0 is any number; as above',
  ],
  maximumSubscriptions: [
    1000,
    1,
    100_000_000,
    'subscriptions',
    'subscriptionsRefused',
    'subscriptions of one session; more: SUBACK 0x97, 3.x 0x80',
  ],
  maximumTotalSubscriptions: [
    5_000_000,
    1,
    1_000_000_000,
    'subscriptions',
    'subscriptionsRefused',
    'subscriptions of all sessions; as above',
  ],
  topicAliasMaximum: [
    64,
    0,
    65_535,
    'aliases',
    'topicAliasesExceeded',
    'topic aliases a client may set, announced in CONNACK',
  ],
  maximumOutboundTopicAliases: [
    64,
    0,
    65_535,
    'aliases',
    'topicAliasesReplaced',
    'topic aliases one client is given, or its Topic Alias Maximum if less; 0 is never; with more topics the least recently used is given anew',
  ],
  receiveMaximum: [
    1024,
    1,
    65_535,
    'messages',
    'receiveMaximumExceeded',
    'open QoS 1 and 2 messages from a client, announced in CONNACK; more: DISCONNECT 0x93',
  ],
  maximumReceived3: [
    65_535,
    1,
    65_535,
    'messages',
    'receiveMaximumExceeded',
    'open QoS 1 and 2 messages from a 3.x client, which cannot be told; more: closed',
  ],
  maximumPendingReasonCodes: [
    16_384,
    1,
    100_000_000,
    'reason codes',
    'clientsHeldForStore',
    'reason codes in acknowledgements to one client that wait for the store; then it is not read until half of them left',
  ],
  maximumInflight: [
    256,
    1,
    65_535,
    'messages',
    'messagesAwaitingWindow',
    'open QoS 1 and 2 messages to a client, or its Receive Maximum if less; more wait in the queue',
  ],
  maximumInflightBytes: [
    8_388_608,
    1,
    2 ** 40,
    'bytes',
    'messagesAwaitingBytes',
    'bytes of those open messages, but one message always; more wait in the queue',
  ],
  maximumQueuedMessages: [
    1000,
    0,
    100_000_000,
    'messages',
    'messagesOverflowed',
    'QoS 1 and 2 messages that wait in one session; then `overflow`',
  ],
  maximumQueuedBytes: [
    8_388_608,
    0,
    2 ** 40,
    'bytes',
    'messagesOverflowed',
    'bytes that wait in one session; then `overflow`',
  ],
  maximumTotalQueuedMessages: [
    1_000_000,
    0,
    1_000_000_000,
    'messages',
    'messagesOverflowed',
    'messages that wait in all sessions; then `overflow` of the session that is to get one more',
  ],
  maximumTotalQueuedBytes: [
    1_073_741_824,
    0,
    2 ** 40,
    'bytes',
    'messagesOverflowed',
    'bytes that wait in all sessions; as above',
  ],
  maximumRetainedMessages: [
    1_000_000,
    0,
    1_000_000_000,
    'messages',
    'retainedRefused',
    'retained messages; a new topic beyond it is not retained: 0x97, 3.x not retained',
  ],
  maximumRetainedBytes: [
    1_073_741_824,
    0,
    2 ** 40,
    'bytes',
    'retainedRefused',
    'bytes of all retained messages; as above',
  ],
  maximumWillBytes: [
    268_435_456,
    0,
    2 ** 40,
    'bytes',
    'willsRefused',
    'bytes of the wills of all clients, those that wait for their delay too; one more: CONNACK 0x97, 3.x 0x03; in place of an earlier one of its session only the difference counts',
  ],
  maximumOutgoingBytes: [
    1_048_576,
    16_384,
    2 ** 40,
    'bytes',
    'messagesDroppedSlow',
    'bytes that wait for one slow connection; then its QoS 0 is dropped, and a client that does not read its answers is not read',
  ],
  maximumTotalOutgoingBytes: [
    268_435_456,
    16_384,
    2 ** 40,
    'bytes',
    'messagesDroppedSlow',
    'bytes that wait for all slow connections; then as above for each of them',
  ],
  maximumReadBytes: [
    262_144,
    16_384,
    2 ** 40,
    'bytes',
    'readsInterrupted',
    'bytes read from one connection before the others get their turn',
  ],
  maximumMessageRate: [
    0,
    0,
    1_000_000_000,
    'messages/s',
    'publishersPaced',
    'messages from one client, 0 is any number; it is not read until a second has room for more, nothing is lost',
  ],
  maximumByteRate: [
    0,
    0,
    2 ** 40,
    'bytes/s',
    'publishersPaced',
    'bytes from one client, 0 is any number; as above',
  ],
  drainTimeout: [
    30_000,
    100,
    3_600_000,
    'ms',
    'connectionsStalled',
    'a connection that takes no byte for so long is closed',
  ],
  maximumHold: [
    5000,
    0,
    3_600_000,
    'ms',
    'publishersHeld',
    'how long a subscriber that takes nothing may hold its publishers back; afterwards its messages are dropped by the bounds above',
  ],
  hookTimeout: [
    5000,
    10,
    3_600_000,
    'ms',
    'hooksFailed',
    'an access hook that does not answer in time has said no',
  ],
  pauseDelay: [
    200,
    0,
    3_600_000,
    'ms',
    'publishersPaused',
    'average delay of the event loop, 0 is any; beyond it publishers are read in turn only, a quarter of them each 200 ms',
  ],
  pauseHeap: [80, 0, 100, '%', 'publishersPaused', 'heap in use, 0 is any; as for `pauseDelay`'],
  refuseDelay: [
    1000,
    0,
    3_600_000,
    'ms',
    'connectsShed',
    'average delay of the event loop, 0 is any; beyond it CONNECT is refused too: CONNACK 0x89, 3.x 0x03',
  ],
  refuseHeap: [90, 0, 100, '%', 'connectsShed', 'heap in use, 0 is any; as for `refuseDelay`'],
  shedDelay: [
    5000,
    0,
    3_600_000,
    'ms',
    'messagesShed',
    'average delay of the event loop, 0 is any; beyond it QoS 0 messages from clients are dropped too',
  ],
  shedHeap: [95, 0, 100, '%', 'messagesShed', 'heap in use, 0 is any; as for `shedDelay`'],
  maximumHeap: [
    0,
    0,
    2 ** 50,
    'bytes',
    'overloads',
    'what 100 % of the heap is; 0: what V8 was started with',
  ],
};

/** A value for every limit. */
export type Limits = { readonly [N in LimitName]: number };

/** What happens when a session's queue is full: the new message is dropped, the oldest is, or the client goes (0x97). */
export type Overflow = 'drop-newest' | 'drop-oldest' | 'disconnect';
