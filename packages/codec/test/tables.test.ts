/**
 * The tables that everything else reads, against the specification's own tables, which are written out here once more.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  encode,
  type Packet,
  ProtocolError,
  packetTypes,
  properties,
  reasonCodeNames,
  reasonCodes,
} from '../src/index.ts';
import { generatedVectors, vectors } from '../src/testing/index.ts';
import { decoderFor, read } from './reading.ts';

describe('packet types', () => {
  it('[MQTT-2.1.3-1] are 15, numbered 1 to 15, with the flags of Table 2-2', () => {
    const rows = Object.values(packetTypes);
    expect(rows.map(([number]) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    const withFlags = Object.entries(packetTypes).filter(([, [, flags]]) => flags !== 0);
    expect(withFlags.map(([name, [, flags]]) => [name, flags])).toEqual([
      ['PUBREL', 2],
      ['SUBSCRIBE', 2],
      ['UNSUBSCRIBE', 2],
    ]);
  });

  it('[A19] say who may send each', () => {
    const from = (sender: string) =>
      Object.entries(packetTypes).flatMap(([name, [, , who]]) => (who === sender ? [name] : []));
    expect(from('client')).toEqual(['CONNECT', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PINGREQ']);
    expect(from('server')).toEqual(['CONNACK', 'SUBACK', 'UNSUBACK', 'PINGRESP']);
  });
});

/** Table 2-4 of MQTT 5.0: identifier, wire type, packets. */
const table24: { readonly [id: string]: readonly [type: string, packets: string] } = {
  '01': ['byte', 'PUBLISH WILL'],
  '02': ['four', 'PUBLISH WILL'],
  '03': ['string', 'PUBLISH WILL'],
  '08': ['string', 'PUBLISH WILL'],
  '09': ['binary', 'PUBLISH WILL'],
  '0b': ['variable', 'PUBLISH SUBSCRIBE'],
  '11': ['four', 'CONNECT CONNACK DISCONNECT'],
  '12': ['string', 'CONNACK'],
  '13': ['two', 'CONNACK'],
  '15': ['string', 'CONNECT CONNACK AUTH'],
  '16': ['binary', 'CONNECT CONNACK AUTH'],
  '17': ['byte', 'CONNECT'],
  '18': ['four', 'WILL'],
  '19': ['byte', 'CONNECT'],
  '1a': ['string', 'CONNACK'],
  '1c': ['string', 'CONNACK DISCONNECT'],
  '1f': ['string', 'CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH'],
  '21': ['two', 'CONNECT CONNACK'],
  '22': ['two', 'CONNECT CONNACK'],
  '23': ['two', 'PUBLISH'],
  '24': ['byte', 'CONNACK'],
  '25': ['byte', 'CONNACK'],
  '26': [
    'pair',
    'CONNECT CONNACK PUBLISH WILL PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT AUTH',
  ],
  '27': ['four', 'CONNECT CONNACK'],
  '28': ['byte', 'CONNACK'],
  '29': ['byte', 'CONNACK'],
  '2a': ['byte', 'CONNACK'],
};

const wireTypes: { readonly [kind: string]: string } = {
  bit: 'byte',
  flag: 'byte',
  u16: 'two',
  'u16+': 'two',
  u32: 'four',
  'u32+': 'four',
  'varint+': 'variable',
  string: 'string',
  topic: 'string',
  binary: 'binary',
  pair: 'pair',
};

