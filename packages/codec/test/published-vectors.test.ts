/**
 * The byte vectors that mochi-mqtt and mqtt-packet published, against this codec. They are not part of the repository
 * (see `seeds.ts`). Where a source and the specification disagree, or Mosquitto and the source do, `decisions` says
 * what the specification decides; every other vector must come out as its source says.
 */
import { describe, expect, it } from 'vitest';
import { Decoder, encode, type Packet, ProtocolError, type ProtocolVersion } from '../src/index.ts';
import { text } from '../src/testing/vector.ts';
import { meaning, read } from './reading.ts';
import { published } from './seeds.ts';

type Json = { readonly [key: string]: unknown };

interface PublishedVector {
  readonly name: string;
  readonly protocolVersion: ProtocolVersion;
  readonly packetType?: string;
  readonly hex?: string;
  readonly reframedHex?: string;
  readonly canonicalHex?: string;
  readonly direction: 'both' | 'encode' | 'decode';
  readonly valid: boolean;
  readonly decoded?: Json;
  readonly contested: boolean;
}

/** What the specification says of a vector: accepted as its source decodes it, or refused with a reason code. */
type Decision = readonly ['accept' | 'refuse', statement: string, why: string];

const mochi: { readonly [name: string]: Decision } = {
  'connect/mqtt v3.1.1 #1': ['accept', 'MQTT-3.1.2-1', 'well-formed; Mosquitto refused it by policy'],
  'connect/mqtt v5 #2': [
    'accept',
    'MQTT-4.12.0-1',
    'well-formed; that the method is unknown is 0x8C, not malformed',
  ],
  'connect/utf8 string must not skip or strip code point U+FEFF #38': [
    'accept',
    'MQTT-1.5.3-3',
    'U+FEFF is data',
  ],
  'connack/accepted, session exists #40': [
    'accept',
    'MQTT-3.2.2-2',
    "well-formed; session present is the session's matter",
  ],
  'connack/accepted no session mqtt5 #41': ['accept', 'MQTT-3.2.2-8', 'well-formed, every property legal'],
  'connack/accepted min properties mqtt5 #43': ['accept', 'MQTT-3.2.2-3', 'well-formed; as #40'],
  'connack/server set keepalive #45': ['accept', 'MQTT-3.2.2-21', 'well-formed; as #40'],
  'connack/failure min properties mqtt5 #46': ['accept', 'MQTT-3.2.2-7', 'a refusal is a legal packet'],
  'connack/bad protocol version #47': ['refuse', 'MQTT-4.8.0-1', '3.1.1 has the return codes 0 to 5 only'],
  'connack/miscellaneous protocol violation #48': ['refuse', 'MQTT-4.8.0-1', 'as #47'],
  'connack/bad client id #49': ['refuse', 'MQTT-4.8.0-1', 'as #47'],
  'connack/server unavailable #50': ['refuse', 'MQTT-4.8.0-1', 'as #47'],
  'connack/bad username or password #51': ['refuse', 'MQTT-4.8.0-1', 'as #47'],
  'connack/bad username or password no session #52': [
    'accept',
    'MQTT-3.2.2-5',
    'a refusal is a legal packet',
  ],
  'connack/mqtt5 bad username or password no session #53': [
    'accept',
    'MQTT-3.2.2-7',
    'a refusal is a legal packet',
  ],
  'connack/not authorised #54': ['refuse', 'MQTT-4.8.0-1', 'as #47'],
  'publish/mqtt v5 topic alias only #62': [
    'accept',
    'MQTT-3.3.2-12',
    "whether the alias is known is the session's matter",
  ],
  'publish/mqtt basic v5 #63': ['accept', 'MQTT-3.3.2-12', 'as #62'],
  'publish/mqtt v5 #64': [
    'accept',
    'MQTT-3.3.4-6',
    'as a server sends it; a server refuses its subscription identifier',
  ],
  'publish/subscription identifiers #72': ['accept', 'MQTT-3.3.4-6', 'as #64'],
  'publish/dup #75': ['refuse', 'MQTT-3.3.1-2', 'DUP must be 0 at QoS 0'],
  'pubrec/malformed reason code #104': [
    'accept',
    'MQTT-3.5.2-1',
    'reframed it is the short form, packet id 7 (§3.5.2.1)',
  ],
  'disconnect/malformed reason code #172': [
    'accept',
    'MQTT-3.14.2-1',
    'reframed it is the short form, reason 0x00 (§3.14.2.1)',
  ],
  'auth/auth #174': [
    'accept',
    'MQTT-3.15.2-1',
    "well-formed; that no method was agreed is the session's matter",
  ],
};

