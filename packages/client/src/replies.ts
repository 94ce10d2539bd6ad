/**
 * Requests to other clients and their answers (§4.10): which response topic is used, which answer belongs to which
 * request, and how long it is waited for. What answers nothing that waits (late, twice, somebody else's) is passed over.
 */
import type { Connack, ProtocolVersion } from '@mqtt/codec';
import type { Clock } from './clock.ts';
import { invalid, MqttError, RefusedError } from './errors.ts';
import { watch } from './features/abort.ts';
import type { PublishOptions } from './features/keeping-publisher.ts';
import type { Message } from './message.ts';
import { Pending } from './pending.ts';
import type { PublishResult } from './publisher.ts';
import type { Payload } from './settings.ts';

/** How a request is made. A `responseTopic` in `properties` replaces the client's own; correlation data is always ours. */
export interface RequestOptions<ResponseTopic extends string = string> extends PublishOptions<ResponseTopic> {
  /** Milliseconds to wait for the answer. Default 30,000. */
  readonly timeout?: number | undefined;
}

/** What requests are made with. */
export interface Asking {
  readonly version: ProtocolVersion;
  readonly clientId: string;
  /** The last one. */
  readonly connack: Connack | undefined;
  publish(topic: string, payload: Payload, options: PublishOptions): Promise<PublishResult>;
  subscribe(
    topicFilter: string,
    options: { qos: 1; onMessage: (message: Message) => void },
  ): PromiseLike<unknown>;
}

/** All requests of a client that are not answered. */
export class Replies {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waiting = new Map<string, Pending<Message>>();
  /** Topics that answers come to: one, unless the server or a request names others. */
  readonly #topics = new Map<string, PromiseLike<unknown>>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What `Client.request` does. */
  async request(asking: Asking, topic: string, payload: Payload, options: RequestOptions): Promise<Message> {
    const { timeout = 30_000 } = options;
    if (asking.version < 5) throw invalid('request needs version 5: 3.x has no response topic');
    if (!(timeout >= 1 && timeout <= 2_147_483_647)) throw invalid('timeout must be 1 to 2147483647');
    const correlationData = Uint8Array.from({ length: 16 }, () => this.#random() * 256);
    const answer = new Pending<Message>();
    const cancel = this.#clock.after(timeout, () =>
      answer.reject(new MqttError('REQUEST_TIMEOUT', `no answer to ${topic} within ${timeout} ms`)),
    );
    if (options.signal !== undefined) watch(answer, options.signal);
    this.#waiting.set(`${correlationData}`, answer);
    this.#send(asking, topic, payload, options, correlationData).catch((error) => answer.reject(error));
    try {
      return await answer.promise;
    } finally {
      cancel();
      this.#waiting.delete(`${correlationData}`);
    }
  }

  async #send(
    asking: Asking,
    topic: string,
    payload: Payload,
    options: PublishOptions,
    correlationData: Uint8Array,
  ): Promise<void> {
    const responseTopic = options.properties?.responseTopic ?? responseTopicOf(asking);
    const subscribed =
      this.#topics.get(responseTopic) ??
      asking.subscribe(responseTopic, { qos: 1, onMessage: (message) => this.#answered(message) });
    this.#topics.set(responseTopic, subscribed);
    try {
      await subscribed;
    } catch (error) {
      this.#topics.delete(responseTopic); // the next request tries again
      throw error;
    }
    if (!this.#waiting.has(`${correlationData}`)) return;
    const properties = { ...options.properties, responseTopic, correlationData };
    const { reasonCode } = await asking.publish(topic, payload, { ...options, properties });
    if (reasonCode === 0x10) throw new RefusedError('PUBLISH_REFUSED', `nobody answers ${topic}`, reasonCode);
  }

  #answered(message: Message): void {
    this.#waiting.get(`${message.properties?.correlationData}`)?.resolve(message);
  }

  /** The client ends. */
  close(error: MqttError): void {
    for (const answer of this.#waiting.values()) answer.reject(error);
  }
}

/** Below what the server gave for it, if it gave something (§3.1.2.11.6); a client id may hold anything. */
function responseTopicOf({ connack, clientId }: Asking): string {
  const basis = connack?.properties?.responseInformation ?? 'response';
  return `${basis.replace(/\/$/, '')}/${encodeURIComponent(clientId)}`;
}
