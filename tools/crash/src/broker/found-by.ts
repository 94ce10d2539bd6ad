/** Which rule finds which planted fault: every rule of `src/rules` has one that it must find. */
import type { RuleName } from '../rules/index.ts';

/** Names of `mutants.mjs`, and the rule that is to be broken. */
export const FOUND_BY: readonly (readonly [mutant: string, rule: RuleName])[] = [
  ['forgets a message in ten', 'no loss'],
  ['changes a letter', 'no invention'],
  ['gives to two members', 'QoS 1 duplicates'],
  ['forgets held ids', 'QoS 2 exactly once'],
  ['turns deliveries round', 'order'],
  ['forgets that it was cleared', 'retained'],
  ['forgets that it was unsubscribed', 'subscriptions'],
  ['forgets a session in four', 'session present'],
  ['forgets what was sent', 'packet ids'],
  ['forgets wills', 'wills'],
  ['gives to two members', 'shared groups'],
  ['takes its time', 'bounded recovery'],
];
