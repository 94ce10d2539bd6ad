/** The door of `@mqtt/broker/store`: the port that a store implements, and the store in memory. */
export { MemoryStore } from './memory.ts';
export type { Store, Ticket } from './store.ts';
