/**
 * Remembers who gets what is published to a topic, so that the tree is asked once per topic and change.
 * A subscription without wildcards forgets its one topic; one with wildcards forgets all, which costs a counter.
 * A route that was handed out never changes: who is looping over it is not disturbed.
 */
import type { Subscription } from '../subscriber.ts';

/** Who gets a topic's messages, as of one moment. */
export interface Route {
  readonly subscriptions: readonly Subscription[];
  /** The cache's generation it was made in; older means forgotten. */
  generation: number;
}

/** Topics remembered before the cache starts anew; one entry is about 200 bytes. */
const LARGEST = 20_000;
/** Subscriptions in all routes before it does: 10,000 subscribers of `#` must not be listed for each of 20,000 topics. */
const MOST_SUBSCRIPTIONS = 2_000_000;
/** Characters of all topics before it does: whoever publishes to topics of 4,096 bytes makes it larger than that [N06]. */
const MOST_CHARACTERS = 8_000_000;
const FORGOTTEN = -1;

/** topic -> route. */
export class MatchCache {
  /** Begun anew, never cleared: a table that V8 clears keeps those after it in memory until old space is collected [F17]. */
  #routes = new Map<string, Route>();
  #generation = 0;
  /** Subscriptions in all routes, those forgotten one by one included. */
  #subscriptions = 0;
  /** The same for the characters of their topics. */
  #characters = 0;

  /** The route of `topic` if it still holds. */
  get(topic: string): Route | undefined {
    const route = this.#routes.get(topic);
    return route !== undefined && route.generation === this.#generation ? route : undefined;
  }

  /** true while `route` may be used. */
  holds(route: Route): boolean {
    return route.generation === this.#generation;
  }

  /** Remembers who gets `topic`. */
  set(topic: string, subscriptions: readonly Subscription[]): Route {
    this.#subscriptions += subscriptions.length;
    this.#characters += topic.length;
    const isFull = this.#routes.size >= LARGEST || this.#subscriptions > MOST_SUBSCRIPTIONS;
    if (isFull || this.#characters > MOST_CHARACTERS) {
      this.#routes = new Map();
      this.#subscriptions = subscriptions.length;
      this.#characters = topic.length;
    }
    const route: Route = { subscriptions, generation: this.#generation };
    this.#routes.set(topic, route);
    return route;
  }

  /** Somebody subscribed to or left exactly this topic. */
  forget(topic: string): void {
    const route = this.#routes.get(topic);
    if (route === undefined) return;
    route.generation = FORGOTTEN;
    this.#routes.delete(topic);
  }

  /** Somebody subscribed or left with a wildcard. */
  forgetAll(): void {
    this.#generation++;
    if (this.#routes.size <= 1024 && this.#subscriptions < MOST_SUBSCRIPTIONS / 16) return;
    this.#routes = new Map();
    this.#subscriptions = 0;
    this.#characters = 0;
  }
}
