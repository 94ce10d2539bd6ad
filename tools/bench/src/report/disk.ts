/**
 * On which disk durable figures were made: its file system, and how often it syncs at all.
 */
import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Linux's numbers of file systems, statfs(2). */
const NAMES: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
};

/** Name of the file system that `folder` is on, as far as it is known. */
export function fileSystem(folder: string): string {
  const { type } = statfsSync(folder);
  return NAMES[type] ?? `file system 0x${type.toString(16)}`;
}

/** Appends of 4 KiB with a sync each, a second: no store on this disk commits more often. */
export function syncRate(folder: string, seconds: number): number {
  const file = openSync(join(folder, 'synced'), 'w');
  const page = Buffer.alloc(4096, 1);
  const begin = performance.now();
  let count = 0;
  try {
    for (; performance.now() - begin < seconds * 1000; count++) {
      writeSync(file, page);
      fdatasyncSync(file);
    }
  } finally {
    closeSync(file);
  }
  return (count / (performance.now() - begin)) * 1000;
}
