/**
 * Rule 11: of a shared subscription each message comes to one member, and none is lost while members come and go.
 * All members have sessions that are kept, so nothing is handed on because one ended.
 */
import type { Model, Sent, Session, Subscribed } from '../history/model.ts';
import { covers } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

interface Member {
  readonly session: Session;
  readonly subscription: Subscribed;
  readonly times: ReadonlyMap<string, number>;
}

function membersOf(model: Model): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const session of model.sessions) {
    if (session.to !== Number.POSITIVE_INFINITY) continue;
    const times = new Map<string, number>();
    for (const { id, isNew } of session.deliveries) times.set(id, (times.get(id) ?? 0) + (isNew ? 1 : 0));
    for (const subscription of session.subscriptions) {
      if (subscription.share === undefined || subscription.granted === undefined) continue;
      const members = groups.get(subscription.share) ?? [];
      groups.set(subscription.share, members);
      if (!members.some((one) => one.session === session)) members.push({ session, subscription, times });
    }
  }
  return groups;
}

function judge(share: string, members: readonly Member[], sent: Sent): Finding[] {
  const { id, first, acked, sends } = sent;
  const grown = members.every(({ subscription }) => (subscription.granted ?? 0) < first.n);
  const isCovered = members.some(({ subscription }) => covers(subscription, first.topic));
  if (first.qos === 0 || !grown || !isCovered) return [];
  const takers = members.filter(({ times }) => times.has(id));
  if (takers.length === 0)
    return acked === undefined
      ? []
      : [{ at: first.n, what: `${id} was acknowledged and came to no member of ${share}` }];
  const most = first.qos === 2 ? 1 : sends.length;
  if (takers.length <= most) return [];
  const who = takers.map(({ session }) => session.client).join(' and ');
  return [{ at: first.n, what: `${id} came to ${who}, all members of ${share}` }];
}

/** Rule 11. */
export const sharedGroups: Rule = (model) =>
  [...membersOf(model)].flatMap(([share, members]) =>
    [...model.sent.values()].flatMap((sent) => judge(share, members, sent)),
  );
