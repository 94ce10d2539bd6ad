/** Every case for clients, in the order of the specification. */
import type { ClientCase } from '../client-case.ts';
import { connectingCases } from './connecting.ts';
import { limitCases } from './limits.ts';
import { publishingCases, refusingCases } from './publishing.ts';
import { receivingCases } from './receiving.ts';
import { webSocketCases } from './websocket.ts';

/** The table. */
export const allClientCases: readonly ClientCase[] = [
  ...connectingCases,
  ...publishingCases,
  ...receivingCases,
  ...refusingCases,
  ...limitCases,
  ...webSocketCases,
];
