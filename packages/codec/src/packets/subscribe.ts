/**
 * SUBSCRIBE, both directions, all versions (§3.8). Reading leaves the form of each Topic Filter to the server, which
 * answers for each one in SUBACK; writing refuses an invalid one.
 */
import type { NonEmpty, QoS, Subscribe, Subscription } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import { checkTopicFilter, parseShare } from '../topics.ts';
import type { Writer } from '../writer.ts';

/** Reads a SUBSCRIBE. */
export function readSubscribe(r: Reader): Subscribe {
  const packetId = r.packetId();
  const properties = readProperties(r, 'SUBSCRIBE');
  if (r.pos === r.end) r.fail(rule.noSubscribeFilter); // [MQTT-3.8.3-2]
  const subscriptions: Subscription[] = [];
  while (r.pos < r.end) subscriptions.push(readSubscription(r));
  return {
    type: 'SUBSCRIBE',
    packetId,
    subscriptions: subscriptions as readonly Subscription[] as NonEmpty<Subscription>,
    properties,
  } as Subscribe;
}

function readSubscription(r: Reader): Subscription {
  const topicFilter = r.string();
  const at = r.pos;
  const options = r.u8();
  const qos = (options & 3) as QoS;
  if ((options & (r.version === 5 ? 0xc0 : 0xfc)) !== 0 || (qos as number) === 3)
    r.fail(rule.subscriptionOptions, at); // [MQTT-3.8.3-5]
  const retainHandling = (options >> 4) & 3;
  if (retainHandling === 3) r.fail(rule.retainHandling, at);
  const noLocal = (options & 4) !== 0;
  if (noLocal && parseShare(topicFilter) !== undefined) r.fail(rule.noLocalWhenShared, at); // [MQTT-3.8.3-4]
  return {
    topicFilter,
    qos,
    noLocal,
    retainAsPublished: (options & 8) !== 0,
    retainHandling,
  } as Subscription;
}

/** Writes a whole SUBSCRIBE. */
export function writeSubscribe(w: Writer, { packetId, subscriptions, properties }: Subscribe): void {
  if (!subscriptions?.length) w.fail(rule.noSubscribeFilter); // [MQTT-3.8.3-2]
  const body = w.begin(0x82);
  w.packetId(packetId);
  writeProperties(w, 'SUBSCRIBE', properties);
  for (const subscription of subscriptions as readonly Subscription[]) writeSubscription(w, subscription);
  w.end(body);
}

function writeSubscription(w: Writer, subscription: Subscription): void {
  const { topicFilter, qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = subscription;
  checkTopicFilter(w, topicFilter);
  if (qos !== 0 && qos !== 1 && qos !== 2) w.fail(rule.subscriptionOptions);
  if (retainHandling !== 0 && retainHandling !== 1 && retainHandling !== 2) w.fail(rule.retainHandling);
  if (w.version < 5 && (noLocal || retainAsPublished || retainHandling)) w.fail(rule.subscriptionOptions);
  if (noLocal && parseShare(topicFilter) !== undefined) w.fail(rule.noLocalWhenShared); // [MQTT-3.8.3-4]
  w.string(topicFilter);
  w.u8(qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4));
}
