/**
 * Reads and writes the property list of any packet from the one table (§2.2.2). Which packet may carry which property
 * is the table's; the few rules that need two properties at once are the packets'.
 */
import type { Reader } from './reader.ts';
import * as rule from './rules.ts';
import { type Properties, type PropertyName, type PropertyOwner, properties } from './tables/properties.ts';
import type { Writer } from './writer.ts';

type Kind = (typeof properties)[PropertyName][1];
/** A property as one packet carries it. */
interface Row {
  readonly name: PropertyName;
  readonly id: number;
  readonly kind: Kind;
  /** How the kind lies on the wire: the method of Reader and Writer. */
  readonly wire: 'u8' | 'u16' | 'u32' | 'varint' | 'string' | 'binary';
  /** It may appear more than once, and its value is an array: its name is a plural. */
  readonly isList: boolean;
}
/** The properties of some packet; which may stand where is checked against the table. */
type PropertyBag = { readonly [N in PropertyName]?: unknown };
type Bag = { [name: string]: unknown };

/** Stands for every packet. */
const ANY = '*';

/** Identifier or name -> row. */
type Rows = { [key: string | number]: Row | undefined };

/** Packet -> its rows. */
const rowsOf: { readonly [owner: string]: Rows } = /* @__PURE__ */ (() => {
  const byOwner: { [owner: string]: Rows } = {};
  for (const [name, [id, kind, owners]] of Object.entries(properties)) {
    const isList = /(ie|er)s$/.test(name);
    const wire = kind
      .replace(/bit|flag/, 'u8')
      .replace('topic', 'string')
      .replace('+', '');
    const row = { name, id, kind, wire, isList } as Row;
    for (const owner of `${ANY} ${owners}`.split(' ')) {
      byOwner[owner] = { ...byOwner[owner], [id]: row, [name]: row };
    }
  }
  return byOwner;
})();

/** Reads Property Length and the properties behind it; undefined where there are none, as always before 5.0. */
export function readProperties<Owner extends PropertyOwner>(
  r: Reader,
  owner: Owner,
): Properties<Owner> | undefined {
  if (r.version < 5) return undefined;
  const at = r.pos;
  const length = r.varint();
  if (length === 0) return undefined;
  const { end } = r;
  r.end = r.pos + length;
  if (r.end > end) r.fail(rule.cutShort, at);
  const bag: Bag = {};
  const rows = rowsOf[owner] as Rows;
  while (r.pos < r.end) readProperty(r, bag, rows);
  r.end = end;
  return bag as Properties<Owner>;
}

function readProperty(r: Reader, bag: Bag, rows: Rows): void {
  const at = r.pos;
  const id = r.u8();
  const row = rows[id];
  if (row === undefined) {
    r.fail(rowsOf[ANY]?.[id] ? rule.misplacedProperty : rule.unknownProperty, at);
  }
  const { name } = row;
  const value = readValue(r, row, at);
  const earlier = bag[name];
  if (earlier === undefined) bag[name] = row.isList ? [value] : value;
  else if (row.isList) (earlier as unknown[]).push(value);
  else r.fail(rule.repeatedProperty, at);
}

function readValue(r: Reader, row: Row, at: number): unknown {
  const { kind, wire, isList } = row;
  if (kind === 'pair') return [r.string(), r.string()];
  if (isList && r.role === 'server') r.fail(rule.subscriptionIdentifier, at); // [MQTT-3.3.4-6]
  const value = wire === 'string' ? r.string() : r[wire]();
  const broken = brokenRule(row, value);
  if (broken) r.fail(broken, at);
  return kind === 'flag' ? value === 1 : value;
}

/** The rule that `value` breaks beyond what the wire can say. */
function brokenRule({ id, kind, wire }: Row, value: unknown): rule.Rule | undefined {
  if (kind === wire) return undefined;
  if (kind === 'topic' && (value === '' || /[+#]/.test(value as string))) return rule.responseTopic; // [MQTT-3.3.2-14]
  if ((kind === 'bit' || kind === 'flag') && value !== 0 && value !== 1) return rule.propertyValue;
  if (value === 0 && kind.endsWith('+')) return id === 0x23 ? rule.topicAlias0 : rule.propertyValue;
  return undefined;
}

/**
 * Writes Property Length and the properties, a 0 where there are none [MQTT-2.2.2-1]; before 5.0 nothing, and refuses
 * any.
 */
export function writeProperties(w: Writer, owner: PropertyOwner, bag: PropertyBag | undefined): void {
  if (w.version < 5) {
    if (bag) w.fail(rule.misplacedProperty);
    return;
  }
  const body = w.beginLength();
  const rows = rowsOf[owner] as Rows;
  for (const name in bag) {
    const value = (bag as Bag)[name];
    if (value === undefined) continue;
    const row = rows[name];
    if (!row) w.fail(rowsOf[ANY]?.[name] ? rule.misplacedProperty : rule.unknownProperty);
    // What has no values to go through is a TypeError, which `writePacket` refuses as any value of a wrong type.
    if (row.isList) for (const one of value as readonly unknown[]) writeValue(w, row, one);
    else writeValue(w, row, value);
  }
  w.end(body);
}

function writeValue(w: Writer, row: Row, value: unknown): void {
  const { id, kind, wire } = row;
  w.u8(id);
  if (kind === 'pair') {
    if (!Array.isArray(value) || value.length !== 2) w.fail(rule.typeOrRange);
    w.string(value[0]);
    w.string(value[1]);
    return;
  }
  const plain = kind === 'flag' ? [false, true].indexOf(value as boolean) : value;
  const broken = brokenRule(row, plain);
  if (broken) w.fail(broken);
  if (wire === 'string') w.string(plain as string);
  else w[wire](plain as never);
}
