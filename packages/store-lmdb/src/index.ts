/** The door of `@mqtt/store-lmdb`: the durable store, and what can be done with its file while no broker has it. */
export { StoreError, type StoreErrorCode } from './errors.ts';
export { type DurableStore, openStore, type StoreOptions } from './open.ts';
export { checkStore, type StoreReport } from './tools/check.ts';
export { compactStore } from './tools/compact.ts';
export { dumpStore, exportStore, importStore } from './tools/lines.ts';
