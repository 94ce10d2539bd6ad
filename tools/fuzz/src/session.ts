/**
 * The bytes of one client's session: a CONNECT that is mostly taken, then packets that meet each other in few topics, ids
 * and sessions, with properties of 5.0 everywhere they may stand; some packets are damaged, some are large. Made under a
 * seed. Knows no transport.
 */
import { type Connect, encode, type Packet, type Properties, type ProtocolVersion } from '@mqtt/codec';
import { arbitraryPacket } from '@mqtt/codec/testing';
import fc from 'fast-check';
import { damaged, joined } from './wrapping.ts';

const versions = fc.constantFrom<ProtocolVersion>(3, 4, 5, 5, 5);
const packetId = fc.integer({ min: 1, max: 9 });
const topic = fc.constantFrom('a', 'a/b', 'a/b/c', 'w');
const texts = fc.constantFrom('', 'a', 'n', 'x'.repeat(200));
const seconds = fc.constantFrom(0, 1, 60, 0x7fff_ffff, 0xffff_ffff);
const userProperties = fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 5 });

/** Any of these, each there or not. */
function some<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const data = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.constant(new TextEncoder().encode('n,,n=fuzz,r=fyko+d2lbbFgONRv9')),
);
/** What a client with enhanced authentication brings: a method that there is, or none. */
const method = fc.constantFrom('SCRAM-SHA-256', 'SCRAM-SHA-256', 'PLAIN', '');

const connectProperties = fc
  .tuple(
    some<Properties<'CONNECT'>>({
      sessionExpiryInterval: seconds,
      receiveMaximum: fc.constantFrom(1, 2, 65_535),
      maximumPacketSize: fc.constantFrom(20, 100, 1000, 0xffff_ffff),
      topicAliasMaximum: fc.constantFrom(0, 1, 3, 65_535),
      requestResponseInformation: fc.boolean(),
      requestProblemInformation: fc.boolean(),
      userProperties,
    }),
    fc.option(fc.record({ authenticationMethod: method, authenticationData: data }), { nil: {}, freq: 6 }),
  )
  .map(([properties, exchange]) => ({ ...properties, ...exchange }));

const publishProperties = some<Properties<'PUBLISH'>>({
  payloadFormatIndicator: fc.constantFrom<0 | 1>(0, 1),
  messageExpiryInterval: seconds,
  topicAlias: fc.constantFrom(1, 1, 2, 64, 65),
  responseTopic: topic,
  correlationData: fc.uint8Array({ maxLength: 100 }),
  contentType: texts,
  userProperties,
});

/** A CONNECT that is mostly taken, with client ids that often meet, so that sessions are resumed and taken over. */
function hello(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const willProperties = some<Properties<'WILL'>>({
    willDelayInterval: seconds,
    messageExpiryInterval: seconds,
    responseTopic: topic,
    correlationData: fc.uint8Array({ maxLength: 100 }),
    userProperties,
  });
  const will = fc.record({
    topic: fc.constantFrom('a', 'a/b', 'w'),
    payload: fc.uint8Array({ maxLength: 20 }),
    qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
    retain: fc.boolean(),
    ...(version === 5 ? { properties: willProperties } : {}),
  });
  return fc
    .record({
      clientId: fc.constantFrom('a', 'b', 'c', 'd'),
      cleanStart: fc.boolean(),
      keepAlive: fc.nat(9),
      will: fc.option(will, { nil: undefined, freq: 2 }),
      ...(version === 5 ? { properties: connectProperties } : {}),
    })
    .map((fields) => ({ type: 'CONNECT', version, ...fields }) as Connect);
}

/** A payload: most are small, one in thirty is larger than any buffer on its way. */
const payload = fc.oneof(
  { weight: 29, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(16_383, 65_536, 262_145, 2_097_000).map((length) => new Uint8Array(length)),
  },
);

function publish(version: ProtocolVersion): fc.Arbitrary<object> {
  const fields = {
    topic,
    payload,
    retain: fc.boolean(),
    ...(version === 5 ? { properties: publishProperties, isByAlias: fc.boolean() } : {}),
  };
  const plain = fc.record(fields).map((one) => ({ type: 'PUBLISH', qos: 0, dup: false, ...one }));
  const kept = fc
    .record({ ...fields, packetId, qos: fc.constantFrom(1, 2), dup: fc.boolean() })
    .map((one) => ({ type: 'PUBLISH', ...one }));
  return fc.oneof(plain, kept).map((one) => {
    const { isByAlias, ...packet } = one as typeof one & {
      readonly isByAlias?: boolean;
      readonly properties?: Properties<'PUBLISH'>;
    };
    return isByAlias === true && packet.properties?.topicAlias !== undefined
      ? { ...packet, topic: '' }
      : packet;
  });
}

