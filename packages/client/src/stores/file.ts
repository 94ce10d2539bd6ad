/**
 * A store in a file, for Node: facts are appended, and now and then the file is written anew with what still counts.
 * When is it written, and when is that on disk? What its bytes mean is `file-frames.ts`.
 */
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Fact, Store } from '../store.ts';
import { fileHead, frameOf, readContents } from './file-frames.ts';
import { codeOf, lock } from './file-lock.ts';
import { durable, type OpenBackend } from './keeping.ts';
import { StoredState } from './state.ts';

/** How a store in a file is kept. */
export interface FileStoreOptions {
  /** The file; made with its folders when it is not there. One client each. `path.lock` keeps other processes out. */
  readonly path: string;
  /**
   * What a kept message outlives: `power` (each batch is flushed to the disk, fdatasync) or `process` (each batch is
   * handed to the operating system, which may lose it in a crash of its own). Default `power`.
   */
  readonly outlives?: 'power' | 'process' | undefined;
}

/** Below this many bytes a file is not written anew. */
const SMALL = 1_048_576;
/** Facts in a frame of a file that is written anew. */
const BATCH = 256;

/**
 * Keeps QoS 1 and 2 messages and the session in a file, so that the next process goes on where this one died.
 *
 * `connect(url, { store: fileStore({ path: 'outgoing.store' }) })` rejects with STORE_FAILED when another process uses
 * the file, when it is damaged, or when it holds the messages of another server or client id.
 */
export function fileStore({ path, outlives = 'power' }: FileStoreOptions): Store {
  const file = resolve(path);
  return durable({
    async open(server) {
      await mkdir(dirname(file), { recursive: true });
      const release = await lock(file).catch((error) => fail(file, error));
      try {
        return await FileLog.open(file, server, outlives === 'power', release);
      } catch (error) {
        await release();
        return fail(file, error);
      }
    },
  });
}

function fail(file: string, error: unknown): never {
  throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
}

class FileLog implements OpenBackend {
  readonly #file: string;
  readonly #server: string;
  readonly #flushes: boolean;
  readonly #release: () => Promise<void>;
  readonly #state: StoredState;
  #handle: FileHandle | undefined;
  #length = 0;
  /** Bytes from which on the file is written anew. */
  #large = SMALL;

  private constructor(
    file: string,
    server: string,
    flushes: boolean,
    release: () => Promise<void>,
    state: StoredState,
  ) {
    this.#file = file;
    this.#server = server;
    this.#flushes = flushes;
    this.#release = release;
    this.#state = state;
  }

  static async open(
    file: string,
    server: string,
    flushes: boolean,
    release: () => Promise<void>,
  ): Promise<FileLog> {
    const state = new StoredState();
    const bytes = await readFile(file).catch((error) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (bytes !== undefined) {
      const contents = readContents(bytes);
      for (const fact of contents.facts) state.apply(fact);
      if (contents.server !== server && state.size > 0) {
        throw new Error(`it holds messages for ${contents.server}; give each server its own store`);
      }
    }
    const log = new FileLog(file, server, flushes, release, state);
    await log.#rewrite(); // also what makes a new file, and what drops a torn end
    return log;
  }

  get kept() {
    return this.#state.kept();
  }

  async write(facts: readonly Fact[]): Promise<void> {
    const frame = frameOf(facts);
    await this.#handle?.appendFile(frame);
    if (this.#flushes) await this.#handle?.datasync();
    this.#length += frame.length;
    for (const fact of facts) this.#state.apply(fact);
    if (this.#length > this.#large) await this.#rewrite();
  }

  /** Puts a file with what counts in the place of the old one, which is whole until then. */
  async #rewrite(): Promise<void> {
    const draft = `${this.#file}.new`;
    const handle = await open(draft, 'w', 0o600);
    try {
      const head = fileHead(this.#server);
      await handle.appendFile(head);
      this.#length = head.length;
      const facts = [...this.#state.facts()];
      for (let at = 0; at < facts.length; at += BATCH) {
        const frame = frameOf(facts.slice(at, at + BATCH));
        await handle.appendFile(frame);
        this.#length += frame.length;
      }
      await handle.datasync();
      await rename(draft, this.#file);
      await flushFolder(dirname(this.#file));
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.#handle?.close();
    this.#handle = handle;
    this.#large = Math.max(SMALL, this.#length * 4);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    await this.#release();
  }
}

/** A new name is on disk when its folder is; where folders cannot be flushed (Windows), the system does it by itself. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
