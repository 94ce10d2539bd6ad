/**
 * fast-check arbitraries of legal packets: every type and version, with every field anywhere in its range. What is made
 * here, `encode` must accept; it is made from the tables and the specification, not from the encoder.
 */
import fc from 'fast-check';
import type {
  Auth,
  Connack,
  Connect,
  Disconnect,
  Packet,
  ProtocolVersion,
  Puback,
  Pubcomp,
  Publish,
  Pubrec,
  Pubrel,
  QoS,
  Suback,
  Subscribe,
  Subscription,
  Unsuback,
  Unsubscribe,
  Will,
} from '../packet.ts';
import { type Properties, type PropertyName, type PropertyOwner, properties } from '../tables/properties.ts';
import { reasonCodes } from '../tables/reason-codes.ts';
import { arbitraryText, arbitraryTopicFilter, arbitraryTopicName } from './topics.ts';

const u16 = fc.oneof(fc.constantFrom(0, 1, 255, 256, 65_535), fc.integer({ min: 0, max: 65_535 }));
const u32 = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const varint = fc.oneof(
  fc.constantFrom(1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455),
  fc.integer({ min: 1, max: 268_435_455 }),
);
const packetId = fc.oneof(fc.constantFrom(1, 256, 65_535), fc.integer({ min: 1, max: 65_535 }));
const bytes = fc.uint8Array({ maxLength: 40 });
const payload = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 150 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 16_000, maxLength: 20_000, size: 'max' }) },
);
const qos = fc.constantFrom<QoS[]>(0, 1, 2);
const positive = (numbers: fc.Arbitrary<number>): fc.Arbitrary<number> => numbers.map((value) => value || 1);

const kinds = {
  bit: fc.constantFrom(0, 1),
  flag: fc.boolean(),
  u16,
  'u16+': positive(u16),
  u32,
  'u32+': positive(u32),
  'varint+': varint,
  string: arbitraryText,
  topic: arbitraryTopicName,
  binary: bytes,
  pair: fc.array(fc.tuple(arbitraryText, arbitraryText), { minLength: 1, maxLength: 4 }),
} as const;

/** Any set of the properties that `owner` may carry, one by one legal; rules between two of them are the packets'. */
function arbitraryProperties<Owner extends PropertyOwner>(owner: Owner): fc.Arbitrary<Properties<Owner>> {
  const model: { [name: string]: fc.Arbitrary<unknown> } = {};
  for (const name of Object.keys(properties) as PropertyName[]) {
    const [, kind, packets] = properties[name];
    if (!packets.split(' ').includes(owner)) continue;
    const isList = name === 'subscriptionIdentifiers';
    model[name] = isList ? fc.array(varint, { minLength: 1, maxLength: 3 }) : kinds[kind];
  }
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Properties<Owner>>;
}

/** `properties` of `owner`, or none. */
function maybe<Owner extends PropertyOwner>(owner: Owner): fc.Arbitrary<Properties<Owner> | undefined> {
  return fc.option(arbitraryProperties(owner), { nil: undefined });
}

const willFields = { topic: arbitraryTopicName, payload: bytes, qos, retain: fc.boolean() };
const will3: fc.Arbitrary<Will<4>> = fc.record(willFields);
const will5: fc.Arbitrary<Will<5>> = fc.record({ ...willFields, properties: maybe('WILL') });

const connectFields = { type: fc.constant('CONNECT' as const), cleanStart: fc.boolean(), keepAlive: u16 };
/** 3.x has no password without a user name, and no empty client id without a clean session. */
const connect3 = fc
  .record({
    ...connectFields,
    clientId: arbitraryText,
    will: fc.option(will3, { nil: undefined }),
    credentials: fc.oneof(
      fc.constant({}),
      fc.record({ username: arbitraryText, password: fc.option(bytes, { nil: undefined }) }),
    ),
  })
  .map(({ credentials, ...packet }) => ({
    ...packet,
    ...credentials,
    cleanStart: packet.cleanStart || packet.clientId === '',
  }));

/** Authentication Data needs an Authentication Method. */
const connectProperties = arbitraryProperties('CONNECT').map(({ authenticationData, ...others }) =>
  others.authenticationMethod === undefined || authenticationData === undefined
    ? others
    : { ...others, authenticationData },
);

