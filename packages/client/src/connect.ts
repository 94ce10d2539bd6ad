/**
 * From servers and options to a connected client, on any platform.
 */
import { Client } from './client.ts';
import { AbortError } from './errors.ts';
import { type ConnectOptions, toSettings } from './options.ts';
import type { Platform } from './platform.ts';
import { type Servers, turnsOf } from './servers.ts';

/** Connects on `platform`; what `connect` of each entry does. Rejects as they say. */
export async function connectOn(
  platform: Platform,
  servers: Servers,
  options: ConnectOptions,
): Promise<Client> {
  const { signal } = options;
  const turns = turnsOf(servers);
  const settings = toSettings(options, platform.random);
  if (signal?.aborted) throw new AbortError(signal);
  const client = new Client(turns, settings, {
    ...platform,
    transport: options.transport ?? platform.transport,
  });
  await client.start(signal);
  return client;
}
