/**
 * `errors.ts` in few bytes: the one error of the codec, which here knows the reason code and no statement. For the
 * bundles that are built with `rules.terse.ts`.
 */

/** Bytes or a packet that break a rule of the protocol (§4.13). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** The 5.0 reason code to answer with (§2.4). */
  readonly reasonCode: number;

  constructor(rule: number) {
    super(`reason code 0x${rule.toString(16)}`);
    this.reasonCode = rule;
  }
}
