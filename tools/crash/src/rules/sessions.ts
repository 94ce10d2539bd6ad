/**
 * Rules 8, 10 and 12: Session Present is what it must be, wills come once, a restart takes no longer than it may.
 */
import type { Event } from '../history/event.ts';
import { covers, type Model, type Sent, type Subscribed, type Will } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

type Known = 'none' | 'kept' | 'unknown';

/** Rule 8. A CONNECT that nobody answered may have begun or ended a session. */
export const sessionPresent: Rule = (model) => {
  const findings: Finding[] = [];
  const known = new Map<string, Known>();
  for (const [client, { connect, connack }] of model.connections) {
    const before = known.get(client) ?? 'none';
    const isKept = connect.expiry > 0;
    if (connack === undefined) {
      const hasNothing = before === 'none' && !isKept;
      const staysKept = before === 'kept' && isKept;
      known.set(client, hasNothing ? 'none' : staysKept ? 'kept' : 'unknown');
      continue;
    }
    if (connack.reasonCode !== 0) continue;
    const expected = connect.isClean ? 'none' : before;
    if (expected !== 'unknown' && connack.isPresent !== (expected === 'kept')) {
      const what = `${client}: session present is ${connack.isPresent}, it had ${expected === 'kept' ? 'one' : 'none'}`;
      findings.push({ at: connack.n, what });
    }
    known.set(client, isKept ? 'kept' : 'none');
  }
  return findings;
};

/**
 * Rule 10, with delays of 0: a will that was not taken back comes once. DISCONNECT has no answer, so it counts as
 * arrived when something kept that was sent after it was acknowledged before the next crash.
 */
export const wills: Rule = (model) => {
  const findings: Finding[] = [];
  for (const session of model.sessions) {
    if (session.to !== Number.POSITIVE_INFINITY) continue;
    const times = new Map<string, number>();
    for (const { id, isNew, retain } of session.deliveries)
      if (isNew && !retain) times.set(id, (times.get(id) ?? 0) + 1);
    for (const will of model.wills.values()) {
      const watching = session.subscriptions.find(
        (one) => covers(one, will.topic) && one.qos === 2 && one.ending === undefined,
      );
      if (watching?.granted === undefined || watching.granted > will.connection.connect.n) continue;
      const came = times.get(will.id) ?? 0;
      const wrong = misjudged(model, will, came);
      if (wrong !== undefined) findings.push({ at: will.connection.connect.n, what: `${will.id} ${wrong}` });
    }
  }
  return findings;
};

function misjudged(model: Model, will: Will, came: number): string | undefined {
  const { connack, disconnect, closed, connect } = will.connection;
  if (came > 1) return `came ${came} times`;
  if (came === 1) return isTakenBack(model, will) ? 'came, though its client had disconnected' : undefined;
  const isOwed = connack?.reasonCode === 0 && closed !== undefined && disconnect === undefined;
  if (!isOwed || will.delay > 0) return undefined;
  return `never came; its client (${connect.client}) was lost at ${closed}`;
}

function isTakenBack(model: Model, { connection: { connect, disconnect, closed } }: Will): boolean {
  if (disconnect === undefined || closed === undefined) return false;
  // DISCONNECT that was sent while the broker died went nowhere.
  if (model.crashes.some((at) => at > connect.n && at < closed)) return false;
  const crash = model.crashes.find((at) => at > closed) ?? Number.POSITIVE_INFINITY;
  if (crash === Number.POSITIVE_INFINITY) return true;
  for (const sent of model.sent.values())
    if (sent.first.n > closed && (sent.acked ?? crash) < crash && isKept(model, sent)) return true;
  return false;
}

/** Whether the broker had to keep something before it acknowledged this; what nobody waits for it may forget. */
function isKept({ sessions }: Model, { first }: Sent): boolean {
  const waits = ({ granted, qos }: Subscribed): boolean =>
    granted !== undefined && granted < first.n && qos > 0;
  return sessions.some(
    ({ to, subscriptions }) =>
      to === Number.POSITIVE_INFINITY && subscriptions.some((one) => waits(one) && covers(one, first.topic)),
  );
}

/** Rule 12. */
export const boundedRecovery: Rule = ({ events }) =>
  events.flatMap((event: Event) =>
    event.is === 'restart' && event.ms > event.mostMs
      ? [{ at: event.n, what: `the restart took ${Math.round(event.ms)} ms, more than ${event.mostMs}` }]
      : [],
  );
