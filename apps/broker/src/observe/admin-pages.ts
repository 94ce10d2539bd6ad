/**
 * What the admin listener shows of a running broker: its numbers, those of the process, logins that were refused, and
 * whether it takes clients. Puts the parts together; how each looks is theirs.
 */
import type { Broker, Limits } from '@mqtt/broker';
import type { AdminPages } from './admin.ts';
import { families } from './families.ts';
import { type ListenerNumbers, type Logins, ownFamilies, type Reloads } from './own.ts';
import { exposition } from './prometheus.ts';
import { watchProcess } from './readings.ts';

/** What is looked at. */
export interface Watched {
  readonly broker: Broker;
  /** Those in force. */
  readonly limits: () => Limits;
  readonly version: string;
  /** Those that are open by now. */
  readonly listeners: () => readonly ListenerNumbers[];
  /** Undefined as long as nobody is asked who he is. */
  readonly logins: () => Logins | undefined;
  readonly reloads: Reloads;
  /** Why it takes no clients, if so. */
  readonly unready: () => string | undefined;
}

/** What it shows of a broker. */
export function adminPages({
  broker,
  limits,
  version,
  listeners,
  logins,
  reloads,
  unready,
}: Watched): AdminPages {
  const readings = watchProcess();
  const metrics = (): string => {
    const own = ownFamilies(listeners(), logins(), reloads);
    return exposition(families(broker, limits(), readings(), own, version));
  };
  return { metrics, unready };
}