const connects: { readonly [V in ProtocolVersion]: fc.Arbitrary<Connect<V>> } = {
  3: connect3.map((packet) => ({ ...packet, version: 3 })),
  4: connect3.map((packet) => ({ ...packet, version: 4 })),
  5: fc.record({
    ...connectFields,
    version: fc.constant(5 as const),
    clientId: arbitraryText,
    will: fc.option(will5, { nil: undefined }),
    username: fc.option(arbitraryText, { nil: undefined }),
    password: fc.option(bytes, { nil: undefined }),
    properties: fc.option(connectProperties, { nil: undefined }),
  }),
};

/** Session Present stands only beside Success, and not in 3.1. */
const connack4: fc.Arbitrary<Connack<4>> = fc
  .record({
    type: fc.constant('CONNACK' as const),
    sessionPresent: fc.boolean(),
    reasonCode: fc.constantFrom(...reasonCodes.CONNACK3),
  })
  .map((packet) => ({ ...packet, sessionPresent: packet.sessionPresent && packet.reasonCode === 0 }));

const connacks: { readonly [V in ProtocolVersion]: fc.Arbitrary<Connack<V>> } = {
  3: connack4.map((packet) => ({ ...packet, sessionPresent: false })),
  4: connack4,
  5: fc
    .record({
      type: fc.constant('CONNACK' as const),
      sessionPresent: fc.boolean(),
      reasonCode: fc.constantFrom(...reasonCodes.CONNACK),
      properties: maybe('CONNACK'),
    })
    .map((packet) => ({ ...packet, sessionPresent: packet.sessionPresent && packet.reasonCode === 0 })),
};

const delivery = fc.oneof(
  fc.record({ qos: fc.constant(0 as const), dup: fc.constant(false as const) }),
  fc.record({ qos: fc.constantFrom<(1 | 2)[]>(1, 2), dup: fc.boolean(), packetId }),
);
const publishFields = {
  type: fc.constant('PUBLISH' as const),
  topic: arbitraryTopicName,
  payload,
  retain: fc.boolean(),
};
const publish4: fc.Arbitrary<Publish<4>> = fc
  .tuple(fc.record(publishFields), delivery)
  .map(([packet, how]) => ({ ...packet, ...how }));
const publishes: { readonly [V in ProtocolVersion]: fc.Arbitrary<Publish<V>> } = {
  3: publish4,
  4: publish4,
  // A topic alias may stand in place of the topic name.
  5: fc
    .tuple(fc.record({ ...publishFields, properties: maybe('PUBLISH') }), delivery, fc.boolean())
    .map(([packet, how, isByAlias]) => ({
      ...packet,
      ...how,
      topic: isByAlias && packet.properties?.topicAlias !== undefined ? '' : packet.topic,
    })),
};

const pubacks: { readonly [V in ProtocolVersion]: fc.Arbitrary<Puback<V>> } = {
  3: fc.record({ type: fc.constant('PUBACK' as const), packetId }),
  4: fc.record({ type: fc.constant('PUBACK' as const), packetId }),
  5: fc.record({
    type: fc.constant('PUBACK' as const),
    packetId,
    reasonCode: fc.constantFrom(...reasonCodes.PUBACK),
    properties: maybe('PUBACK'),
  }),
};

const pubrecs: { readonly [V in ProtocolVersion]: fc.Arbitrary<Pubrec<V>> } = {
  3: fc.record({ type: fc.constant('PUBREC' as const), packetId }),
  4: fc.record({ type: fc.constant('PUBREC' as const), packetId }),
  5: fc.record({
    type: fc.constant('PUBREC' as const),
    packetId,
    reasonCode: fc.constantFrom(...reasonCodes.PUBREC),
    properties: maybe('PUBREC'),
  }),
};

const pubrels: { readonly [V in ProtocolVersion]: fc.Arbitrary<Pubrel<V>> } = {
  3: fc.record({ type: fc.constant('PUBREL' as const), packetId }),
  4: fc.record({ type: fc.constant('PUBREL' as const), packetId }),
  5: fc.record({
    type: fc.constant('PUBREL' as const),
    packetId,
    reasonCode: fc.constantFrom(...reasonCodes.PUBREL),
    properties: maybe('PUBREL'),
  }),
};

