/**
 * A CONNACK or DISCONNECT that says no, in words: the reason code's name and one line of advice (§3.2.2.2, §3.14.2.1),
 * for the message of an error. Only where bytes are cheap: browsers have the code alone.
 */
import { reasonCodeNames } from '@mqtt/codec';
import { printable } from './printable.ts';

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

/** Connect Return codes of 3.x (3.1.1 §3.2.2.3), and Table 2-6. */
const names: Readonly<Record<number, string>> = {
  ...reasonCodeNames,
  1: 'unacceptable protocol version',
  2: 'identifier rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorized',
};

/** The name of `reasonCode`, and what to do about it. `serverReference` as the server sent it (§4.11). */
export function refusalWords(reasonCode: number, serverReference: string | undefined): string {
  const name = names[reasonCode] ?? 'unknown reason';
  const where =
    serverReference === undefined
      ? undefined
      : `it points to ${printable(serverReference)}; see followRedirects`;
  const what = where ?? advice[reasonCode];
  return what === undefined ? name : `${name}, ${what}`;
}
