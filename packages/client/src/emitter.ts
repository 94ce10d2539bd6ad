/**
 * Listeners by event name, typed. What a listener throws is given to `onError`, so that no listener can stop another
 * one or the client.
 */

/** Event name -> what its listeners are called with. */
export type EventMap = { readonly [Name: string]: readonly unknown[] };

type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => void;

/** Listeners of one client. */
export class Emitter<Events extends EventMap> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Adds a listener; the same one twice counts once. Returns what takes it away. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const known = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, known);
    known.add(listener);
    return () => {
      known.delete(listener);
    };
  }

  /** Calls every listener. false: there is none. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): boolean {
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) {
      try {
        (listener as Listener<Events[Name]>)(...args);
      } catch (error) {
        this.#onError(error);
      }
    }
    return listeners.length > 0;
  }

  /** Forgets every listener. */
  clear(): void {
    this.#listeners.clear();
  }
}
