/**
 * Reads and writes the property list of any packet from the one table (§2.2.2). Which packet may carry which property
 * is the table's; the few rules that need two properties at once are the packets'.
 */
import type { Reader } from './reader.ts';
import { packetTypes } from './tables/packet-types.ts';
import {
  type Properties,
  type PropertyName,
  type PropertyOwner,
  properties,
  type UserProperty,
} from './tables/properties.ts';
import type { Writer } from './writer.ts';

type Kind = (typeof properties)[PropertyName][1];
interface Row {
  readonly name: PropertyName;
  readonly id: number;
  readonly kind: Kind;
  /** A bit for each packet number that may carry it; bit 0 is the will. */
  readonly owners: number;
}
type Value = number | boolean | string | Uint8Array | readonly number[] | readonly UserProperty[];
/** The properties of some packet; which may stand where is checked against the table. */
type PropertyBag = { readonly [N in PropertyName]?: unknown };
type Bag = { [name: string]: Value | undefined };

const rows: ReadonlyMap<string, Row> = /* @__PURE__ */ (() =>
  new Map(
    (Object.keys(properties) as PropertyName[]).map((name) => {
      const [id, kind, packets] = properties[name];
      let owners = 0;
      for (const packet of packets.split(' ')) owners |= ownerBit(packet as PropertyOwner);
      return [name, { name, id, kind, owners }];
    }),
  ))();

/** Identifier -> its rows: two for 0x0B, which is one value in SUBSCRIBE and a list in PUBLISH. */
const rowsById: readonly (readonly Row[])[] = /* @__PURE__ */ (() => {
  const byId: Row[][] = [];
  for (let id = 0; id <= 0x2a; id++) byId.push([...rows.values()].filter((row) => row.id === id));
  return byId;
})();

function ownerBit(owner: PropertyOwner): number {
  return owner === 'WILL' ? 1 : 1 << packetTypes[owner][0];
}

/** Reads Property Length and the properties behind it; undefined where there are none, as always before 5.0. */
export function readProperties<Owner extends PropertyOwner>(
  r: Reader,
  owner: Owner,
): Properties<Owner> | undefined {
  if (r.version < 5) return undefined;
  const at = r.pos;
  const length = r.varint();
  if (length === 0) return undefined;
  const packetEnd = r.end;
  if (r.pos + length > packetEnd) r.fail('ends', at);
  r.end = r.pos + length;
  const bag: Bag = {};
  const bit = ownerBit(owner);
  while (r.pos < r.end) readProperty(r, bag, bit);
  r.end = packetEnd;
  return bag as Properties<Owner>;
}

function readProperty(r: Reader, bag: Bag, bit: number): void {
  const at = r.pos;
  const candidates = rowsById[r.u8()];
  let row = candidates?.[0];
  if (row !== undefined && (row.owners & bit) === 0) {
    row = candidates?.[1];
    if (row === undefined || (row.owners & bit) === 0) r.fail('misplaced', at);
  }
  if (row === undefined) r.fail('property', at);
  const { name, kind } = row;
  const earlier = bag[name];
  if (kind === 'pair') {
    const pair: UserProperty = [r.string(), r.string()];
    if (earlier === undefined) bag[name] = [pair];
    else (earlier as UserProperty[]).push(pair);
  } else if (name === 'subscriptionIdentifiers') {
    if (r.role === 'server') r.fail('subscriber', at); // [MQTT-3.3.4-6]
    const identifier = readValue(r, kind, at) as number;
    if (earlier === undefined) bag[name] = [identifier];
    else (earlier as number[]).push(identifier);
  } else {
    if (earlier !== undefined) r.fail('twice', at);
    bag[name] = readValue(r, kind, at);
  }
}

function readValue(r: Reader, kind: Exclude<Kind, 'pair'>, at: number): Value {
  switch (kind) {
    case 'string':
      return r.string();
    case 'topic': {
      const topic = r.string();
      if (!isResponseTopic(topic)) r.fail('response', at); // [MQTT-3.3.2-14]
      return topic;
    }
    case 'binary':
      return r.binary();
    case 'bit':
    case 'flag': {
      const value = r.u8();
      if (value > 1) r.fail('bit', at);
      return kind === 'bit' ? value : value === 1;
    }
    default: {
      const value = kind[0] === 'v' ? r.varint() : kind[1] === '1' ? r.u16() : r.u32();
      if (value === 0 && kind.endsWith('+')) r.fail(r.bytes[at] === 0x23 ? 'alias' : 'zero', at);
      return value;
    }
  }
}

function isResponseTopic(topic: string): boolean {
  return topic !== '' && !/[+#]/.test(topic);
}

/** Writes Property Length and the properties; a 0 where there are none [MQTT-2.2.2-1]; before 5.0 nothing, and refuses any. */
export function writeProperties(w: Writer, owner: PropertyOwner, bag: PropertyBag | undefined): void {
  if (w.version < 5) {
    if (bag) w.fail('misplaced');
    return;
  }
  const body = w.beginLength();
  if (bag) {
    const bit = ownerBit(owner);
    for (const name in bag) {
      const value = (bag as Bag)[name];
      if (value === undefined) continue;
      const row = rows.get(name);
      if (row === undefined) w.fail('property');
      if ((row.owners & bit) === 0) w.fail('misplaced');
      writeProperty(w, row, value);
    }
  }
  w.end(body);
}

function writeProperty(w: Writer, row: Row, value: Value): void {
  if (row.kind === 'pair' || row.name === 'subscriptionIdentifiers') {
    if (!Array.isArray(value)) w.fail('value');
    for (const one of value as readonly (UserProperty | number)[]) {
      w.u8(row.id);
      if (row.kind === 'pair') {
        if (!Array.isArray(one) || one.length !== 2) w.fail('value');
        w.string(one[0]);
        w.string(one[1]);
      } else writeValue(w, row, one as number);
    }
  } else {
    w.u8(row.id);
    writeValue(w, row, value);
  }
}

function writeValue(w: Writer, { id, kind }: Row, value: Value): void {
  switch (kind) {
    case 'string':
    case 'topic':
      if (kind === 'topic' && !isResponseTopic(value as string)) w.fail('response');
      w.string(value as string);
      break;
    case 'binary':
      w.binary(value as Uint8Array);
      break;
    case 'flag':
      if (typeof value !== 'boolean') w.fail('bit');
      w.u8(value ? 1 : 0);
      break;
    case 'bit':
      if (value !== 0 && value !== 1) w.fail('bit');
      w.u8(value);
      break;
    default:
      if (value === 0 && kind.endsWith('+')) w.fail(id === 0x23 ? 'alias' : 'zero');
      if (kind[0] === 'v') w.varint(value as number);
      else if (kind[1] === '1') w.u16(value as number);
      else w.u32(value as number);
  }
}
