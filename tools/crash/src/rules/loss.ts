/**
 * Rules 1, 2 and 7: nothing acknowledged is lost, nothing is invented, subscriptions stay as they were acknowledged.
 * A message without an acknowledgement may appear or not.
 */
import { covers, type Model, type Sent, type Session, type Subscribed } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

/** Whether the session owes itself to this message: subscribed before it was sent, for good, at QoS 1 or 2. */
function isOwed(session: Session, subscription: Subscribed, sent: Sent): boolean {
  const { granted, ending, qos, share } = subscription;
  return (
    share === undefined &&
    qos > 0 &&
    granted !== undefined &&
    granted < sent.first.n &&
    ending === undefined &&
    session.to === Number.POSITIVE_INFINITY &&
    covers(subscription, sent.first.topic)
  );
}

/** Messages that were acknowledged, at QoS 1 or 2. */
function* acknowledged(model: Model): Generator<Sent> {
  for (const sent of model.sent.values()) if (sent.acked !== undefined && sent.first.qos > 0) yield sent;
}

/** Rule 1. */
export const noLoss: Rule = (model) => {
  const findings: Finding[] = [];
  const kept = model.sessions
    .map((session) => ({ session, ids: new Set(session.deliveries.map(({ id }) => id)) }))
    .filter(({ session }) => session.to === Number.POSITIVE_INFINITY && session.subscriptions.length > 0);
  for (const sent of acknowledged(model)) {
    for (const { session, ids } of kept) {
      if (ids.has(sent.id) || !session.subscriptions.some((one) => isOwed(session, one, sent))) continue;
      const what = `${sent.id} (QoS ${sent.first.qos}, ${sent.first.topic}) was acknowledged at ${sent.acked} and never came to ${session.client}`;
      findings.push({ at: sent.first.n, what });
    }
  }
  return findings;
};

/** Rule 2. */
export const noInvention: Rule = (model) => {
  const findings: Finding[] = [];
  for (const { client, deliveries } of model.sessions) {
    for (const { n, id, topic, sum } of deliveries) {
      const sent = model.sent.get(id)?.first;
      const will = model.wills.get(id);
      if (sent === undefined && will === undefined)
        findings.push({ at: n, what: `${client} was given ${id}, which nobody published` });
      else if (topic !== (sent ?? will)?.topic)
        findings.push({ at: n, what: `${client} was given ${id} on ${topic}, not where it was published` });
      else if (sent !== undefined && sum !== sent.sum)
        findings.push({ at: n, what: `${client} was given ${id} with other bytes or properties` });
    }
  }
  return findings;
};

/** The index of the last restart: what was asked after it was asked of a broker that had lost its memory. */
function lastRestart({ events }: Model): number {
  return events.findLast(({ is }) => is === 'restart')?.n ?? 0;
}

/** Rule 7. */
export const subscriptions: Rule = (model) => {
  const since = lastRestart(model);
  return model.sessions.flatMap((session) => [
    ...resurrected(model, session),
    ...lost(model, session, since),
  ]);
};

/** Messages sent after UNSUBACK that still came. */
function* resurrected(model: Model, session: Session): Generator<Finding> {
  for (const { n, id, topic, retain, share } of session.deliveries.map((one) => ({
    ...one,
    share: undefined,
  }))) {
    const sent = model.sent.get(id);
    if (sent === undefined || retain || share !== undefined) continue;
    const covering = session.subscriptions.filter((one) => covers(one, topic) && one.asked < n);
    const isGone = ({ ended }: Subscribed): boolean => ended !== undefined && ended < sent.first.n;
    if (covering.length === 0)
      yield { at: n, what: `${session.client} was given ${id} without a subscription` };
    else if (covering.every(isGone))
      yield { at: n, what: `${session.client} was given ${id}, published after its subscription had ended` };
  }
}

/** Subscriptions to which nothing came any more after the last restart, though something was published. */
function* lost(model: Model, session: Session, since: number): Generator<Finding> {
  const ids = new Set(session.deliveries.map(({ id }) => id));
  for (const subscription of session.subscriptions) {
    const owed = [...acknowledged(model)].filter(
      (sent) => sent.first.n > since && isOwed(session, subscription, sent),
    );
    if (since === 0 || owed.length === 0 || owed.some(({ id }) => ids.has(id))) continue;
    const what = `${session.client} lost its subscription to ${subscription.filter}, granted at ${subscription.granted}`;
    yield { at: subscription.asked, what };
  }
}
