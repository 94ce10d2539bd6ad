/**
 * What `subscribe` gives: a promise of what the server granted that can be iterated for the messages themselves.
 * Knows nothing of how either is done.
 */
import type { Grant } from './errors.ts';
import type { Message } from './message.ts';

/**
 * One call of `subscribe`. `await` it for the grants, or `for await` over it for the messages: leaving the loop
 * unsubscribes. Messages are kept for a loop from the moment it begins, and reading the network pauses when too many wait.
 */
export class Subscription implements Promise<readonly Grant[]>, AsyncIterable<Message> {
  readonly [Symbol.toStringTag] = 'Subscription';
  readonly #grants: Promise<readonly Grant[]>;
  readonly #iterate: () => AsyncIterator<Message, undefined>;

  constructor(grants: Promise<readonly Grant[]>, iterate: () => AsyncIterator<Message, undefined>) {
    this.#grants = grants;
    this.#iterate = iterate;
  }

  /** A refusal is thrown by the loop. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#iterate();
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaited is what this class is for
  then<Fulfilled = readonly Grant[], Rejected = never>(
    onFulfilled?: ((grants: readonly Grant[]) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#grants.then(onFulfilled, onRejected);
  }

  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<readonly Grant[] | Rejected> {
    return this.#grants.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<readonly Grant[]> {
    return this.#grants.finally(onFinally);
  }
}
