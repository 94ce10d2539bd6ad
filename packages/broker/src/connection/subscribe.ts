/**
 * SUBSCRIBE and UNSUBSCRIBE: each filter on its own, one answer for all (§3.8, §3.10), then the retained messages.
 * Which messages match later is the router's business.
 */
import {
  isTopicFilter,
  type Packet,
  parseShare,
  type QoS,
  type ReasonCodeOf,
  type Subscribe,
  type Unsubscribe,
  type Subscription as Wanted,
} from '@mqtt/codec';
import { tell } from '../hooks.ts';
import { Replay, type Topics } from '../session/replay.ts';
import type { Session } from '../session/session.ts';
import type { Ticket } from '../store/store.ts';
import type { Subscription } from '../subscriber.ts';
import { acknowledge, mark } from './acknowledgements.ts';
import { mountedFilter } from './mount.ts';
import { type Peer, Violation } from './peer.ts';
import { unservedFilter } from './served.ts';
import { isWithinLimits } from './topics.ts';
import { areUserPropertiesWithin, type WithUserProperties } from './user-properties.ts';

type Code = ReasonCodeOf<'SUBACK'>;

/** A SUBSCRIBE came. */
export function receiveSubscribe(peer: Peer, packet: Subscribe): void {
  const { session } = peer;
  if (session === undefined) return;
  const { properties } = packet;
  checkUserProperties(peer, properties);
  refuseUnanswerable(peer, packet.subscriptions.length);
  for (const { topicFilter, noLocal } of packet.subscriptions) {
    if (noLocal && topicFilter.startsWith('$share/')) {
      throw new Violation(0x82, 'MQTT-3.8.3-4', 'No Local on a shared subscription');
    }
  }
  refuseUnserved(peer, packet);
  const since = mark(peer.rooms);
  const codes: Code[] = [];
  const retained: (() => void)[] = [];
  const take = (wanted: Wanted, code: Code): void => {
    codes.push(code);
    if (code > 2) return;
    const granted = { ...wanted, qos: code as QoS };
    retained.push(...grant(peer, session, granted, properties?.subscriptionIdentifier));
  };
  // A loop, because a packet may hold thousands of filters; it goes on where a hook's promise stopped it.
  const decideFrom = (first: number): void => {
    for (let index = first; index < packet.subscriptions.length; index++) {
      const asked = packet.subscriptions[index];
      if (asked === undefined) continue;
      const wanted = mounted(peer, asked);
      const code = decide(peer, session, wanted);
      if (typeof code !== 'number') {
        peer.after(code, (later) => {
          take(wanted, later);
          decideFrom(index + 1);
        });
        return;
      }
      take(wanted, code);
    }
    answer(peer, packet.packetId, codes, since);
    for (const send of retained) send();
  };
  decideFrom(0);
}

/** An UNSUBSCRIBE came; its filters are compared character by character [MQTT-3.10.4-1]. */
export function receiveUnsubscribe(peer: Peer, packet: Unsubscribe): void {
  const { session, rooms } = peer;
  if (session === undefined) return;
  checkUserProperties(peer, packet.properties);
  refuseUnanswerable(peer, packet.topicFilters.length);
  const since = mark(rooms);
  const reasonCodes = packet.topicFilters.map((own): ReasonCodeOf<'UNSUBACK'> => {
    if (!isTopicFilter(own)) return 0x8f;
    const topicFilter = mountedFilter(rooms.mountPoint, own);
    if (!session.unsubscribed(topicFilter)) return 0x11;
    session.record?.unsubscribed(topicFilter);
    session.endReplay(topicFilter);
    rooms.router.unsubscribe(topicFilter, session);
    if (peer.client !== undefined) tell(rooms.metrics, rooms.hooks.onUnsubscribe, peer.client, topicFilter);
    return 0x00;
  });
  const { packetId } = packet;
  acknowledge(
    peer,
    peer.version === 5 ? { type: 'UNSUBACK', packetId, reasonCodes } : { type: 'UNSUBACK', packetId },
    since,
  );
}

function checkUserProperties(peer: Peer, properties: WithUserProperties | undefined): void {
  const { limits, metrics } = peer.rooms;
  if (areUserPropertiesWithin(properties?.userProperties, limits)) return;
  metrics.userPropertiesRefused++;
  throw new Violation(0x97, 'MQTT-4.13.1-1', 'too many user properties');
}

/**
 * SUBACK and UNSUBACK have a code for each filter, and a packet that the client does not take must not be sent
 * [MQTT-3.1.2-24]: rather than subscribe and leave it waiting for an answer, it is told why (§3.14.2.1).
 */
function refuseUnanswerable({ maximumPacketSize }: Peer, filters: number): void {
  const remaining = 2 + 1 + filters; // packet id, no properties
  const length = 1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3) + remaining;
  if (length > maximumPacketSize)
    throw new Violation(0x95, 'MQTT-3.1.2-24', `the answer would have ${length} bytes, more than your limit`);
}

