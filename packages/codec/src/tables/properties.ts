/**
 * Every MQTT 5.0 property: identifier, wire type, the packets that may carry it (§2.2.2.2, Table 2-4).
 * Types, encoder, decoder and tests read this one table. `WILL` stands for the Will Properties of CONNECT.
 */

/**
 * Name -> [identifier, kind, packets]. Kinds: `bit` 0 or 1 as a number, `flag` 0 or 1 as a boolean, `u16`, `u32`,
 * `varint`, `string`, `topic` (a string that is a Topic Name), `binary`, `pair`; a `+` means never 0.
 * The two rows of identifier 0x0B differ in how often they may appear (§3.3.2.3.8, §3.8.2.1.2).
 */
export const properties = {
  /** 1: the payload is UTF-8 text; 0: unspecified bytes (§3.3.2.3.2). */
  payloadFormatIndicator: [0x01, 'bit', 'PUBLISH WILL'],
  /** Seconds until the message expires; absent: never (§3.3.2.3.3). */
  messageExpiryInterval: [0x02, 'u32', 'PUBLISH WILL'],
  /** Describes the payload, for example a MIME type (§3.3.2.3.9). */
  contentType: [0x03, 'string', 'PUBLISH WILL'],
  /** Topic Name for a response message (§3.3.2.3.5). */
  responseTopic: [0x08, 'topic', 'PUBLISH WILL'],
  /** Says which request a response belongs to (§3.3.2.3.6). */
  correlationData: [0x09, 'binary', 'PUBLISH WILL'],
  /** 1 to 268,435,455, in PUBLISH one for each matching subscription (§3.3.2.3.8). */
  subscriptionIdentifiers: [0x0b, 'varint+', 'PUBLISH'],
  /** 1 to 268,435,455, sent back with each message that matches (§3.8.2.1.2). */
  subscriptionIdentifier: [0x0b, 'varint+', 'SUBSCRIBE'],
  /** Seconds the session outlives its connection; 0xFFFFFFFF: for ever (§3.1.2.11.2). */
  sessionExpiryInterval: [0x11, 'u32', 'CONNECT CONNACK DISCONNECT'],
  /** The client id that the server chose (§3.2.2.3.7). */
  assignedClientIdentifier: [0x12, 'string', 'CONNACK'],
  /** Seconds; the client must use it in place of its own Keep Alive (§3.2.2.3.14). */
  serverKeepAlive: [0x13, 'u16', 'CONNACK'],
  /** Names the authentication method (§3.1.2.11.9). */
  authenticationMethod: [0x15, 'string', 'CONNECT CONNACK AUTH'],
  /** What the authentication method defines (§3.1.2.11.10). */
  authenticationData: [0x16, 'binary', 'CONNECT CONNACK AUTH'],
  /** false: reason strings and user properties only where they must be (§3.1.2.11.7). */
  requestProblemInformation: [0x17, 'flag', 'CONNECT'],
  /** Seconds between the end of the connection and the will (§3.1.3.2.2). */
  willDelayInterval: [0x18, 'u32', 'WILL'],
  /** true: asks for Response Information in CONNACK (§3.1.2.11.6). */
  requestResponseInformation: [0x19, 'flag', 'CONNECT'],
  /** Basis of a response topic (§3.2.2.3.15). */
  responseInformation: [0x1a, 'string', 'CONNACK'],
  /** Another server to use (§4.11). */
  serverReference: [0x1c, 'string', 'CONNACK DISCONNECT'],
  /** For a person to read, never to parse (§3.2.2.3.9). */
  reasonString: [0x1f, 'string', 'CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH'],
  /** QoS 1 and 2 PUBLISH packets that may be open at once; absent: 65,535 (§3.1.2.11.3). */
  receiveMaximum: [0x21, 'u16+', 'CONNECT CONNACK'],
  /** Highest topic alias the sender of this packet accepts; absent: 0 (§3.1.2.11.5). */
  topicAliasMaximum: [0x22, 'u16', 'CONNECT CONNACK'],
  /** A number in place of the topic name (§3.3.2.3.4). */
  topicAlias: [0x23, 'u16+', 'PUBLISH'],
  /** Highest QoS the server takes; absent: 2 (§3.2.2.3.4). */
  maximumQoS: [0x24, 'bit', 'CONNACK'],
  /** false: the server keeps no retained messages (§3.2.2.3.5). */
  retainAvailable: [0x25, 'flag', 'CONNACK'],
  /** Name and value pairs in order, duplicates kept (§3.3.2.3.7). */
  userProperties: [
    0x26,
    'pair',
    'CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT AUTH WILL',
  ],
  /** Bytes; the sender of this packet takes no larger packet (§3.1.2.11.4). */
  maximumPacketSize: [0x27, 'u32+', 'CONNECT CONNACK'],
  /** false: the server refuses `+` and `#` (§3.2.2.3.11). */
  wildcardSubscriptionAvailable: [0x28, 'flag', 'CONNACK'],
  /** false: the server refuses Subscription Identifiers (§3.2.2.3.12). */
  subscriptionIdentifiersAvailable: [0x29, 'flag', 'CONNACK'],
  /** false: the server refuses `$share/...` (§3.2.2.3.13). */
  sharedSubscriptionAvailable: [0x2a, 'flag', 'CONNACK'],
} as const;

type Table = typeof properties;
type Split<S extends string> = S extends `${infer Head} ${infer Tail}` ? Head | Split<Tail> : S;

/** One name and value pair; order and duplicates mean something (§1.5.7). */
export type UserProperty = readonly [name: string, value: string];

interface Kinds {
  readonly bit: 0 | 1;
  readonly flag: boolean;
  readonly u16: number;
  readonly 'u16+': number;
  readonly u32: number;
  readonly 'u32+': number;
  readonly 'varint+': readonly number[];
  readonly string: string;
  readonly topic: string;
  readonly binary: Uint8Array;
  readonly pair: readonly UserProperty[];
}

/** The name of a property, the specification's words in camel case. */
export type PropertyName = keyof Table;
/** A packet that has properties, or `WILL` for the Will Properties in CONNECT. */
export type PropertyOwner = Split<Table[PropertyName][2]>;
type Value<N extends PropertyName> = N extends 'subscriptionIdentifier' ? number : Kinds[Table[N][1]];

/** The properties that `Owner` may carry, and no others (§2.2.2.2). */
export type Properties<Owner extends PropertyOwner> = {
  readonly [N in PropertyName as Owner extends Split<Table[N][2]> ? N : never]?: Value<N> | undefined;
};
