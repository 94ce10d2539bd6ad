/**
 * The other end of `client.request`: answers what is asked (§4.10). Uses nothing that a user could not.
 */
import type { TopicFilter } from '@mqtt/codec';
import type { Client, Subscribed, SubscribeOptions } from './client.ts';
import type { Message } from './message.ts';
import type { Payload } from './settings.ts';

/** Gives the answer to one request. What it throws goes to the client's `error` event, and the asker's time runs out. */
export type Responder = (request: Message) => Payload | PromiseLike<Payload>;

/**
 * Answers every request to the topic filter: the payload that `responder` gives is published to the request's Response
 * Topic, with its Correlation Data and QoS. 5.0 only; a message without Response Topic is handled and not answered.
 *
 *     await respond(client, 'sum', (request) => String(add(request.json())));
 * @throws as `client.subscribe` does
 */
export function respond<Filter extends string>(
  client: Client,
  topicFilter: TopicFilter<Filter>,
  responder: Responder,
  options: Omit<SubscribeOptions, 'onMessage'> = {},
): Subscribed {
  return client.subscribe(topicFilter, {
    ...options,
    onMessage: async (request) => {
      const { responseTopic, correlationData } = request.properties ?? {};
      const payload = await responder(request);
      if (responseTopic === undefined) return;
      await client.publish(responseTopic, payload, { qos: request.qos, properties: { correlationData } });
    },
  });
}
