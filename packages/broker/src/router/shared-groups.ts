/**
 * Shared subscriptions (§4.8.2): one group is one subscriber, and hands each message to one of its members in turn.
 * A connected member is preferred; when none is, a member whose session waits gets it. Knows no sessions by name.
 */
import type { Message } from '../message.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from '../subscriber.ts';

/** The members of one `$share/{ShareName}/{filter}`. */
export class SharedGroup implements Subscriber {
  readonly isOnline = true;
  /** What the router keeps for the whole group: everything a member may be granted. */
  readonly subscription: Subscription;
  #members: Subscription[] = [];
  #next = 0;

  constructor(topicFilter: string) {
    this.subscription = {
      subscriber: this,
      topicFilter,
      qos: 2,
      noLocal: false,
      retainAsPublished: true,
      identifiers: undefined,
    };
  }

  get size(): number {
    return this.#members.length;
  }

  /** Adds a member, or replaces its subscription. */
  join(subscription: Subscription): void {
    const at = this.#indexOf(subscription.subscriber);
    if (at < 0) this.#members.push(subscription);
    else this.#members[at] = subscription;
  }

  /** Removes a member; false when it was none. */
  leave(subscriber: Subscriber): boolean {
    const at = this.#indexOf(subscriber);
    if (at >= 0) this.#members.splice(at, 1);
    return at >= 0;
  }

  /** The granted QoS is the chosen member's own [MQTT-4.8.2-3]. */
  deliver(message: Message): Delivery {
    const members = this.#members;
    for (const wantsOnline of [true, false]) {
      for (let tried = 0; tried < members.length; tried++) {
        const member = members[this.#next++ % members.length];
        if (this.#next >= members.length) this.#next = 0;
        if (member === undefined || member.subscriber.isOnline !== wantsOnline) continue;
        const delivery = member.subscriber.deliver(message, member);
        if (delivery !== deliveries.none) return delivery;
      }
    }
    return deliveries.none;
  }

  whenReady(resume: () => void): void {
    const busy = this.#members.find(({ subscriber }) => subscriber.isOnline);
    if (busy === undefined) resume();
    else busy.subscriber.whenReady(resume);
  }

  overtake(): void {
    for (const { subscriber } of this.#members) subscriber.overtake();
  }

  #indexOf(subscriber: Subscriber): number {
    return this.#members.findIndex((member) => member.subscriber === subscriber);
  }
}
