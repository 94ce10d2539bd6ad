/** The door of `@mqtt/client/testing`: what the tests of a store of your own need. */
export { type StoreCase, type StorePlace, StoreSuiteError, storeSuite } from './store-suite.ts';
