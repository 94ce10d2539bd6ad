/** Which kind of round a load is played in. */

import { awayRound } from './away-round.ts';
import type { Running } from './brokers.ts';
import { connectsRound, idleRound } from './connection-round.ts';
import type { Load } from './loads.ts';
import type { Crews, Round } from './round.ts';
import { retainedRound, subscriptionsRound } from './stock-round.ts';
import { trafficRound } from './traffic-round.ts';

/** `messages` for each publisher; connections for the loads of connections. */
export function playRound(load: Load, broker: Running, crews: Crews, messages: number): Promise<Round> {
  switch (load.kind) {
    case 'traffic':
      return load.sessions === 'away'
        ? awayRound(load, broker, crews, messages)
        : trafficRound(load, broker, crews, messages);
    case 'idle':
      return idleRound(load, broker, crews);
    case 'connects':
      return connectsRound(load, broker, crews, messages);
    case 'subscriptions':
      return subscriptionsRound(load, broker, crews);
    case 'retained':
      return retainedRound(load, broker, crews);
  }
}