const pubcomps: { readonly [V in ProtocolVersion]: fc.Arbitrary<Pubcomp<V>> } = {
  3: fc.record({ type: fc.constant('PUBCOMP' as const), packetId }),
  4: fc.record({ type: fc.constant('PUBCOMP' as const), packetId }),
  5: fc.record({
    type: fc.constant('PUBCOMP' as const),
    packetId,
    reasonCode: fc.constantFrom(...reasonCodes.PUBCOMP),
    properties: maybe('PUBCOMP'),
  }),
};

/** One or more, as SUBSCRIBE and UNSUBSCRIBE want it. */
function oneOrMore<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, ...T[]]> {
  return fc
    .tuple(arbitrary, fc.array(arbitrary, { maxLength: 4 }))
    .map(([first, others]) => [first, ...others]);
}

const subscriptions4 = oneOrMore<Subscription<4>>(fc.record({ topicFilter: arbitraryTopicFilter, qos }));
/** No Local is not for shared subscriptions. */
const subscriptions5 = oneOrMore<Subscription<5>>(
  fc
    .record({
      topicFilter: arbitraryTopicFilter,
      qos,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
    })
    .map((one) => ({ ...one, noLocal: one.noLocal && !one.topicFilter.startsWith('$share/') })),
);
const subscribe4: fc.Arbitrary<Subscribe<4>> = fc.record({
  type: fc.constant('SUBSCRIBE' as const),
  packetId,
  subscriptions: subscriptions4,
});
const subscribes: { readonly [V in ProtocolVersion]: fc.Arbitrary<Subscribe<V>> } = {
  3: subscribe4,
  4: subscribe4,
  5: fc.record({
    type: fc.constant('SUBSCRIBE' as const),
    packetId,
    subscriptions: subscriptions5,
    properties: maybe('SUBSCRIBE'),
  }),
};

const fewCodes = { minLength: 1, maxLength: 5 };
const subacks: { readonly [V in ProtocolVersion]: fc.Arbitrary<Suback<V>> } = {
  3: fc.record({
    type: fc.constant('SUBACK' as const),
    packetId,
    reasonCodes: fc.array(fc.constantFrom(...reasonCodes.SUBACK3), fewCodes),
  }),
  4: fc.record({
    type: fc.constant('SUBACK' as const),
    packetId,
    reasonCodes: fc.array(fc.constantFrom(...reasonCodes.SUBACK4), fewCodes),
  }),
  5: fc.record({
    type: fc.constant('SUBACK' as const),
    packetId,
    reasonCodes: fc.array(fc.constantFrom(...reasonCodes.SUBACK), fewCodes),
    properties: maybe('SUBACK'),
  }),
};

const unsubscribe4: fc.Arbitrary<Unsubscribe<4>> = fc.record({
  type: fc.constant('UNSUBSCRIBE' as const),
  packetId,
  topicFilters: oneOrMore(arbitraryTopicFilter),
});
const unsubscribes: { readonly [V in ProtocolVersion]: fc.Arbitrary<Unsubscribe<V>> } = {
  3: unsubscribe4,
  4: unsubscribe4,
  5: fc.record({
    type: fc.constant('UNSUBSCRIBE' as const),
    packetId,
    topicFilters: oneOrMore(arbitraryTopicFilter),
    properties: maybe('UNSUBSCRIBE'),
  }),
};

const unsuback4: fc.Arbitrary<Unsuback<4>> = fc.record({ type: fc.constant('UNSUBACK' as const), packetId });
const unsubacks: { readonly [V in ProtocolVersion]: fc.Arbitrary<Unsuback<V>> } = {
  3: unsuback4,
  4: unsuback4,
  5: fc.record({
    type: fc.constant('UNSUBACK' as const),
    packetId,
    reasonCodes: fc.array(fc.constantFrom(...reasonCodes.UNSUBACK), fewCodes),
    properties: maybe('UNSUBACK'),
  }),
};

const disconnect4: fc.Arbitrary<Disconnect<4>> = fc.record({ type: fc.constant('DISCONNECT' as const) });
const disconnects: { readonly [V in ProtocolVersion]: fc.Arbitrary<Disconnect<V>> } = {
  3: disconnect4,
  4: disconnect4,
  5: fc.record({
    type: fc.constant('DISCONNECT' as const),
    reasonCode: fc.constantFrom(...reasonCodes.DISCONNECT_CLIENT, ...reasonCodes.DISCONNECT_SERVER),
    properties: maybe('DISCONNECT'),
  }),
};

