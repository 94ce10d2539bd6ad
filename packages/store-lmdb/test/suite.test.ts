/** The durable store passes what every store must pass, with both durabilities. */
import { cpSync, rmSync } from 'node:fs';
import type { Store } from '@mqtt/broker/store';
import { storeSuite } from '@mqtt/broker/testing';
import { afterAll, describe, it } from 'vitest';
import { openStore } from '../src/index.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

describe.each(['commit', 'system'] as const)('durability %s', (durability) => {
  const paths = new WeakMap<Store, string>();
  const at = (path: string): Store => {
    const store = openStore({ path, durability });
    paths.set(store, path);
    return store;
  };
  const pathOf = (store: Store): string => paths.get(store) ?? '';
  const subject = {
    open: () => at(folder()),
    reopen: (closed: Store) => at(pathOf(closed)),
    // What a killed process leaves is what the kernel has: the file as it is now, in the middle of a commit or not.
    crash: (open: Store) => {
      const left = folder();
      rmSync(left, { recursive: true });
      cpSync(pathOf(open), left, { recursive: true, filter: (name) => !name.endsWith('-lock') });
      return at(left);
    },
  };
  for (const { name, run } of storeSuite(subject)) it(name, run);
});
