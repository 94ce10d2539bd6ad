/**
 * Topics that must not compile in the calls of a program that embeds the broker. Checked by `tsc` (npm run typecheck):
 * each `@ts-expect-error` is an error itself as soon as the line below it compiles. Nothing here runs.
 */
import type { Broker } from '../src/index.ts';

export function calls(broker: Broker, room: string): unknown {
  return [
    broker.publish('a/b', ''),
    broker.publish(room, '', { qos: 1, responseTopic: room }),
    broker.publish(`sensors/${room}`, '', { responseTopic: `answers/${room}` }),
    broker.subscribe(`${room}/#`, () => {}),
    broker.subscribe('$share/group/+', () => {}),
    // @ts-expect-error [MQTT-3.3.2-2]
    broker.publish('a/+/b', ''),
    // @ts-expect-error [MQTT-4.7.3-1]
    broker.publish('', ''),
    // @ts-expect-error [MQTT-3.3.2-14]
    broker.publish('a', '', { responseTopic: 'r/#' }),
    // @ts-expect-error [MQTT-4.7.1-1]
    broker.subscribe('a/#/b', () => {}),
    // @ts-expect-error [MQTT-4.7.1-2]
    broker.subscribe('a+', () => {}),
  ];
}
