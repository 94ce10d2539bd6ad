/** Settings on their way into force, and what says where they were said. Types only. */
import type { Fault, Path } from './faults.ts';
import type { NamedFiles } from './files.ts';
import type { Settings } from './settings.ts';

/** What a configuration came to. */
export interface Given {
  readonly settings: Settings;
  /** What is wrong at a key of the settings, placed where that key was written. */
  readonly fault: (path: Path, message: string) => Fault;
  /** Reads the files that the settings name. */
  readonly files: NamedFiles;
}
