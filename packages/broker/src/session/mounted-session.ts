/**
 * The session of a client behind a mount point: its subscriptions and messages are whole topics, and only what lies
 * below the mount point is its own. `#` as `a/#` matches `a` too, which is above; and `$...` below it is nobody's, as
 * clients cannot publish there. A class of its own, so that other sessions ask nothing.
 */
import type { Message } from '../message.ts';
import { type Delivery, deliveries, type Subscription } from '../subscriber.ts';
import { Session } from './session.ts';

const DOLLAR = 0x24;

/** A session that sees the topics below `mountPoint` [E13]. */
export class MountedSession extends Session {
  override deliver(message: Message, subscription: Subscription): Delivery {
    const { topic } = message;
    const { mountPoint } = this;
    if (!topic.startsWith(mountPoint) || topic.length === mountPoint.length) return deliveries.none;
    if (topic.charCodeAt(mountPoint.length) === DOLLAR) return deliveries.none; // [MQTT-4.7.2-1]
    return super.deliver(message, subscription);
  }
}
