/**
 * Puts out whoever may stay no longer, there or away [C28]: the connection ends, its will is not published, and where
 * that is asked for the session ends with all that waits for it. Gives way to the event loop. Who that is decides the
 * caller; knows no reasons.
 */
import type { ReasonCodeOf } from '@mqtt/codec';
import type { Client } from './access/access.ts';
import { type Explanation, isTellable } from './access/refusal.ts';
import { disconnect } from './connection/disconnect.ts';
import type { Peer } from './connection/peer.ts';
import type { Rooms } from './connection/rooms.ts';
import { BrokerError } from './errors.ts';
import type { Session } from './session/session.ts';

/** How somebody is put out. */
export interface Expulsion extends Explanation {
  /** What a connected 5.0 client is told; default 0x98, Administrative action. 0x8A is CONNACK's alone (§3.14.2.1). */
  readonly reasonCode?: ReasonCodeOf<'DISCONNECT_SERVER'> | undefined;
  /** true: the session ends too, its subscriptions and what waits in it. Default: it is kept as for any lost connection. */
  readonly endsSession?: boolean | undefined;
}

/**
 * Says who is to go, and how; undefined: may stay. Asked once about each client that is connected, and once about each
 * session whose client is away, by whoever had it last.
 */
export type Judge = (client: Client, isConnected: boolean) => Expulsion | undefined;

/** How many were put out. */
export interface Expelled {
  /** Connections that were ended. */
  readonly connections: number;
  /** Sessions that were ended, of clients that were there or away. */
  readonly sessions: number;
}

/** Clients that are asked about in one turn of the event loop. */
const JUDGED_A_TURN = 1000;

/** Asks about everybody. `defer` runs what it is given in a later turn. @throws {BrokerError} INVALID_OPTION */
export async function expel(
  rooms: Rooms,
  peers: Iterable<Peer>,
  judge: Judge,
  defer: (run: () => void) => void,
): Promise<Expelled> {
  const { registry } = rooms;
  const expelled = { connections: 0, sessions: 0 };
  let judged = 0;
  const pause = async (): Promise<void> => {
    if (++judged % JUDGED_A_TURN === 0) await new Promise<void>((resolve) => defer(resolve));
  };
  for (const peer of [...peers]) {
    await pause();
    const { client, session } = peer;
    if (client === undefined || session === undefined || peer.phase === 'ended') continue;
    const expulsion = sound(judge(client, true));
    if (expulsion === undefined) continue;
    expelled.connections++;
    if (expulsion.endsSession === true) expelled.sessions++;
    putOut(peer, session, expulsion);
  }
  for (const session of [...registry]) {
    await pause();
    const { client, isOnline, clientId } = session;
    if (client === undefined || isOnline || registry.get(clientId) !== session) continue;
    const expulsion = sound(judge(client, false));
    if (expulsion === undefined) continue;
    rooms.schedule.dropWill(session);
    if (expulsion.endsSession !== true) continue;
    expelled.sessions++;
    rooms.metrics.sessionsExpelled++;
    rooms.schedule.endSession(session);
  }
  return expelled;
}

/** What it sent and nobody has decided on yet is refused too: `publish.ts` looks at `isExpelled`. */
function putOut(
  peer: Peer,
  session: Session,
  { reasonCode = 0x98, endsSession = false, ...details }: Expulsion,
): void {
  const { metrics } = peer.rooms;
  metrics.connectionsExpelled++;
  peer.isExpelled = true;
  peer.will = undefined;
  if (endsSession) {
    metrics.sessionsExpelled++;
    session.expiryInterval = 0;
  }
  disconnect(peer, reasonCode, undefined, details);
}

function sound(expulsion: Expulsion | undefined): Expulsion | undefined {
  if (expulsion === undefined) return undefined;
  const { reasonString, userProperties } = expulsion;
  if (isTellable('DISCONNECT', { reasonString, userProperties })) return expulsion;
  throw new BrokerError('INVALID_OPTION', 'expel: the texts of an expulsion cannot be sent as MQTT');
}