/** AUTH of 5.0: with an Authentication Method, or Success and nothing else. */
export const arbitraryAuth: fc.Arbitrary<Auth<5>> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('AUTH' as const), reasonCode: fc.constant(0x00 as const) }),
  },
  {
    weight: 9,
    arbitrary: fc
      .record({
        type: fc.constant('AUTH' as const),
        reasonCode: fc.constantFrom(...reasonCodes.AUTH_CLIENT, ...reasonCodes.AUTH_SERVER),
        properties: arbitraryProperties('AUTH'),
        authenticationMethod: arbitraryText,
      })
      .map(({ authenticationMethod, ...packet }) => ({
        ...packet,
        properties: { ...packet.properties, authenticationMethod },
      })),
  },
);

const pings = [
  fc.constant({ type: 'PINGREQ' } as const),
  fc.constant({ type: 'PINGRESP' } as const),
] as const;

/** Any CONNECT of `version`. */
export function arbitraryConnect<V extends ProtocolVersion>(version: V): fc.Arbitrary<Connect<V>> {
  return connects[version];
}

/** Any CONNACK of `version`. */
export function arbitraryConnack<V extends ProtocolVersion>(version: V): fc.Arbitrary<Connack<V>> {
  return connacks[version];
}

/** Any PUBLISH of `version`; in 5.0 also with a topic alias in place of the topic name. */
export function arbitraryPublish<V extends ProtocolVersion>(version: V): fc.Arbitrary<Publish<V>> {
  return publishes[version];
}

/** Any PUBACK of `version`. */
export function arbitraryPuback<V extends ProtocolVersion>(version: V): fc.Arbitrary<Puback<V>> {
  return pubacks[version];
}

/** Any PUBREC of `version`. */
export function arbitraryPubrec<V extends ProtocolVersion>(version: V): fc.Arbitrary<Pubrec<V>> {
  return pubrecs[version];
}

/** Any PUBREL of `version`. */
export function arbitraryPubrel<V extends ProtocolVersion>(version: V): fc.Arbitrary<Pubrel<V>> {
  return pubrels[version];
}

/** Any PUBCOMP of `version`. */
export function arbitraryPubcomp<V extends ProtocolVersion>(version: V): fc.Arbitrary<Pubcomp<V>> {
  return pubcomps[version];
}

/** Any SUBSCRIBE of `version`, its filters valid. */
export function arbitrarySubscribe<V extends ProtocolVersion>(version: V): fc.Arbitrary<Subscribe<V>> {
  return subscribes[version];
}

/** Any SUBACK of `version`. */
export function arbitrarySuback<V extends ProtocolVersion>(version: V): fc.Arbitrary<Suback<V>> {
  return subacks[version];
}

/** Any UNSUBSCRIBE of `version`, its filters valid. */
export function arbitraryUnsubscribe<V extends ProtocolVersion>(version: V): fc.Arbitrary<Unsubscribe<V>> {
  return unsubscribes[version];
}

/** Any UNSUBACK of `version`. */
export function arbitraryUnsuback<V extends ProtocolVersion>(version: V): fc.Arbitrary<Unsuback<V>> {
  return unsubacks[version];
}

/** Any DISCONNECT of `version`, from either end. */
export function arbitraryDisconnect<V extends ProtocolVersion>(version: V): fc.Arbitrary<Disconnect<V>> {
  return disconnects[version];
}

const packets: { readonly [V in ProtocolVersion]: fc.Arbitrary<Packet<V>> } = {
  3: fc.oneof(...ofVersion(3)),
  4: fc.oneof(...ofVersion(4)),
  5: fc.oneof(...ofVersion(5), arbitraryAuth),
};

/** One arbitrary for each packet type that all versions have. */
function ofVersion<V extends ProtocolVersion>(version: V): readonly fc.Arbitrary<Packet<V>>[] {
  return [
    arbitraryConnect(version),
    arbitraryConnack(version),
    arbitraryPublish(version),
    arbitraryPuback(version),
    arbitraryPubrec(version),
    arbitraryPubrel(version),
    arbitraryPubcomp(version),
    arbitrarySubscribe(version),
    arbitrarySuback(version),
    arbitraryUnsubscribe(version),
    arbitraryUnsuback(version),
    arbitraryDisconnect(version),
    ...pings,
  ];
}

/** Any packet of `version` that `encode` accepts. */
export function arbitraryPacket<V extends ProtocolVersion>(version: V): fc.Arbitrary<Packet<V>> {
  return packets[version];
}
