/**
 * What is wrong with a configuration and where it was said, for people to mend. Answers: how does a fault read?
 * Knows nothing of what is right.
 */

/** `EX_CONFIG` of sysexits: the configuration is wrong, and no port was opened. */
export const EXIT_CONFIGURATION = 78;

/** A key's way from the top: `['listeners', 0, 'port']`. */
export type Path = readonly (string | number)[];

/** One thing that is wrong. */
export interface Fault {
  /** `FILE:LINE:COLUMN`, a variable's name, or an option. */
  readonly where: string;
  /** The key, as in `listeners[0].port`; '' when it is none. */
  readonly key: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** A key as people write it. */
export function keyOf(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/** A fault as one line. What stands in a file may be anything: it must neither end the line nor drive a terminal. */
export function faultLine({ where, key, message }: Fault): string {
  const text = [where, key, message].filter((part) => part !== '').join(': ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** The configuration is wrong, or asks for what this version cannot do; no port was opened. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_REFUSED';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(faultLine).join('\n'));
    this.faults = faults;
  }
}
