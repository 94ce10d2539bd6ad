/**
 * From a URL and options to a connected client, on any platform.
 */
import { Client } from './client.ts';
import { AbortError } from './errors.ts';
import { type ConnectOptions, toSettings } from './options.ts';
import type { Platform } from './platform.ts';
import { parseUrl } from './url.ts';

/** Connects on `platform`; what `connect` of each entry does. Rejects as they say. */
export async function connectOn(
  platform: Platform,
  url: string | URL,
  options: ConnectOptions,
): Promise<Client> {
  const { endpoint, username, password } = parseUrl(url);
  const { signal } = options;
  const given = {
    ...options,
    username: options.username ?? username,
    password: options.password ?? password,
  };
  const settings = toSettings(given as ConnectOptions, platform.random);
  if (signal?.aborted) throw new AbortError(signal);
  const client = new Client(endpoint, settings, platform);
  await client.start(signal);
  return client;
}