function subscribe(version: ProtocolVersion): fc.Arbitrary<object> {
  const topicFilter = fc.constantFrom('a', 'a/#', '+/b', '#', '$share/g/a/#', '$share/h/+/b', '$SYS/#');
  const five = {
    noLocal: fc.boolean(),
    retainAsPublished: fc.boolean(),
    retainHandling: fc.constantFrom(0, 1, 2),
  };
  const entry = fc
    .record({ topicFilter, qos: fc.constantFrom(0, 1, 2), ...(version === 5 ? five : {}) })
    .map((one) =>
      'noLocal' in one && one.topicFilter.startsWith('$share/') ? { ...one, noLocal: false } : one,
    );
  const properties = some<Properties<'SUBSCRIBE'>>({
    subscriptionIdentifier: fc.constantFrom(1, 127, 128, 268_435_455),
    userProperties,
  });
  const subscriptions = fc.array(entry, { minLength: 1, maxLength: 4 });
  const base = { packetId, subscriptions, ...(version === 5 ? { properties } : {}) };
  const topicFilters = fc.array(topicFilter, { minLength: 1, maxLength: 4 });
  return fc.oneof(
    { weight: 3, arbitrary: fc.record(base).map((one) => ({ type: 'SUBSCRIBE', ...one })) },
    {
      weight: 1,
      arbitrary: fc.record({ packetId, topicFilters }).map((one) => ({ type: 'UNSUBSCRIBE', ...one })),
    },
  );
}

/** Acknowledgements of anything, with reasons that clients may give. */
function answer(version: ProtocolVersion): fc.Arbitrary<object> {
  const five = {
    reasonCode: fc.constantFrom(0, 0, 0, 0x80, 0x97),
    properties: some<Properties<'PUBACK'>>({ reasonString: texts, userProperties }),
  };
  const types = fc.constantFrom('PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP');
  return fc.record({ packetId, type: types, ...(version === 5 ? five : {}) }).map((one) => {
    // PUBREL and PUBCOMP know two reasons.
    const isLate = one.type === 'PUBREL' || one.type === 'PUBCOMP';
    return version === 5 && isLate ? { ...one, reasonCode: 0 } : one;
  });
}

/** An exchange begun, gone on with, or begun anew (§4.12); and the end, with properties. */
const five: fc.Arbitrary<object> = fc.oneof(
  fc
    .record({ reasonCode: fc.constantFrom(0x18, 0x19), method, data })
    .map(({ reasonCode, method: authenticationMethod, data: authenticationData }) => ({
      type: 'AUTH',
      reasonCode,
      properties: { authenticationMethod, authenticationData },
    })),
  fc
    .record({
      reasonCode: fc.constantFrom(0, 0x04, 0x81),
      properties: some<Properties<'DISCONNECT'>>({
        sessionExpiryInterval: seconds,
        reasonString: texts,
        userProperties,
      }),
    })
    .map((one) => ({ type: 'DISCONNECT', ...one })),
);

/** What lively clients do: the same few topics, so that messages meet subscriptions, queues and retained messages. */
function lively(version: ProtocolVersion): fc.Arbitrary<Packet> {
  return fc
    .oneof(
      { weight: 8, arbitrary: publish(version) },
      { weight: 4, arbitrary: subscribe(version) },
      { weight: 4, arbitrary: answer(version) },
      { weight: version === 5 ? 2 : 0, arbitrary: five },
    )
    .map((packet) => packet as Packet);
}

/** The bytes of a session, whole or cut off in the middle of its last packet. */
export const session: fc.Arbitrary<Uint8Array> = versions.chain((version) => {
  const bytesOf = (packet: Packet): Uint8Array => encode<ProtocolVersion>(packet, version);
  const any = arbitraryPacket(version).map((packet) => packet as Packet);
  const packet = fc
    .oneof({ weight: 4, arbitrary: lively(version) }, { weight: 1, arbitrary: any })
    .map(bytesOf);
  const piece = fc.oneof(
    { weight: 14, arbitrary: packet },
    { weight: 1, arbitrary: packet.chain(damaged) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  const first = fc.oneof(
    { weight: 10, arbitrary: hello(version).map(bytesOf) },
    { weight: 1, arbitrary: hello(version).map(bytesOf).chain(damaged) },
    { weight: 1, arbitrary: packet },
  );
  return fc.tuple(first, fc.array(piece, { maxLength: 30 }), fc.nat(99)).map(([head, pieces, cut]) => {
    const whole = joined([head, ...pieces]);
    return cut < 15 ? whole.subarray(0, Math.max(1, Math.floor((whole.length * (100 - cut)) / 100))) : whole;
  });
});
