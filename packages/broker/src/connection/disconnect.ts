/**
 * Every way a connection ends, and what becomes of its will: DISCONNECT, a lost network, silence, takeover, a broken
 * rule, the broker's own end. The will is dropped for DISCONNECT 0x00 alone [MQTT-3.14.4-3] [F28].
 */
import type { Disconnect, ReasonCode } from '@mqtt/codec';
import type { Explanation } from '../access/refusal.ts';
import { type Attempt, type Ending, tell } from '../hooks.ts';
import { type Peer, Violation } from './peer.ts';

/** How long the peer may take to close its side, in ms; then the link is cut. */
const LINGER = 5000;

/** What DISCONNECT and CONNACK may say beside their reason code. */
export interface Details extends Explanation {
  readonly serverReference?: string | undefined;
}

/** A DISCONNECT came (§3.14). */
export function receiveDisconnect(peer: Peer, packet: Disconnect): void {
  const { session } = peer;
  const interval = packet.properties?.sessionExpiryInterval;
  if (session !== undefined && interval !== undefined) {
    if (session.expiryInterval === 0 && interval !== 0) {
      throw new Violation(
        0x82,
        'MQTT-3.1.2-23',
        'a session that was to end with its connection may not outlive it',
      ); // §3.14.2.2.2
    }
    session.expiryInterval = Math.min(interval, peer.rooms.limits.maximumSessionExpiry);
  }
  const reasonCode = packet.reasonCode ?? 0;
  if (reasonCode === 0) peer.will = undefined; // [MQTT-3.14.4-3]; any other reason leaves it (§3.1.2.5)
  finish(peer, { reasonCode, byBroker: false });
  peer.outbox.end(); // [MQTT-3.14.4-2] is the client's to do; we wait no longer than LINGER
  linger(peer);
}

/** The broker ends the connection: DISCONNECT with the reason in 5.0, a plain close in 3.x (§4.13). */
export function disconnect(peer: Peer, reasonCode: ReasonCode, statement?: string, details?: Details): void {
  if (peer.phase === 'ended') return;
  if (peer.phase === 'connected' && peer.version === 5) {
    // [MQTT-3.14.0-1] only after CONNACK
    peer.send({ type: 'DISCONNECT', reasonCode, properties: details } as Disconnect);
  }
  finish(peer, { reasonCode, statement, byBroker: true, reasonString: details?.reasonString });
  peer.outbox.end();
  linger(peer);
}

/** The connection is over for the broker: its session is let go, its will decided. Sends nothing. */
export function finish(peer: Peer, ending: Ending): void {
  if (peer.phase === 'ended') return;
  const wasConnected = peer.phase === 'connected';
  peer.phase = 'ended';
  peer.stopTimers();
  peer.pending = undefined;
  peer.authentication = undefined;
  const { session, will, client, rooms } = peer;
  peer.session = undefined;
  peer.will = undefined;
  if (session !== undefined && session.attachment === peer) {
    session.detach();
    rooms.schedule.detached(session, will);
  }
  if (wasConnected && client !== undefined) {
    rooms.connectionsOf.remove(client.identity);
    tell(rooms.metrics, rooms.hooks.onDisconnect, client, ending);
  } else if (rooms.hooks.onRefuse !== undefined) {
    tell(rooms.metrics, rooms.hooks.onRefuse, peer.link.peer, ending, attemptOf(peer));
  }
}

function attemptOf({ link, version, caller }: Peer): Attempt {
  return {
    listener: link.origin?.listener,
    clientId: caller?.clientId,
    username: caller?.username,
    version: caller === undefined ? undefined : version,
  };
}

/** A peer that does not close its side keeps no socket of ours. */
export function linger(peer: Peer): void {
  peer.rooms.wheel.set(peer.timer, LINGER);
}
