/** UNSUBSCRIBE, both directions, all versions (§3.10). */
import type { NonEmpty, Unsubscribe } from '../packet.ts';
import { readProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import { checkTopicFilter } from '../topics.ts';
import type { Writer } from '../writer.ts';
import { writeEntries } from './entries.ts';

/** Reads an UNSUBSCRIBE; the form of each Topic Filter is the server's to judge. */
export function readUnsubscribe(r: Reader): Unsubscribe {
  const packetId = r.packetId();
  const properties = readProperties(r, 'UNSUBSCRIBE');
  if (r.pos === r.end) r.fail(rule.noUnsubscribeFilter); // [MQTT-3.10.3-2]
  const topicFilters: string[] = [];
  while (r.pos < r.end) topicFilters.push(r.string());
  return {
    type: 'UNSUBSCRIBE',
    packetId,
    topicFilters: topicFilters as readonly string[] as NonEmpty<string>,
    properties,
  } as Unsubscribe;
}

/** Writes a whole UNSUBSCRIBE. */
export function writeUnsubscribe(w: Writer, packet: Unsubscribe): void {
  const { topicFilters } = packet;
  // A single string has a length too, and its characters would each be a filter.
  if (!Array.isArray(topicFilters) || topicFilters.length === 0) w.fail(rule.noUnsubscribeFilter); // [MQTT-3.10.3-2]
  writeEntries(w, 0xa2, packet, topicFilters as readonly string[], (filter) => {
    checkTopicFilter(w, filter);
    w.string(filter);
  });
}
