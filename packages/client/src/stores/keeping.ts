/**
 * Makes a store of a backend, which only has to write batches of facts: collects what is told while the last batch is
 * written, says when it is kept, and gives `connect` the options that take up an earlier process's session.
 * Knows no disk; the client's core does not import it.
 */
import { MqttError } from '../errors.ts';
import type { Fact, Keeper, Kept, SessionOptions, Store } from '../store.ts';
import { wordsOf } from '../words.ts';

/** Keeps facts somewhere. What to write for a store of your own; `durable` makes a `Store` of it. */
export interface StoreBackend {
  /**
   * Opens what is kept, or begins anew, and keeps every other process out until `close`.
   * `server`: a URL without user and query; what is kept for another server must not be given.
   * @throws Error whose message says what to do
   */
  open(server: string): Promise<OpenBackend>;
}

/** An open backend. */
export interface OpenBackend {
  readonly kept: Kept;
  /** Keeps all of these facts, in order, or rejects. Not called again before it has settled, nor after it rejected. */
  write(facts: readonly Fact[]): Promise<void>;
  /** Lets go. Called once, when no `write` is under way. */
  close(): Promise<void>;
}

/** Seconds that a server is asked to keep a session for when nothing else is said: seven days. */
const SESSION_EXPIRY = 604_800;

/** A store on a backend. */
export function durable(backend: StoreBackend): Store {
  return {
    async open(server, options) {
      try {
        const open = await backend.open(server.replace(/\?.*/s, '')); // a query may be a signature of the day
        try {
          return new BatchKeeper(open, resuming(options, open.kept));
        } catch (error) {
          await open.close();
          throw error;
        }
      } catch (error) {
        throw failure('the store cannot be opened', error);
      }
    },
  };
}

/** The options with which a session is taken up, or a new one begun that can be. */
function resuming(options: SessionOptions, { clientId, flows }: Kept): SessionOptions {
  if (clientId !== undefined && flows.length > 0 && (options.clientId ?? clientId) !== clientId) {
    throw new Error(
      `it holds messages of the client ${JSON.stringify(clientId)}; use that clientId, or another store`,
    );
  }
  const own = options.clientId ?? clientId;
  const { version = 5, properties } = options;
  if (version < 5) return { clientId: own, cleanStart: options.cleanStart ?? false, properties };
  return {
    clientId: own,
    cleanStart: options.cleanStart ?? (clientId === undefined || own !== clientId),
    properties: { sessionExpiryInterval: SESSION_EXPIRY, ...properties },
  };
}

class BatchKeeper implements Keeper {
  readonly resumed: SessionOptions;
  readonly kept: Kept;
  failed: (error: MqttError) => void = () => {};
  readonly #backend: OpenBackend;
  #told: { readonly fact: Fact | undefined; readonly then: (() => void) | undefined }[] = [];
  #work: Promise<void> | undefined;
  #isOver = false;
  #closed: Promise<void> | undefined;

  constructor(backend: OpenBackend, resumed: SessionOptions) {
    this.#backend = backend;
    this.kept = backend.kept;
    this.resumed = resumed;
  }

  tell(fact: Fact | undefined, then?: () => void): void {
    if (this.#isOver) return;
    this.#told.push({ fact, then });
    this.#work ??= this.#write();
  }

  /** Batch after batch, each as large as what was told while the one before was written. */
  async #write(): Promise<void> {
    await Promise.resolve(); // what is told in the same turn goes into the same batch
    while (this.#told.length > 0) {
      const told = this.#told;
      this.#told = [];
      const facts = told.flatMap(({ fact = [] }) => fact);
      try {
        if (facts.length > 0) await this.#backend.write(facts);
      } catch (error) {
        this.#isOver = true;
        this.failed(failure('the store failed', error));
        return;
      }
      for (const { then } of told) then?.();
    }
    this.#work = undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    while (this.#work !== undefined && !this.#isOver) await this.#work;
    this.#isOver = true;
    await this.#backend.close().catch(() => {}); // everything that was told is kept, or was said not to be
  }
}

function failure(what: string, cause: unknown): MqttError {
  return cause instanceof MqttError
    ? cause
    : new MqttError('STORE_FAILED', `${what}: ${wordsOf(cause)}`, { cause });
}
