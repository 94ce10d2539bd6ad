/**
 * Facts to tell a store, and what it gave back as a text that can be compared. Which plays do the cases of the suite
 * make, and when is the outcome the same? Knows no store.
 */
import { seededRandom } from '@mqtt/session/testing';
import type { Fact, Kept, StoredMessage } from '../store.ts';
import { StoredState } from '../stores/state.ts';

/** A plain message. */
export function message(text: string, qos: 1 | 2 = 1): StoredMessage {
  const payload = new TextEncoder().encode(text);
  return { topic: `t/${text}`, payload, qos, retain: false, properties: undefined };
}

/** A message with everything that one can have. */
export const everything: StoredMessage = {
  topic: 'räume/🌡/ no wildcard',
  payload: Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251),
  qos: 2,
  retain: true,
  properties: {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 4_294_967_295,
    contentType: 'text/plain',
    responseTopic: 'answers/here',
    correlationData: Uint8Array.of(0, 255, 7),
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ],
  },
  expiresAt: 1_700_000_000_123,
};

/** Facts in any order that a client can tell them in: keys only grow, and a message is released once it was sent. */
export function anyFacts(seed: number): readonly Fact[] {
  const random = seededRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const state = new StoredState();
  const facts: Fact[] = [];
  let last = 0;
  for (let left = below(60); left > 0; left -= 1) {
    const { flows } = state.kept();
    const flow = flows[below(flows.length)];
    const dice = below(12);
    let fact: Fact;
    if (dice === 0) fact = { fact: 'session', clientId: 'c', isNew: random() < 0.5 };
    else if (dice < 5)
      fact = { fact: 'queued', key: ++last, message: message(`${below(100)}`, random() < 0.5 ? 1 : 2) };
    else if (dice < 7) fact = { fact: random() < 0.6 ? 'held' : 'unheld', packetId: 1 + below(8) };
    else if (flow === undefined) continue;
    else if (dice < 10 && flow.packetId === undefined)
      fact = { fact: 'sent', key: flow.key, packetId: 1 + below(65_535) };
    else if (dice < 10 && flow.message !== undefined) fact = { fact: 'released', key: flow.key };
    else fact = { fact: 'settled', key: flow.key };
    state.apply(fact);
    facts.push(fact);
  }
  return facts;
}

/** What is kept, as lines; equal for equal contents. What a store may give in any order is sorted. */
export function textOf({ clientId, flows, held }: Kept): string {
  const line = (flow: Kept['flows'][number]): string => `  ${canonical(flow)}`;
  return [
    `session ${canonical(clientId)}`,
    'messages',
    ...flows.filter((flow) => flow.message !== undefined).map(line),
    'released', // PUBRELs go in the order of their PUBRECs [MQTT-4.6.0-4]
    ...flows.filter((flow) => flow.message === undefined).map(line),
    `held ${canonical([...held].sort((one, other) => one - other))}`,
  ].join('\n');
}

/** What a list of facts comes to, as `textOf` says it. */
export function textOfFacts(facts: readonly Fact[]): string {
  const state = new StoredState();
  for (const fact of facts) state.apply(fact);
  return textOf(state.kept());
}

/** JSON with names in order; what is undefined is left out; of bytes how many they are, a sum, and the first of them. */
export function canonical(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'undefined';
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    let sum = 0;
    for (const byte of value) sum = (sum * 31 + byte) % 4_294_967_291;
    return `${value.length} bytes, sum ${sum}: ${value.subarray(0, 16).join(' ')}`;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, plain(one)]));
}
