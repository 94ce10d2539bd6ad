/**
 * What a broker lost, in numbers rather than rules: sessions that were to go on and were gone, and what was acknowledged
 * for somebody and never came. A session that was lost takes with it what it was owed, which rule 1 leaves to rule 8.
 */
import type { Event } from '../history/event.ts';
import { covers, type Model, modelOf, type Session } from '../history/model.ts';

/** Counts over a history. */
export interface Toll {
  /** Reconnections to a session that was to be there, and was not, and those where it was. */
  readonly sessions: number;
  readonly resumed: number;
  /** Messages of QoS 1 and 2 that were acknowledged, times the plain subscriptions they never came to. */
  readonly deliveries: number;
}

/** Whether the session was gone though nobody had ended it. */
function isLost({ events }: Model, { to, client, connections }: Session): boolean {
  const end = Number.isFinite(to) ? events[to] : undefined;
  const last = connections.at(-1)?.connect;
  return end?.is === 'connack' && end.client === client && (last?.expiry ?? 0) > 0;
}

function owedAndGone(model: Model, session: Session): number {
  const ids = new Set(session.deliveries.map(({ id }) => id));
  let count = 0;
  for (const { id, first, acked } of model.sent.values()) {
    if (acked === undefined || first.qos === 0 || first.n > session.to || ids.has(id)) continue;
    const isOwed = session.subscriptions.some(
      (one) =>
        one.share === undefined &&
        (one.granted ?? first.n) < first.n &&
        one.ending === undefined &&
        covers(one, first.topic),
    );
    if (isOwed) count++;
  }
  return count;
}

/** What was lost. */
export function tollOf(events: readonly Event[]): Toll {
  const model = modelOf(events);
  const lost = model.sessions.filter((session) => isLost(model, session));
  const stay = model.sessions.filter(({ to }) => to === Number.POSITIVE_INFINITY);
  const resumed = events.filter((event) => event.is === 'connack' && event.isPresent).length;
  const deliveries = [...lost, ...stay].reduce((sum, session) => sum + owedAndGone(model, session), 0);
  return { sessions: lost.length, resumed, deliveries };
}
