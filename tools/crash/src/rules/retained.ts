/**
 * Rule 6: who subscribes sees the value of the last acknowledged retained PUBLISH, or of a later one that nobody
 * acknowledged; never an older one, and never one that was deleted. Each topic has one publisher, one message at a time.
 */
import type { EventOf } from '../history/event.ts';
import type { Model, Sent } from '../history/model.ts';
import type { Finding, Rule } from './finding.ts';

/** What may be seen; undefined stands for nothing. */
function allowed(writes: readonly Sent[], from: number, until: number): Set<string | undefined> {
  const before = writes.findLastIndex(({ acked }) => acked !== undefined && acked < from);
  const later = writes.slice(Math.max(0, before)).filter(({ first }) => first.n < until);
  const values = new Set(later.map(({ id, first }) => (first.isEmpty ? undefined : id)));
  if (before < 0) values.add(undefined);
  return values;
}

function judge(look: EventOf<'looked'>, writes: readonly Sent[]): Finding[] {
  const values = allowed(writes, look.from, look.n);
  if (values.has(look.id)) return [];
  const may = [...values].map((value) => value ?? 'nothing').join(' or ');
  return [{ at: look.n, what: `${look.topic}: ${look.id ?? 'nothing'} is retained, it must be ${may}` }];
}

/** Rule 6. */
export const retained: Rule = (model: Model) => {
  const byTopic = new Map<string, Sent[]>();
  for (const sent of model.sent.values()) {
    if (!sent.first.retain) continue;
    const all = byTopic.get(sent.first.topic) ?? [];
    byTopic.set(sent.first.topic, all);
    all.push(sent);
  }
  return model.events.flatMap((event) =>
    event.is === 'looked' ? judge(event, byTopic.get(event.topic) ?? []) : [],
  );
};
