/**
 * Topics that must not compile, and those that must: every call of both clients that takes a Topic Name or a Topic
 * Filter. Checked by `tsc` (npm run typecheck): each `@ts-expect-error` is an error itself as soon as the line below it
 * compiles. Nothing here runs.
 */
import type { Client, PublishOptions, TopicFilter, TopicName, WillOptions } from '../src/index.node.ts';
import { connect, respond } from '../src/index.node.ts';
import { connect as connectSmall } from '../src/index.small.ts';
import { type PayloadCodec, topic } from '../src/topics.ts';

/** Compiles only when both types are the same. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
function isTrue<T extends true>(value?: T): T | undefined {
  return value;
}
/** What the compiler's message shows for a topic that is refused. */
type Why<Refused> = Refused[Exclude<keyof Refused, keyof string>];

isTrue<Same<Why<TopicName<''>>, 'a Topic Name is not empty'>>();
isTrue<Same<Why<TopicName<'a/+'>>, 'a Topic Name has no wildcard; + and # are for subscribe'>>();
isTrue<Same<Why<TopicFilter<''>>, 'a Topic Filter is not empty'>>();
isTrue<Same<Why<TopicFilter<'a/#/b'>>, '# is a level of its own, and the last: a/#'>>();
isTrue<Same<Why<TopicFilter<'a+'>>, '+ is a level of its own: a/+/b'>>();
isTrue<Same<TopicName, string>>();
isTrue<Same<TopicFilter, string>>();
isTrue<Same<Parameters<Client['publish']>[0], string>>();

/** Publishing: Topic Names, and Response Topics. */
export async function publishes(room: string, options: PublishOptions): Promise<unknown> {
  const client = await connect('mqtt://localhost');
  const small = await connectSmall('ws://localhost');
  const text: PayloadCodec<string> = { encode: (value) => value, decode: String };
  const typed = topic('a/{b}', text);
  return [
    client.publish('a/b', ''),
    client.publish('/', ''),
    client.publish(room, '', options),
    client.publish(`sensors/${room}/t`, '', { qos: 1, properties: { responseTopic: `answers/${room}` } }),
    client.publish(room === 'x' ? 'a' : 'b', ''),
    client.publish(['a', 'b'].join('/'), ''),
    small.publish('a/b', '', { properties: { responseTopic: 'r', userProperties: [['a', 'b']] } }),
    client.request('sum', '1', { timeout: 1 }),
    // @ts-expect-error [MQTT-3.3.2-2]
    client.publish('a/+/b', ''),
    // @ts-expect-error [MQTT-3.3.2-2]
    client.publish('#', ''),
    // @ts-expect-error [MQTT-4.7.3-1]
    client.publish('', ''),
    // @ts-expect-error [MQTT-3.3.2-2] whatever stands before it
    client.publish(`${room}/+/t`, ''),
    // @ts-expect-error [MQTT-3.3.2-2] one of two
    client.publish(room === 'x' ? 'a' : 'b/#', ''),
    // @ts-expect-error [MQTT-3.3.2-14]
    client.publish('a', '', { properties: { responseTopic: 'r/#' } }),
    // @ts-expect-error an option that does not exist is still told
    client.publish('a', '', { qos: 1, properties: { responseTopics: 'r' } }),
    // @ts-expect-error [MQTT-3.3.2-2]
    small.publish('a/+', ''),
    // @ts-expect-error [MQTT-3.3.2-14]
    small.publish('a', '', { properties: { responseTopic: '+' } }),
    // @ts-expect-error [MQTT-3.3.2-2]
    client.request('su+m', '1'),
    // @ts-expect-error [MQTT-3.3.2-14]
    client.request('sum', '1', { properties: { responseTopic: '#' } }),
    typed.publish(client, { b: 1 }, '', { properties: { responseTopic: 'r' } }),
    // @ts-expect-error [MQTT-3.3.2-14]
    typed.publish(client, { b: 1 }, '', { properties: { responseTopic: '' } }),
  ];
}

/** Topic Filters. */
export function filters(client: Client, room: string, list: string | readonly string[]): unknown {
  return [
    client.subscribe('#'),
    client.subscribe('+/+/#', { qos: 1 }),
    client.subscribe(['a', '+/b/', '/+', '$share/group/a/+']),
    client.subscribe(list),
    client.subscribe([room, `${room}/#`]),
    // What the text ends or begins with is not known.
    client.subscribe([`${room}+`, `+${room}`, `${room}#`, `a/+${room}`, `a${room}+`]),
    client.unsubscribe(['a/+', 'b/#']),
    respond(client, '$share/adders/sum/+', () => ''),
    // @ts-expect-error [MQTT-4.7.1-1]
    client.subscribe('a/#/b'),
    // @ts-expect-error [MQTT-4.7.1-1]
    client.subscribe('a#'),
    // @ts-expect-error [MQTT-4.7.1-1]
    client.subscribe('##'),
    // @ts-expect-error [MQTT-4.7.1-2]
    client.subscribe('a+'),
    // @ts-expect-error [MQTT-4.7.1-2]
    client.subscribe('a/+b'),
    // @ts-expect-error [MQTT-4.7.1-2]
    client.subscribe('+/++'),
    // @ts-expect-error [MQTT-4.7.3-1]
    client.subscribe(''),
    // @ts-expect-error [MQTT-4.7.1-1] one of two
    client.subscribe(['a', 'b/#/c']),
    // @ts-expect-error [MQTT-4.7.1-2] whatever stands before it
    client.subscribe(`${room}/a+`),
    // @ts-expect-error [MQTT-4.7.1-1]
    client.unsubscribe('a/#/b'),
    // @ts-expect-error [MQTT-4.7.1-2]
    respond(client, 'sum+', () => ''),
  ];
}

/** Wills. */
export function wills(will: WillOptions, room: string): unknown {
  const payload = 'gone';
  return [
    connect('mqtt://localhost', { will }),
    connect('mqtt://localhost', { version: 4, will: { topic: `gone/${room}`, payload } }),
    connectSmall('ws://localhost', { will: { topic: 'gone', payload, qos: 1 } }),
    // @ts-expect-error [MQTT-4.7.1-1]
    connect('mqtt://localhost', { will: { topic: 'gone/#', payload } }),
    // @ts-expect-error [MQTT-4.7.3-1]
    connect('mqtt://localhost', { version: 4, will: { topic: '', payload } }),
    // @ts-expect-error [MQTT-4.7.1-1]
    connectSmall('ws://localhost', { will: { topic: 'gone/+', payload } }),
    // @ts-expect-error an option that does not exist is still told
    connect('mqtt://localhost', { keepalive: 60, will: { topic: 'gone', payload } }),
  ];
}

/** A function around `publish` may ask for the same; what holds a `publish` of its own stands in for a client. */
export function around<Topic extends string>(client: Client, name: TopicName<Topic>): unknown {
  const plain: { publish(topic: string, payload: string): Promise<unknown> } = client;
  const stand: Pick<Client, 'publish'> = { publish: async (_topic: string) => client.publish('a', '') };
  return [client.publish(name, ''), plain, stand];
}
