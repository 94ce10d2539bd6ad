/**
 * Byte vectors that follow from the tables: every property in every packet, twice, cut short and with bad values; every
 * reason code in every packet; every fixed-header flag; every kind of ill-formed text in every string. Written without
 * the encoder, from the tables of the specification alone.
 */
import type { Packet, ProtocolVersion, Will } from '../../packet.ts';
import { packetTypes } from '../../tables/packet-types.ts';
import {
  type Properties,
  type PropertyName,
  type PropertyOwner,
  properties,
} from '../../tables/properties.ts';
import { type ReasonCodeOwner, reasonCodeNames, reasonCodes } from '../../tables/reason-codes.ts';
import { invalid, join, named, text, type Vector, valid } from '../vector.ts';

/** Any properties, as if one packet could carry all of them. */
type Bag = Properties<'CONNECT'> &
  Properties<'WILL'> &
  Properties<'CONNACK'> &
  Properties<'PUBLISH'> &
  Properties<'SUBSCRIBE'> &
  Properties<'DISCONNECT'>;

/** A packet around a list of properties: what stands before and after it, and the packet it then is. */
interface Carrier {
  readonly header: number;
  readonly before: string;
  readonly after: string;
  packet(bag: Bag): Packet<5>;
}

const will: Will<5> = { topic: 'w', payload: text('x'), qos: 0, retain: false };
const connect = { type: 'CONNECT', version: 5, clientId: 'z', cleanStart: true, keepAlive: 0 } as const;
const option = {
  topicFilter: 'a',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
} as const;

function acknowledgement(type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP', header: number): Carrier {
  const packet = (bag: Bag): Packet<5> => ({ type, packetId: 10, reasonCode: 0x00, properties: bag });
  return { header, before: '00 0a 00', after: '', packet };
}

const carriers: { readonly [Owner in PropertyOwner]: Carrier } = {
  CONNECT: {
    header: 0x10,
    before: '00 04 "MQTT" 05 02 00 00',
    after: '00 01 "z"',
    packet: (bag) => ({ ...connect, properties: bag }),
  },
  WILL: {
    header: 0x10,
    before: '00 04 "MQTT" 05 06 00 00 00 00 01 "z"',
    after: '00 01 "w" 00 01 "x"',
    packet: (bag) => ({ ...connect, will: { ...will, properties: bag } }),
  },
  CONNACK: {
    header: 0x20,
    before: '00 00',
    after: '',
    packet: (bag) => ({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x00, properties: bag }),
  },
  PUBLISH: {
    header: 0x30,
    before: '00 01 "a"',
    after: '"x"',
    packet: (bag) => ({
      type: 'PUBLISH',
      topic: 'a',
      payload: text('x'),
      qos: 0,
      dup: false,
      retain: false,
      properties: bag,
    }),
  },
  PUBACK: acknowledgement('PUBACK', 0x40),
  PUBREC: acknowledgement('PUBREC', 0x50),
  PUBREL: acknowledgement('PUBREL', 0x62),
  PUBCOMP: acknowledgement('PUBCOMP', 0x70),
  SUBSCRIBE: {
    header: 0x82,
    before: '00 0a',
    after: '00 01 "a" 00',
    packet: (bag) => ({ type: 'SUBSCRIBE', packetId: 10, subscriptions: [option], properties: bag }),
  },
  SUBACK: {
    header: 0x90,
    before: '00 0a',
    after: '00',
    packet: (bag) => ({ type: 'SUBACK', packetId: 10, reasonCodes: [0x00], properties: bag }),
  },
  UNSUBSCRIBE: {
    header: 0xa2,
    before: '00 0a',
    after: '00 01 "a"',
    packet: (bag) => ({ type: 'UNSUBSCRIBE', packetId: 10, topicFilters: ['a'], properties: bag }),
  },
  UNSUBACK: {
    header: 0xb0,
    before: '00 0a',
    after: '00',
    packet: (bag) => ({ type: 'UNSUBACK', packetId: 10, reasonCodes: [0x00], properties: bag }),
  },
  DISCONNECT: {
    header: 0xe0,
    before: '00',
    after: '',
    packet: (bag) => ({ type: 'DISCONNECT', reasonCode: 0x00, properties: bag }),
  },
  AUTH: {
    header: 0xf0,
    before: '18',
    after: '',
    packet: (bag) => ({ type: 'AUTH', reasonCode: 0x18, properties: bag }),
  },
};

