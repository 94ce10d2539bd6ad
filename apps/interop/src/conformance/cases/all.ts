/** Every case for servers, in the order of the specification. */
import type { Case } from '../case.ts';
import { authCases } from './auth.ts';
import { clientIdCases } from './client-ids.ts';
import { connackCases } from './connack.ts';
import { connectCases } from './connect.ts';
import { deliveryCases } from './delivery.ts';
import { disconnectCases } from './disconnect.ts';
import { flowControlCases } from './flow-control.ts';
import { publishCases } from './publish.ts';
import { retainedCases } from './retained.ts';
import { sessionCases } from './sessions.ts';
import { sharedCases } from './shared-subscriptions.ts';
import { stringAndHeaderCases } from './strings-and-headers.ts';
import { subscribeCases } from './subscribe.ts';
import { topicCases } from './topics.ts';
import { webSocketCases } from './websocket.ts';
import { willCases } from './will.ts';

/** The table. */
export const allCases: readonly Case[] = [
  ...stringAndHeaderCases,
  ...connectCases,
  ...clientIdCases,
  ...connackCases,
  ...sessionCases,
  ...willCases,
  ...publishCases,
  ...retainedCases,
  ...deliveryCases,
  ...subscribeCases,
  ...disconnectCases,
  ...topicCases,
  ...sharedCases,
  ...flowControlCases,
  ...authCases,
  ...webSocketCases,
];
