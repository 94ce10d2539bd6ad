/** The door of `@mqtt/broker/testing`: what tests of a broker and of a store need. */
export { ManualClock, MemoryLink, seededRandom } from '@mqtt/session/testing';
export { type CrashingOptions, CrashingStore, type Fact } from './crashing-store.ts';
export { type StoreCase, type StoreSubject, StoreSuiteError, storeSuite } from './store-suite.ts';
