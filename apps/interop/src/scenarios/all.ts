/**
 * Every scenario there is. A new file of scenarios is added here and plays in every pair.
 */
import { content } from './content.ts';
import { publisherWindow } from './flow-control.ts';
import { qualityOfService } from './quality-of-service.ts';
import { retained } from './retained.ts';
import type { Scenario } from './scenario.ts';
import { sessions } from './session.ts';
import { wills } from './will.ts';

/** In the order in which they are told. */
export const scenarios: readonly Scenario[] = [
  ...qualityOfService,
  ...publisherWindow,
  ...retained,
  ...wills,
  ...sessions,
  ...content,
];
