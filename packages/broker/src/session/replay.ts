/**
 * Retained messages on their way to a new subscription: as many as the client takes, the rest when it is ready, so that
 * a million of them neither fill a buffer nor stop the event loop [F17]. What a topic has by then is sent, not what it
 * had when the client subscribed. Knows neither packets nor the retained store.
 */
import type { Message } from '../message.ts';
import type { Subscription } from '../subscriber.ts';

/** Topics that were found, all of them or one by one; undefined in between: look again in another turn. */
export type Topics = readonly string[] | Iterator<string | undefined, undefined>;

/** Nothing now; perhaps in another turn. */
export const LATER: unique symbol = Symbol('later');

/** Retained messages that one turn may give to one subscriber. */
export const REPLAYED_A_TURN = 200;

/** The retained messages of one new subscription. */
export class Replay {
  /** The subscription, with RETAIN left as it is [MQTT-3.3.1-9]. */
  readonly subscription: Subscription;
  /** Looked for when its turn comes: a thousand filters of one client may match the same ten thousand topics [N02]. */
  #topics: Iterator<string | undefined, undefined> | undefined;
  /** How many of `#topics` are left; undefined while nobody knows. */
  #left: number | undefined;
  /** How many may follow. */
  #most = Number.POSITIVE_INFINITY;
  readonly #find: () => Topics;
  readonly #retained: (topic: string) => Message | undefined;

  constructor(
    find: () => Topics,
    subscription: Subscription,
    retained: (topic: string) => Message | undefined,
  ) {
    this.#find = find;
    this.subscription = { ...subscription, retainAsPublished: true };
    this.#retained = retained;
  }

  /** Keeps only the next `most` topics, for a client that is away; returns how many are left of them, if that is known. */
  shorten(most: number): number | undefined {
    this.#most = Math.min(this.#most, most);
    if (this.#most <= 0) return 0;
    this.#begin();
    return this.#left === undefined ? undefined : Math.min(this.#left, this.#most);
  }

  /** The next topic's message; undefined at the end. */
  next(): Message | typeof LATER | undefined {
    const topics = this.#begin();
    while (this.#most > 0) {
      const { value: topic, done } = topics.next();
      if (done === true) return undefined;
      if (topic === undefined) return LATER;
      if (this.#left !== undefined) this.#left--;
      this.#most--;
      const message = this.#retained(topic);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #begin(): Iterator<string | undefined, undefined> {
    if (this.#topics !== undefined) return this.#topics;
    const found = this.#find();
    if ('length' in found) {
      this.#left = found.length;
      this.#topics = found.values();
    } else this.#topics = found;
    return this.#topics;
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
      left -= owed ?? 0; // what nobody knows the number of takes no room from others
      return owed !== 0;
    });
  }

  /** The subscription of what `next` gave last. */
  get subscription(): Subscription | undefined {
    return this.#list[0]?.subscription;
  }

  /** The next message; undefined when there is none left. */
  next(): Message | typeof LATER | undefined {
    for (let replay = this.#list[0]; replay !== undefined; replay = this.#list[0]) {
      const { noLocal } = replay.subscription;
      for (let message = replay.next(); message !== undefined; message = replay.next()) {
        if (message === LATER) return LATER;
        // No Local, of whichever session the client published in [MQTT-3.8.3-3].
        if (!noLocal || message.publisher !== this.#clientId) return message;
      }
      this.#list.shift();
    }
    return undefined;
  }
}
