/**
 * When to try again after a connection failed or was lost: exponential backoff with full jitter, and the reason codes
 * after which trying again is useless or a fight. A pure function of (state, event); time and chance are arguments.
 */

/** How this client reconnects. All delays in milliseconds. */
export interface ReconnectOptions {
  /** Upper end of the first delay, ms; doubled with every failure in a row. Default 1,000. */
  readonly minimumDelay?: number | undefined;
  /** Upper end of any delay, ms. Default 60,000. */
  readonly maximumDelay?: number | undefined;
  /** Give up after this many failures in a row. Default: never. */
  readonly maximumAttempts?: number | undefined;
  /** A connection that lived this long, ms, begins the count anew. Default 30,000. */
  readonly resetAfter?: number | undefined;
  /** Retry the first connection too, instead of letting `connect` reject. Default false. */
  readonly initial?: boolean | undefined;
  /** Reason codes that end the client instead. Default: `permanentReasonCodes`. */
  readonly stopOn?: readonly number[] | undefined;
}

/** `ReconnectOptions` with nothing left out. */
export type ReconnectSettings = {
  readonly [Name in keyof ReconnectOptions]-?: Exclude<ReconnectOptions[Name], undefined>;
};

/**
 * CONNACK and DISCONNECT reason codes that the next attempt would meet again (§3.2.2.2, §3.14.2.1), with the Connect
 * Return codes 1, 2, 4 and 5 of 3.x. 0x8E is here because two clients with one client id would otherwise take the
 * session from each other for ever; 0x9C and 0x9D because redirects are followed only when asked for [K08].
 */
export const permanentReasonCodes: readonly number[] = [
  1, 2, 4, 5, 0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x8e, 0x90, 0x95, 0x99, 0x9a, 0x9b, 0x9c, 0x9d,
];

/** Failures in a row. Begin with 0. */
export type Backoff = number;

/** What ended the connection or the attempt. */
export interface ConnectionEnd {
  /** The reason code the server gave, if it gave one. */
  readonly reasonCode: number | undefined;
  /** How long the connection was up, ms; 0 when it never was. */
  readonly connectedFor: number;
}

/** `delay` in milliseconds until the next attempt; undefined: do not try again. */
export interface Decision {
  readonly backoff: Backoff;
  readonly delay: number | undefined;
}

/**
 * Decides about the next attempt. `random` is a number from 0 to below 1; `round`: how many servers take turns, for
 * the bound grows when all have failed.
 * Full jitter: anywhere between 0 and the exponential bound, so that a thousand clients do not come back together.
 */
export function nextAttempt(
  backoff: Backoff,
  end: ConnectionEnd,
  settings: ReconnectSettings,
  random: number,
  round = 1,
): Decision {
  if (end.reasonCode !== undefined && settings.stopOn.includes(end.reasonCode)) {
    return { backoff, delay: undefined };
  }
  const failures = end.connectedFor >= settings.resetAfter ? 0 : backoff;
  if (failures >= settings.maximumAttempts) return { backoff: failures, delay: undefined };
  const bound = Math.min(settings.maximumDelay, settings.minimumDelay * 2 ** Math.floor(failures / round));
  return { backoff: failures + 1, delay: Math.floor(random * bound) };
}
