/**
 * How the client proves who it is: name and password in CONNECT, or by a method that shows neither. Answers: what goes
 * into the options of `connect` for that, and what must not stay in the URL? Where the password is from, `secret.ts` knows.
 */
import type { NodeConnectOptions } from '@mqtt/client';
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../exit-codes.ts';
import type { World } from '../world.ts';
import { passwordOf, type SecretWords } from './secret.ts';

/** What a user may say about it. */
export interface LoginWords extends SecretWords {
  readonly username?: string;
  readonly authMethod?: 'SCRAM-SHA-256';
  readonly protocolVersion: 3 | 4 | 5;
}

/** A server, or those that are tried in turn. */
type Url = string | readonly string[];

/** The method of `--auth-method`. */
export function authMethod(text: string): 'SCRAM-SHA-256' {
  const name = text.toUpperCase();
  if (name === 'SCRAM-SHA-256') return name;
  throw new InvalidArgumentError('There is only SCRAM-SHA-256.');
}

/** Percent-encoded text as it is meant, or as it stands. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Written {
  readonly url: Url;
  readonly username?: string;
  readonly password?: string;
}

/** The name and password of a URL, and the URL without them. */
function apart(url: Url): Written {
  if (typeof url !== 'string') return { url };
  const [, scheme = '', login = '', rest = ''] = /^([a-z]+:\/\/)([^/?#]*)@(.*)$/is.exec(url) ?? [];
  if (scheme === '') return { url };
  const [, username = '', password] = /^([^:]*)(?::(.*))?$/s.exec(login) ?? [];
  return {
    url: scheme + rest,
    ...(username !== '' && { username: decoded(username) }),
    ...(password !== undefined && { password: decoded(password) }),
  };
}

/** What of the options is the login, and the URL that is left. @throws UsageError */
export async function toLogin(
  words: LoginWords,
  world: World,
  url: Url,
): Promise<{ readonly url: Url; readonly login: NodeConnectOptions }> {
  const { authMethod: method, protocolVersion, username } = words;
  const password = await passwordOf(words, world);
  if (method === undefined) {
    const given = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    };
    return { url, login: given };
  }
  if (protocolVersion < 5) throw new UsageError('--auth-method needs version 5: -V 5');
  // What is proved is not sent: neither goes into CONNECT, from a URL neither.
  const written = apart(url);
  const name = username ?? written.username;
  const secret = password ?? written.password;
  if (name === undefined) throw new UsageError('--auth-method needs a user name: -u');
  if (secret === undefined)
    throw new UsageError(
      '--auth-method needs a password: $MQTT_PASSWORD, --password-file, --ask-password or -P',
    );
  const { scramSha256 } = await import('@mqtt/client/scram');
  return { url: written.url, login: { authentication: scramSha256({ username: name, password: secret }) } };
}
