/**
 * From servers and options to a connected client, on any platform.
 */
import { Client } from './client.ts';
import { AbortError } from './features/abort.ts';
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
  let settings = toSettings(options, platform.random);
  const keeper = await options.store?.open(turns.name, options);
  if (keeper !== undefined)
    settings = toSettings({ ...options, ...keeper.resumed } as ConnectOptions, platform.random);
  try {
    if (signal?.aborted) throw new AbortError(signal);
    const { transport = platform.transport } = options;
    const client = new Client(turns, settings, { ...platform, transport }, keeper);
    await client.start(signal);
    return client;
  } catch (error) {
    await keeper?.close();
    throw error;
  }
}
