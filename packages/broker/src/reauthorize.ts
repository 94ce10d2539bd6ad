/**
 * After a change of who may read what: every subscription is asked about again, and one that is no longer allowed ends,
 * whether its client is there or not [E06]. Deliveries are asked about one by one anyway; so nothing gets through while
 * this goes on, and it gives way to the event loop. Knows no packets.
 */
import { parseShare } from '@mqtt/codec';
import type { Rooms } from './connection/rooms.ts';
import { tell } from './hooks.ts';
import type { Session } from './session/session.ts';
import type { Subscription } from './subscriber.ts';

/** Subscriptions that are asked about in one turn of the event loop. */
const ASKED_A_TURN = 1000;

/** Asks about every subscription; resolves to how many ended. `defer` runs what it is given in a later turn. */
export async function reauthorize(rooms: Rooms, defer: (run: () => void) => void): Promise<number> {
  let ended = 0;
  let asked = 0;
  for (const session of [...rooms.registry]) {
    for (const subscription of [...session.subscriptions()]) {
      if (++asked % ASKED_A_TURN === 0) await new Promise<void>((resolve) => defer(resolve));
      if (!isHeld(rooms, session, subscription)) continue;
      const answer = mayKeep(rooms, session, subscription);
      const isAllowed = typeof answer === 'boolean' ? answer : await answer;
      // While a hook thought it may have ended, or become another one that was asked about by itself.
      if (isAllowed || !isHeld(rooms, session, subscription)) continue;
      end(rooms, session, subscription);
      ended++;
    }
  }
  return ended;
}

function isHeld({ registry }: Rooms, session: Session, subscription: Subscription): boolean {
  return (
    registry.get(session.clientId) === session &&
    session.subscriptionTo(subscription.topicFilter) === subscription
  );
}

function mayKeep(
  { door }: Rooms,
  { client }: Session,
  { topicFilter, qos }: Subscription,
): boolean | Promise<boolean> {
  if (client === undefined) return false;
  return door.subscribe(client, parseShare(topicFilter)?.topicFilter ?? topicFilter, qos);
}

/** As an UNSUBSCRIBE would; no packet tells a client of it. */
function end({ router, metrics, hooks }: Rooms, session: Session, { topicFilter }: Subscription): void {
  session.unsubscribed(topicFilter);
  session.record?.unsubscribed(topicFilter);
  session.endReplay(topicFilter);
  router.unsubscribe(topicFilter, session);
  metrics.subscriptionsRevoked++;
  if (session.client !== undefined) tell(metrics, hooks.onUnsubscribe, session.client, topicFilter);
}
