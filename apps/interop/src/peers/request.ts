/**
 * A request for clients that have no word for it: subscribes to the response topic, publishes with it, and takes what
 * comes with the same correlation data. Needs a client that sends and shows properties.
 */
import type { Client, Door, Message, Request } from './peer.ts';

let asked = 0;

/** Asks, and resolves with the answer. @throws {Error} when what comes is not the answer to this request */
export async function requestBySubscribing(client: Client, at: Door, wish: Request): Promise<Message> {
  asked += 1;
  const correlationData = new TextEncoder().encode(`request ${asked}`);
  const subscriber = await client.subscribe(at, {
    clientId: `r${process.pid.toString(36)}n${asked.toString(36)}`,
    topicFilters: [wish.responseTopic],
    qos: wish.qos,
    keep: false,
  });
  const { topic, payload, qos, responseTopic } = wish;
  await client.publish(at, [
    { topic, payload, qos, retain: false, properties: { responseTopic, correlationData } },
  ]);
  const answer = await subscriber.next();
  const got = answer.properties?.correlationData;
  if (got === undefined || Buffer.compare(got, correlationData) !== 0)
    throw new Error(`${client.name}: the answer has another correlation data`);
  await subscriber.end();
  return answer;
}
