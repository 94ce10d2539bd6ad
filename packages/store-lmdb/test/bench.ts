/** What tests of the store tell and read: a watcher that can be waited for, facts with little text, contents as text. */
import type { KeptMessage, KeptSession, Restored, Store, StoreWatcher, Ticket } from '@mqtt/broker/store';

/** A store and what it said. */
export class Bench implements StoreWatcher {
  readonly store: Store;
  readonly said: string[] = [];
  failure: Error | undefined;
  #waiting: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
    store.watch(this);
  }

  readonly durable = (): void => this.#wake();
  readonly full = (isFull: boolean): void => {
    this.said.push(`full ${isFull}`);
    this.#wake();
  };
  readonly failed = (error: Error): void => {
    this.failure = error;
    this.said.push('failed');
    this.#wake();
  };
  readonly damaged = (what: string): void => {
    this.said.push(what);
    this.#wake();
  };

  /** Waits until `isTrue`; looked at whenever the store says something. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((go) => this.#waiting.push(go));
  }

  async kept(ticket: Ticket = this.store.newest): Promise<void> {
    await this.until(() => this.store.durable >= ticket);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}

/** What `load` hands over: keys by client id and topic, and all of it as sorted lines. */
export interface Contents {
  readonly lines: readonly string[];
  readonly sessions: ReadonlyMap<string, number>;
  readonly deliveries: ReadonlyMap<string, readonly number[]>;
  readonly retained: ReadonlyMap<string, number>;
}

/** Loads a store; `ids`: whether lines name packet ids and messages too. */
export async function contents(store: Store): Promise<Contents> {
  const names = new Map<number, string>();
  const sessions = new Map<string, number>();
  const deliveries = new Map<string, number[]>();
  const retained = new Map<string, number>();
  const lines: string[] = [];
  const owed: (readonly [string, number, string])[] = [];
  const restored: Restored = {
    session(key, session) {
      names.set(key, session.clientId);
      sessions.set(session.clientId, key);
      deliveries.set(session.clientId, []);
      lines.push(`session ${textOf(session)}`);
    },
    subscription: (key, subscription) =>
      void lines.push(`${names.get(key)} subscription ${textOf(subscription)}`),
    delivery(session, key, qos, size, progress) {
      const name = names.get(session) ?? '';
      deliveries.get(name)?.push(key);
      owed.push([name, key, `${qos} ${size} ${textOf(progress)}`]);
    },
    held: (key, packetId) => void lines.push(`${names.get(key)} held ${packetId}`),
    retained(key, topic, size, expiresAt) {
      retained.set(topic, key);
      lines.push(`retained ${topic} ${size} ${expiresAt} ${textOf(store.retainedMessage(key))}`);
    },
    progress: () => {},
  };
  await store.load(restored);
  for (const [name, key, text] of owed) lines.push(`${name} delivery ${text} ${textOf(store.delivery(key))}`);
  return { lines: lines.sort(), sessions, deliveries, retained };
}

/** JSON with bytes as text and names in order. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return `bytes ${[...one].join(' ')}`;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A session with defaults. */
export function session(clientId: string, rest: Partial<KeptSession> = {}): KeptSession {
  const client = { username: undefined, version: 5, peer: '127.0.0.1:1' } as const;
  return {
    clientId,
    identity: '',
    expiryInterval: 60,
    awaySince: undefined,
    client,
    will: undefined,
    ...rest,
  };
}

/** A message with defaults. */
export function message(payload: string | Uint8Array, rest: Partial<KeptMessage> = {}): KeptMessage {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const defaults = {
    topic: 't',
    qos: 1,
    retain: false,
    properties: undefined,
    publisher: undefined,
    arrivedAt: 1,
    expiresAt: undefined,
  } as const;
  return { ...defaults, payload: bytes, size: bytes.length + 1, ...rest };
}

/** QoS 1, nothing else. */
export const plainly = { qos: 1, retain: false, identifiers: undefined, share: undefined } as const;

/** The payload of a delivery as text; undefined when it cannot be read. */
export function payloadOf(store: Store, delivery: number): string | undefined {
  const payload = store.delivery(delivery)?.message.payload;
  return payload && new TextDecoder().decode(payload);
}