/** One good value of each kind: its bytes, and what it is. */
const samples = {
  bit: ['01', 1],
  flag: ['01', true],
  u16: ['01 02', 0x0102],
  'u16+': ['01 02', 0x0102],
  u32: ['01 02 03 04', 0x0102_0304],
  'u32+': ['01 02 03 04', 0x0102_0304],
  'varint+': ['85 02', 261],
  string: ['00 02 "st"', 'st'],
  topic: ['00 03 "t/t"', 't/t'],
  binary: ['00 02 00 ff', Uint8Array.of(0, 255)],
  pair: ['00 01 "k" 00 02 "vv"', ['k', 'vv']],
} as const;

const names = Object.keys(properties) as PropertyName[];
const owners = Object.keys(carriers) as PropertyOwner[];
const isList = (name: PropertyName): boolean =>
  name === 'userProperties' || name === 'subscriptionIdentifiers';
const isAllowed = (name: PropertyName, owner: PropertyOwner): boolean =>
  properties[name][2].split(' ').includes(owner);

/** Identifier and value of one property. */
function one(name: PropertyName, value: string = samples[properties[name][1]][0]): Uint8Array {
  return join(hex(properties[name][0]), value);
}

/** What `one` means, and where AUTH or CONNECT need it, the method beside it. */
function bagOf(name: PropertyName): Bag {
  const value = samples[properties[name][1]][1];
  return { [name]: isList(name) ? [value] : value } as Bag;
}

const needsMethod = (owner: PropertyOwner, name: PropertyName): boolean =>
  name !== 'authenticationMethod' &&
  (owner === 'AUTH' || (owner === 'CONNECT' && name === 'authenticationData'));

/** The packet of `owner` with these properties, preceded by an Authentication Method where that is compulsory. */
function carry(owner: PropertyOwner, name: PropertyName, ...list: readonly Uint8Array[]): Uint8Array {
  const { header, before, after } = carriers[owner];
  const block = join(...(needsMethod(owner, name) ? [one('authenticationMethod')] : []), ...list);
  return frame(header, join(before, hex(block.length), block, after));
}

/** Where the first of the properties that `carry` was given begins. */
function placeOf(owner: PropertyOwner, name: PropertyName): number {
  const method = needsMethod(owner, name) ? one('authenticationMethod').length : 0;
  return 2 + join(carriers[owner].before).length + 1 + method;
}

