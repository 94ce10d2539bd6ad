/**
 * What a store gives back, as one text that can be compared: by client id, topic and order, without the store's own keys.
 * Knows nothing of how a store keeps it.
 */
import type { DeliveryKey, KeptSession, Progress, RetainedKey, SessionKey } from '../store/facts.ts';
import type { Store } from '../store/store.ts';

interface Found {
  readonly session: KeptSession;
  readonly subscriptions: unknown[];
  readonly deliveries: { readonly key: DeliveryKey; readonly size: number; readonly progress: Progress }[];
  readonly qos: number[];
  readonly held: number[];
}

/** What `load` handed over. */
export interface Snapshot {
  /** Everything, as lines; equal for equal contents. */
  readonly text: string;
  /** Client id -> key, of the session that was handed over last. */
  readonly sessions: ReadonlyMap<string, SessionKey>;
  /** Client id -> keys of its deliveries, in order. */
  readonly deliveries: ReadonlyMap<string, readonly DeliveryKey[]>;
  /** Topic -> key. */
  readonly retained: ReadonlyMap<string, RetainedKey>;
  /** What was handed over out of the promised order. */
  readonly disorder: readonly string[];
}

/** Loads `store` and reads every message it names. */
export async function snapshot(store: Store): Promise<Snapshot> {
  const found = new Map<SessionKey, Found>();
  const retained = new Map<string, RetainedKey>();
  const lines: string[] = [];
  const disorder: string[] = [];
  let newest = 0;
  const of = (key: SessionKey): Found => {
    const one = found.get(key);
    if (one === undefined) throw new RangeError(`session ${key} was not handed over yet`);
    return one;
  };
  await store.load({
    session(key, session) {
      if (found.has(key) || key === 0) disorder.push(`session key ${key} twice, or 0`);
      if (retained.size > 0) disorder.push('a session after retained messages');
      found.set(key, { session, subscriptions: [], deliveries: [], qos: [], held: [] });
    },
    subscription: (key, subscription) => of(key).subscriptions.push(canonical(subscription)),
    delivery(session, key, qos, size, progress) {
      const { deliveries, qos: all } = of(session);
      newest = deliveries.at(-1)?.key ?? 0;
      if (key <= newest) disorder.push(`delivery ${key} after ${newest}`);
      if (retained.size > 0) disorder.push('a delivery after retained messages');
      deliveries.push({ key, size, progress });
      all.push(qos);
    },
    held: (key, packetId) => of(key).held.push(packetId),
    retained(key, topic, size, expiresAt, arrivedAt) {
      if (retained.has(topic)) disorder.push(`two retained messages for ${topic}`);
      retained.set(topic, key);
      const kept = store.retainedMessage(key);
      if (kept?.arrivedAt !== arrivedAt)
        disorder.push(`another arrival of the retained message for ${topic}`);
      lines.push(`retained ${topic} ${size} ${expiresAt} ${canonical(kept)}`);
    },
    progress: () => {},
  });
  for (const one of found.values()) lines.push(textOf(store, one));
  const deliveries = new Map<string, DeliveryKey[]>();
  const sessions = new Map<string, SessionKey>();
  for (const [key, { session, deliveries: owed }] of found) {
    sessions.set(session.clientId, key);
    deliveries.set(
      session.clientId,
      owed.map((one) => one.key),
    );
  }
  return { text: lines.sort().join('\n'), sessions, deliveries, retained, disorder };
}

function textOf(store: Store, { session, subscriptions, deliveries, qos, held }: Found): string {
  const lines = [`session ${session.clientId} ${canonical(session)}`];
  for (const subscription of subscriptions.sort()) lines.push(`  subscription ${subscription}`);
  for (const packetId of held.sort((a, b) => a - b)) lines.push(`  held ${packetId}`);
  for (const [index, { key, size, progress }] of deliveries.entries()) {
    const message = progress.state === 'released' ? '' : canonical(store.delivery(key)); // it need not be there any more
    lines.push(`  delivery q${qos[index]} ${size} ${canonical(progress)} ${message}`);
  }
  return lines.join('\n');
}

/** JSON with names in order; bytes as hexadecimal; what is undefined is left out. */
export function canonical(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'undefined';
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    let text = 'bytes ';
    for (const byte of value) text += byte.toString(16).padStart(2, '0');
    return text;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, plain(one)]));
}
