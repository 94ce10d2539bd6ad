/** MQTT.js as a client under test. */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Action, Task } from '../client-case.ts';
import type { AtWork, Driver } from './driver.ts';

function optionsOf(task: Task): IClientOptions {
  const { clientId, cleanStart, username, password, will } = task;
  const { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } = task;
  const limits = {
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    ...(topicAliasMaximum === undefined ? {} : { topicAliasMaximum }),
  };
  return {
    clientId,
    clean: cleanStart,
    keepalive: task.keepAlive,
    protocolVersion: task.version === '5.0' ? 5 : 4,
    reconnectPeriod: task.reconnect ? 50 : 0,
    connectTimeout: 5000,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from(will.payload) } }),
    ...(task.version === '5.0' ? { properties: { sessionExpiryInterval, ...limits } } : {}),
  };
}

async function act(client: MqttClient, action: Action): Promise<void> {
  if ('subscribe' in action)
    await client.subscribeAsync(action.subscribe.topicFilter, { qos: action.subscribe.qos });
  else if ('unsubscribe' in action) await client.unsubscribeAsync(action.unsubscribe);
  else {
    const sent = action.publish.map(({ topic, payload, qos, retain, messageExpiryInterval }) => {
      const properties = messageExpiryInterval === undefined ? {} : { properties: { messageExpiryInterval } };
      return client.publishAsync(topic, payload, { qos, retain, ...properties });
    });
    await Promise.all(sent);
  }
}

/** MQTT.js, in this process. */
export const mqttJs: Driver = {
  name: 'MQTT.js',
  start(task, url): AtWork {
    const client = connect(url.href, optionsOf(task));
    const failed = new Promise<never>((_, reject) => {
      client.on('error', reject);
    });
    const work = async (): Promise<void> => {
      await new Promise<void>((resolve) => client.once('connect', () => resolve()));
      for (const action of task.do) await act(client, action);
      if (task.afterwards === 'disconnect') await client.endAsync();
      else await new Promise(() => undefined);
    };
    return {
      ended: Promise.race([work(), failed]),
      stop: () => client.endAsync(true).catch(() => undefined),
    };
  },
};
