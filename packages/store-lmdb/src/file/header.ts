/**
 * Is this an lmdb file, and is all of it there? Looked at before lmdb maps it, because a page that lies behind the end of
 * a truncated file would end the process (SIGBUS) and an empty file would be taken for a new one. Reads the two meta
 * pages of lmdb's data format; knows nothing of what is stored.
 */
import { Buffer } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from '../errors.ts';

const MAGIC = 0xbeefc0de;
const HEADER = 24;
const PAGE_SIZE = HEADER + 24;
const LAST_PAGE = HEADER + 120;
const TRANSACTION = HEADER + 128;
const META_BYTES = HEADER + 144;
const LEAST_PAGE = 512;
const LARGEST_PAGE = 65_536;
/** Pages that were given back before they were ever written may lie behind the end of a whole file. */
const MOST_UNWRITTEN = 256;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** Where a file ends, in bytes, and where its header says that it does; the newest transaction in it. */
export interface FileEnd {
  readonly size: number;
  readonly wanted: number;
  readonly transaction: bigint;
}

/**
 * Where `file`, which exists, ends. Throws when it is no lmdb file or lacks more than pages that were never written.
 * @throws {StoreError} STORE_DAMAGED
 */
export function endOf(file: string): FileEnd {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const newest = newestMeta(descriptor);
    if (newest === undefined) throw damaged(file, 'it does not begin as a store does');
    const wanted = (newest.lastPage + 1) * newest.pageSize;
    const missing = Math.ceil((wanted - size) / newest.pageSize);
    if (missing > MOST_UNWRITTEN) throw damaged(file, `it is ${wanted - size} of ${wanted} bytes too short`);
    return { size, wanted, transaction: newest.transaction };
  } finally {
    closeSync(descriptor);
  }
}

function newestMeta(descriptor: number): Meta | undefined {
  const first = metaAt(descriptor, 0);
  const second = first === undefined ? secondMeta(descriptor) : metaAt(descriptor, first.pageSize);
  if (first === undefined || second === undefined) return first ?? second;
  return second.transaction > first.transaction ? second : first;
}

/** The second meta page, when the first does not say where it is. */
function secondMeta(descriptor: number): Meta | undefined {
  for (let at = LEAST_PAGE; at <= LARGEST_PAGE; at *= 2) {
    const meta = metaAt(descriptor, at);
    if (meta !== undefined) return meta;
  }
  return undefined;
}

function metaAt(descriptor: number, position: number): Meta | undefined {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(descriptor, bytes, 0, META_BYTES, position) < META_BYTES) return undefined;
  if (bytes.readUInt32LE(HEADER) !== MAGIC) return undefined;
  const pageSize = bytes.readUInt32LE(PAGE_SIZE);
  if (pageSize < LEAST_PAGE || pageSize > LARGEST_PAGE || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const lastPage = Number(bytes.readBigUInt64LE(LAST_PAGE));
  return { pageSize, lastPage, transaction: bytes.readBigUInt64LE(TRANSACTION) };
}

/** What to say of a file that cannot be read as a whole. */
export function damaged(file: string, why: string, cause?: unknown): StoreError {
  const what = `${file} is damaged: ${why}. Nothing was changed. What it held cannot be read as it is: `;
  const wayOut =
    'put a copy in its place, or move the file away to begin with an empty store ' +
    '(all sessions, queued and retained messages of this broker are then lost).';
  return new StoreError('STORE_DAMAGED', what + wayOut, { cause });
}
