/**
 * Processes that die: whatever happens to the network, the server's answers, the disk and the process, in any order,
 * what `publish` kept arrives, at QoS 2 once, and in the end the store is empty.
 */
import type { Packet } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connectOn } from '../src/connect.ts';
import type { Fact, Store } from '../src/store.ts';
import { durable } from '../src/stores/keeping.ts';
import { StoredState } from '../src/stores/state.ts';
import { lab, quiet, type Script } from './lab.ts';

type Event =
  | { readonly do: 'publish'; readonly qos: 1 | 2; readonly times: number }
  | { readonly do: 'cut' | 'mute' | 'unmute' | 'slow' | 'fast' | 'write' }
  /** The process dies; `kept`: what it was writing was written. */
  | { readonly do: 'die'; readonly kept: boolean };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      qos: fc.constantFrom<1 | 2>(1, 2),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'cut' as const,
        'mute' as const,
        'unmute' as const,
        'slow' as const,
        'fast' as const,
      ),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'write' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('die' as const), kept: fc.boolean() }) },
);

/** A disk whose writes take as long as the test says; a process that dies leaves it as it is. */
class Disk {
  readonly state = new StoredState();
  isSlow = false;
  #writing: { readonly facts: readonly Fact[]; readonly done: () => void } | undefined;
  #process = 0;

  store(): Store {
    return durable({
      open: async () => {
        this.#process += 1;
        const own = this.#process;
        const write = (facts: readonly Fact[]): Promise<void> =>
          new Promise((done) => {
            if (own !== this.#process) return;
            this.#writing = { facts, done };
            if (!this.isSlow) this.write();
          });
        return { kept: this.state.kept(), write, close: async () => {} };
      },
    });
  }

  write(): void {
    const writing = this.#writing;
    this.#writing = undefined;
    for (const fact of writing?.facts ?? []) this.state.apply(fact);
    writing?.done();
  }

  /** The process is gone: nothing of it is written any more, and it is told nothing. */
  die(isKept: boolean): void {
    if (isKept) for (const fact of this.#writing?.facts ?? []) this.state.apply(fact);
    this.#writing = undefined;
    this.#process += 1;
  }
}

class World {
  readonly disk = new Disk();
  readonly kept = new Set<string>();
  readonly received = new Map<string, number>();
  isMute = false;
  #held: Set<number> | undefined;
  #published = 0;
  #generation = 0;
  client: Client | undefined;
  readonly lab = lab(this.#script());

  #script(): Script {
    const answer = (peer: { send(packet: Packet): void }, packet: Packet): void => {
      if (!this.isMute) peer.send(packet);
    };
    return {
      CONNECT: ({ cleanStart }, peer) => {
        const sessionPresent = !cleanStart && this.#held !== undefined;
        if (!sessionPresent) this.#held = new Set();
        peer.send({ type: 'CONNACK', sessionPresent, reasonCode: 0, properties: { receiveMaximum: 3 } });
      },
      PUBLISH: ({ qos, packetId = 0, payload }, peer) => {
        const text = new TextDecoder().decode(payload);
        if (qos < 2 || !this.#held?.has(packetId))
          this.received.set(text, (this.received.get(text) ?? 0) + 1);
        if (qos === 2) this.#held?.add(packetId);
        answer(peer, { type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
      },
      PUBREL: ({ packetId }, peer) => {
        this.#held?.delete(packetId);
        answer(peer, { type: 'PUBCOMP', packetId, reasonCode: 0 });
      },
    };
  }

  /** A process begins. */
  async begin(): Promise<void> {
    const { platform, server } = this.lab;
    this.#generation += 1;
    const own = this.#generation;
    const transport: typeof platform.transport = (...args) =>
      own === this.#generation ? server.transport(...args) : new Promise(() => {});
    const opened = connectOn({ ...platform, transport }, 'mqtt://test', { store: this.disk.store() });
    this.client = await opened;
  }

  async happen(event: Event): Promise<void> {
    const peer = this.lab.server.peers.at(-1);
    if (event.do === 'publish') {
      for (let n = 0; n < event.times; n += 1) {
        const payload = `${event.qos}/${this.#published++}`;
        const own = this.#generation;
        const onKept = (): void => {
          if (own === this.#generation) this.kept.add(payload);
        };
        this.client?.publish('a', payload, { qos: event.qos, onKept }).catch(() => {});
      }
    } else if (event.do === 'die') {
      this.disk.die(event.kept);
      this.#generation += 1;
      peer?.cut();
      await this.begin();
    } else if (event.do === 'cut') {
      peer?.cut();
      await quiet();
      this.lab.clock.advance(60_000);
    } else if (event.do === 'write') this.disk.write();
    else if (event.do === 'slow' || event.do === 'fast') this.disk.isSlow = event.do === 'slow';
    else this.isMute = event.do === 'mute';
    await quiet();
  }

  /** Everything is well; the last process ends when nothing waits any more. */
  async recover(): Promise<void> {
    this.isMute = this.disk.isSlow = false;
    for (let n = 0; n < 3; n += 1) {
      this.disk.write();
      await quiet();
    }
    await this.happen({ do: 'cut' }); // what a mute server swallowed is sent again on the next connection only
    for (let n = 0; n < 40 && this.disk.state.size > 0; n += 1) {
      await quiet();
      // That minute may have been over before an attempt was: the next one is waited for.
      if (this.client?.state.status === 'waiting') this.lab.tick();
    }
    const ended = this.client?.end({ timeout: 1000 });
    await quiet();
    this.lab.clock.advance(5000);
    await ended;
  }
}

describe('processes that die', () => {
  it('[MQTT-4.1.0-1] [MQTT-4.3.2-1] [MQTT-4.3.3-1] lose nothing that was kept, and send no QoS 2 message twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.boolean(),
        fc.boolean(),
        async (events, slow, mute) => {
          const world = new World();
          await world.begin();
          await quiet();
          world.disk.isSlow = slow;
          world.isMute = mute;
          for (const one of events) await world.happen(one);
          await world.recover();
          for (const payload of world.kept)
            expect(world.received.get(payload) ?? 0, payload).toBeGreaterThan(0);
          for (const [payload, times] of world.received)
            if (payload.startsWith('2/')) expect(times, payload).toBe(1);
          expect(world.disk.state.size).toBe(0);
        },
      ),
      { numRuns: Number(process.env.FC_RUNS ?? 200) },
    );
  }, 120_000);
});