function frame(header: number, body: Uint8Array): Uint8Array {
  return join(hex(header), hex(body.length), body);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** Every property in every packet that allows it, and in every one that does not. */
function placed(): readonly Vector[] {
  return owners.flatMap((owner) =>
    names.flatMap((name): readonly Vector[] => {
      const bytes = carry(owner, name, one(name));
      if (isAllowed(name, owner)) {
        const method = needsMethod(owner, name) ? bagOf('authenticationMethod') : {};
        return valid(5, [
          [`${name} in ${owner}`, 'A15', bytes, carriers[owner].packet({ ...method, ...bagOf(name) })],
        ]);
      }
      // 0x0B is two properties, one of which may be allowed where the other is not.
      const isOther = names.some(
        (other) => properties[other][0] === properties[name][0] && isAllowed(other, owner),
      );
      return isOther ? [] : invalid(5, 0x82, [[`${name} in ${owner}`, 'A15', bytes, placeOf(owner, name)]]);
    }),
  );
}

/** Every property twice where it may stand once. */
function repeated(): readonly Vector[] {
  return owners.flatMap((owner) =>
    names
      .filter((name) => isAllowed(name, owner) && !isList(name))
      .flatMap((name) => {
        const bytes = carry(owner, name, one(name), one(name));
        return invalid(5, 0x82, [
          [`${name} twice in ${owner}`, 'A16', bytes, placeOf(owner, name) + one(name).length],
        ]);
      }),
  );
}

/** Every property that ends, with the property list, after each of its bytes but the last. */
function cut(): readonly Vector[] {
  return owners.flatMap((owner) =>
    names
      .filter((name) => isAllowed(name, owner))
      .flatMap((name) => {
        const whole = one(name);
        return Array.from({ length: whole.length - 1 }, (_, at) => {
          const bytes = carry(owner, name, whole.slice(0, at + 1));
          return invalid(5, 0x81, [
            [`${name} cut after byte ${at + 1} in ${owner}`, 'A13', bytes, undefined],
          ]);
        }).flat();
      }),
  );
}

/** Values out of range: booleans over 1, and 0 where it is forbidden. */
function outOfRange(): readonly Vector[] {
  return owners.flatMap((owner) =>
    names
      .filter((name) => isAllowed(name, owner))
      .flatMap((name) => {
        const kind = properties[name][1];
        const isSmall = kind === 'bit' || kind === 'flag';
        const values = isSmall ? ['02', '03', '7f', '80', 'ff'] : [];
        if (kind === 'varint+') values.push('00');
        if (kind === 'u16+') values.push('00 00');
        if (kind === 'u32+') values.push('00 00 00 00');
        const statement =
          name === 'topicAlias' ? 'MQTT-3.3.2-8' : isSmall ? 'C22' : kind === 'varint+' ? 'F15' : 'C21';
        return values.flatMap((value) =>
          invalid(5, name === 'topicAlias' ? 0x94 : 0x82, [
            [
              `${name} = ${value} in ${owner}`,
              statement,
              carry(owner, name, one(name, value)),
              placeOf(owner, name),
            ],
          ]),
        );
      }),
  );
}

/** Packets with one reason code: its place in the bytes, its rows of the table, and the packet. */
const coded: readonly (readonly [readonly ReasonCodeOwner[], ProtocolVersion, number, string, string])[] = [
  [['CONNACK'], 5, 0x20, '00', '00'],
  [['PUBACK'], 5, 0x40, '00 0a', '00'],
  [['PUBREC'], 5, 0x50, '00 0a', '00'],
  [['PUBREL'], 5, 0x62, '00 0a', '00'],
  [['PUBCOMP'], 5, 0x70, '00 0a', '00'],
  [['SUBACK'], 5, 0x90, '00 0a 00', ''],
  [['UNSUBACK'], 5, 0xb0, '00 0a 00', ''],
  [['DISCONNECT_CLIENT', 'DISCONNECT_SERVER'], 5, 0xe0, '', '00'],
  [['AUTH_CLIENT', 'AUTH_SERVER'], 5, 0xf0, '', '04 15 00 01 "m"'],
  [['CONNACK3'], 4, 0x20, '00', ''],
  [['CONNACK3'], 3, 0x20, '00', ''],
  [['SUBACK4'], 4, 0x90, '00 0a', ''],
  [['SUBACK3'], 3, 0x90, '00 0a', ''],
];

/** Every reason code of the specification, and some of none, where they are illegal. The legal ones stand in the rows of each packet. */
function illegalCodes(): readonly Vector[] {
  const codes = [...Object.keys(reasonCodeNames).map(Number), 0x03, 0x05, 0x7f, 0x42, 0xa3, 0xff];
  return coded.flatMap(([rows, version, header, before, after]) => {
    const legal: readonly number[] = rows.flatMap((row) => reasonCodes[row]);
    return codes
      .filter((code) => !legal.includes(code))
      .flatMap((code) =>
        invalid(version, 0x81, [
          [
            `reason code 0x${hex(code)} in ${rows.join(' or ')}`,
            'A24',
            frame(header, join(before, hex(code), after)),
            2 + join(before).length,
          ],
        ]),
      );
  });
}

/** Reason codes that only the other end may send. */
function codesOfTheOtherEnd(): readonly Vector[] {
  const other = { server: ['CLIENT', 'SERVER'], client: ['SERVER', 'CLIENT'] } as const;
  return (['DISCONNECT', 'AUTH'] as const).flatMap((type) =>
    (['server', 'client'] as const).flatMap((role) => {
      const [mine, theirs] = other[role];
      const legal: readonly number[] = reasonCodes[`${type}_${mine}`];
      const [header, after] = type === 'AUTH' ? [0xf0, '04 15 00 01 "m"'] : [0xe0, '00'];
      return reasonCodes[`${type}_${theirs}`]
        .filter((code) => !legal.includes(code))
        .flatMap((code) =>
          invalid(5, 0x82, [
            [
              `reason code 0x${hex(code)} of ${type} read by a ${role}`,
              'A24',
              frame(header, join(hex(code), after)),
              2,
              { role },
            ],
          ]),
        );
    }),
  );
}

/** Every value of the reserved flags but the right one, in every packet and version; 3.1 lets three packets have DUP. */
function flags(): readonly Vector[] {
  return ([3, 4, 5] as const).flatMap((version) =>
    Object.entries(packetTypes).flatMap(([type, [number, right]]) => {
      if (type === 'PUBLISH' || (type === 'AUTH' && version < 5)) return [];
      const values = Array.from({ length: 16 }, (_, value) => value).filter(
        (value) => value !== right && !(version === 3 && right === 2 && value === 10),
      );
      return values.flatMap((value) =>
        invalid(version, 0x81, [
          [
            `flags ${value.toString(2).padStart(4, '0')} of ${type}`,
            'A17',
            join(hex((number << 4) | value)),
            0,
          ],
        ]),
      );
    }),
  );
}

/** Ill-formed UTF-8 of every kind (Unicode, table 3-7), and U+0000. */
const badText: { readonly [name: string]: string } = {
  'U+0000': '00',
  'an overlong U+0000': 'c0 80',
  'an overlong /': 'c1 af',
  'an overlong character of three bytes': 'e0 9f bf',
  'an overlong character of four bytes': 'f0 8f bf bf',
  'the first surrogate': 'ed a0 80',
  'the last surrogate': 'ed bf bf',
  'U+110000': 'f4 90 80 80',
  'a first byte f5': 'f5 80 80 80',
  'a byte ff': 'ff',
  'a lone continuation byte': '80',
  'two bytes cut to one': 'c3',
  'three bytes cut to two': 'e2 82',
  'four bytes cut to three': 'f0 9f 98',
  'a character cut by ASCII': 'e2 28 a1',
};

/** Packets with a string: the string goes between the two. */
const fields: readonly (readonly [
  field: string,
  ProtocolVersion,
  header: number,
  before: string,
  after: string,
])[] = [
  ['client id', 3, 0x10, '00 06 "MQIsdp" 03 02 00 00', ''],
  ['will topic', 3, 0x10, '00 06 "MQIsdp" 03 06 00 00 00 01 "z"', '00 00'],
  ['user name', 3, 0x10, '00 06 "MQIsdp" 03 82 00 00 00 01 "z"', ''],
  ['client id', 4, 0x10, '00 04 "MQTT" 04 02 00 00', ''],
  ['will topic', 4, 0x10, '00 04 "MQTT" 04 06 00 00 00 01 "z"', '00 00'],
  ['user name', 4, 0x10, '00 04 "MQTT" 04 82 00 00 00 01 "z"', ''],
  ['client id', 5, 0x10, '00 04 "MQTT" 05 02 00 00 00', ''],
  ['will topic', 5, 0x10, '00 04 "MQTT" 05 06 00 00 00 00 01 "z" 00', '00 00'],
  ['user name', 5, 0x10, '00 04 "MQTT" 05 82 00 00 00 00 01 "z"', ''],
  ['topic name', 3, 0x30, '', '"x"'],
  ['topic name', 4, 0x30, '', '"x"'],
  ['topic name', 5, 0x30, '', '00 "x"'],
  ['topic filter to subscribe', 3, 0x82, '00 0a', '00'],
  ['topic filter to subscribe', 4, 0x82, '00 0a', '00'],
  ['topic filter to subscribe', 5, 0x82, '00 0a 00', '00'],
  ['second topic filter to subscribe', 5, 0x82, '00 0a 00 00 01 "a" 00', '00'],
  ['topic filter to unsubscribe', 3, 0xa2, '00 0a', ''],
  ['topic filter to unsubscribe', 4, 0xa2, '00 0a', ''],
  ['topic filter to unsubscribe', 5, 0xa2, '00 0a 00', ''],
];

function statementOf(version: ProtocolVersion, bad: string): string {
  return `MQTT-1.5.${version === 5 ? 4 : 3}-${bad === '00' ? 2 : 1}`;
}

/** Bad text, alone and behind good text, in every string of every packet. */
function badTextInFields(): readonly Vector[] {
  return fields.flatMap(([field, version, header, before, after]) =>
    Object.entries(badText).flatMap(([name, bad]) => {
      const string = join('"ab"', bad);
      const bytes = frame(header, join(before, '00', hex(string.length), string, after));
      return invalid(version, 0x81, [
        [`${name} in ${field}`, statementOf(version, bad), bytes, 4 + join(before).length],
      ]);
    }),
  );
}

/** Bad text in every property that holds text, in the first packet that allows it. */
function badTextInProperties(): readonly Vector[] {
  return names.flatMap((name): readonly Vector[] => {
    const [, kind, packets] = properties[name];
    const owner = owners.find((each) => packets.split(' ').includes(each));
    if (owner === undefined || (kind !== 'string' && kind !== 'topic' && kind !== 'pair')) return [];
    return Object.entries(badText).flatMap(([title, bad]) => {
      const string = join('"ab"', bad);
      const encoded = join('00', hex(string.length), string);
      const id = hex(properties[name][0]);
      // Each value, and how many of its bytes stand before the text.
      const values: readonly (readonly [Uint8Array, number])[] =
        kind === 'pair'
          ? [
              [join(id, encoded, '00 00'), 3],
              [join(id, '00 00', encoded), 5],
            ]
          : [[join(id, encoded), 3]];
      return values.flatMap(([value, before], at) =>
        invalid(5, 0x81, [
          [
            `${title} in ${name}${kind === 'pair' ? ` (${at})` : ''}`,
            statementOf(5, bad),
            carry(owner, name, value),
            placeOf(owner, name) + before,
          ],
        ]),
      );
    });
  });
}

/** The byte vectors made from the tables; made anew with each call. */
export function generatedVectors(): readonly Vector[] {
  return named('made from the tables:', [
    ...placed(),
    ...repeated(),
    ...cut(),
    ...outOfRange(),
    ...illegalCodes(),
    ...codesOfTheOtherEnd(),
    ...flags(),
    ...badTextInFields(),
    ...badTextInProperties(),
  ]);
}
