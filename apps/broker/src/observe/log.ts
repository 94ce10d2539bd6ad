/**
 * Where mqttd's log goes and what a line looks like: JSON for programs, plain text on a terminal.
 * What peers send appears only in fields, never in the message, and no field can end a line or drive a terminal.
 * Knows nothing of what is worth logging.
 */
import { type DestinationStream, type Logger, pino } from 'pino';

/** Log lines that may wait for a slow reader of stderr, in bytes; what comes beyond is dropped and counted. */
const MAXIMUM_WAITING = 4 * 1024 * 1024;

const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** DEL, C1 controls, line and paragraph separators, marks that turn the direction of text. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Escapes in a line of JSON what JSON leaves as it is though it could pass for something else when looked at. */
function harmless(json: string): string {
  return json.replace(UNSAFE, escaped);
}

/** One line of JSON from the logger, as a line for people. */
function readable(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = new Date(typeof time === 'number' ? time : 0).toISOString().slice(11, 23);
  const name = LEVELS[typeof level === 'number' ? level : 0] ?? 'LOG';
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${clock} ${name.padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

/** What a logger writes to: its lines, harmless, and readable where people look at them. */
export function lineWriter(write: (line: string) => void, forPeople: boolean): DestinationStream {
  return { write: (json) => write(harmless(forPeople ? readable(json) : json)) };
}

/** A log on stderr. */
export interface Log {
  readonly log: Logger;
  /** Waits until all lines are written, but no longer than `patience` ms for a reader that does not read. */
  close(patience: number): Promise<void>;
}

/** Opens the log on stderr. `verbose` adds the level at which packets are logged. */
export function openLog(options: { readonly verbose: boolean; readonly terminal: boolean }): Log {
  const stderr = pino.destination({ dest: 2, sync: false, maxLength: MAXIMUM_WAITING });
  let dropped = 0;
  let isWaiting = false;
  const write = (line: string): void => {
    isWaiting = true;
    stderr.write(line);
  };
  const log = pino(
    { level: options.verbose ? 'debug' : 'info', base: null },
    lineWriter(write, options.terminal),
  );
  stderr.on('drop', () => {
    dropped += 1;
  });
  stderr.on('error', () => undefined); // e.g. a full disk: a broker that cannot log goes on
  stderr.on('drain', () => {
    isWaiting = false;
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'log lines were dropped: stderr is read too slowly');
  });
  const close = async (patience: number): Promise<void> => {
    if (isWaiting) {
      await new Promise<void>((resolve) => {
        stderr.on('drain', resolve);
        setTimeout(resolve, patience);
      });
    }
    stderr.destroy(); // otherwise it would be written out at exit, however long nobody reads
  };
  return { log, close };
}
