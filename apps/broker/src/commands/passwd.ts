/**
 * `mqttd passwd`: makes and edits a password file that mqttd and Mosquitto read. The file is replaced as a whole, so that
 * a broker that reloads it never sees half of it. Where a password comes from is the caller's.
 */
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BrokerError } from '@mqtt/broker';
import { AccessFileError } from '../access/access-file-error.ts';
import { soundLines } from '../access/password-file.ts';
import { type HashName, makeHash, parseHash } from '../access/password-hash.ts';
import type { Entered, NoPassword } from './ask-password.ts';

/** What is to be done to the file. */
export type PasswdTask =
  /** Give `user` a password; `create` begins a new file. */
  | { readonly do: 'set'; readonly file: string; readonly user: string; readonly create: boolean }
  | { readonly do: 'delete'; readonly file: string; readonly user: string }
  /** Hash what is not hashed yet. */
  | { readonly do: 'hash-all'; readonly file: string };

/** Its way to the user. */
export interface PasswdSurroundings {
  /** The new password of `user`, or why there is none. */
  readonly askPassword: (user: string) => Promise<Entered>;
  readonly say: (line: string) => void;
  /** A few letters that nobody else's temporary file has. */
  readonly suffix: string;
}

/** What the shell says of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Does it; returns the exit code: 0, 1 with the reason said, or 130 when Ctrl-C was typed. */
export async function passwd(task: PasswdTask, hash: HashName, around: PasswdSurroundings): Promise<number> {
  try {
    const said = await perform(task, hash, around);
    around.say(said);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED;
    if (!isExplained(error)) throw error;
    around.say(`mqttd passwd: ${error.message}`);
    return 1;
  }
}

class PasswdFault extends Error {}

/** Whoever was asked wants to end it: there is nothing to say. */
class Interrupted extends Error {}

const WHY_NOT: Readonly<Record<Exclude<NoPassword, 'interrupted'>, string>> = {
  different: 'the two passwords are not the same',
  none: 'no password was given',
};

async function passwordOf(user: string, around: PasswdSurroundings): Promise<string> {
  const entered = await around.askPassword(user);
  if ('password' in entered) return entered.password;
  if (entered.missing === 'interrupted') throw new Interrupted();
  throw new PasswdFault(`nothing was changed: ${WHY_NOT[entered.missing]}`);
}

/** A fault of what was asked for, which says what to do; not one of ours. */
function isExplained(error: unknown): error is Error {
  return error instanceof PasswdFault || error instanceof AccessFileError || error instanceof BrokerError;
}

async function perform(task: PasswdTask, hash: HashName, around: PasswdSurroundings): Promise<string> {
  const { file } = task;
  const text = task.do === 'set' && task.create ? '' : await read(file);
  switch (task.do) {
    case 'set': {
      const { user } = task;
      checkUser(user);
      const password = await passwordOf(user, around);
      if (password === '') throw new PasswdFault('nothing was changed: an empty password protects nothing');
      const hashed = await makeHash(hash, new TextEncoder().encode(password));
      await write(file, withUser(text, file, user, `${user}:${hashed}`), around.suffix);
      return `${file}: "${user}" has a new password (${hash})`;
    }
    case 'delete': {
      if (!soundLines(text, file).some(({ user }) => user === task.user)) {
        throw new PasswdFault(`${file} has no user "${task.user}"; nothing was changed`);
      }
      await write(file, withUser(text, file, task.user, undefined), around.suffix);
      return `${file}: "${task.user}" is gone`;
    }
    case 'hash-all': {
      const { changed, result } = await hashAll(text, file, hash);
      if (changed > 0) await write(file, result, around.suffix);
      return `${file}: ${changed} password${changed === 1 ? '' : 's'} hashed (${hash})`;
    }
  }
}

function checkUser(user: string): void {
  if (user === '' || /[:\p{Cc}]/u.test(user)) {
    throw new PasswdFault('a user name has at least one character, no colon and no control character');
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing)
      throw new PasswdFault(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
    throw new PasswdFault(`${file} does not exist; begin it with -c: mqttd passwd -c ${file} USER`);
  }
}

/** The file with the line of `user` replaced, or left out; comments and everybody else stay as they are. */
function withUser(text: string, file: string, user: string, line: string | undefined): string {
  const numbers = new Set(
    soundLines(text, file)
      .filter((one) => one.user === user)
      .map((one) => one.line),
  );
  const kept = text.split(/\r?\n/).filter((_whole, index) => !numbers.has(index + 1));
  while (kept.at(-1) === '') kept.pop();
  if (line !== undefined) kept.push(line);
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

async function hashAll(
  text: string,
  file: string,
  name: HashName,
): Promise<{ readonly changed: number; readonly result: string }> {
  const whole = text.split(/\r?\n/);
  let changed = 0;
  for (const { user, hash, line } of soundLines(text, file)) {
    if (parseHash(hash) !== undefined) continue;
    // Everything behind the colon is the password, spaces too.
    const password = (whole[line - 1] ?? '').slice(user.length + 1);
    whole[line - 1] = `${user}:${await makeHash(name, new TextEncoder().encode(password))}`;
    changed++;
  }
  return { changed, result: whole.join('\n') };
}

/** Written beside it, synced, then put in its place; readable by its owner alone unless it was readable by more before. */
async function write(file: string, text: string, suffix: string): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  const temporary = join(dirname(file), `.passwd-${suffix}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (before !== undefined) await chmod(temporary, before.mode & 0o777);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new PasswdFault(`${file} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}
