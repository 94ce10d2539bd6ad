/**
 * Every scenario there is. A new file of scenarios is added here and plays in every pair.
 */
import { content } from './content.ts';
import { windows } from './flow-control.ts';
import { properties } from './properties.ts';
import { qualityOfService } from './quality-of-service.ts';
import { requests } from './request.ts';
import { restarts } from './restart.ts';
import { retained } from './retained.ts';
import type { Scenario } from './scenario.ts';
import { sessions } from './session.ts';
import { shared } from './shared-subscriptions.ts';
import { silence } from './silence.ts';
import { topics } from './topics.ts';
import { wills } from './will.ts';

/** In the order in which they are told. */
export const scenarios: readonly Scenario[] = [
  ...qualityOfService,
  ...windows,
  ...retained,
  ...wills,
  ...sessions,
  ...shared,
  ...topics,
  ...content,
  ...properties,
  ...requests,
  ...silence,
  ...restarts,
];
