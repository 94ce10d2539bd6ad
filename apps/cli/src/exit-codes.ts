/**
 * What the exit status of `mqtt` means, as one table: a script branches on it.
 */
import { MqttError } from '@mqtt/client';

/** Exit status of `mqtt`. */
export const EXIT = {
  /** What was asked for is done; also `sub` and `bench` that were ended by Ctrl-C. */
  done: 0,
  /** A message, subscription or request was refused, or the connection was lost for good. */
  failed: 1,
  /** No server could be reached. */
  unreachable: 2,
  /** The server refused the connection: credentials, client id, version. */
  refused: 3,
  /** `-W` ran out, as of mosquitto_sub. */
  timeout: 27,
  /** The command line is wrong (`EX_USAGE` of sysexits). */
  usage: 64,
} as const;

/** What the command line gets wrong beyond the reach of its parser; `message` says what would be right. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The exit status that fits an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof MqttError)) return EXIT.failed;
  switch (error.code) {
    case 'CONNECT_FAILED':
    case 'CONNECT_TIMEOUT':
      return EXIT.unreachable;
    case 'CONNECT_REFUSED':
      return EXIT.refused;
    case 'INVALID_URL':
    case 'INVALID_OPTION':
      return EXIT.usage;
    default:
      return EXIT.failed;
  }
}
