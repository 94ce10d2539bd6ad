/**
 * How a hook says no with a reason: the codes it may choose, what it may say beside them, and what is no refusal at
 * all. Redirects are refusals that name another server (§4.11). What a 3.x client is told stands in `connect.ts`.
 */
import { encode, type Packet, ProtocolError, type ProtocolVersion, type UserProperty } from '@mqtt/codec';

/** The reasons a hook may refuse a client for (§3.2.2.2); the codes that blame a packet are the broker's own. */
export const refusalCodes = [
  0x80, 0x83, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x97, 0x9f, 0x9c, 0x9d,
] as const;

/** A reason that a hook may refuse for. */
export type RefusalCode = (typeof refusalCodes)[number];
/** Use another server, for now (0x9C); the server has moved for good (0x9D) (§4.11). */
export type RedirectCode = 0x9c | 0x9d;

/** What may be said beside a reason code. A client that wants no problem information gets neither (§3.1.2.11.7). */
export interface Explanation {
  /** For a person to read. */
  readonly reasonString?: string | undefined;
  readonly userProperties?: readonly UserProperty[] | undefined;
}

/** A redirect: the Server Reference lists servers as `host[:port]`, parted by spaces (§4.11). */
export interface Redirect extends Explanation {
  readonly reasonCode: RedirectCode;
  readonly serverReference?: string | undefined;
}

/** A refusal with a reason code of MQTT 5.0; 3.x clients get the return code nearest to it, or a plain close. */
export type Refusal =
  | Redirect
  | (Explanation & {
      readonly reasonCode: Exclude<RefusalCode, RedirectCode>;
      readonly serverReference?: undefined;
    });

/** Whether `answer` is a refusal that a client can be told. */
export function isRefusal(answer: unknown): answer is Refusal {
  if (typeof answer !== 'object' || answer === null || !('reasonCode' in answer)) return false;
  const { reasonCode, reasonString, userProperties, serverReference } = answer as Partial<Redirect>;
  if (!refusalCodes.some((code) => code === reasonCode)) return false;
  if (serverReference !== undefined && !isRedirect(reasonCode)) return false;
  return isTellable('CONNACK', { reasonString, userProperties, serverReference });
}

/** Whether this reason code sends a client elsewhere. */
export function isRedirect(reasonCode: number | undefined): reasonCode is RedirectCode {
  return reasonCode === 0x9c || reasonCode === 0x9d;
}

/** Whether these properties can be written: right types, no U+0000, not too long. The codec knows. */
export function isTellable(type: 'CONNACK' | 'AUTH' | 'DISCONNECT', properties: object): boolean {
  const head =
    type === 'CONNACK'
      ? { sessionPresent: false, reasonCode: 0x80 }
      : { reasonCode: type === 'AUTH' ? 0x18 : 0x80 };
  try {
    encode<ProtocolVersion>({ type, ...head, properties } as Packet, 5);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
