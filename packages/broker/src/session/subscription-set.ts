/**
 * The subscriptions of one session by topic filter. Most sessions have a handful: those are a list, which takes a fifth of
 * the memory of a map and is as fast. Knows no router and no store.
 */
import type { Subscription } from '../subscriber.ts';

/** The longest list; beyond it a look-up by filter is worth a map. */
const LONGEST = 16;

/** An empty list; never written to. */
const NONE: Subscription[] = [];

/** Topic filter -> subscription. */
export class SubscriptionSet {
  #few: Subscription[] = NONE;
  #many: Map<string, Subscription> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  get(topicFilter: string): Subscription | undefined {
    if (this.#many !== undefined) return this.#many.get(topicFilter);
    return this.#few[this.#indexOf(topicFilter)];
  }

  /** In place of one to the same filter. */
  set(subscription: Subscription): void {
    const { topicFilter } = subscription;
    if (this.#many !== undefined) {
      this.#many.set(topicFilter, subscription);
      return;
    }
    const index = this.#indexOf(topicFilter);
    if (index >= 0) this.#few[index] = subscription;
    else if (this.#few.length === 0)
      this.#few = [subscription]; // as long as it must be
    else if (this.#few.length < LONGEST) this.#few.push(subscription);
    else {
      this.#many = new Map(this.#few.map((one) => [one.topicFilter, one]));
      this.#many.set(topicFilter, subscription);
      this.#few = NONE;
    }
  }

  /** false when there was none. */
  delete(topicFilter: string): boolean {
    if (this.#many !== undefined) return this.#many.delete(topicFilter);
    const index = this.#indexOf(topicFilter);
    if (index < 0) return false;
    this.#few = this.#few.filter((_, at) => at !== index);
    return true;
  }

  /** All of them, in the order in which they came. */
  values(): Iterable<Subscription> {
    return this.#many?.values() ?? this.#few;
  }

  #indexOf(topicFilter: string): number {
    const few = this.#few;
    for (let i = 0; i < few.length; i++) if (few[i]?.topicFilter === topicFilter) return i;
    return -1;
  }
}