const mqttPacket: { readonly [name: string]: Decision } = {
  '2: parse error: Invalid variable byte integer': ['refuse', 'MQTT-1.5.5-1', 'four bytes that all go on'],
  '3: parse error: Invalid variable byte integer': ['refuse', 'MQTT-1.5.5-1', 'four bytes that all go on'],
  '10: connect MQTT bridge 131': [
    'refuse',
    'MQTT-3.1.2-2',
    "level 131 is Mosquitto's own sign for bridges, in no version",
  ],
  '11: connect MQTT bridge 132': ['refuse', 'MQTT-3.1.2-2', 'as 10, and MQIsdp is the name of level 3'],
  '12: connect MQTT 5': ['accept', 'MQTT-3.1.2-9', 'well-formed'],
  '13: connect MQTT 5 with will properties but with empty will payload': [
    'accept',
    'MQTT-3.1.2-9',
    'well-formed',
  ],
  '14: connect MQTT 5 w/o will properties': ['accept', 'MQTT-3.1.2-9', 'well-formed'],
  '19: Version 4 CONACK': ['accept', 'MQTT-3.1.2-2', 'a refusal is a legal packet'],
  '20: Version 5 CONACK': ['accept', 'MQTT-3.2.2-7', 'a refusal is a legal packet'],
  '21: Version 4 CONACK in Version 5 mode': [
    'refuse',
    'MQTT-3.2.2-8',
    '0x01 is no reason code of CONNACK; a client of 5.0 that wants to know of an old server must ask its bytes',
  ],
  '26: Version 5 CONNACK test 1': [
    'refuse',
    'MQTT-4.13.1-1',
    'no reason code and no property length (§3.2.2)',
  ],
  '27: Version 5 CONNACK test 2': ['refuse', 'MQTT-4.13.1-1', 'no property length (§3.2.2.3)'],
  '28: Version 5 CONNACK test 3': [
    'accept',
    'MQTT-3.2.2-3',
    "well-formed; session present is the session's matter",
  ],
  '47: parse error: Cannot parse username': [
    'accept',
    'MQTT-3.1.2-19',
    '3.1 lets the user name be absent though its flag is set (3.1 §3.1)',
  ],
  '48: parse error: Cannot parse password': [
    'refuse',
    'MQTT-1.5.3-2',
    'the password may be absent in 3.1; what stands for the user name is U+0000',
  ],
  '62: connack MQTT 5 with properties': [
    'refuse',
    'MQTT-4.13.1-1',
    'Maximum QoS 2: only 0 and 1 are legal (§3.2.2.3.4)',
  ],
  '63: connack MQTT 5 with properties and doubled user properties': ['refuse', 'MQTT-4.13.1-1', 'as 62'],
  '64: connack with return code 0 session present bit set': ['accept', 'MQTT-3.2.2-2', 'well-formed; as 28'],
  '65: connack with return code 5': ['accept', 'MQTT-3.2.2-5', 'a refusal is a legal packet'],
  '70: publish MQTT 5 properties': ['accept', 'MQTT-3.3.4-6', 'as a server sends it'],
  '71: publish MQTT 5 with multiple same properties': ['accept', 'MQTT-3.3.4-4', 'as a server sends it'],
  '73: publish MQTT 5 properties with 0-4 byte varbyte': ['accept', 'MQTT-1.5.5-1', 'as a server sends it'],
  '74: publish MQTT 5 properties with max value varbyte': ['accept', 'MQTT-1.5.5-1', 'as a server sends it'],
  '111: parse error: Invalid suback QoS, must be 0, 1, 2 or 128': [
    'refuse',
    'MQTT-3.9.3-2',
    '3 is no return code',
  ],
  '112: parse error: Invalid suback code': ['refuse', 'MQTT-3.9.3-2', '0x79 is no reason code'],
  '122: parse error: Invalid unsuback code': [
    'refuse',
    'MQTT-3.11.3-2',
    '0x84 is no reason code of UNSUBACK',
  ],
  '132: auth MQTT 5': ['accept', 'MQTT-3.15.2-1', 'well-formed'],
  '134: minimal Success AUTH with reason code and property length omitted': [
    'accept',
    'MQTT-3.15.2-1',
    'the short form (§3.15.2.1)',
  ],
};

