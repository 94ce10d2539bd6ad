/**
 * Retained messages on their way to a new subscription: as many as the client takes, the rest when it is ready, so that
 * a million of them neither fill a buffer nor stop the event loop [F17]. What a topic has by then is sent, not what it
 * had when the client subscribed. Knows neither packets nor the retained store.
 */
import type { Message } from '../message.ts';
import type { Subscription } from '../subscriber.ts';

/** The retained messages of one new subscription. */
export class Replay {
  /** The subscription, with RETAIN left as it is [MQTT-3.3.1-9]. */
  readonly subscription: Subscription;
  #topics: readonly string[];
  readonly #retained: (topic: string) => Message | undefined;
  #next = 0;

  constructor(
    topics: readonly string[],
    subscription: Subscription,
    retained: (topic: string) => Message | undefined,
  ) {
    this.#topics = topics;
    this.subscription = { ...subscription, retainAsPublished: true };
    this.#retained = retained;
  }

  /** Keeps only the next `most` topics, for a client that is away; returns how many are left of them. */
  shorten(most: number): number {
    this.#topics = this.#topics.slice(this.#next, this.#next + Math.max(0, most));
    this.#next = 0;
    return this.#topics.length;
  }

  /** The next topic's message; undefined at the end. */
  next(): Message | undefined {
    while (this.#next < this.#topics.length) {
      const topic = this.#topics[this.#next++];
      const message = topic === undefined ? undefined : this.#retained(topic);
      if (message !== undefined) return message;
    }
    return undefined;
  }
}
