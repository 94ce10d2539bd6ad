/**
 * What SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK share: a packet id, properties, then entries of one kind up to the
 * end of the packet (§3.8 to §3.11). Knows none of the entries.
 */
import type { Suback, Subscribe, Unsuback, Unsubscribe } from '../packet.ts';
import { writeProperties } from '../properties.ts';
import type { Writer } from '../writer.ts';

/** Writes a whole one of them; `header` is the first byte, `write` writes an entry. */
export function writeEntries<Entry>(
  w: Writer,
  header: number,
  { type, packetId, properties }: Subscribe | Suback | Unsubscribe | Unsuback,
  entries: readonly Entry[],
  write: (entry: Entry) => void,
): void {
  const body = w.begin(header);
  w.packetId(packetId);
  writeProperties(w, type, properties);
  for (const entry of entries) write(entry);
  w.end(body);
}
