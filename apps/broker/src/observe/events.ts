/**
 * What of a broker's life is worth a line in the log: who came, who was refused and why, who left and why, and with
 * `-v` each packet. What peers say stands in fields only.
 */
import { type Attempt, type Broker, BrokerError, type Client, type Ending, type Hooks } from '@mqtt/broker';
import { reasonCodeNames } from '@mqtt/codec';
import type { Logger } from 'pino';
import { packetWords } from './packet-words.ts';
import { Sparing } from './sparing.ts';

const VERSIONS = { 3: '3.1', 4: '3.1.1', 5: '5.0' } as const;
const NAMES: Readonly<Record<number, string>> = reasonCodeNames;
const FIRST_ERROR = 0x80;
/** The network failed or the peer just left; every port scan ends so. */
const UNSPECIFIED = 0x80;

function who(client: Client): object {
  const { clientId, username, identity, version, peer, listener } = client;
  const user = { username, ...(identity === (username ?? '') ? {} : { identity }) };
  return { clientId, ...user, peer, version: VERSIONS[version], listener };
}

function whoever(attempt: Attempt | undefined): object {
  if (attempt === undefined) return {};
  const { clientId, username, listener, version, trouble } = attempt;
  return {
    clientId,
    username,
    listener,
    trouble,
    ...(version === undefined ? {} : { version: VERSIONS[version] }),
  };
}

function why(ending: Ending, trouble?: string): object {
  const { reasonCode, statement, byBroker, reasonString: because } = ending;
  const name = reasonCode === 0 ? 'Normal disconnection' : NAMES[reasonCode];
  const lost = reasonCode === UNSPECIFIED && !byBroker ? 'Connection lost' : name;
  const reason = trouble === undefined ? lost : 'TLS handshake failed';
  return { reasonCode, reason, statement, because, endedBy: byBroker ? 'broker' : 'client' };
}

/** Which events are worth a line; it may change while mqttd runs. */
export interface Worth {
  /** Who came, who was refused, who left. */
  connections: boolean;
}

function connectionHooks(log: Logger, worth: Worth, now: () => number): Hooks {
  const strangers = new Sparing(now, (lines) =>
    log.warn({ lines }, 'lines on connections that ended before a session began were left out'),
  );
  return {
    onConnect: (client, sessionPresent) => {
      if (worth.connections) log.info({ ...who(client), sessionPresent }, 'client connected');
    },
    onDisconnect: (client, ending) => {
      if (!worth.connections) return;
      const isFault = ending.byBroker && ending.reasonCode >= FIRST_ERROR;
      log[isFault ? 'warn' : 'info']({ ...who(client), ...why(ending) }, 'client disconnected');
    },
    onRefuse: (peer, ending, attempt) => {
      if (!worth.connections || !strangers.allows(peer)) return;
      const isFault = ending.byBroker && ending.reasonCode >= FIRST_ERROR;
      const fields = { ...whoever(attempt), peer, ...why(ending, attempt?.trouble) };
      log[isFault ? 'warn' : 'info'](fields, 'connection ended before a session began');
    },
  };
}

const LEVELS = [
  'no longer overloaded',
  'overloaded: publishers are read in turn',
  'overloaded: publishers are read in turn, CONNECT is refused',
  'overloaded: publishers are read in turn, CONNECT is refused, QoS 0 is dropped',
] as const;

/** One line for each change of the level, with what made it. */
function overloadHooks(log: Logger): Hooks {
  return {
    onOverload: (overload, { delay, heapUsed, heapLimit }, reached) => {
      const heap = `${Math.round((heapUsed * 100) / heapLimit)} %`;
      const fields = { overload, reached, eventLoopDelay: Math.round(delay), heap };
      log[overload === 0 ? 'info' : 'warn'](fields, LEVELS[overload]);
    },
  };
}

/** Hooks that write to `log`; `now` in ms. */
export function loggingHooks(log: Logger, worth: Worth, now: () => number): Hooks {
  return {
    ...connectionHooks(log, worth, now),
    ...overloadHooks(log),
    onHookFailed: (err) => {
      const isOurs = err instanceof BrokerError && err.cause === undefined;
      const fields = isOurs ? { why: err.message } : { err };
      log.warn(fields, 'a question about access had no usable answer: it was taken for a no');
    },
    onError: (err) => log.error({ err }, 'a fault inside the broker ended one connection: please report it'),
  };
}

/** What turns lines for each packet on and off. */
export function packetLines(broker: Pick<Broker, 'on'>, log: Logger): (isWanted: boolean) => void {
  let stop: (() => void) | undefined;
  return (isWanted) => {
    if (isWanted === (stop !== undefined)) return;
    stop?.();
    stop = isWanted
      ? broker.on('packet', ({ peer, clientId }, direction, packet) =>
          log.debug({ packet: packet.type, clientId, peer, ...packetWords(packet) }, direction),
        )
      : undefined;
  };
}
