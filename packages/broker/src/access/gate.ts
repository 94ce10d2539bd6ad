/**
 * What a client publishes passes here: the door first, then the program's `onPublish`, which may refuse or change it.
 * Anything but a clear answer is a refusal (0x83). With neither installed nobody asks. Knows no packets.
 */
import { isTopicName } from '@mqtt/codec';
import type { Hooks, MessageChange, PublishRefusal, PublishVerdict } from '../hooks.ts';
import { layouts, Message } from '../message.ts';
import type { Metrics } from '../metrics.ts';
import type { Answer, Client } from './access.ts';
import type { Door } from './authorize.ts';

const REFUSALS: readonly PublishRefusal[] = [0x80, 0x83, 0x87, 0x90, 0x97, 0x99];
const CHANGES: readonly string[] = ['topic', 'payload', 'qos', 'retain', 'properties'];

/** Asks about each message of a client, and about its will when it is due. */
export class Gate {
  readonly #door: Door;
  readonly #onPublish: Hooks['onPublish'];
  readonly #metrics: Metrics;
  readonly #now: () => number;
  /** client id -> the newest of its messages that is asked about is published or refused. */
  readonly #open = new Map<string, Promise<void>>();

  /** @param now ms of the broker's clock, for changed messages */
  constructor(door: Door, onPublish: Hooks['onPublish'], metrics: Metrics, now: () => number) {
    this.#door = door;
    this.#onPublish = onPublish;
    this.#metrics = metrics;
    this.#now = now;
  }

  /** Whether anything is asked: the hot path looks here first. */
  get isGuarded(): boolean {
    return this.#onPublish !== undefined || this.#door.guardsPublish;
  }

  /**
   * The message to publish, the very same when nothing is changed; a number is why not. A client that comes back while
   * one of its messages is asked about waits for that one: the next does not overtake it [MQTT-4.6.0-6].
   */
  pass(client: Client, message: Message): Answer<Message | PublishRefusal> {
    const before = this.#open.size === 0 ? undefined : this.#open.get(client.clientId);
    return before === undefined ? this.#ask(client, message) : before.then(() => this.#ask(client, message));
  }

  /** `answer` is about a message of this client; whoever called this first is done with it when the next one is asked about. */
  opened({ clientId }: Client, answer: Promise<unknown>): () => void {
    const done = answer.then(() => {});
    this.#open.set(clientId, done);
    return () => {
      if (this.#open.get(clientId) === done) this.#open.delete(clientId);
    };
  }

  #ask(client: Client, message: Message): Answer<Message | PublishRefusal> {
    const { topic, qos, retain } = message;
    const allowed = this.#door.publish(client, topic, qos, retain);
    if (typeof allowed === 'boolean') return this.#offer(client, message, allowed);
    return allowed.then((isAllowed) => this.#offer(client, message, isAllowed));
  }

  #offer(client: Client, message: Message, isAllowed: boolean): Answer<Message | PublishRefusal> {
    if (!isAllowed) {
      this.#metrics.messagesUnauthorised++;
      return 0x87;
    }
    const onPublish = this.#onPublish;
    if (onPublish === undefined) return message;
    const passed = this.#door.ask(
      'onPublish',
      () => onPublish(client, message),
      (answer) => this.#decide(message, answer as PublishVerdict),
      0x83 as const,
    );
    return passed instanceof Promise ? passed.then((later) => this.#count(later)) : this.#count(passed);
  }

  #count(passed: Message | PublishRefusal): Message | PublishRefusal {
    if (typeof passed === 'number') this.#metrics.messagesRefused++;
    return passed;
  }

  #decide(message: Message, answer: PublishVerdict): Message | PublishRefusal {
    if (answer === undefined) return message;
    const verdict: { readonly refuse?: PublishRefusal; readonly change?: MessageChange } = Object(answer);
    if (verdict.refuse !== undefined && REFUSALS.includes(verdict.refuse)) return verdict.refuse;
    const changed = verdict.refuse === undefined ? this.#change(message, verdict.change) : undefined;
    if (changed !== undefined) return changed;
    this.#door.nonsense('onPublish', answer);
    return 0x83;
  }

  /** undefined: there is no such message. */
  #change(message: Message, change: MessageChange | undefined): Message | undefined {
    if (typeof change !== 'object' || change === null) return undefined;
    if (Object.keys(change).some((name) => !CHANGES.includes(name))) return undefined;
    const { topic = message.topic, qos = message.qos, retain = message.retain } = change;
    const { payload = message.payload, properties = message.properties } = change;
    if (typeof topic !== 'string' || !isTopicName(topic) || typeof retain !== 'boolean') return undefined;
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return undefined;
    if (properties?.topicAlias !== undefined || properties?.subscriptionIdentifiers !== undefined)
      return undefined;
    // The program may write on its bytes again; those of the message do not change.
    const bytes =
      typeof payload === 'string'
        ? new TextEncoder().encode(payload)
        : payload === message.payload
          ? payload
          : payload.slice();
    const source = { topic, payload: bytes, qos, retain, properties };
    // What counts from the arrival goes on counting from it.
    const now = properties === message.properties ? message.arrivedAt : this.#now();
    const changed = new Message(source, message.publisher, now);
    try {
      changed.frame(layouts.five | (qos === 0 ? 0 : layouts.withId)); // what cannot be encoded fails here, not in a subscriber
    } catch {
      return undefined;
    }
    return ([0, 1, 2] as readonly unknown[]).includes(qos) ? changed : undefined;
  }
}