describe('properties', () => {
  it('[A14] are the 27 of Table 2-4, with their wire types and packets', () => {
    const rows = new Map<string, [string, string[]]>();
    for (const [id, kind, packets] of Object.values(properties)) {
      const key = id.toString(16).padStart(2, '0');
      const [type, owners] = rows.get(key) ?? [wireTypes[kind], []];
      expect(wireTypes[kind]).toBe(type);
      rows.set(key, [type ?? '', [...owners, ...packets.split(' ')]]);
    }
    expect(rows.size).toBe(27);
    const sorted = (packets: string | readonly string[]) => [packets].flat().join(' ').split(' ').sort();
    expect(Object.fromEntries([...rows].map(([id, [type, owners]]) => [id, [type, sorted(owners)]]))).toEqual(
      Object.fromEntries(
        Object.entries(table24).map(([id, [type, packets]]) => [id, [type, sorted(packets)]]),
      ),
    );
  });

  it('[A15] have each packet once, and 0x0B alone has two names, in two packets', () => {
    const ids = Object.values(properties).map(([id]) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([0x0b]);
    for (const [, , packets] of Object.values(properties)) {
      const owners = packets.split(' ');
      expect(new Set(owners).size).toBe(owners.length);
    }
    expect([properties.subscriptionIdentifier[2], properties.subscriptionIdentifiers[2]]).toEqual([
      'SUBSCRIBE',
      'PUBLISH',
    ]);
  });
});

/** Table 2-6 of MQTT 5.0: reason code, packets. */
const table26: readonly (readonly [code: number, packets: string])[] = [
  [0x00, 'CONNACK PUBACK PUBREC PUBREL PUBCOMP UNSUBACK AUTH DISCONNECT SUBACK'],
  [0x01, 'SUBACK'],
  [0x02, 'SUBACK'],
  [0x04, 'DISCONNECT'],
  [0x10, 'PUBACK PUBREC'],
  [0x11, 'UNSUBACK'],
  [0x18, 'AUTH'],
  [0x19, 'AUTH'],
  [0x80, 'CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT'],
  [0x81, 'CONNACK DISCONNECT'],
  [0x82, 'CONNACK DISCONNECT'],
  [0x83, 'CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT'],
  [0x84, 'CONNACK'],
  [0x85, 'CONNACK'],
  [0x86, 'CONNACK'],
  [0x87, 'CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT'],
  [0x88, 'CONNACK'],
  [0x89, 'CONNACK DISCONNECT'],
  [0x8a, 'CONNACK'],
  [0x8b, 'DISCONNECT'],
  // Table 2-6 names DISCONNECT here too, but the packet's own table (§3.14.2.1), which [MQTT-3.14.2-1] means, does not.
  [0x8c, 'CONNACK'],
  [0x8d, 'DISCONNECT'],
  [0x8e, 'DISCONNECT'],
  [0x8f, 'SUBACK UNSUBACK DISCONNECT'],
  [0x90, 'CONNACK PUBACK PUBREC DISCONNECT'],
  [0x91, 'PUBACK PUBREC SUBACK UNSUBACK'],
  [0x92, 'PUBREL PUBCOMP'],
  [0x93, 'DISCONNECT'],
  [0x94, 'DISCONNECT'],
  [0x95, 'CONNACK DISCONNECT'],
  [0x96, 'DISCONNECT'],
  [0x97, 'CONNACK PUBACK PUBREC SUBACK DISCONNECT'],
  [0x98, 'DISCONNECT'],
  [0x99, 'CONNACK PUBACK PUBREC DISCONNECT'],
  [0x9a, 'CONNACK DISCONNECT'],
  [0x9b, 'CONNACK DISCONNECT'],
  [0x9c, 'CONNACK DISCONNECT'],
  [0x9d, 'CONNACK DISCONNECT'],
  [0x9e, 'SUBACK DISCONNECT'],
  [0x9f, 'CONNACK DISCONNECT'],
  [0xa0, 'DISCONNECT'],
  [0xa1, 'SUBACK DISCONNECT'],
  [0xa2, 'SUBACK DISCONNECT'],
];

describe('reason codes', () => {
  it('[A24] stand in the packets that Table 2-6 names; of DISCONNECT the rows of both ends together', () => {
    const rowsOf = (packet: string): readonly number[] =>
      Object.entries(reasonCodes).flatMap(([row, codes]) =>
        row.replace(/_(CLIENT|SERVER)$/, '') === packet ? [...codes] : [],
      );
    for (const packet of [
      'CONNACK',
      'PUBACK',
      'PUBREC',
      'PUBREL',
      'PUBCOMP',
      'SUBACK',
      'UNSUBACK',
      'DISCONNECT',
      'AUTH',
    ]) {
      const wanted = table26.flatMap(([code, packets]) =>
        packets.split(' ').includes(packet) ? [code] : [],
      );
      expect([packet, [...new Set(rowsOf(packet))].sort((a, b) => a - b)]).toEqual([packet, wanted]);
    }
  });

  it('have a name each, and no name is of none', () => {
    const all = new Set<number>(
      Object.entries(reasonCodes).flatMap(([row, codes]) => (/\d$/.test(row) ? [] : [...codes])),
    );
    expect([...all].sort((a, b) => a - b)).toEqual(Object.keys(reasonCodeNames).map(Number));
  });

  it('[MQTT-3.9.3-2] of 3.1.1 are the return codes of CONNACK and SUBACK', () => {
    expect(reasonCodes.CONNACK3).toEqual([0, 1, 2, 3, 4, 5]);
    expect(reasonCodes.SUBACK4).toEqual([0, 1, 2, 0x80]);
    expect(reasonCodes.SUBACK3).toEqual([0, 1, 2]);
  });
});

/** The ids of the normative statements, of both specifications: the repository's own list. */
const statements = readFileSync(new URL('../../../tools/spec/statements.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'));

function existsIn(version: number, id: string): boolean {
  return statements.some(
    ([one, specification]) => one === id && specification === (version === 5 ? '5.0' : '3.1.1'),
  );
}

describe('statements', () => {
  it('of the vectors exist in the specification of their version, or are hostile cases', () => {
    const unknown = [...vectors, ...generatedVectors()].filter(
      ({ statement, version }) => !/^[A-L]\d\d$/.test(statement) && !existsIn(version, statement),
    );
    expect([...new Set(unknown.map(({ statement, version }) => `${statement} ${version}`))]).toEqual([]);
  });

  it('of errors exist in the specification of the version, for every invalid vector', () => {
    const unknown = new Set<string>();
    for (const vector of [...vectors, ...generatedVectors()]) {
      const decoder = decoderFor(vector);
      const { error } = read(decoder, [vector.bytes]);
      // Until CONNECT has said otherwise, a decoder speaks as 5.0.
      const version = decoder.version ?? 5;
      if (error !== undefined && !existsIn(version, error.statement))
        unknown.add(`${error.statement} ${version}`);
    }
    expect([...unknown]).toEqual([]);
  });

  it('of refusals to encode exist too', () => {
    const publish = {
      type: 'PUBLISH',
      topic: 'a',
      payload: new Uint8Array(0),
      qos: 0,
      dup: false,
      retain: false,
    };
    const illegal: readonly object[] = [
      { ...publish, topic: '+' },
      { ...publish, topic: '' },
      { ...publish, topic: 'a'.repeat(65_536) },
      { ...publish, qos: 1 },
      { ...publish, packetId: 1 },
      { ...publish, dup: true },
      { ...publish, qos: 3 },
      { type: 'SUBSCRIBE', packetId: 1, subscriptions: [] },
      { type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 'a#', qos: 0 }] },
      { type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 0, retainHandling: 3 }] },
      { type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: '$share/g', qos: 0 }] },
      { type: 'UNSUBSCRIBE', packetId: 1, topicFilters: [] },
      { type: 'SUBACK', packetId: 1, reasonCodes: [3] },
      { type: 'CONNECT', version: 4, clientId: '', cleanStart: false, keepAlive: 0 },
      { type: 'AUTH', reasonCode: 0x18 },
      {},
    ];
    for (const version of [3, 4, 5] as const) {
      for (const packet of illegal) {
        let refusal: unknown;
        try {
          encode(packet as Packet, version);
        } catch (error) {
          refusal = error;
        }
        if (refusal === undefined) continue; // `$share/g` is a plain filter before 5.0.
        expect(refusal).toBeInstanceOf(ProtocolError);
        if (refusal instanceof ProtocolError)
          expect([refusal.statement, existsIn(version, refusal.statement)]).toEqual([
            refusal.statement,
            true,
          ]);
      }
    }
  });
});
