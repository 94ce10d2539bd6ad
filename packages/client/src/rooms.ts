/**
 * What lives longer than a network connection: messages on their way out and in, requests, and the gate that says
 * when reading must wait. A connection is given these and attaches itself.
 */
import type { Incoming } from './incoming.ts';
import type { Publisher } from './publisher.ts';
import type { Requests } from './requests.ts';

/** The rooms a connection leads to. */
export interface Rooms {
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly incoming: Incoming;
  /** true: some consumer has no room, so the network should not be read. */
  isFull(): boolean;
}
