/**
 * `openStore`: what a user may choose, and what holds when nothing is chosen.
 */
import type { Store } from '@mqtt/broker/store';
import { LmdbStore } from './store.ts';

/** What a store may be opened with. */
export interface StoreOptions {
  /** The folder; it is made when it is not there. One broker a folder. */
  readonly path: string;
  /**
   * When a fact counts as kept: `commit` (default) when the disk has it, so it outlives process, kernel and power;
   * `system` when the kernel has it, so it outlives the process. After a power cut in `system` the file may be damaged.
   */
  readonly durability?: 'commit' | 'system' | undefined;
  /** Most bytes that records may take on disk; undefined: what the disk has. Beyond it the store is full. */
  readonly maximumBytes?: number | undefined;
  /** Bytes that are kept free, so that what is over can be removed when nothing new fits (16 MiB). */
  readonly reservedBytes?: number | undefined;
  /** While there is no room: how long until it is looked at again, ms (250). */
  readonly retryAfter?: number | undefined;
  /**
   * Told once by `load` when a process that was killed has the folder and is not gone yet: it is waited for, up to 2 s.
   * Linux only; elsewhere `load` rejects at once.
   */
  readonly onWait?: ((pid: number) => void) | undefined;
}

/** A store that says how large it is. */
export interface DurableStore extends Store {
  /** Bytes that records take on disk, free pages left out; 0 before `load`. */
  readonly liveBytes: number;
  /** Bytes of the file, which grows and never shrinks: free pages are used again. */
  readonly fileBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * A durable store in the folder `path`, for the `store` option of `createBroker`. The file is opened by `load`, which
 * throws a {@link StoreError} when that cannot be done.
 * @throws {RangeError} when an option makes no sense
 */
export function openStore(options: StoreOptions): DurableStore {
  const { path, durability = 'commit', maximumBytes, retryAfter = 250, onWait } = options;
  const {
    reservedBytes = Math.min(16 * MEBIBYTE, Math.ceil((maximumBytes ?? Number.POSITIVE_INFINITY) / 8)),
  } = options;
  if (path === '') throw new RangeError('path: a folder must have a name');
  if (durability !== 'commit' && durability !== 'system')
    throw new RangeError(`durability: 'commit' or 'system', not '${String(durability)}'`);
  atLeast('maximumBytes', maximumBytes, MEBIBYTE);
  atLeast('reservedBytes', reservedBytes, 0);
  atLeast('retryAfter', retryAfter, 1);
  const isSynced = durability === 'commit';
  return new LmdbStore({ path, isSynced, maximumBytes, reservedBytes, retryAfter, onWait });
}

function atLeast(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(value >= least))
    throw new RangeError(`${name}: at least ${least}, not ${value}`);
}
