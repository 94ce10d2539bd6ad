/**
 * What the admin listener shows of a running broker: its numbers, those of the process, logins that were refused, and
 * whether it takes clients. Puts the parts together; how each looks is theirs.
 */
import type { Broker } from '@mqtt/broker';
import type { Settings } from '../config/settings.ts';
import { type AdminListener, openAdmin } from './admin.ts';
import { families, type OwnCounter } from './families.ts';
import { exposition } from './prometheus.ts';
import { watchProcess } from './readings.ts';

/** Failed logins, as far as somebody watches them. */
export interface Logins {
  /** Logins refused without a look at their password. */
  readonly refused: number;
}

/** Opens the admin listener of a broker. `unready` says why it takes no clients, if so. Rejects with the system's error. */
export function openAdminPages(
  broker: Broker,
  { limits }: Settings,
  place: { readonly host: string; readonly port: number },
  logins: Logins | undefined,
  version: string,
  unready: () => string | undefined,
): Promise<AdminListener> {
  const readings = watchProcess();
  const own: readonly OwnCounter[] =
    logins === undefined
      ? []
      : [
          {
            name: 'mqttd_logins_refused_total',
            help: 'logins refused without a look at their password, after too many that failed',
            samples: () => [{ value: logins.refused }],
          },
        ];
  const metrics = (): string => exposition(families(broker, limits, readings(), own, version));
  return openAdmin(place.host, place.port, { metrics, unready });
}
