/**
 * SUBSCRIBE, both directions, all versions (§3.8). Reading leaves the form of each Topic Filter to the server, which
 * answers for each one in SUBACK; writing refuses an invalid one.
 */
import type { QoS, Subscribe, Subscription } from '../packet.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import { checkTopicFilter, parseShare } from '../topics.ts';
import type { Writer } from '../writer.ts';
import { readEntries, writeEntries } from './entries.ts';

/** Reads a SUBSCRIBE. */
export function readSubscribe(r: Reader): Subscribe {
  const [packetId, properties, subscriptions] = readEntries(
    r,
    'SUBSCRIBE',
    rule.noSubscribeFilter,
    readSubscription,
  );
  return { type: 'SUBSCRIBE', packetId, subscriptions, properties } as Subscribe;
}

function readSubscription(r: Reader): Subscription {
  const topicFilter = r.string();
  const options = r.u8();
  checkOptions(r, topicFilter, options);
  return {
    topicFilter,
    qos: (options & 3) as QoS,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: options >> 4,
  } as Subscription;
}

/** Refuses Subscription Options that were read, or are about to be written (§3.8.3.1). */
function checkOptions(rw: Reader | Writer, topicFilter: string, options: number): void {
  const at = rw.pos - 1;
  if ((options & (rw.version === 5 ? 0xc0 : 0xfc)) !== 0 || (options & 3) === 3)
    rw.fail(rule.subscriptionOptions, at); // [MQTT-3.8.3-5]
  if ((options & 0x30) === 0x30) rw.fail(rule.retainHandling, at);
  if ((options & 4) !== 0 && parseShare(topicFilter) !== undefined) rw.fail(rule.noLocalWhenShared, at); // [MQTT-3.8.3-4]
}

/** Writes a whole SUBSCRIBE. */
export function writeSubscribe(w: Writer, packet: Subscribe): void {
  writeEntries(w, packet, packet.subscriptions, rule.noSubscribeFilter, writeSubscription); // [MQTT-3.8.3-2]
}

function writeSubscription(w: Writer, subscription: Subscription): void {
  const { topicFilter, qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = subscription;
  checkTopicFilter(w, topicFilter);
  if ((qos & 3) !== qos) w.fail(rule.subscriptionOptions);
  if ((retainHandling & 3) !== retainHandling) w.fail(rule.retainHandling);
  const options = qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
  checkOptions(w, topicFilter, options);
  w.string(topicFilter);
  w.u8(options);
}
