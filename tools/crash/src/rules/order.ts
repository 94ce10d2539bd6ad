/**
 * Rule 5: messages of one publisher on one topic and QoS come in the order in which they were sent [MQTT-4.6.0-6], and
 * what is sent again comes in that order as well [MQTT-4.4.0-1]. Shared subscriptions promise no order among members.
 */
import type { DeliverEvent, Event } from '../history/event.ts';
import { covers, type Model, type Session, type Subscribed } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

type Delivery = Event & DeliverEvent;

function isShared({ subscriptions }: Session, topic: string): boolean {
  return subscriptions.some((one) => one.share !== undefined && covers(one, topic));
}

/**
 * What its publisher sent again may have come for the first time before the subscription was there: before its SUBACK, or,
 * when the broker died before that came, at any time until it died.
 */
function isOlder(model: Model, { subscriptions }: Session, { id, topic, n }: Delivery): boolean {
  const sent = model.sent.get(id);
  if (sent === undefined || sent.sends.length === 1) return false;
  const granted = subscriptions.filter((one) => covers(one, topic)).map((one) => thereAt(model, one));
  return granted.some((at) => at < n && sent.first.n < at);
}

function thereAt({ crashes }: Model, { asked, granted }: Subscribed): number {
  return granted ?? crashes.find((at) => at > asked) ?? 0;
}

/** Where the sequence falls in a list that should grow. */
function falls(all: readonly Delivery[], model: Model, session: Session, kind: string): Finding[] {
  const findings: Finding[] = [];
  const highest = new Map<string, { readonly sequence: number; readonly id: string }>();
  for (const { n, id, topic, qos } of all) {
    const sent = model.sent.get(id);
    if (sent === undefined) continue;
    // A broker may hand a QoS 2 message on at PUBREL: only messages of one QoS are in order.
    const key = `${sent.publisher} ${topic} ${sent.first.qos} ${qos}`;
    const before = highest.get(key);
    if (before !== undefined && sent.sequence < before.sequence)
      findings.push({ at: n, what: `${session.client} was ${kind} ${before.id} before ${id} (${topic})` });
    else highest.set(key, { sequence: sent.sequence, id });
  }
  return findings;
}

/** Rule 5. */
export const order: Rule = (model) =>
  model.sessions.flatMap((session) => {
    const seen = new Set<string>();
    const firsts: Delivery[] = [];
    const again = new Map<number, Delivery[]>();
    for (const one of session.deliveries) {
      if (one.qos === 0 || one.retain || isShared(session, one.topic)) continue;
      if (!seen.has(one.id) && !isOlder(model, session, one)) firsts.push(one);
      seen.add(one.id);
      if (!one.dup || (model.sent.get(one.id)?.sends.length ?? 0) > 1) continue;
      const here = again.get(one.connection);
      if (here === undefined) again.set(one.connection, [one]);
      else here.push(one);
    }
    const resent = [...again.values()].flatMap((all) => falls(all, model, session, 'sent again'));
    return [...falls(firsts, model, session, 'given'), ...resent];
  });
