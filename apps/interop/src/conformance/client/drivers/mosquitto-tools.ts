/** mosquitto_pub and mosquitto_sub as clients under test: one publishes a message and goes, the other stays. */
import { HOW_TO_INSTALL } from '../../../peers/mosquitto.ts';
import { findProgram, Program } from '../../../peers/program.ts';
import type { Task } from '../client-case.ts';
import { type AtWork, CannotDo, type Driver } from './driver.ts';

function common(task: Task, url: URL): string[] {
  const { will, username, password } = task;
  const version = task.version === '5.0' ? 'mqttv5' : 'mqttv311';
  return [
    ...['-h', url.hostname, '-p', url.port, '-V', version, '-i', task.clientId, '-k', String(task.keepAlive)],
    ...(task.cleanStart ? [] : ['-c']),
    ...(task.version === '5.0' ? ['-x', String(task.sessionExpiryInterval)] : []),
    ...(username === undefined ? [] : ['-u', username]),
    ...(password === undefined ? [] : ['-P', password]),
    ...(will === undefined
      ? []
      : [
          ...['--will-topic', will.topic, '--will-payload', will.payload, '--will-qos', String(will.qos)],
          ...(will.retain ? ['--will-retain'] : []),
        ]),
    ...property(task, 'receive-maximum', task.receiveMaximum),
  ];
}

function property({ version }: Task, name: string, value: number | undefined): string[] {
  return version === '5.0' && value !== undefined ? ['-D', 'connect', name, String(value)] : [];
}

/** The command line of a task. @throws {CannotDo} */
function commandOf(task: Task, url: URL): readonly [program: string, args: string[]] {
  const [first, ...more] = task.do;
  if (first === undefined || more.length > 0) throw new CannotDo('the Mosquitto tools do one thing each');
  if (task.keepAlive < 5) throw new CannotDo('the Mosquitto tools take no keep alive below 5 s');
  if (url.protocol !== 'mqtt:') throw new CannotDo('the Mosquitto tools have no WebSocket');
  if (task.topicAliasMaximum !== undefined) throw new CannotDo('the Mosquitto tools know no topic aliases');
  if (task.clientId === '') throw new CannotDo('the Mosquitto tools always have a client id');
  if ('subscribe' in first && task.afterwards === 'stay') {
    const { topicFilter, qos } = first.subscribe;
    return ['mosquitto_sub', [...common(task, url), '-t', topicFilter, '-q', String(qos)]];
  }
  if (
    'publish' in first &&
    first.publish.length === 1 &&
    !task.reconnect &&
    task.afterwards === 'disconnect'
  ) {
    const [{ topic, payload, qos, retain }] = first.publish as [(typeof first.publish)[number]];
    const flags = retain ? ['-r'] : [];
    return ['mosquitto_pub', [...common(task, url), '-t', topic, '-m', payload, '-q', String(qos), ...flags]];
  }
  throw new CannotDo('the Mosquitto tools have no command for this');
}

/** Debian's command-line clients, a process a task. */
export const mosquittoTools: Driver = {
  name: 'mosquitto_pub, mosquitto_sub',
  start(task, url): AtWork {
    try {
      const [name, args] = commandOf(task, url);
      const program = new Program(findProgram(name, HOW_TO_INSTALL), args);
      return {
        ended: program.ended.then(() => undefined),
        stop: async () => {
          await program.end('SIGKILL');
        },
      };
    } catch (error) {
      return { ended: Promise.reject(error), stop: async () => undefined };
    }
  },
};
