/**
 * What can be printed of a message, and what is left out: Subscription Identifiers that the client chose by itself to
 * find its handlers mean nothing to whoever reads.
 */
import type { Message } from '@mqtt/client';

/** The printable fields of a message. */
export type Printed = Pick<Message, 'topic' | 'payload' | 'qos' | 'retain' | 'properties'>;

/** `message`, without the Subscription Identifiers that nobody asked for. */
export function withoutIdentifiers({ topic, payload, qos, retain, properties }: Printed): Printed {
  const { subscriptionIdentifiers: _, ...others } = properties ?? {};
  return { topic, payload, qos, retain, properties: properties && others };
}
