/** `@mqtt/client` as a client under test. */
import { type Client, type ConnectOptions, connect } from '@mqtt/client';
import type { Action, Task } from '../client-case.ts';
import type { AtWork, Driver } from './driver.ts';

function optionsOf(task: Task, signal: AbortSignal): ConnectOptions {
  const { clientId, cleanStart, keepAlive, username, password, will } = task;
  const reconnect = task.reconnect ? { minimumDelay: 50, maximumDelay: 100 } : false;
  const base = {
    clientId,
    cleanStart,
    keepAlive,
    username,
    password,
    will,
    reconnect,
    signal,
    connectTimeout: 5000,
  };
  if (task.version === '3.1.1') return { ...base, version: 4 };
  const { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } = task;
  return { ...base, version: 5, properties: { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } };
}

async function act(client: Client, action: Action): Promise<void> {
  if ('subscribe' in action) {
    const { topicFilter, qos } = action.subscribe;
    await client.subscribe(topicFilter, { qos, onMessage: () => undefined });
  } else if ('unsubscribe' in action) await client.unsubscribe(action.unsubscribe);
  else {
    const sent = action.publish.map(({ topic, payload, qos, retain, messageExpiryInterval }) => {
      const properties = messageExpiryInterval === undefined ? undefined : { messageExpiryInterval };
      return client.publish(topic, payload, { qos, retain, properties });
    });
    await Promise.all(sent);
  }
}

/** Our client, in this process. */
export const ourClient: Driver = {
  name: '@mqtt/client',
  start(task, url): AtWork {
    const abort = new AbortController();
    let client: Client | undefined;
    const work = async (): Promise<void> => {
      client = await connect(url.href, optionsOf(task, abort.signal));
      for (const action of task.do) await act(client, action);
      if (task.afterwards === 'disconnect') await client.end();
      else await new Promise(() => undefined);
    };
    return {
      ended: work(),
      stop: async () => {
        abort.abort();
        await client?.end({ timeout: 0 }).catch(() => undefined);
      },
    };
  },
};
