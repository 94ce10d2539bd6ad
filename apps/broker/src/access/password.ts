/** Users of a password file: as an authenticator, and as SCRAM's look-up. The file's content may be replaced at any time. */
import type { Client, Credentials, ScramRecord } from '@mqtt/broker';
import type { Authenticator, Finding } from './decision.ts';
import type { HashQueue } from './hash-queue.ts';
import type { Passwords } from './password-file.ts';

/** Proves a user name by its password. */
export class PasswordAuthenticator implements Authenticator {
  readonly name = 'password';
  readonly #queue: HashQueue;
  #passwords: Passwords;

  constructor(passwords: Passwords, queue: HashQueue) {
    this.#passwords = passwords;
    this.#queue = queue;
  }

  /** From here on these are the users. */
  replace(passwords: Passwords): void {
    this.#passwords = passwords;
  }

  /** For `scramSha256`. */
  scram(username: string): ScramRecord | undefined {
    return this.#passwords.scram(username);
  }

  /** As in `Passwords`. */
  get scramExample(): ScramRecord | undefined {
    return this.#passwords.scramExample;
  }

  /** As in `Passwords`. */
  lineOf(user: string): string | undefined {
    return this.#passwords.lineOf(user);
  }

  /** By the whole line: a password that was changed proves nothing any more, though the user is the same. */
  vouch({ identity, username, certificate, pskIdentity }: Client): string | undefined {
    // Without a User Name only the name in SCRAM's own messages can have been this one.
    const isByScram = username === undefined && certificate === undefined && pskIdentity === undefined;
    if (identity === '' || (username !== identity && !isByScram)) return undefined;
    return this.#passwords.lineOf(identity);
  }

  async authenticate({ username, password }: Credentials): Promise<Finding> {
    if (username === undefined) return { is: 'unknown' };
    if (password === undefined) return { is: 'wrong' };
    const isRight = await this.#queue.run(() => this.#passwords.verify(username, password));
    if (isRight === 'busy') return { is: 'busy' };
    return isRight ? { is: 'known', identity: username } : { is: 'wrong' };
  }
}
