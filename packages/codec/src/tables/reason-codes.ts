/**
 * Which reason codes each packet may carry (MQTT 5.0 §2.4, and the table of each packet), and what each is called.
 * 3.1 and 3.1.1 return codes stand beside them as `CONNACK3`, `SUBACK3` and `SUBACK4`.
 */

/** Packet -> its legal reason codes. `DISCONNECT` and `AUTH` depend on the sender, so they are two rows each. */
export const reasonCodes = {
  CONNACK: [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
    0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
  ],
  PUBACK: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  PUBREC: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  PUBREL: [0x00, 0x92],
  PUBCOMP: [0x00, 0x92],
  SUBACK: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  UNSUBACK: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  DISCONNECT_CLIENT: [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99],
  DISCONNECT_SERVER: [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
  ],
  AUTH_CLIENT: [0x18, 0x19],
  AUTH_SERVER: [0x00, 0x18],
  /** 3.1 and 3.1.1 Connect Return codes (3.1.1 §3.2.2.3). */
  CONNACK3: [0, 1, 2, 3, 4, 5],
  /** 3.1: a granted QoS and nothing else. */
  SUBACK3: [0, 1, 2],
  /** 3.1.1: a granted QoS or Failure (3.1.1 §3.9.3). */
  SUBACK4: [0, 1, 2, 0x80],
} as const;

/** A row of the table of legal reason codes. */
export type ReasonCodeOwner = keyof typeof reasonCodes;
/** The reason codes that one packet may carry. */
export type ReasonCodeOf<Owner extends ReasonCodeOwner> = (typeof reasonCodes)[Owner][number];

/** Reason code -> its name in MQTT 5.0 (§2.4, Table 2-6). 0x00 is also Normal disconnection and Granted QoS 0. */
export const reasonCodeNames = {
  0: 'Success',
  1: 'Granted QoS 1',
  2: 'Granted QoS 2',
  4: 'Disconnect with Will Message',
  16: 'No matching subscribers',
  17: 'No subscription existed',
  24: 'Continue authentication',
  25: 'Re-authenticate',
  128: 'Unspecified error',
  129: 'Malformed Packet',
  130: 'Protocol Error',
  131: 'Implementation specific error',
  132: 'Unsupported Protocol Version',
  133: 'Client Identifier not valid',
  134: 'Bad User Name or Password',
  135: 'Not authorized',
  136: 'Server unavailable',
  137: 'Server busy',
  138: 'Banned',
  139: 'Server shutting down',
  140: 'Bad authentication method',
  141: 'Keep Alive timeout',
  142: 'Session taken over',
  143: 'Topic Filter invalid',
  144: 'Topic Name invalid',
  145: 'Packet Identifier in use',
  146: 'Packet Identifier not found',
  147: 'Receive Maximum exceeded',
  148: 'Topic Alias invalid',
  149: 'Packet too large',
  150: 'Message rate too high',
  151: 'Quota exceeded',
  152: 'Administrative action',
  153: 'Payload format invalid',
  154: 'Retain not supported',
  155: 'QoS not supported',
  156: 'Use another server',
  157: 'Server moved',
  158: 'Shared Subscriptions not supported',
  159: 'Connection rate exceeded',
  160: 'Maximum connect time',
  161: 'Subscription Identifiers not supported',
  162: 'Wildcard Subscriptions not supported',
} as const;

/** Any MQTT 5.0 reason code (§2.4). */
export type ReasonCode = keyof typeof reasonCodeNames;
