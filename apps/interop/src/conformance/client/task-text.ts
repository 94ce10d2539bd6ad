/** A task in words, for a person who does it by hand. */
import type { Action, Task, TaskMessage } from './client-case.ts';

/** One line for each thing to do. */
export function taskText(task: Task, url: string): string {
  const { clientId, cleanStart, keepAlive, sessionExpiryInterval, username, password, will } = task;
  const session = task.version === '5.0' ? `, Session Expiry Interval ${sessionExpiryInterval} s` : '';
  const login = username === undefined ? '' : `, user ${username}, password ${password ?? 'none'}`;
  const left = will === undefined ? '' : `, will: ${messageText(will)}`;
  const id = clientId === '' ? 'an empty client id' : `client id ${clientId}`;
  return [
    `connect to ${url} with MQTT ${task.version}, ${id}, clean start ${cleanStart ? 1 : 0}, keep alive ${keepAlive} s${session}${login}${left}`,
    ...(task.receiveMaximum === undefined ? [] : [`  with Receive Maximum ${task.receiveMaximum}`]),
    ...(task.topicAliasMaximum === undefined ? [] : [`  with Topic Alias Maximum ${task.topicAliasMaximum}`]),
    ...task.do.map(actionText),
    task.afterwards === 'stay' ? 'stay connected' : 'disconnect',
    ...(task.reconnect ? ['connect again when the connection is lost'] : []),
  ]
    .map((line) => `  ${line}`)
    .join('\n');
}

function actionText(action: Action): string {
  if ('subscribe' in action)
    return `subscribe to ${action.subscribe.topicFilter} with QoS ${action.subscribe.qos}`;
  if ('unsubscribe' in action) return `unsubscribe from ${action.unsubscribe}`;
  return `publish, without waiting between: ${action.publish.map(messageText).join('; ')}`;
}

function messageText({ topic, payload, qos, retain }: TaskMessage): string {
  return `"${payload}" to ${topic}, QoS ${qos}${retain ? ', retained' : ''}`;
}
