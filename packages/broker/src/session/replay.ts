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
  /** Looked for when its turn comes: a thousand filters of one client may match the same ten thousand topics [N02]. */
  #topics: readonly string[] | undefined;
  readonly #find: () => readonly string[];
  readonly #retained: (topic: string) => Message | undefined;
  #next = 0;

  constructor(
    find: () => readonly string[],
    subscription: Subscription,
    retained: (topic: string) => Message | undefined,
  ) {
    this.#find = find;
    this.subscription = { ...subscription, retainAsPublished: true };
    this.#retained = retained;
  }

  /** Keeps only the next `most` topics, for a client that is away; returns how many are left of them. */
  shorten(most: number): number {
    if (most <= 0) return 0;
    this.#topics = (this.#topics ?? this.#find()).slice(this.#next, this.#next + most);
    this.#next = 0;
    return this.#topics.length;
  }

  /** The next topic's message; undefined at the end. */
  next(): Message | undefined {
    this.#topics ??= this.#find();
    while (this.#next < this.#topics.length) {
      const topic = this.#topics[this.#next++];
      const message = topic === undefined ? undefined : this.#retained(topic);
      if (message !== undefined) return message;
    }
    return undefined;
  }
}

/** The retained messages of all new subscriptions of one session, one subscription after the other. */
export class Replays {
  readonly #clientId: string;
  #list: Replay[] = [];

  constructor(clientId: string) {
    this.#clientId = clientId;
  }

  add(replay: Replay): void {
    this.#list.push(replay);
  }

  /** None of this subscription follows. */
  end(topicFilter: string): void {
    this.#list = this.#list.filter(({ subscription }) => subscription.topicFilter !== topicFilter);
  }

  /** The client is away: only QoS 1 and 2 wait for it, and only `room` of them. */
  shorten(room: number): void {
    let left = room;
    this.#list = this.#list.filter((replay) => {
      if (replay.subscription.qos === 0) return false;
      const owed = replay.shorten(left);
      left -= owed;
      return owed > 0;
    });
  }

  /** The subscription of what `next` gave last. */
  get subscription(): Subscription | undefined {
    return this.#list[0]?.subscription;
  }

  /** The next message; undefined when there is none left. */
  next(): Message | undefined {
    for (let replay = this.#list[0]; replay !== undefined; replay = this.#list[0]) {
      const { noLocal } = replay.subscription;
      for (let message = replay.next(); message !== undefined; message = replay.next()) {
        // No Local, of whichever session the client published in [MQTT-3.8.3-3].
        if (!noLocal || message.publisher !== this.#clientId) return message;
      }
      this.#list.shift();
    }
    return undefined;
  }
}
