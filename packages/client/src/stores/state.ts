/**
 * What a list of facts comes to: the one place that knows what each fact changes. Stores that are logs keep it to
 * write themselves anew; the suite compares every store with it. Knows no disk.
 */
import type { Fact, Flow, Kept } from '../store.ts';

/** The facts so far. */
export class StoredState {
  #clientId: string | undefined;
  /** In order: a released one moves to the end, for PUBRELs go by their own order [MQTT-4.6.0-4]. */
  readonly #flows = new Map<number, Flow>();
  readonly #held = new Set<number>();

  /** How many messages and ids are kept. */
  get size(): number {
    return this.#flows.size + this.#held.size;
  }

  /** Takes a fact in. One about a message that is not kept changes nothing. */
  apply(fact: Fact): void {
    if (fact.fact === 'session') this.#session(fact.clientId, fact.isNew);
    else if (fact.fact === 'held') this.#held.add(fact.packetId);
    else if (fact.fact === 'unheld') this.#held.delete(fact.packetId);
    else this.#message(fact);
  }

  #session(clientId: string, isNew: boolean): void {
    this.#clientId = clientId;
    if (!isNew) return;
    this.#held.clear();
    for (const [key, { message }] of this.#flows) {
      if (message === undefined) this.#flows.delete(key);
      else this.#flows.set(key, { key, packetId: undefined, message });
    }
  }

  #message(fact: Extract<Fact, { key: number }>): void {
    const { key } = fact;
    const flow = this.#flows.get(key);
    if (fact.fact === 'queued') {
      this.#flows.set(key, { key, packetId: undefined, message: fact.message });
    } else if (flow === undefined || fact.fact === 'settled') {
      this.#flows.delete(key);
    } else if (fact.fact === 'sent') {
      this.#flows.set(key, { ...flow, packetId: fact.packetId });
    } else if (flow.message !== undefined) {
      this.#flows.delete(key);
      this.#flows.set(key, { ...flow, message: undefined });
    }
  }

  /** What is kept now. */
  kept(): Kept {
    return { clientId: this.#clientId, flows: [...this.#flows.values()], held: [...this.#held] };
  }

  /** The fewest facts that come to the same. */
  *facts(): Generator<Fact, void> {
    if (this.#clientId !== undefined) yield { fact: 'session', clientId: this.#clientId, isNew: true };
    for (const { key, packetId, message } of this.#flows.values()) {
      // What is released had a message; its content matters to nobody.
      yield { fact: 'queued', key, message: message ?? RELEASED };
      if (packetId !== undefined) yield { fact: 'sent', key, packetId };
      if (message === undefined) yield { fact: 'released', key };
    }
    for (const packetId of this.#held) yield { fact: 'held', packetId };
  }
}

const RELEASED = {
  topic: 'released',
  payload: new Uint8Array(),
  qos: 2,
  retain: false,
  properties: undefined,
} as const;
