/**
 * What SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK share: a packet id, properties, then entries of one kind up to the
 * end of the packet (§3.8 to §3.11). Knows none of the entries.
 */
import type { NonEmpty, Packet } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import { packetTypes } from '../tables/packet-types.ts';
import type { Properties } from '../tables/properties.ts';
import type { Writer } from '../writer.ts';

type WithEntries = Extract<Packet, { type: `${string}SUB${string}` }>;
type Parts<Type extends WithEntries['type'], Entry> = [number, Properties<Type> | undefined, NonEmpty<Entry>];

/** Reads the whole of one of them, each entry with `read`; `whenNone` is the rule that it breaks without any, if it does. */
export function readEntries<Type extends WithEntries['type'], Entry>(
  r: Reader,
  type: Type,
  whenNone: rule.Rule | undefined,
  read: (r: Reader) => Entry,
): Parts<Type, Entry> {
  const packetId = r.packetId();
  const properties = readProperties(r, type);
  if (whenNone && r.pos === r.end) r.fail(whenNone);
  const entries: Entry[] = [];
  while (r.pos < r.end) entries.push(read(r));
  return [packetId, properties, entries as readonly Entry[] as NonEmpty<Entry>];
}

/** Writes a whole one of them. */
export function writeEntries<Entry>(
  w: Writer,
  { type, packetId, properties }: WithEntries,
  entries: readonly Entry[],
  whenNone: rule.Rule | undefined,
  write: (w: Writer, entry: Entry) => void,
): void {
  // A single string has a length too, and its characters would each be an entry.
  if (!Array.isArray(entries)) w.fail(rule.typeOrRange);
  if (whenNone && entries.length === 0) w.fail(whenNone);
  const [number, flags] = packetTypes[type];
  const body = w.begin((number << 4) | flags);
  w.packetId(packetId);
  writeProperties(w, type, properties);
  for (const entry of entries) write(w, entry);
  w.end(body);
}