/** What mqtt-packet refuses to write and a packet of this codec has no field for. */
const inexpressible = ['135: generate error: Invalid protocolId'];

const words: { readonly [theirs: string]: string } = {
  clean: 'cleanStart',
  keepalive: 'keepAlive',
  protocolVersion: 'version',
  messageId: 'packetId',
  returnCode: 'reasonCode',
  granted: 'reasonCodes',
  unsubscriptions: 'topicFilters',
  filters: 'topicFilters',
  nl: 'noLocal',
  rap: 'retainAsPublished',
  rh: 'retainHandling',
};
const flags = new Set([
  'requestProblemInformation',
  'requestResponseInformation',
  'retainAvailable',
  'wildcardSubscriptionAvailable',
  'subscriptionIdentifiersAvailable',
  'sharedSubscriptionAvailable',
]);

/** The source's packet in the words of this codec; fields that a packet of `type` has not are left out. */
function translate(source: Json, type: string | undefined): Json {
  const target: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(source)) {
    const isMeta =
      ['cmd', 'length', 'protocolName', 'protocolId', 'bridgeMode'].includes(key) || value === null;
    const isHeader = ['qos', 'dup', 'retain'].includes(key) && type !== 'publish' && type !== undefined;
    if (isMeta || isHeader || (key === 'topic' && type !== 'publish' && type !== undefined)) continue;
    const name = key.endsWith('Hex') ? key.slice(0, -3) : (words[key] ?? key);
    target[name] = translateValue(name, value, type, key.endsWith('Hex'));
  }
  if (type === 'publish' && target.qos === 0) delete target.packetId;
  return target;
}

function translateValue(name: string, value: unknown, type: string | undefined, isHex: boolean): unknown {
  const hex = isHex
    ? value
    : typeof value === 'object' && value !== null && 'hex' in value
      ? value.hex
      : undefined;
  if (hex !== undefined) {
    const bytes = Buffer.from(String(hex), 'hex');
    return name === 'username' ? bytes.toString() : Uint8Array.from(bytes);
  }
  if ((name === 'payload' || name === 'password') && typeof value === 'string') return text(value);
  if (name === 'will' && typeof value === 'object') return translate(value as Json, undefined);
  if (name === 'properties') return translateProperties(value as Json, type);
  if (name === 'subscriptions') {
    return (value as readonly Json[]).map(({ filter, topic, ...one }) => ({
      ...translate(one, undefined),
      topicFilter: filter ?? topic,
    }));
  }
  return value;
}

function translateProperties(bag: Json, type: string | undefined): Json {
  const target: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(bag)) {
    const name = key.endsWith('Hex') ? key.slice(0, -3) : key;
    if (name.startsWith('subscriptionIdentifier') && !name.includes('Available')) {
      const list = [value].flat();
      if (type === 'subscribe') target.subscriptionIdentifier = list[0];
      else target.subscriptionIdentifiers = list;
    } else if (flags.has(name)) target[name] = Boolean(value);
    else if (name === 'payloadFormatIndicator') target[name] = Number(value);
    else if (name === 'userProperties' && !Array.isArray(value)) {
      target[name] = Object.entries(value as Json).flatMap(([one, values]) =>
        [values].flat().map((each) => [one, each]),
      );
    } else target[name] = translateValue(name, value, type, key.endsWith('Hex'));
  }
  return target;
}

