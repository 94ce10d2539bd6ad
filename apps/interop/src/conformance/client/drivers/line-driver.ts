/**
 * Clients in other languages as clients under test: a task becomes orders of the line protocol. Knows no library.
 */
import type { LineProgram } from '../../../peers/line-client.ts';
import type { ConnectOrder, LineMessage, Order } from '../../../peers/line-protocol.ts';
import type { Action, Task, TaskMessage } from '../client-case.ts';
import type { AtWork, Driver } from './driver.ts';

let tasks = 0;

function messageOf({ topic, payload, qos, retain, messageExpiryInterval }: TaskMessage): LineMessage {
  const properties = messageExpiryInterval === undefined ? undefined : { messageExpiryInterval };
  return { topic, payload: Buffer.from(payload).toString('base64'), qos, retain, properties };
}

function connectOrder(task: Task, url: URL): ConnectOrder {
  const { version, clientId, cleanStart, keepAlive, username, password, reconnect, will } = task;
  const { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } = task;
  const ofV5 = version === '5.0' ? { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } : {};
  return {
    do: 'connect',
    url: url.href.replace(/\/$/, ''),
    version,
    clientId,
    cleanStart,
    keepAlive,
    username,
    password,
    will: will && messageOf(will),
    reconnect,
    ...ofV5,
  };
}

function orderOf(action: Action): Order {
  if ('subscribe' in action) {
    const { topicFilter, qos } = action.subscribe;
    return { do: 'subscribe', topicFilters: [topicFilter], qos };
  }
  if ('unsubscribe' in action) return { do: 'unsubscribe', topicFilter: action.unsubscribe };
  return { do: 'publish', messages: action.publish.map(messageOf) };
}

/** A client whose program speaks the line protocol; `open` gives one for a connection. */
export function lineDriver(name: string, open: () => Promise<LineProgram>): Driver {
  return {
    name,
    start(task, url): AtWork {
      tasks += 1;
      const client = `task${tasks}`;
      const opening = open();
      const work = async (): Promise<void> => {
        const { desk } = await opening;
        const closed = new Promise<void>((resolve) => {
          desk.listen(client, ({ event }) => {
            if (event === 'closed') resolve();
          });
        });
        await desk.order(client, connectOrder(task, url));
        for (const action of task.do) await desk.order(client, orderOf(action));
        if (task.afterwards === 'disconnect') await desk.order(client, { do: 'disconnect' });
        else await closed;
      };
      return {
        ended: work(),
        stop: async () => {
          const { desk, release } = await opening;
          await desk.order(client, { do: 'drop' }).catch(() => undefined);
          desk.forget(client);
          await release();
        },
      };
    },
  };
}
