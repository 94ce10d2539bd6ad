/**
 * Rules 3, 4 and 9: what comes twice. QoS 1 only after a reconnection or because it was sent twice, QoS 2 never, and no
 * packet id stands for two messages at a time.
 */
import type { DeliverEvent, Event } from '../history/event.ts';
import type { Model, Session } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

/** How often each key occurs. */
function counted<T>(all: Iterable<T>, keyOf: (one: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const before = found.get(key);
    if (before === undefined) found.set(key, [one]);
    else before.push(one);
  }
  return found;
}

/** How often a message may come by itself: once for each time it was sent, and a will once. */
function timesSent({ sent }: Model, id: string): number {
  return sent.get(id)?.sends.length ?? 1;
}

/** Deliveries of a subscription: what was retained when somebody subscribed is another matter. */
function live({ deliveries }: Session): (Event & DeliverEvent)[] {
  return deliveries.filter(({ retain }) => !retain);
}

/** Rule 3. */
export const qos1Duplicates: Rule = (model) =>
  model.sessions.flatMap((session) => {
    const findings: Finding[] = [];
    const all = live(session).filter(({ qos }) => qos === 1);
    for (const [id, same] of counted(all, (one) => one.id)) {
      const most = timesSent(model, id);
      const fresh = same.filter(({ dup }) => !dup);
      const at = same.at(-1)?.n ?? 0;
      if (fresh.length > most)
        findings.push({ at, what: `${id} came ${fresh.length} times to ${session.client} without DUP` });
      for (const [connection, here] of counted(same, (one) => String(one.connection))) {
        if (here.length <= most) continue;
        const what = `${id} came ${here.length} times to ${session.client} on its connection ${connection}`;
        findings.push({ at, what });
      }
    }
    return findings;
  });

/** Rule 4: both ends kept their state, so a message that is sent at QoS 2 and received at QoS 2 comes once. */
export const qos2ExactlyOnce: Rule = (model) =>
  model.sessions.flatMap((session) => {
    const all = live(session).filter(({ qos, isNew }) => qos === 2 && isNew);
    return [...counted(all, (one) => one.id)].flatMap(([id, same]) =>
      same.length < 2
        ? []
        : [{ at: same[1]?.n ?? 0, what: `${id} (QoS 2) came ${same.length} times to ${session.client}` }],
    );
  });

/** Rule 9. An id is open from its PUBLISH to the PUBACK or PUBCOMP that the client sent, over reconnections too. */
export const packetIds: Rule = ({ events }) => {
  const findings: Finding[] = [];
  const open = new Map<string, Map<number, string>>();
  for (const event of events) {
    if (event.is === 'connack' && !event.isPresent) open.delete(event.client);
    if (event.is === 'fault') findings.push({ at: event.n, what: `${event.client}: ${event.what}` });
    if (event.is === 'answered' && event.packet !== 'PUBREC') open.get(event.client)?.delete(event.packetId);
    if (event.is !== 'deliver' || event.qos === 0) continue;
    const { client, packetId, id, n } = event;
    const ids = open.get(client) ?? new Map<number, string>();
    open.set(client, ids);
    const before = ids.get(packetId);
    if (packetId === 0) findings.push({ at: n, what: `${client} was given packet id 0` });
    if (before !== undefined && before !== id)
      findings.push({ at: n, what: `${client}: packet id ${packetId} stands for ${before} and for ${id}` });
    ids.set(packetId, id);
  }
  return findings;
};
