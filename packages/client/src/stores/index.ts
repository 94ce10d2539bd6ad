/** The entry `@mqtt/client/store`: for a store of your own. */
export type { Fact, Flow, Keeper, Kept, SessionOptions, Store, StoredMessage } from '../store.ts';
export { durable, type OpenBackend, type StoreBackend } from './keeping.ts';
export { StoredState } from './state.ts';
