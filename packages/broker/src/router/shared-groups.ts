/**
 * Shared subscriptions (§4.8.2): one group is one subscriber, and hands each message to one of its members; who is asked
 * first is the strategy's. A connected member is preferred; when none is, a member whose session waits gets it. Knows no
 * sessions by name.
 */
import type { Message } from '../message.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from '../subscriber.ts';
import type { Strategy } from './strategies.ts';

/** What a member may be at the moment; each message asks them in this order. */
const READY = 0;
const BUSY = 1;
const AWAY = 2;
const BUSY_LATER = [READY, BUSY, AWAY] as const;
const BUSY_TOO = [READY, AWAY] as const;

function stateOf(
  { subscriber, qos }: Subscription,
  message: Message,
  passesBusy: boolean,
): typeof READY | typeof BUSY | typeof AWAY {
  if (!subscriber.isOnline) return AWAY;
  return passesBusy && subscriber.wouldWait(qos < message.qos ? qos : message.qos) ? BUSY : READY;
}

/** The members of one `$share/{ShareName}/{filter}`. */
export class SharedGroup implements Subscriber {
  readonly isOnline = true;
  /** What the router keeps for the whole group: everything a member may be granted. */
  readonly subscription: Subscription;
  #members: Subscription[] = [];
  #next = 0;
  /** Who fell behind last. */
  #slow: Subscriber | undefined;
  readonly #strategy: Strategy;
  readonly load = 0;

  constructor(topicFilter: string, strategy: Strategy) {
    this.#strategy = strategy;
    this.subscription = {
      subscriber: this,
      topicFilter,
      qos: 2,
      noLocal: false,
      retainAsPublished: true,
      identifiers: undefined,
    };
  }

  get isKept(): boolean {
    return this.#members.some(({ subscriber }) => subscriber.isKept === true);
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
    if (this.#slow === subscriber) this.#slow = undefined;
    return at >= 0;
  }

  /** The granted QoS is the chosen member's own [MQTT-4.8.2-3]. */
  deliver(message: Message): Delivery {
    const members = this.#members;
    const { length } = members;
    if (length === 0) return deliveries.none;
    const { first, passesBusy } = this.#strategy;
    const start = first(members, message, this.#next % length);
    for (const wanted of passesBusy ? BUSY_LATER : BUSY_TOO) {
      for (let tried = 0; tried < length; tried++) {
        const at = (start + tried) % length;
        const member = members[at];
        if (member === undefined || stateOf(member, message, passesBusy) !== wanted) continue;
        const delivery = member.subscriber.deliver(message, member);
        if (delivery === deliveries.none) continue;
        this.#next = at + 1;
        if (delivery === deliveries.behind) this.#slow = member.subscriber;
        return delivery;
      }
    }
    return deliveries.none;
  }

  /** Nothing is known of the whole group: its members say so themselves. */
  wouldWait(): boolean {
    return false;
  }

  whenReady(resume: () => void): void {
    if (this.#slow === undefined) resume();
    else this.#slow.whenReady(resume);
  }

  overtake(): void {
    for (const { subscriber } of this.#members) subscriber.overtake();
  }

  #indexOf(subscriber: Subscriber): number {
    return this.#members.findIndex((member) => member.subscriber === subscriber);
  }
}