function outcome({ hex, reframedHex, canonicalHex, direction, protocolVersion }: PublishedVector) {
  const bytes = Uint8Array.from(
    Buffer.from((direction === 'encode' ? canonicalHex : undefined) ?? reframedHex ?? hex ?? '', 'hex'),
  );
  const isConnect = (bytes[0] ?? 0) >> 4 === 1;
  return read(new Decoder(isConnect ? {} : { version: protocolVersion }), [bytes]);
}

function checkAccepted(vector: PublishedVector, statement: string): void {
  const { packets, error } = outcome(vector);
  expect(error, statement).toBeUndefined();
  const [packet] = packets;
  if (packet === undefined || packets.length > 1) throw new Error(`${packets.length} packets`);
  expect(packet.type).toBe(vector.packetType?.toUpperCase());
  // What a source decodes though the specification refuses to is no packet; what it drops when it writes is not there.
  if (!vector.valid || vector.direction === 'encode' || vector.decoded === undefined) return;
  const version = packet.type === 'CONNECT' ? packet.version : vector.protocolVersion;
  const wanted = translate(vector.decoded, vector.packetType);
  const { reasonCode, reasonCodes, ...others } = wanted as { reasonCode?: unknown; reasonCodes?: unknown };
  const codes =
    version === 5 || packet.type === 'CONNACK'
      ? wanted
      : packet.type === 'SUBACK'
        ? { ...others, reasonCodes }
        : others;
  expect(meaning(packet, version)).toMatchObject(
    meaning({ type: packet.type, ...codes } as Packet, version) as object,
  );
}

function checkRefused(vector: PublishedVector, statement: string | undefined): void {
  if (vector.hex !== undefined) {
    const { packets, error } = outcome(vector);
    expect(packets).toEqual([]);
    if (statement !== undefined) expect(error?.statement).toBe(statement);
    // What its source calls malformed and this decoder waits for is not whole: at most its end is missing.
    else if (error === undefined) throw new Error('is not refused');
    return;
  }
  const { cmd } = vector.decoded ?? {};
  const type = typeof cmd === 'string' ? cmd : undefined;
  const packet = {
    type: type?.toUpperCase(),
    payload: new Uint8Array(),
    cleanStart: true,
    ...translate(vector.decoded ?? {}, type),
  };
  expect(() => encode(packet as never, vector.protocolVersion)).toThrow(ProtocolError);
}

const sources = [
  { file: 'mochi.json', decisions: mochi, least: 140 },
  { file: 'mqtt-packet.json', decisions: mqttPacket, least: 160 },
];

describe.each(sources)('$file', ({ file, decisions, least }) => {
  const { text: json, place } = published(file);
  const rows =
    json === undefined ? [] : (JSON.parse(json) as { vectors: readonly PublishedVector[] }).vectors;

  it('is here to be read, and every contested vector in it is decided', ({ skip }) => {
    // Reported as skipped with this reason: nothing was checked.
    if (json === undefined)
      skip(`${file} is not at ${place}; set MQTT_SHARED to the folder that holds vectors/`);
    expect(rows.length).toBeGreaterThanOrEqual(least);
    const names = rows.map(({ name }) => name);
    expect(rows.filter(({ contested, name }) => contested && !(name in decisions))).toEqual([]);
    expect(Object.keys(decisions).filter((name) => !names.includes(name))).toEqual([]);
  });

  for (const vector of rows) {
    if (inexpressible.includes(vector.name)) continue;
    const [verdict, statement, why] = decisions[vector.name] ?? [
      vector.valid ? 'accept' : 'refuse',
      undefined,
      undefined,
    ];
    it(`${statement === undefined ? '' : `[${statement}] `}${vector.name}${why === undefined ? '' : `: ${verdict}, ${why}`}`, () => {
      if (verdict === 'accept') checkAccepted(vector, vector.name);
      else checkRefused(vector, statement);
    });
  }
});
