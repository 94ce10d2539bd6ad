/**
 * MQTT over a Unix socket: the file it is, who may open it, and what is done with one that another process left
 * behind. Once it is open it is a TCP listener without addresses.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { Behind, Entrance } from './entrance.ts';
import { ListenerFault, type ListenerOptions } from './listener.ts';
import { BEHIND_TCP } from './tcp.ts';

/** Bytes of a path that every system takes; Linux takes 107. What is longer would be cut in silence. */
const MAXIMUM_PATH = process.platform === 'linux' ? 107 : 103;

/** Which file. */
export interface UnixOptions extends ListenerOptions {
  readonly path: string;
  /** Permissions of the file; default 0o600: this user only. */
  readonly mode?: number | undefined;
}

/** What a listener at this path has behind its socket. */
export function behindUnix(path: string): Behind {
  const url = `mqtt+unix://${path.split('/').map(encodeURIComponent).join('/')}`;
  return { ...BEHIND_TCP, url: () => url };
}

/** The whole path, and the permissions. @throws {ListenerFault} */
export function placeOf({ path, mode = 0o600 }: UnixOptions): {
  readonly path: string;
  readonly mode: number;
} {
  const whole = checkPath(path);
  if (!(Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) {
    throw new ListenerFault(`mode must be permissions from 0 to 0o777, not ${mode}`);
  }
  return { path: whole, mode };
}

/** Makes the file; rejects with the system's error when it is not to be had. */
export async function openUnix(entrance: Entrance, path: string, mode: number): Promise<void> {
  const open = (): Promise<void> => masked(mode, () => entrance.open());
  await open().catch(async (error: unknown) => {
    if (!isInUse(error)) throw error;
    await removeStale(path);
    await open();
  });
  chmodSync(path, mode);
}

/** Other permissions for a file that is there; returns what puts the old ones back. @throws the system's error */
export function changeMode(path: string, mode: number): () => void {
  const before = lstatSync(path).mode & 0o777;
  if (before !== mode) chmodSync(path, mode);
  return () => {
    if (before !== mode) chmodSync(path, before);
  };
}

function checkPath(given: string): string {
  if (typeof given !== 'string' || given === '')
    throw new ListenerFault('path is missing: name a file for the socket');
  if (given.includes('\0')) throw new ListenerFault('path must be that of a file, without NUL');
  const path = resolve(given);
  const length = Buffer.byteLength(path);
  if (length > MAXIMUM_PATH) {
    throw new ListenerFault(`path is too long: ${length} bytes, a Unix socket has at most ${MAXIMUM_PATH}`);
  }
  return path;
}

/** Makes the file with its permissions from the start, where a thread may say so; the chmod comes in any case. */
function masked<T>(mode: number, make: () => T): T {
  let before: number;
  try {
    before = process.umask(0o777 & ~mode);
  } catch {
    return make(); // a worker thread
  }
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** Removes the file if it is a socket behind which nobody listens. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path);
  if (!found.isSocket()) throw new Error('the file exists and is no socket');
  if (await isAlive(path)) throw new Error('another process listens there');
  // What took its place meanwhile is somebody else's.
  if (lstatSync(path).ino === found.ino) unlinkSync(path);
}

/** Whether anybody answers; only a clear refusal is a no. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: Error & { readonly code?: string }) =>
      resolve(error.code !== 'ECONNREFUSED'),
    );
  });
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
