/** The door of `@mqtt/broker/store`: the port that a store implements, what it is told, and the store in memory. */
export type {
  Delivery,
  DeliveryKey,
  KeptClient,
  KeptDelivery,
  KeptMessage,
  KeptSession,
  KeptSubscription,
  KeptWill,
  Progress,
  Restored,
  RetainedKey,
  SessionKey,
} from './facts.ts';
export { MemoryStore } from './memory.ts';
export type { Store, StoreWatcher, Ticket } from './store.ts';
