/**
 * `mqttd reload`: tells the running mqttd to read its configuration again, by the signal SIGHUP to the process whose
 * id stands in the pid file. What then happens, that process says in its log.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { configure, type Place } from '../config/configure.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from '../config/faults.ts';
import type { Words } from '../config/words.ts';
import type { Outcome } from './configuration.ts';

function failed(message: string, exitCode: number): Outcome {
  return { stdout: '', stderr: `mqttd: ${message}\n`, exitCode };
}

async function pidFileOf(words: Words, place: Place): Promise<string | undefined> {
  return (await configure(words, place)).settings.pidFile;
}

/** Sends the signal. */
export async function reloadRunning(words: Words, named: string | undefined, place: Place): Promise<Outcome> {
  try {
    const file = named === undefined ? await pidFileOf(words, place) : resolve(place.folder, named);
    if (file === undefined) {
      const how = 'say pidFile in the configuration, or --pid-file FILE here, or kill -HUP its process';
      return failed(`nothing says which process is to reload: ${how}`, EXIT_CONFIGURATION);
    }
    const text = readFileSync(file, 'utf8').trim();
    if (!/^[1-9]\d{0,9}$/.test(text)) return failed(`${file} holds no process id`, 1);
    process.kill(Number(text), 'SIGHUP');
    return { stdout: `mqttd ${text} reloads; its log says what came of it\n`, stderr: '', exitCode: 0 };
  } catch (error) {
    if (error instanceof ConfigurationError) return failed(error.message, EXIT_CONFIGURATION);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = error instanceof Error ? error.message : String(error);
    return failed(code === 'ENOENT' || code === 'ESRCH' ? `mqttd does not run: ${why}` : why, 1);
  }
}