/** 5.0 was told in CONNACK what is not served: to ask for it is a Protocol Error (§3.2.2.3.11 to §3.2.2.3.13). */
function refuseUnserved({ rooms, version }: Peer, { properties, subscriptions }: Subscribe): void {
  if (version < 5) return;
  if (!rooms.features.subscriptionIdentifiersAvailable && properties?.subscriptionIdentifier !== undefined)
    throw new Violation(0xa1, 'MQTT-4.13.1-1', 'a subscription identifier, which CONNACK excluded');
  for (const { topicFilter } of subscriptions) {
    const unserved = unservedFilter(rooms.features, topicFilter);
    if (unserved !== 0)
      throw new Violation(unserved, 'MQTT-4.13.1-1', 'a kind of subscription that CONNACK excluded');
  }
}

/** A subscription with its whole filter. */
function mounted({ rooms }: Peer, wanted: Wanted): Wanted {
  if (rooms.mountPoint === '') return wanted;
  return { ...wanted, topicFilter: mountedFilter(rooms.mountPoint, wanted.topicFilter) };
}

/** The reason code for one filter: the granted QoS, or why not. */
function decide(peer: Peer, session: Session, wanted: Wanted): Code | Promise<Code> {
  const { limits, features, metrics, door, router, keeping } = peer.rooms;
  const { topicFilter } = wanted;
  const qos = Math.min(wanted.qos, features.maximumQoS) as QoS; // every QoS may be asked for [MQTT-3.2.2-10]
  if (!isTopicFilter(topicFilter)) return 0x8f; // [MQTT-4.7.1-1] [MQTT-4.8.2-1]; `$share` means the same in 3.x
  const unserved = unservedFilter(features, topicFilter);
  if (unserved !== 0) return unserved; // only 3.x gets so far
  if (!isWithinLimits(topicFilter, limits)) {
    metrics.topicsRefused++;
    return 0x8f;
  }
  const isFull =
    session.subscriptionCount >= limits.maximumSubscriptions ||
    router.subscriptionCount >= limits.maximumTotalSubscriptions;
  if (isFull && !session.isSubscribed(topicFilter)) {
    metrics.subscriptionsRefused++;
    return 0x97;
  }
  if (session.isKept && keeping?.isFull) {
    metrics.storeRefused++;
    return 0x97;
  }
  if (peer.client === undefined) return 0x80;
  const allowed = door.subscribe(peer.client, parseShare(topicFilter)?.topicFilter ?? topicFilter, qos);
  if (typeof allowed === 'boolean') return allowed ? qos : 0x87;
  return allowed.then((isAllowed): Code => (isAllowed ? qos : 0x87));
}

/** Makes or replaces the subscription; returns what sends its retained messages, once SUBACK is on its way. */
function grant(peer: Peer, session: Session, wanted: Wanted, identifier: number | undefined): (() => void)[] {
  const { router, metrics, hooks } = peer.rooms;
  const { topicFilter, qos } = wanted;
  const isNew = !session.isSubscribed(topicFilter);
  const subscription: Subscription = {
    subscriber: session,
    topicFilter,
    qos,
    noLocal: wanted.noLocal ?? false,
    retainAsPublished: wanted.retainAsPublished ?? false,
    identifiers: identifier === undefined ? undefined : [identifier],
  };
  session.subscribed(subscription);
  session.record?.subscribed(subscription);
  router.subscribe(subscription);
  if (peer.client !== undefined) tell(metrics, hooks.onSubscribe, peer.client, topicFilter, qos);
  const handling = wanted.retainHandling ?? 0;
  const isWanted = handling === 0 || (handling === 1 && isNew); // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]
  if (!isWanted || topicFilter.startsWith('$share/')) return []; // §4.8.2: a shared subscription gets none
  return [() => session.replay(replayOf(peer, subscription))];
}

/** The retained messages for a new subscription, each with RETAIN 1 (3.1.1 [MQTT-3.3.1-8]). */
function replayOf(peer: Peer, subscription: Subscription): Replay {
  const { router, wheel } = peer.rooms;
  const find = (): Topics => router.retained.search(subscription.topicFilter, () => wheel.now);
  return new Replay(find, subscription, (topic) => router.retained.get(topic, wheel.now));
}

function answer(peer: Peer, packetId: number, codes: readonly Code[], since: Ticket): void {
  const packet: Packet =
    peer.version === 5
      ? { type: 'SUBACK', packetId, reasonCodes: codes }
      : ({
          type: 'SUBACK',
          packetId,
          reasonCodes: codes.map((code) => refusalOfThree(peer, code)),
        } as Packet);
  acknowledge(peer, packet, since);
}

/** 3.1.1 has one failure code; 3.1 has none, and an unlike QoS is all it can say: 0. */
function refusalOfThree(peer: Peer, code: Code): number {
  if (code <= 2) return code;
  return peer.version === 4 ? 0x80 : 0;
}
