/**
 * Is this reason code legal in this packet (§2.4)? Asked when reading and when writing; the answer is the table's.
 */
import type { Reader } from './reader.ts';
import { type ReasonCodeOf, type ReasonCodeOwner, reasonCodes } from './tables/reason-codes.ts';
import type { Writer } from './writer.ts';

/** Reads one reason code of `owner`; a code that is not its own breaks `statement`. */
export function readReasonCode<Owner extends ReasonCodeOwner>(
  r: Reader,
  owner: Owner,
  statement: string,
): ReasonCodeOf<Owner> {
  const code = r.u8();
  if (!isLegal(owner, code)) r.fail('code', r.pos - 1, r.version === 5 ? statement : undefined);
  return code;
}

/** Refuses to write a reason code that is not one of `owner`. */
export function checkReasonCode(w: Writer, owner: ReasonCodeOwner, code: number, statement: string): void {
  if (!isLegal(owner, code)) w.fail('code', w.version === 5 ? statement : undefined);
}

/** true when `code` is a reason code of `owner` (§2.4). */
export function isLegal<Owner extends ReasonCodeOwner>(
  owner: Owner,
  code: number,
): code is ReasonCodeOf<Owner> {
  return (reasonCodes[owner] as readonly number[]).includes(code);
}
