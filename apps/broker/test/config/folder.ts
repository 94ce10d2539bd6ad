/** A folder of files that a test writes, and configurations read from it as mqttd reads them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigurationError, faultLine } from '../../src/config/faults.ts';
import { type Loaded, load } from '../../src/config/load.ts';
import type { Words } from '../../src/config/words.ts';

/** What a configuration came to. */
export type Result = { readonly loaded: Loaded } | { readonly faults: readonly string[] };

/** A folder with these files in it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'mqttd-'));

  write(name: string, text: string): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Loads a file of the folder; its faults are lines as they are printed. */
  load(name: string | undefined, environment: Record<string, string> = {}, words: Words = {}): Result {
    try {
      return { loaded: load({ file: name, environment, words, folder: this.path }) };
    } catch (error) {
      if (error instanceof ConfigurationError) return { faults: error.faults.map(faultLine) };
      throw error;
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What was loaded. @throws with the faults */
export function loadedIn(result: Result): Loaded {
  if ('faults' in result) throw new Error(result.faults.join('\n'));
  return result.loaded;
}

/** The settings, when there are some. @throws with the faults */
export function settingsIn(result: Result): Loaded['settings'] {
  return loadedIn(result).settings;
}

/** The faults; none when the configuration was taken. */
export function faultsIn(result: Result): readonly string[] {
  return 'faults' in result ? result.faults : [];
}
