/**
 * A password file as Mosquitto's: a line `user:hash` for each user. Answers whether a password is a user's, in about the
 * same time whether there is such a user or not. Knows neither files nor connections: it is given text.
 */
import type { ScramRecord } from '@mqtt/broker';
import { type Flaw, throwFlaws } from './access-file-error.ts';
import { HASHES, type HashName, makeHash, type PasswordHash, parseHash } from './password-hash.ts';

/** The users of a password file. */
export class Passwords {
  readonly #users: ReadonlyMap<string, PasswordHash>;
  /** Stands in for users that do not exist, in the form that most of them have. */
  readonly #nobody: Promise<PasswordHash | undefined>;

  private constructor(users: ReadonlyMap<string, PasswordHash>) {
    this.#users = users;
    this.#nobody = dummyOf(users);
  }

  /** Reads a password file. @throws {AccessFileError} */
  static parse(text: string, file: string): Passwords {
    const users = new Map<string, PasswordHash>();
    const flaws: Flaw[] = [];
    for (const { user, hash, line } of lines(text, flaws)) {
      const parsed = parseHash(hash);
      if (parsed === undefined) {
        const what = hash.startsWith('$') ? 'is no hash that is known' : 'is not hashed';
        const problem = `the password of "${user}" ${what}: write it with \`mqttd passwd ${file} ${user}\`, or hash a whole file of plain passwords with \`mqttd passwd -U ${file}\``;
        flaws.push({ line, column: user.length + 2, problem });
      } else if (users.has(user)) {
        flaws.push({ line, column: 1, problem: `"${user}" is there twice: keep one line` });
      } else users.set(user, parsed);
    }
    throwFlaws(file, flaws);
    return new Passwords(users);
  }

  get size(): number {
    return this.#users.size;
  }

  /** Whether this is the password of `user`. */
  async verify(user: string, password: Uint8Array): Promise<boolean> {
    const found = this.#users.get(user);
    if (found !== undefined) return await found.verify(password);
    await (await this.#nobody)?.verify(password);
    return false;
  }

  /** What SCRAM needs of `user`; undefined when the password is hashed otherwise, or there is no such user. */
  scram(user: string): ScramRecord | undefined {
    return this.#users.get(user)?.scram;
  }

  /** Somebody's SCRAM record: what those of users that do not exist must look like; undefined when nobody has one. */
  get scramExample(): ScramRecord | undefined {
    for (const { scram } of this.#users.values()) if (scram !== undefined) return scram;
    return undefined;
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  /** The hash of `user` as the file has it: another one is another password, or the same with another salt. */
  lineOf(user: string): string | undefined {
    return this.#users.get(user)?.text;
  }
}

/** One line of a password file. */
export interface PasswordLine {
  readonly user: string;
  /** Whatever stands behind the first colon. */
  readonly hash: string;
  /** From 1. */
  readonly line: number;
}

/** The lines of a password file; blank ones and comments are left out, and those that are none, which are flaws. */
function* lines(text: string, flaws: Flaw[]): Generator<PasswordLine> {
  let line = 0;
  for (const whole of text.split(/\r?\n/)) {
    line++;
    if (whole.trim() === '' || whole.startsWith('#')) continue;
    const colon = whole.indexOf(':');
    const user = whole.slice(0, Math.max(0, colon));
    const hash = whole.slice(colon + 1).trim();
    const problem =
      colon < 0
        ? 'a line is `user:hash`, and this one has no colon'
        : user === ''
          ? 'there is no user name before the colon'
          : hash === ''
            ? `"${user}" has no password: delete the line, or give it one`
            : undefined;
    if (problem === undefined) yield { user, hash, line };
    else flaws.push({ line, column: colon < 0 || user === '' ? 1 : colon + 1, problem });
  }
}

/** The lines of a password file that is to be edited. @throws {AccessFileError} for one that is no password file */
export function soundLines(text: string, file: string): readonly PasswordLine[] {
  const flaws: Flaw[] = [];
  const found = [...lines(text, flaws)];
  throwFlaws(file, flaws);
  return found;
}

/** A hash of nobody's password that costs what the users' do: the most frequent form, with their parameters. */
async function dummyOf(users: ReadonlyMap<string, PasswordHash>): Promise<PasswordHash | undefined> {
  const counts = new Map<HashName, number>();
  for (const { name } of users.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined) return parseHash(await makeHash('argon2id', new Uint8Array(16)));
  const example = [...users.values()].find(({ name }) => name === most[0]);
  return example === undefined ? undefined : parseHash(withoutSecret(example.text));
}

/** The same hash with another result: it costs the same and no password fits. */
function withoutSecret(text: string): string {
  const at = text.lastIndexOf('$') + 1;
  return (
    text.slice(0, at) + text.slice(at).replace(/[A-Za-z0-9+/]/g, (letter) => (letter === 'A' ? 'E' : 'A'))
  );
}

/** Whether `name` is a form that `makeHash` makes. */
export function isHashName(name: string): name is HashName {
  return (HASHES as readonly string[]).includes(name);
}
