/**
 * Packets that must not compile, and what a decoded packet's type lets one do. Checked by `tsc` (npm run check): each
 * `@ts-expect-error` is an error itself as soon as the line below it compiles. Nothing here runs.
 */
import {
  Encoder,
  encode,
  type Packet,
  type Publish,
  type ReasonCodeOf,
  type Subscribe,
  type Will,
} from '../src/index.ts';
import { arbitraryPacket, arbitraryPublish } from '../src/testing/index.ts';

/** Fails to compile unless both types are the same. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
function isTrue<T extends true>(value?: T): T | undefined {
  return value;
}

const bytes = new Uint8Array(0);

// CONNECT
const connect4 = { type: 'CONNECT', version: 4, clientId: '', cleanStart: true, keepAlive: 0 } as const;
const connect5 = { type: 'CONNECT', version: 5, clientId: '', cleanStart: true, keepAlive: 0 } as const;
const will = { topic: 't', payload: bytes, qos: 0, retain: false } as const;
encode({ ...connect5, password: bytes }, 5);
encode({ ...connect4, username: '', password: bytes }, 4);
encode({ ...connect5, will: { ...will, properties: { willDelayInterval: 1 } } }, 5);
// @ts-expect-error [MQTT-3.1.2-22] 3.1.1 has no password without a user name
encode({ ...connect4, password: bytes }, 4);
// @ts-expect-error 3.1.1 has no properties
encode({ ...connect4, properties: { receiveMaximum: 1 } }, 4);
// @ts-expect-error a CONNECT of 3.1.1 is none of 5.0
encode(connect4, 5);
// @ts-expect-error the client id is compulsory
encode({ ...connect5, clientId: undefined }, 5);
// @ts-expect-error a user name is text
encode({ ...connect5, username: bytes }, 5);
// @ts-expect-error [A15] Server Keep Alive is CONNACK's
encode({ ...connect5, properties: { serverKeepAlive: 1 } }, 5);
// @ts-expect-error [A15] Session Expiry Interval is not of the will
const badWill: Will<5> = { ...will, properties: { sessionExpiryInterval: 1 } };
// @ts-expect-error will properties are 5.0
encode({ ...connect4, will: { ...will, properties: { willDelayInterval: 1 } } }, 4);

// CONNACK
encode(
  {
    type: 'CONNACK',
    sessionPresent: false,
    reasonCode: 0x87,
    properties: { maximumQoS: 1, retainAvailable: false },
  },
  5,
);
// @ts-expect-error 0x87 is no return code of 3.1.1
encode({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x87 }, 4);
// @ts-expect-error 5 is no reason code of 5.0
encode({ type: 'CONNACK', sessionPresent: false, reasonCode: 5 }, 5);
// @ts-expect-error [C22] Maximum QoS is 0 or 1
encode({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x00, properties: { maximumQoS: 2 } }, 5);
// @ts-expect-error Retain Available is true or false
encode({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x00, properties: { retainAvailable: 1 } }, 5);

// PUBLISH
const publish = { type: 'PUBLISH', topic: 'a', payload: bytes, retain: false } as const;
encode({ ...publish, qos: 0, dup: false }, 4);
encode({ ...publish, qos: 1, dup: true, packetId: 1 }, 3);
encode(
  {
    ...publish,
    qos: 0,
    dup: false,
    properties: {
      userProperties: [
        ['a', 'b'],
        ['a', 'b'],
      ],
    },
  },
  5,
);
// @ts-expect-error [MQTT-2.2.1-2] QoS 0 has no packet id
encode({ ...publish, qos: 0, dup: false, packetId: 1 }, 5);
// @ts-expect-error [MQTT-2.2.1-3] QoS 1 needs one
encode({ ...publish, qos: 1, dup: false }, 5);
// @ts-expect-error [MQTT-3.3.1-2] DUP is 0 at QoS 0
encode({ ...publish, qos: 0, dup: true }, 5);
// @ts-expect-error [MQTT-3.3.1-4] QoS 3 does not exist
encode({ ...publish, qos: 3, dup: false, packetId: 1 }, 5);
// @ts-expect-error a payload is bytes
encode({ ...publish, payload: 'text', qos: 0, dup: false }, 5);
// @ts-expect-error properties are 5.0
encode({ ...publish, qos: 0, dup: false, properties: { topicAlias: 1 } }, 4);
// @ts-expect-error user properties are pairs, not an object
encode({ ...publish, qos: 0, dup: false, properties: { userProperties: { a: 'b' } } }, 5);
// @ts-expect-error PUBLISH has a list of subscription identifiers
encode({ ...publish, qos: 0, dup: false, properties: { subscriptionIdentifier: 1 } }, 5);

// Acknowledgements
encode({ type: 'PUBACK', packetId: 1 }, 4);
encode({ type: 'PUBACK', packetId: 1, reasonCode: 0x10 }, 5);
// @ts-expect-error 5.0 says a reason code
encode({ type: 'PUBACK', packetId: 1 }, 5);
// @ts-expect-error [MQTT-3.4.2-1] 0x92 is PUBREL's
encode({ type: 'PUBACK', packetId: 1, reasonCode: 0x92 }, 5);
// @ts-expect-error [MQTT-3.6.2-1] 0x10 is PUBACK's
encode({ type: 'PUBREL', packetId: 1, reasonCode: 0x10 }, 5);
// @ts-expect-error 3.1.1 has no reason code there
encode({ type: 'PUBREC', packetId: 1, reasonCode: 0x80 }, 4);

// SUBSCRIBE and UNSUBSCRIBE
const option = {
  topicFilter: 'a',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
} as const;
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [option] }, 5);
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [option] }, 4);
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] }, 4);
// @ts-expect-error [MQTT-3.8.3-2] at least one filter
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [] }, 5);
// @ts-expect-error [MQTT-3.10.3-2] at least one filter
encode({ type: 'UNSUBSCRIBE', packetId: 1, topicFilters: [] }, 5);
// @ts-expect-error 5.0 has every subscription option
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] }, 5);
// @ts-expect-error 3.1.1 has no No Local
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 1, noLocal: true }] }, 4);
// @ts-expect-error [A21] Retain Handling 3 does not exist
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ ...option, retainHandling: 3 }] }, 5);
// @ts-expect-error [A15] Topic Alias is PUBLISH's
encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [option], properties: { topicAlias: 1 } }, 5);

// SUBACK and UNSUBACK
encode({ type: 'SUBACK', packetId: 1, reasonCodes: [0x80] }, 4);
// @ts-expect-error 3.1 has no 0x80
encode({ type: 'SUBACK', packetId: 1, reasonCodes: [0x80] }, 3);
// @ts-expect-error [MQTT-3.9.3-2] 0x87 is 5.0
encode({ type: 'SUBACK', packetId: 1, reasonCodes: [0x87] }, 4);
// @ts-expect-error 5.0 has reason codes in UNSUBACK
encode({ type: 'UNSUBACK', packetId: 1 }, 5);

// DISCONNECT and AUTH
encode({ type: 'DISCONNECT' }, 4);
encode({ type: 'AUTH', reasonCode: 0x18, properties: { authenticationMethod: 'm' } }, 5);
// @ts-expect-error 3.1.1 has no reason code there
encode({ type: 'DISCONNECT', reasonCode: 0x8e }, 4);
// @ts-expect-error 0x92 is no reason code of DISCONNECT
encode({ type: 'DISCONNECT', reasonCode: 0x92 }, 5);
// @ts-expect-error [A18] AUTH is 5.0
encode({ type: 'AUTH', reasonCode: 0x18 }, 4);
// @ts-expect-error version 6 does not exist
encode({ type: 'PINGREQ' }, 6);
// @ts-expect-error an encoder of 3.1.1 takes no packet of 5.0
new Encoder(4).write({ type: 'PUBACK', packetId: 1, reasonCode: 0x10 });

/** Every type of packet is met, so that a new one would not compile until it is met here too. */
export function describeAny(packet: Packet): string {
  switch (packet.type) {
    case 'CONNECT':
      return packet.version === 5 ? String(packet.properties?.receiveMaximum) : String(packet.username);
    case 'PUBLISH':
      isTrue<Same<typeof packet.qos, 0 | 1 | 2>>();
      if (packet.qos === 0) isTrue<Same<typeof packet.packetId, undefined>>();
      else isTrue<Same<typeof packet.packetId, number>>();
      return packet.topic;
    case 'SUBSCRIBE':
      isTrue<Same<(typeof packet.subscriptions)[0]['topicFilter'], string>>();
      return packet.subscriptions[0].topicFilter;
    case 'UNSUBSCRIBE':
      return packet.topicFilters[0];
    case 'CONNACK':
    case 'PUBACK':
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP':
    case 'SUBACK':
    case 'UNSUBACK':
    case 'PINGREQ':
    case 'PINGRESP':
    case 'DISCONNECT':
    case 'AUTH':
      return packet.type;
    default:
      return packet satisfies never;
  }
}

isTrue<Same<ReasonCodeOf<'PUBREL'>, 0x00 | 0x92>>();
isTrue<Same<Packet<3>['type'], Exclude<Packet<5>['type'], 'AUTH'>>>();
isTrue<Same<NonNullable<Publish<4>['properties']>, never>>();
isTrue<Same<Subscribe<5>['subscriptions'][0]['retainHandling'], 0 | 1 | 2>>();
export const wills: readonly Will<5>[] = [badWill];
export const packets: readonly ReturnType<typeof arbitraryPacket<5>>[] = [
  arbitraryPacket(5),
  arbitraryPublish(5),
];
