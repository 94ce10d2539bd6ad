/**
 * AUTH: an exchange that CONNECT begins, and one that a connected client begins anew (§4.12, §4.12.1). Whose turn it
 * is, what both ends must keep to, how much one exchange may take. What the data means only the method knows.
 */
import type { Auth, Properties, ReasonCodeOf } from '@mqtt/codec';
import type { Acceptance, Credentials, ExchangeStep } from '../access/access.ts';
import type { Refusal } from '../access/refusal.ts';
import { disconnect } from './disconnect.ts';
import { type Authentication, type Outcome, type Peer, Violation } from './peer.ts';
import { areUserPropertiesWithin } from './user-properties.ts';

/** 5.0 has these for CONNACK alone; a connected client is told the nearest that DISCONNECT has (§3.14.2.1). */
const CONNACK_ONLY: ReadonlyMap<number, ReasonCodeOf<'DISCONNECT_SERVER'>> = new Map([
  [0x85, 0x87],
  [0x86, 0x87],
  [0x88, 0x89],
  [0x8a, 0x87],
  [0x8c, 0x87],
]);

/** CONNECT named a method: the exchange begins. `settle` is told how it ends, and answers CONNECT. */
export function beginAuthentication(
  peer: Peer,
  credentials: Credentials,
  { authenticationMethod = '', authenticationData }: Properties<'CONNECT'>,
  settle: (outcome: Outcome) => void,
): void {
  const { door, random } = peer.rooms;
  const exchange = door.exchange(authenticationMethod, { credentials, client: undefined, random });
  if (exchange === undefined) {
    settle({ reasonCode: 0x8c }); // [MQTT-4.12.0-1]
    return;
  }
  // A password is not kept for as long as the client stays.
  const kept = { ...credentials, password: undefined };
  const authentication = {
    method: authenticationMethod,
    credentials: kept,
    exchange,
    isAsked: false,
    rounds: 0,
    bytes: 0,
    settle,
  };
  peer.authentication = authentication;
  step(peer, authentication, authenticationData);
}

/** An AUTH came (§3.15). */
export function receiveAuth(peer: Peer, packet: Auth): void {
  const { authentication, rooms } = peer;
  if (authentication === undefined) {
    throw new Violation(0x82, 'MQTT-4.12.0-7', 'AUTH without an authentication method in CONNECT');
  }
  rooms.metrics.authenticationRounds++;
  const isAnew = packet.reasonCode === 0x19;
  const { authenticationMethod, authenticationData, userProperties } = packet.properties ?? {};
  if (authenticationMethod !== authentication.method) {
    const statement = isAnew ? 'MQTT-4.12.1-1' : 'MQTT-4.12.0-5';
    throw new Violation(0x82, statement, 'AUTH with another method than CONNECT'); // [C24]
  }
  if (isAnew ? authentication.exchange !== undefined : !isClientsTurn(authentication)) {
    throw new Violation(0x82, 'MQTT-4.12.0-3', 'AUTH out of turn');
  }
  if (isAnew) beginAgain(peer, authentication);
  if (!areUserPropertiesWithin(userProperties, rooms.limits)) {
    rooms.metrics.userPropertiesRefused++;
    conclude(peer, authentication, { reasonCode: 0x97 });
  } else step(peer, authentication, authenticationData);
}

function isClientsTurn({ exchange, isAsked }: Authentication): boolean {
  return exchange !== undefined && !isAsked;
}

/** A connected client proves anew who it is; all it does meanwhile it does as who it was (§4.12.1). */
function beginAgain(peer: Peer, authentication: Authentication): void {
  const { door, random } = peer.rooms;
  const { method, credentials } = authentication;
  authentication.exchange = door.exchange(method, { credentials, client: peer.client, random });
  authentication.rounds = 0;
  authentication.bytes = 0;
  authentication.settle = (outcome) => settleAgain(peer, outcome);
}

/** The client's data goes to the method, within bounds; the method's answer is told the client. */
function step(peer: Peer, authentication: Authentication, data: Uint8Array | undefined): void {
  const { limits, metrics } = peer.rooms;
  const { exchange } = authentication;
  authentication.rounds++;
  authentication.bytes += data?.length ?? 0;
  if (
    authentication.rounds > limits.maximumAuthenticationRounds ||
    authentication.bytes > limits.maximumAuthenticationBytes
  ) {
    metrics.authenticationsExceeded++; // [C24]
    conclude(peer, authentication, { reasonCode: 0x97 });
    return;
  }
  authentication.isAsked = true;
  // A copy: the method may keep it, the chunk it came in is not its own.
  const answer = exchange?.(data?.slice()) ?? { reasonCode: 0x87 };
  const go = (said: ExchangeStep): void => {
    authentication.isAsked = false;
    if (said.reasonCode !== 0x18) conclude(peer, authentication, said);
    else if (!sendAuth(peer, authentication, said)) conclude(peer, authentication, { reasonCode: 0x95 });
  };
  if (peer.phase === 'connected') peer.alongside(answer, go);
  else peer.after(answer, go);
}

/** AUTH 0x18 goes on, 0x00 ends a re-authentication; none names another method [MQTT-4.12.0-2] [MQTT-4.12.0-5]. */
function sendAuth(
  peer: Peer,
  { method }: Authentication,
  {
    reasonCode,
    identity: _,
    clientId: __,
    attributes: ___,
    ...properties
  }: Exclude<ExchangeStep, Refusal> & Partial<Acceptance>,
): boolean {
  return peer.send({ type: 'AUTH', reasonCode, properties: { authenticationMethod: method, ...properties } });
}

function conclude(peer: Peer, authentication: Authentication, outcome: Outcome): void {
  const { metrics } = peer.rooms;
  const { client } = peer;
  authentication.exchange = undefined;
  // A client id belongs to an identity, and so do the session's subscriptions: nobody becomes somebody else.
  const isOther = outcome.reasonCode === 0 && client !== undefined && client.identity !== outcome.identity;
  if (isOther || outcome.reasonCode !== 0) metrics.authenticationsRefused++;
  else metrics.authenticationsSucceeded++;
  authentication.settle(isOther ? { reasonCode: 0x87 } : outcome);
}

/** Re-authentication ends: AUTH 0x00, or DISCONNECT with the reason [MQTT-4.12.1-2]. */
function settleAgain(peer: Peer, outcome: Outcome): void {
  if (outcome.reasonCode !== 0) {
    const { reasonCode, ...details } = outcome;
    const told = CONNACK_ONLY.get(reasonCode) ?? reasonCode;
    disconnect(peer, told, undefined, details);
  } else if (peer.authentication !== undefined && !sendAuth(peer, peer.authentication, outcome)) {
    disconnect(peer, 0x95);
  }
}
