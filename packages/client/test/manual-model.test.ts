/**
 * Any sequence of messages, acknowledgements by hand in any order, refusals and lost connections: acknowledgements leave
 * in the order of arrival, QoS 2 is delivered once, QoS 1 at least once, and in the end nothing is owed.
 */
import type { Packet } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../src/message.ts';
import { bytes, type Lab, lab, type Peer, quiet } from './lab.ts';

const runs = { numRuns: Number(process.env.FC_RUNS ?? 150) };

type Event =
  | { readonly do: 'send'; readonly qos: 1 | 2 }
  | { readonly do: 'acknowledge'; readonly at: number; readonly isRefused: boolean }
  | { readonly do: 'cut' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('send' as const), qos: fc.constantFrom(1 as const, 2 as const) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), at: fc.nat(7), isRefused: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
);

interface Open {
  readonly text: string;
  readonly packetId: number;
  readonly qos: 1 | 2;
  isReleased: boolean;
}

/** The session at the server, which sends what is open again on each connection. */
class Session {
  readonly open = new Map<number, Open>();
  /** Ids on this connection that no acknowledgement answered yet, in the order they were sent. */
  #sent: { readonly PUBACK: number[]; readonly PUBREC: number[] } = { PUBACK: [], PUBREC: [] };
  #last = 0;
  /** What the application has finished with. */
  readonly handled = new Set<string>();

  send(peer: Peer, qos: 1 | 2): void {
    let packetId = 1;
    while (this.open.has(packetId)) packetId += 1;
    this.#last += 1;
    const one: Open = { text: `${this.#last}`, packetId, qos, isReleased: false };
    this.open.set(packetId, one);
    this.#publish(peer, one, false);
  }

  #publish(peer: Peer, { text, packetId, qos }: Open, dup: boolean): void {
    this.#sent[qos === 1 ? 'PUBACK' : 'PUBREC'].push(packetId);
    peer.send({
      type: 'PUBLISH',
      topic: 't',
      payload: bytes(text),
      qos,
      dup,
      retain: false,
      packetId,
    } as Packet);
  }

  connected(peer: Peer): void {
    this.#sent = { PUBACK: [], PUBREC: [] };
    for (const one of this.open.values()) {
      if (one.isReleased) peer.send({ type: 'PUBREL', packetId: one.packetId, reasonCode: 0 });
      else this.#publish(peer, one, true);
    }
  }

  acknowledged(peer: Peer, type: 'PUBACK' | 'PUBREC', packetId: number, reasonCode: number): void {
    expect(packetId, 'in the order of arrival').toBe(this.#sent[type].shift());
    const one = this.open.get(packetId);
    expect(this.handled, 'acknowledged when the application said so').toContain(one?.text);
    if (type === 'PUBACK' || reasonCode >= 0x80) this.open.delete(packetId);
    else if (one !== undefined) {
      one.isReleased = true;
      peer.send({ type: 'PUBREL', packetId, reasonCode: 0 });
    }
  }
}

async function play(events: readonly Event[]): Promise<void> {
  const session = new Session();
  const waiting: Message[] = [];
  const delivered = new Map<string, number>();
  const world: Lab = lab({
    CONNECT: ({ cleanStart }, peer) => {
      peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 });
      session.connected(peer);
    },
    PUBACK: ({ packetId, reasonCode = 0 }, peer) =>
      session.acknowledged(peer, 'PUBACK', packetId, reasonCode),
    PUBREC: ({ packetId, reasonCode = 0 }, peer) =>
      session.acknowledged(peer, 'PUBREC', packetId, reasonCode),
    PUBCOMP: ({ packetId }) => void session.open.delete(packetId),
  });
  const client = await world.connect({
    acknowledge: 'manual',
    properties: { sessionExpiryInterval: 60 },
    onMessage: (message) => {
      waiting.push(message);
      const key = `${message.qos} ${message.text()}`;
      delivered.set(key, (delivered.get(key) ?? 0) + 1);
    },
  });
  let peer = await world.server.peer(0);
  const acknowledge = (at: number, isRefused: boolean): void => {
    const [message] = waiting.splice(at % Math.max(waiting.length, 1), 1);
    if (message === undefined) return;
    session.handled.add(message.text());
    message.acknowledge(isRefused ? 0x97 : 0);
  };
  for (const one of events) {
    if (one.do === 'send') session.send(peer, one.qos);
    if (one.do === 'acknowledge') acknowledge(one.at, one.isRefused);
    if (one.do === 'cut') {
      const index = world.server.peers.length;
      peer.cut();
      await quiet();
      world.tick();
      peer = await world.server.peer(index);
    }
    await quiet();
  }
  while (waiting.length > 0) {
    acknowledge(0, false);
    await quiet();
  }
  expect([...session.open.values()]).toEqual([]);
  for (const [key, times] of delivered) if (key.startsWith('2')) expect([key, times]).toEqual([key, 1]);
  expect(client.state.status).toBe('connected');
  await client.end();
}

describe('acknowledged by hand', () => {
  it('5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.3.3-10] [MQTT-4.4.0-1] any sequence keeps order and promises', async () => {
    await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 30 }), play), runs);
  });
});
