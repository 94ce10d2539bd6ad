/**
 * Reads and writes the property list of any packet from the one table (§2.2.2). Which packet may carry which property
 * is the table's; the few rules that need two properties at once are the packets'.
 */
import type { Reader } from './reader.ts';
import { packetTypes } from './tables/packet-types.ts';
import { type Properties, type PropertyName, type PropertyOwner, properties } from './tables/properties.ts';
import type { Writer } from './writer.ts';

interface Row {
  readonly name: PropertyName;
  readonly id: number;
  readonly kind: (typeof properties)[PropertyName][1];
  /** A bit for each packet number that may carry it; bit 0 is the will. */
  readonly owners: number;
  /** It may appear more than once, and its value is an array. */
  readonly isList: boolean;
}
/** The properties of some packet; which may stand where is checked against the table. */
type PropertyBag = { readonly [N in PropertyName]?: unknown };
type Bag = { [name: string]: unknown };

const rows: ReadonlyMap<string, Row> = /* @__PURE__ */ (() =>
  new Map(
    Object.entries(properties).map(([name, [id, kind, packets]]) => {
      let owners = 0;
      for (const packet of packets.split(' ')) owners |= ownerBit(packet as PropertyOwner);
      const isList = name === 'userProperties' || name === 'subscriptionIdentifiers';
      return [name, { name, id, kind, owners, isList } as Row];
    }),
  ))();

/** The row of an identifier at twice its number; identifier 0x0B has a second one behind it. */
const rowsById: readonly (Row | undefined)[] = /* @__PURE__ */ (() => {
  const byId: Row[] = [];
  for (const row of rows.values()) byId[row.id * 2 + (byId[row.id * 2] ? 1 : 0)] = row;
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
  if (r.pos + length > packetEnd) r.fail('cut short', at);
  r.end = r.pos + length;
  const bag: Bag = {};
  const bit = ownerBit(owner);
  while (r.pos < r.end) readProperty(r, bag, bit);
  r.end = packetEnd;
  return bag as Properties<Owner>;
}

function readProperty(r: Reader, bag: Bag, bit: number): void {
  const at = r.pos;
  const index = r.u8() * 2;
  let row = rowsById[index];
  if (row === undefined) r.fail('unknown property', at);
  if ((row.owners & bit) === 0) {
    row = rowsById[index + 1];
    if (row === undefined || (row.owners & bit) === 0) r.fail('misplaced property', at);
  }
  const { name } = row;
  const value = readValue(r, row, at);
  const earlier = bag[name];
  if (!row.isList) {
    if (earlier !== undefined) r.fail('repeated property', at);
    bag[name] = value;
  } else if (earlier === undefined) bag[name] = [value];
  else (earlier as unknown[]).push(value);
}

function readValue(r: Reader, { kind, isList }: Row, at: number): unknown {
  if (kind === 'pair') return [r.string(), r.string()];
  if (kind === 'binary') return r.binary();
  if (kind === 'string') return r.string();
  if (kind === 'topic') {
    const topic = r.string();
    if (!isResponseTopic(topic)) r.fail('response topic', at); // [MQTT-3.3.2-14]
    return topic;
  }
  if (kind === 'bit' || kind === 'flag') {
    const value = r.u8();
    if (value > 1) r.fail('property not 0 or 1', at);
    return kind === 'bit' ? value : value === 1;
  }
  if (isList && r.role === 'server') r.fail('subscription identifier', at); // [MQTT-3.3.4-6]
  const value = kind === 'varint+' ? r.varint() : kind < 'u3' ? r.u16() : r.u32();
  if (value === 0 && kind.endsWith('+')) r.fail(r.bytes[at] === 0x23 ? 'topic alias 0' : 'property 0', at);
  return value;
}

function isResponseTopic(topic: string): boolean {
  return topic !== '' && !/[+#]/.test(topic);
}

/**
 * Writes Property Length and the properties, a 0 where there are none [MQTT-2.2.2-1]; before 5.0 nothing, and refuses
 * any.
 */
export function writeProperties(w: Writer, owner: PropertyOwner, bag: PropertyBag | undefined): void {
  if (w.version < 5) {
    if (bag) w.fail('misplaced property');
    return;
  }
  const body = w.beginLength();
  if (bag) {
    const bit = ownerBit(owner);
    for (const name in bag) {
      const value = (bag as Bag)[name];
      if (value === undefined) continue;
      const row = rows.get(name);
      if (row === undefined) w.fail('unknown property');
      if ((row.owners & bit) === 0) w.fail('misplaced property');
      if (!row.isList) writeValue(w, row, value);
      else if (Array.isArray(value)) for (const one of value) writeValue(w, row, one);
      else w.fail('type or range');
    }
  }
  w.end(body);
}

function writeValue(w: Writer, { id, kind }: Row, value: unknown): void {
  w.u8(id);
  if (kind === 'pair') {
    if (!Array.isArray(value) || value.length !== 2) w.fail('type or range');
    w.string(value[0]);
    w.string(value[1]);
  } else if (kind === 'binary') w.binary(value as Uint8Array);
  else if (kind === 'string' || kind === 'topic') {
    if (kind === 'topic' && !isResponseTopic(value as string)) w.fail('response topic');
    w.string(value as string);
  } else if (kind === 'bit' || kind === 'flag') {
    const bit = kind === 'bit' ? value : value === true ? 1 : value === false ? 0 : 2;
    if (bit !== 0 && bit !== 1) w.fail('property not 0 or 1');
    w.u8(bit);
  } else {
    if (value === 0 && kind.endsWith('+')) w.fail(id === 0x23 ? 'topic alias 0' : 'property 0');
    if (kind === 'varint+') w.varint(value as number);
    else if (kind < 'u3') w.u16(value as number);
    else w.u32(value as number);
  }
}
