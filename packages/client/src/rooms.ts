/**
 * What lives longer than a network connection: messages on their way out and in, requests, subscriptions. Made for
 * each client, with as many features as it is to have.
 */
import type { Incoming } from './incoming.ts';
import type { Publisher } from './publisher.ts';
import type { Requests } from './requests.ts';
import type { Subscriptions } from './subscriptions.ts';

/** The rooms of a client. */
export interface Rooms {
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly incoming: Incoming;
  readonly subscriptions: Subscriptions;
}
