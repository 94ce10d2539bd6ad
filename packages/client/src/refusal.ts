/**
 * What to do about a CONNACK or DISCONNECT that says no: one line of advice per reason code (§3.2.2.2, §3.14.2.1),
 * for the message of an error. Knows nothing of reconnecting; that is `reconnect.ts`.
 */
import { printable } from './errors.ts';

const credentials = 'check username and password';
const version = 'set version to 4 or 3';
const clientId = 'set another clientId';
const later = 'try again later';

const advice: Readonly<Record<number, string>> = {
  1: version,
  2: clientId,
  3: later,
  4: credentials,
  5: `${credentials}, and what this client may do`,
  132: version,
  133: clientId,
  134: credentials,
  135: `${credentials}, and what this client may do`,
  136: later,
  137: later,
  138: 'ask who runs the server',
  140: 'use another authentication method',
  142: 'another client has the same clientId; give each its own',
  144: "the will's topic is not taken; change it",
  149: 'make will and properties smaller',
  151: later,
  153: "the will's payload is not UTF-8 as its payloadFormatIndicator says",
  154: 'set will.retain to false',
  155: 'lower will.qos',
  159: later,
};

/** What to do about `reasonCode`; undefined: there is nothing to say. `serverReference` as the server sent it (§4.11). */
export function connectAdvice(reasonCode: number, serverReference: string | undefined): string | undefined {
  if (reasonCode === 0x9c || reasonCode === 0x9d) {
    return serverReference === undefined
      ? 'connect to another server'
      : `it points to ${printable(serverReference)}, which is not followed by itself: connect there if you trust it`;
  }
  return advice[reasonCode];
}
