/**
 * What mqttd itself tells Prometheus beside its broker: its listeners, failed logins and reloads. Names only; whoever
 * counts is given.
 */
import type { OpenListener } from '@mqtt/broker';
import { type Family, gauge, type Sample } from './prometheus.ts';

/** How often configurations were read again. */
export interface Reloads {
  applied: number;
  refused: number;
}

/** What is told of logins; `Guard` counts it. */
export interface Logins {
  readonly failures: Readonly<Record<string, number>>;
  readonly bruteForce: { readonly refusing: number };
  /** Passwords that wait to be hashed. */
  readonly waiting: number;
}

/** What is told of a listener. */
export interface ListenerNumbers
  extends Pick<OpenListener, 'name' | 'connections' | 'bytesReceived' | 'bytesSent'> {
  /** Seconds since 1970; undefined without a certificate. */
  readonly certificateUntil?: number | undefined;
}

/** The families, now. `logins` is undefined where nobody is asked who they are. */
export function* ownFamilies(
  listeners: readonly ListenerNumbers[],
  logins: Logins | undefined,
  reloads: Reloads,
): Generator<Family> {
  yield gauge(
    'mqttd_listener_connections',
    'network connections of each listener, handshakes included',
    listeners.map(({ name, connections }) => ({ labels: { listener: name }, value: connections })),
  );
  const bytes = ({ name, bytesReceived, bytesSent }: (typeof listeners)[number]): readonly Sample[] => [
    { labels: { listener: name, direction: 'received' }, value: bytesReceived },
    { labels: { listener: name, direction: 'sent' }, value: bytesSent },
  ];
  yield {
    name: 'mqttd_listener_bytes_total',
    type: 'counter',
    help: 'bytes of each listener by direction, those of TLS and WebSocket not counted',
    samples: listeners.flatMap(bytes),
  };
  yield gauge(
    'mqttd_certificate_expiry_timestamp_seconds',
    'when the certificate of each listener is good no longer, since 1970',
    listeners.flatMap(({ name, certificateUntil: value }) =>
      value === undefined ? [] : [{ labels: { listener: name }, value }],
    ),
  );
  yield {
    name: 'mqttd_reloads_total',
    type: 'counter',
    help: 'times the configuration was read again, by what came of it',
    samples: Object.entries(reloads).map(([result, value]) => ({ labels: { result }, value })),
  };
  const { failures = {}, bruteForce, waiting = 0 } = logins ?? {};
  yield {
    name: 'mqttd_login_failures_total',
    type: 'counter',
    help: 'logins that failed: wrong, anonymous where that is not allowed, unknown to all, busy, refused unseen, banned',
    samples: Object.entries(failures).map(([reason, value]) => ({ labels: { reason }, value })),
  };
  const refusing = 'names and addresses that are refused for a while because they guessed';
  yield gauge('mqttd_logins_refusing', refusing, [{ value: bruteForce?.refusing ?? 0 }]);
  yield gauge('mqttd_passwords_waiting', 'passwords that wait to be hashed', [{ value: waiting }]);
}
