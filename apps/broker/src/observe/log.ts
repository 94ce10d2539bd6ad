/**
 * Where mqttd's log goes and what a line looks like: JSON for programs, plain text on a terminal.
 * What peers send appears only in fields, never in the message, and no field can end a line or drive a terminal.
 * Knows nothing of what is worth logging.
 */
import { closeSync, openSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Log lines that may wait for a slow reader of stderr, in bytes; what comes beyond is dropped and counted. */
const MAXIMUM_WAITING = 4 * 1024 * 1024;
/** ms that lines on their way to a destination get when it is none any more. */
const LAST_LINES = 1000;

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
  const clock = typeof time === 'number' ? `${new Date(time).toISOString().slice(11, 23)} ` : '';
  const name = LEVELS[typeof level === 'number' ? level : 0] ?? 'LOG';
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${clock}${name.padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

/** What a logger writes to: its lines, harmless, and readable where people look at them. */
export function lineWriter(write: (line: string) => void, forPeople: () => boolean): DestinationStream {
  return { write: (json) => write(harmless(forPeople() ? readable(json) : json)) };
}

/** How a log is written, and where to. */
export interface LogForm {
  readonly timestamp: boolean;
  /** `auto`: text on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  /** `stderr`, `stdout`, or paths of files. */
  readonly destinations: readonly string[];
}

/** What a log is like. */
export interface LogOptions extends LogForm {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** An open log. */
export interface Log {
  readonly log: Logger;
  /**
   * Readies another form: opens files that are new. `apply` writes so from then on and begins files anew that were moved
   * away; `undo` closes what was opened. @throws the system's error for a file that cannot be written
   */
  change(form: LogForm): { readonly apply: () => void; readonly undo: () => Promise<void> };
  /** Waits until all lines are written, but no longer than `patience` ms for a reader that does not read. */
  close(patience: number): Promise<void>;
}

/** One place where lines go. */
interface Outlet {
  readonly to: string;
  /** Whether people look at it. */
  forPeople: boolean;
  readonly write: (json: string) => void;
  readonly reopen: () => void;
  readonly close: (patience: number) => Promise<void>;
}

/** Opens one destination. What waits for it is bounded; `lost` is told how many lines were not written. */
function openOutlet(to: string, forPeople: boolean, lost: (lines: number) => void): Outlet {
  const isFile = to !== 'stderr' && to !== 'stdout';
  const dest = isFile ? to : to === 'stderr' ? 2 : 1;
  // A file that cannot be opened is known before a port is: opened synchronously, written asynchronously.
  if (isFile) closeSync(openSync(to, 'a'));
  const stream = pino.destination({ dest, sync: false, maxLength: MAXIMUM_WAITING, append: true });
  let dropped = 0;
  let isWaiting = false;
  const lines = lineWriter(
    (line) => {
      isWaiting = true;
      stream.write(line);
    },
    () => outlet.forPeople,
  );
  stream.on('drop', () => {
    dropped += 1;
  });
  stream.on('error', () => undefined); // e.g. a full disk: a broker that cannot log goes on
  stream.on('drain', () => {
    isWaiting = false;
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    lost(count);
  });
  const close = async (patience: number): Promise<void> => {
    if (isWaiting) {
      await new Promise<void>((resolve) => {
        stream.on('drain', resolve);
        setTimeout(resolve, patience);
      });
    }
    stream.destroy(); // otherwise it would be written out at exit, however long nobody reads
  };
  const outlet: Outlet = {
    to,
    forPeople,
    write: (json) => lines.write(json),
    reopen: () => {
      if (isFile) stream.reopen();
    },
    close,
  };
  return outlet;
}

/** Opens the log. `isTerminal` says which of the standard streams a person looks at. @throws the system's error for a file that cannot be written */
export function openLog(options: LogOptions, isTerminal: (to: string) => boolean): Log {
  let outlets: readonly Outlet[] = [];
  let hasTime = options.timestamp;
  const log: Logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => (hasTime ? pino.stdTimeFunctions.epochTime() : ''),
    },
    {
      write: (json: string) => {
        for (const outlet of outlets) outlet.write(json);
      },
    },
  );
  const lost = (lines: number): void =>
    log.warn({ lines }, 'log lines were dropped: the log is read too slowly');
  const change: Log['change'] = ({ timestamp, format, destinations }) => {
    const forPeople = (to: string): boolean => format === 'text' || (format === 'auto' && isTerminal(to));
    const fresh: Outlet[] = [];
    const next: Outlet[] = [];
    const undo = (): Promise<void> => closeAll(fresh, 0);
    try {
      for (const to of destinations) {
        const kept = outlets.find((outlet) => outlet.to === to && !next.includes(outlet));
        const outlet = kept ?? openOutlet(to, forPeople(to), lost);
        if (kept === undefined) fresh.push(outlet);
        next.push(outlet);
      }
    } catch (error) {
      void undo();
      throw error;
    }
    const apply = (): void => {
      const gone = outlets.filter((outlet) => !next.includes(outlet));
      for (const outlet of next) {
        outlet.forPeople = forPeople(outlet.to);
        if (!fresh.includes(outlet)) outlet.reopen();
      }
      outlets = next;
      hasTime = timestamp;
      void closeAll(gone, LAST_LINES);
    };
    return { apply, undo };
  };
  change(options).apply();
  return { log, change, close: (patience) => closeAll(outlets, patience) };
}

async function closeAll(outlets: readonly Outlet[], patience: number): Promise<void> {
  await Promise.all(outlets.map((outlet) => outlet.close(patience)));
}
