/**
 * Where the password comes from: a terminal, a file, the environment, and the command line only when it is given there,
 * because every user of a machine can read the command lines of all.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from '../exit-codes.ts';
import type { World } from '../world.ts';

/** The ways to give a password. */
export interface SecretWords {
  readonly pw?: string;
  readonly passwordFile?: string;
  readonly askPassword?: boolean;
}

/** The password, or undefined when none was given. @throws UsageError */
export async function passwordOf(words: SecretWords, world: World): Promise<string | undefined> {
  const { pw, passwordFile, askPassword } = words;
  if ([pw, passwordFile, askPassword].filter((given) => given !== undefined).length > 1)
    throw new UsageError('-P, --password-file and --ask-password: one of them');
  if (passwordFile !== undefined) return fromFile(passwordFile, world);
  if (askPassword === true) return ask(world);
  return pw ?? world.environment.MQTT_PASSWORD;
}

async function fromFile(path: string, world: World): Promise<string> {
  try {
    const [line = ''] = new TextDecoder().decode(await world.readFile(path)).split(/\r?\n/);
    return line;
  } catch (error) {
    throw new UsageError(`--password-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Typed without an echo, once. */
function ask({ stdin, stderr }: World): Promise<string> {
  if (stdin.isTTY !== true)
    throw new UsageError('--ask-password needs a terminal; use --password-file or $MQTT_PASSWORD');
  return new Promise((resolve, reject) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: stdin, output: silent, terminal: true });
    stderr.write('Password: ');
    let typed: string | undefined;
    reader.on('line', (line) => {
      typed = line;
      reader.close();
    });
    reader.on('SIGINT', () => reader.close());
    reader.on('close', () => {
      stderr.write('\n');
      if (typed === undefined) reject(new UsageError('--ask-password: no password was typed'));
      else resolve(typed);
    });
  });
}
