/**
 * The commands that only look at a configuration: check, print it, translate it, print its schema.
 * Each answers with what to print and how to exit; nothing is started.
 */
import { resolve } from 'node:path';
import { pino } from 'pino';
import { doors, isGuarded } from '../compose.ts';
import { check } from '../config/check.ts';
import { configure, fileOf, type Place } from '../config/configure.ts';
import { ConfigurationError, EXIT_CONFIGURATION, faultLine } from '../config/faults.ts';
import type { Given } from '../config/given.ts';
import { readConfiguration } from '../config/load.ts';
import { printed } from '../config/print.ts';
import { jsonSchema } from '../config/schema.ts';
import type { Words } from '../config/words.ts';
import { checkGround } from '../ground.ts';

/** What a command that runs to its end has to say. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** Answers with the faults when there are some. */
async function answer(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { stdout: '', stderr: `mqttd: ${error.message}\n`, exitCode: EXIT_CONFIGURATION };
  }
}

/** Reads what says who may do what, and forgets it. @throws {ConfigurationError} */
async function checkGuard(given: Given): Promise<void> {
  if (!isGuarded(given.settings)) return;
  const { Guard } = await import('../access/guard.ts');
  const idle = {
    log: pino({ level: 'silent' }),
    now: () => 0,
    date: () => 0,
    pause: () => Promise.resolve(),
  };
  await Guard.create(given, idle);
}

/** `mqttd check`: the whole configuration, files that it names included. */
export function checkConfiguration(words: Words, place: Place): Promise<Outcome> {
  return answer(async () => {
    const loaded = await configure(words, place);
    const { notes } = loaded;
    checkGround(loaded);
    doors(loaded);
    await checkGuard(loaded);
    const file = fileOf(words, place) ?? 'no configuration file';
    const said = notes.map(({ where, message }) => faultLine({ where, key: '', message }));
    return { stdout: `${file}: ok\n`, stderr: lines(said), exitCode: 0 };
  });
}

/** `mqttd --print-config`: what is in force, with every default. */
export function printConfiguration(words: Words, place: Place): Promise<Outcome> {
  return answer(async () => {
    const { settings } = await configure(words, place);
    return { stdout: printed(settings), stderr: '', exitCode: 0 };
  });
}

/** `mqttd migrate`: a mosquitto.conf as YAML. What had no effect stands in comments. */
export function migrate(file: string, { folder }: Place): Promise<Outcome> {
  return answer(async () => {
    const content = readConfiguration(resolve(folder, file), folder, 'mosquitto');
    const faults = content.faults.length > 0 ? content.faults : check(content.value, content.origin).faults;
    if (faults.length > 0) throw new ConfigurationError(faults);
    const said = content.notes.map(({ where, message }) => faultLine({ where, key: '', message }));
    const comment = [` The same as ${file}.`, ...said.map((line) => ` ${line}`)].join('\n');
    return { stdout: printed(content.value as object, comment), stderr: '', exitCode: 0 };
  });
}

/** `mqttd schema`. */
export function schema(): Outcome {
  return { stdout: `${JSON.stringify(jsonSchema(), null, 2)}\n`, stderr: '', exitCode: 0 };
}
