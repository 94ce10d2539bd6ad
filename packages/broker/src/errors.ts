/**
 * What the public calls of the broker throw: one class, with a stable `code` to switch on.
 * What a peer does wrong on the wire is the codec's ProtocolError or a reason code; it never reaches a caller.
 */

/** What `BrokerError.code` can be. */
export type BrokerErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_TOPIC_NAME'
  | 'INVALID_TOPIC_FILTER'
  | 'LISTEN_FAILED'
  | 'BROKER_CLOSED'
  | 'STORE_NOT_LOADED'
  | 'STORE_FULL'
  | 'HOOK_FAILED';

/** A call on the broker that cannot be done. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  /** Stable, for `switch`. */
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
