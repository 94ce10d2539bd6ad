/**
 * The Store port: what outlives the process. A store is told facts and gives tickets; it never routes, matches or
 * hands out ids. An acknowledgement leaves when `durable` has reached the ticket of what it promises.
 */

/** Names a moment in a store's order; a fact is kept when `durable` is at least its ticket. */
export type Ticket = number;

/** Keeps facts. */
export interface Store {
  /** Every fact with this ticket or a lower one is kept. */
  readonly durable: Ticket;
  /** The ticket of the newest fact. */
  readonly newest: Ticket;
  /** Calls `listener` each time `durable` has grown. */
  onDurable(listener: () => void): void;
  /** Keeps what is still under way, then lets go of everything. */
  close(): Promise<void>;
}
