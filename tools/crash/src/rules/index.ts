/** All rules, in one table: what each promises, and the function that judges a history by it. */
import type { Event } from '../history/event.ts';
import { modelOf } from '../history/model.ts';
import { packetIds, qos1Duplicates, qos2ExactlyOnce } from './duplicates.ts';
import type { Finding, Rule } from './finding.ts';
import { noInvention, noLoss, subscriptions } from './loss.ts';
import { order } from './order.ts';
import { retained } from './retained.ts';
import { boundedRecovery, sessionPresent, wills } from './sessions.ts';
import { sharedGroups } from './shared-groups.ts';

/** A rule's name. */
export type RuleName =
  | 'no loss'
  | 'no invention'
  | 'QoS 1 duplicates'
  | 'QoS 2 exactly once'
  | 'order'
  | 'retained'
  | 'subscriptions'
  | 'session present'
  | 'packet ids'
  | 'wills'
  | 'shared groups'
  | 'bounded recovery';

/** Name -> rule. */
export const RULES: Readonly<Record<RuleName, Rule>> = {
  'no loss': noLoss,
  'no invention': noInvention,
  'QoS 1 duplicates': qos1Duplicates,
  'QoS 2 exactly once': qos2ExactlyOnce,
  order,
  retained,
  subscriptions,
  'session present': sessionPresent,
  'packet ids': packetIds,
  wills,
  'shared groups': sharedGroups,
  'bounded recovery': boundedRecovery,
};

/** A finding, and the rule that it breaks. */
export interface Broken extends Finding {
  readonly rule: RuleName;
}

/** Judges a history by every rule. */
export function judge(events: readonly Event[]): Broken[] {
  const model = modelOf(events);
  return Object.entries(RULES).flatMap(([rule, isBroken]) =>
    isBroken(model).map((finding) => ({ ...finding, rule: rule as RuleName })),
  );
}
