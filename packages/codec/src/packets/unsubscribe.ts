/** UNSUBSCRIBE, both directions, all versions (§3.10). */
import type { Unsubscribe } from '../packet.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import { checkTopicFilter } from '../topics.ts';
import type { Writer } from '../writer.ts';
import { readEntries, writeEntries } from './entries.ts';

/** Reads an UNSUBSCRIBE; the form of each Topic Filter is the server's to judge. */
export function readUnsubscribe(r: Reader): Unsubscribe {
  const [packetId, properties, topicFilters] = readEntries(
    r,
    'UNSUBSCRIBE',
    rule.noUnsubscribeFilter,
    (reader) => reader.string(),
  );
  return { type: 'UNSUBSCRIBE', packetId, topicFilters, properties } as Unsubscribe;
}

/** Writes a whole UNSUBSCRIBE. */
export function writeUnsubscribe(w: Writer, packet: Unsubscribe): void {
  writeEntries(w, packet, packet.topicFilters, rule.noUnsubscribeFilter, writeFilter); // [MQTT-3.10.3-2]
}

function writeFilter(w: Writer, filter: string): void {
  checkTopicFilter(w, filter);
  w.string(filter);
}
