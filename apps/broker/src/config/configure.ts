/**
 * The settings to start with. Without a configuration file and variables they come from the command line alone, and
 * neither the YAML nor the schema library is loaded: a start costs only what it needs.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { keyOf } from './faults.ts';
import { NamedFiles } from './files.ts';
import { findConfiguration } from './find.ts';
import type { Loaded } from './load.ts';
import { settingsOf } from './settings.ts';
import { stateFolder } from './state-folder.ts';
import { overlay, type Words } from './words.ts';

/** What surrounds a start. */
export interface Place {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder it is started in. */
  readonly folder: string;
}

/** The file that is read, undefined when there is none. */
export function fileOf(words: Words, { environment, folder }: Place): string | undefined {
  return findConfiguration(words.config, environment, (file) => existsSync(resolve(folder, file)));
}

function fromWords(words: Words, { environment, folder }: Place): Loaded {
  const data = words.data ?? stateFolder(environment);
  const settings = settingsOf(overlay({}, { ...words, data }).configuration, (path) => resolve(folder, path));
  return {
    settings,
    notes: [],
    fault: (path, message) => ({ where: '', key: keyOf(path), message }),
    files: new NamedFiles(),
  };
}

/** The settings from all sources. @throws {ConfigurationError} with all that is wrong */
export async function configure(words: Words, place: Place): Promise<Loaded> {
  const { environment, folder } = place;
  const file = fileOf(words, place);
  const isBare = !Object.keys(environment).some(
    (name) => name.startsWith('MQTTD_') && name !== 'MQTTD_CONFIG',
  );
  if (file === undefined && isBare) return fromWords(words, place);
  const { load } = await import('./load.ts');
  return load({ file, environment, words, folder });
}
