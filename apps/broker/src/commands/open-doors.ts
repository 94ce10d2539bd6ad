/**
 * Opens the listeners, and says in a person's words why one cannot be had. Knows nothing of what they let in.
 */
import { type Broker, BrokerError, type ListenOptions } from '@mqtt/broker';
import type { Door, OpenDoor } from '../compose.ts';
import { faultLine } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import { isLocal, type ListenerSettings } from '../config/settings.ts';

const PROTOCOLS: Readonly<Record<ListenerSettings['type'], string>> = {
  tcp: 'MQTT',
  tls: 'MQTT over TLS',
  ws: 'MQTT over WebSocket',
  wss: 'MQTT over secure WebSocket',
  unix: 'MQTT over a Unix socket',
};

const OPTIONS: Readonly<Partial<Record<ListenerSettings['type'], string>>> = {
  tcp: ' with -p PORT, or -p 0 for a free one',
  ws: ' with --ws-port PORT, --ws-port 0 for a free one, or --ws-port off',
};

function reasonOf(error: unknown): unknown {
  const { cause } = error instanceof BrokerError ? error : {};
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a person reads when a port is not to be had: which, why, and what to do. */
export function explain(error: unknown, { type, host, port, path }: ListenerSettings): string {
  const where = `${type === 'unix' ? path : `${host}:${port}`} (${PROTOCOLS[type]})`;
  const another = `choose another port${OPTIONS[type] ?? ' in the configuration'}`;
  switch (reasonOf(error)) {
    case 'EADDRINUSE':
      return `${where} is in use by another program; stop it, or ${another}`;
    case 'EACCES':
      if (type === 'unix') return `${where} may not be made there by this user`;
      return `${where} may not be opened by this user: ports below 1024 are for privileged programs; ${another}`;
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine; name one that is, or 0.0.0.0 for all`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where}: this machine finds no address for ${host}; name one, or 0.0.0.0 for all`;
    default:
      return `${where} cannot be opened: ${textOf(error)}`;
  }
}

/** Opens a listener; on machines without IPv6 everywhere is 0.0.0.0. */
export async function orWithoutIpv6<T>(
  options: ListenOptions,
  open: (options: ListenOptions) => Promise<T>,
): Promise<T> {
  try {
    return await open(options);
  } catch (error) {
    const isWithoutIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(String(reasonOf(error)));
    if (!isWithoutIpv6 || !('host' in options) || options.host !== '::') throw error;
    return await open({ ...options, host: '0.0.0.0' });
  }
}

/**
 * A socket that systemd opened is where systemd says; who may come in was decided for where the configuration says.
 * Returns what is wrong when the network can reach it and the configuration does not know.
 */
export function exposed({ options: { fd }, listener }: Door, url: string): string | undefined {
  if (fd === undefined || listener.type === 'unix') return undefined;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isLocal({ type: listener.type, host }) || !isLocal(listener)) return undefined;
  return `systemd opened ${host} for the listener ${listener.name}, which the network can reach, and its configuration says ${listener.host}: say host: "${host}" there, and who may come in`;
}

/** Opens the listeners in order and adds them to `opened`; returns what to tell the user when one cannot be had, and where it was said. */
export async function openDoors(
  broker: Broker,
  all: readonly Door[],
  opened: OpenDoor[],
  fault: Given['fault'],
): Promise<string | undefined> {
  const placed = (index: number, message: string): string => {
    const found = fault(['listeners', index], message);
    return found.where === '' ? message : faultLine(found);
  };
  for (const [index, door] of all.entries()) {
    try {
      const open = { door, opened: await orWithoutIpv6(door.options, (options) => broker.listen(options)) };
      opened.push(open);
      const problem = exposed(door, open.opened.url);
      if (problem !== undefined) return placed(index, problem);
    } catch (error) {
      return placed(index, explain(error, door.listener));
    }
  }
  return undefined;
}
