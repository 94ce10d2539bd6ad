/**
 * Whatever happens to the network and the server, in any order: a client ends connected or ended, every promise
 * settles, what was acknowledged was received, and no timer, listener or link is left.
 */
import type { Packet } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Authentication } from '../src/authentication.ts';
import type { Client } from '../src/client.ts';
import { MqttError } from '../src/errors.ts';
import type { ConnectOptions } from '../src/options.ts';
import type { ClientState } from '../src/state.ts';
import { bytes, type Lab, lab, type Peer, quiet, standing } from './lab.ts';

const simple = [
  'cut',
  'half-open',
  'unmute',
  'lose session',
  'garbage',
  'disconnect',
  'redirect',
  'message',
  'pause',
  'resume',
  'reauthenticate',
] as const;
/** CONNACK reason codes: welcome, not authorized, try later, go elsewhere. */
type Refusal = 0 | 0x87 | 0x88 | 0x9c;

/** One thing that happens. */
type Event =
  | { readonly do: 'publish'; readonly qos: 0 | 1 | 2; readonly abort: boolean }
  | { readonly do: 'subscribe' | 'unsubscribe'; readonly filter: string }
  | { readonly do: (typeof simple)[number] }
  /** The server answers this many packets more, and then none. */
  | { readonly do: 'mute'; readonly after: number }
  | { readonly do: 'reach'; readonly how: boolean | 'silent' }
  | { readonly do: 'refuse'; readonly reasonCode: Refusal }
  /** The server's certificate of itself is wrong from now on, or right again. */
  | { readonly do: 'cheat'; readonly cheats: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const filters = fc.constantFrom('a', 'a/#', '+/b', '$share/g/a');

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      abort: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), filter: filters }),
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...simple) }) },
  fc.record({
    do: fc.constant('reach' as const),
    how: fc.constantFrom<boolean | 'silent'>(true, true, false, 'silent'),
  }),
  fc.record({
    do: fc.constant('refuse' as const),
    reasonCode: fc.constantFrom<Refusal>(0, 0, 0x88, 0x9c, 0x87),
  }),
  fc.record({ do: fc.constant('cheat' as const), cheats: fc.constantFrom(false, false, false, true) }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 500, 5000, 20_000, 100_000),
    }),
  },
);

/** What a server knows of a client. */
interface Session {
  /** QoS 2 ids that are not released. */
  readonly held: Set<number>;
  readonly filters: Set<string>;
}

/** A server with a session that it keeps or loses, and a memory of what it received. */
class World {
  readonly lab: Lab;
  /** How many packets are answered before the server falls silent. */
  answers = Infinity;
  refusal: Refusal = 0;
  cheats = false;
  session: Session | undefined;
  /** Filter -> whether the last call that succeeded wants it; undefined once a call failed. */
  readonly wanted = new Map<string, boolean | undefined>();
  losses = 0;
  readonly received = new Map<string, number>();
  readonly open = new Set<Promise<unknown>>();
  readonly acknowledged: { readonly payload: string; readonly qos: 0 | 1 | 2 }[] = [];
  readonly errors: unknown[] = [];
  published = 0;

  constructor(seed: number) {
    let state = seed;
    const random = (): number => {
      state = (state * 16_807 + 11) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    this.lab = lab(
      {
        CONNECT: (packet, peer) => this.#connect(packet, peer),
        PUBLISH: (packet, peer) => this.#publish(packet, peer),
        PUBREL: ({ packetId }, peer) => {
          if (!this.#answer()) return;
          this.session?.held.delete(packetId);
          peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
        },
        PUBREC: ({ packetId }, peer) => {
          if (this.#answer()) peer.send({ type: 'PUBREL', packetId, reasonCode: 0 });
        },
        SUBSCRIBE: ({ packetId, subscriptions }, peer) => {
          for (const { topicFilter } of subscriptions) this.session?.filters.add(topicFilter);
          if (this.#answer())
            peer.send({ type: 'SUBACK', packetId, reasonCodes: subscriptions.map(() => 0) });
        },
        UNSUBSCRIBE: ({ packetId, topicFilters }, peer) => {
          for (const topicFilter of topicFilters) this.session?.filters.delete(topicFilter);
          if (this.#answer())
            peer.send({ type: 'UNSUBACK', packetId, reasonCodes: topicFilters.map(() => 0) });
        },
        AUTH: (_, peer) => {
          if (this.#answer()) peer.send({ type: 'AUTH', reasonCode: 0, properties: this.#proof });
        },
        PINGREQ: (_, peer) => {
          if (this.#answer()) peer.send({ type: 'PINGRESP' });
        },
      },
      random,
    );
  }

  #answer(): boolean {
    this.answers -= 1;
    return this.answers >= 0;
  }

  get #proof(): { authenticationMethod: string; authenticationData: Uint8Array } {
    return { authenticationMethod: 'TRUST', authenticationData: bytes(this.cheats ? 'no' : 'yes') };
  }

  #connect({ cleanStart }: Extract<Packet, { type: 'CONNECT' }>, peer: Peer): void {
    if (!this.#answer()) return;
    if (this.refusal !== 0) {
      const properties = this.refusal === 0x9c ? { serverReference: 'another' } : undefined;
      peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: this.refusal, properties });
      return;
    }
    const sessionPresent = !cleanStart && this.session !== undefined;
    if (!sessionPresent) {
      this.session = { held: new Set(), filters: new Set() };
      this.losses += 1;
    }
    const properties = { receiveMaximum: 3, ...this.#proof };
    peer.send({ type: 'CONNACK', sessionPresent, reasonCode: 0, properties });
  }

  #publish({ qos, packetId = 0, payload }: Extract<Packet, { type: 'PUBLISH' }>, peer: Peer): void {
    const text = new TextDecoder().decode(payload);
    if (qos < 2 || !this.session?.held.has(packetId))
      this.received.set(text, (this.received.get(text) ?? 0) + 1);
    if (qos === 2) this.session?.held.add(packetId);
    if (qos > 0 && this.#answer())
      peer.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
  }

  #wants(filter: string, wanted: boolean, promise: Promise<unknown>): void {
    if (!this.wanted.has(filter) || this.wanted.get(filter) !== undefined) this.wanted.set(filter, wanted);
    this.watch(
      promise.catch((error: unknown) => {
        this.wanted.set(filter, undefined);
        throw error;
      }),
    );
  }

  watch(promise: Promise<unknown>): void {
    const settled = promise.then(
      () => {},
      (error: unknown) => {
        this.errors.push(error);
      },
    );
    this.open.add(settled);
    settled.then(() => this.open.delete(settled));
  }

  happen(client: Client, event: Event): void {
    const { server, clock } = this.lab;
    const peer = server.peers.at(-1);
    switch (event.do) {
      case 'publish': {
        const { qos, abort } = event;
        const payload = `${this.published++}`;
        const controller = new AbortController();
        const published = client.publish('a', payload, { qos, signal: controller.signal });
        this.watch(published.then(() => this.acknowledged.push({ payload, qos })));
        if (abort) controller.abort();
        break;
      }
      case 'subscribe':
        this.#wants(event.filter, true, client.subscribe(event.filter, { qos: 2, onMessage: () => {} }));
        break;
      case 'unsubscribe':
        this.#wants(event.filter, false, client.unsubscribe(event.filter));
        break;
      case 'message':
        if (peer !== undefined && client.state.status === 'connected') {
          peer.send({
            type: 'PUBLISH',
            topic: 'a',
            payload: new Uint8Array(3),
            qos: 2,
            packetId: 9,
            dup: false,
            retain: false,
          });
        }
        break;
      case 'pause':
        client.pause();
        break;
      case 'resume':
        client.resume();
        break;
      case 'reauthenticate':
        this.watch(client.reauthenticate());
        break;
      case 'cheat':
        this.cheats = event.cheats;
        break;
      case 'lose session':
        this.session = undefined;
        peer?.cut();
        break;
      case 'mute':
        this.answers = event.after;
        break;
      case 'unmute':
        this.answers = Infinity;
        break;
      case 'reach':
        server.reachable = event.how;
        break;
      case 'refuse':
        this.refusal = event.reasonCode;
        break;
      case 'wait':
        clock.advance(event.ms);
        break;
      default:
        this.#serverDoes(event.do, peer);
    }
  }

  #serverDoes(
    what: 'cut' | 'garbage' | 'disconnect' | 'half-open' | 'redirect',
    peer: Peer | undefined,
  ): void {
    if (what === 'cut') peer?.cut();
    else if (what === 'garbage') peer?.sendHex('f0 00 00');
    else if (what === 'half-open') peer?.link.far.hold();
    else if (what === 'disconnect') peer?.send({ type: 'DISCONNECT', reasonCode: 0x8b });
    else peer?.send({ type: 'DISCONNECT', reasonCode: 0x9d, properties: { serverReference: 'another' } });
  }

  /** The server is well again. Time passes until nothing changes any more. */
  async recover(client: Client): Promise<void> {
    const { server, clock } = this.lab;
    this.answers = Infinity;
    this.refusal = 0;
    this.cheats = false;
    server.reachable = true;
    if (client.state.status === 'paused') client.resume();
    for (let passed = 0; passed < 100; passed += 1) {
      await quiet();
      if (client.state.status === 'ended' || (client.state.status === 'connected' && this.open.size === 0))
        return;
      clock.advance(5000);
      // What a mute server swallowed on a connection that lives on is sent again on the next one only [MQTT-4.4.0-1].
      if (passed === 30) server.peers.at(-1)?.cut();
    }
  }

  checkFilters(): void {
    for (const [filter, wanted] of this.wanted) {
      if (wanted !== undefined)
        expect(this.session?.filters.has(filter), `${filter} on the server`).toBe(wanted);
    }
  }

  check(): void {
    for (const error of this.errors) expect(error).toBeInstanceOf(MqttError);
    for (const { payload, qos } of this.acknowledged) {
      const times = this.received.get(payload) ?? 0;
      if (qos > 0) expect(times, `message ${payload} of QoS ${qos}`).toBeGreaterThanOrEqual(1);
      if (qos === 2 && this.losses === 1) expect(times, `message ${payload} of QoS 2`).toBe(1);
    }
  }
}

/** Believes who says yes. */
const authentication: Authentication = {
  method: 'TRUST',
  async *exchange() {
    const answer = yield bytes('who are you?');
    if (new TextDecoder().decode(answer) !== 'yes')
      throw new MqttError('AUTHENTICATION_FAILED', 'an impostor');
  },
};

/** Each policy in turn. */
function overflowOf(seed: number): ConnectOptions['queueOverflow'] {
  return (['reject', 'drop-oldest', 'drop-newest'] as const)[seed % 3];
}

const runs = { numRuns: Number(process.env.FC_RUNS ?? 300) };

describe('a client in any weather', () => {
  it('comes back or ends, settles every promise, breaks none, leaves nothing behind', async () => {
    const sequences = fc.array(event, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        sequences,
        fc.integer({ min: 1, max: 1e6 }),
        fc.boolean(),
        async (events, seed, keep) => {
          const world = new World(seed);
          const { lab } = world;
          const client = await lab.connect({
            keepAlive: 10,
            connectTimeout: 5000,
            maximumQueuedMessages: 1 + (seed % 8),
            queueOverflow: overflowOf(seed),
            authentication,
            followRedirects: true,
            credentials: () => Promise.resolve({ username: 'u' }),
            properties: keep ? { sessionExpiryInterval: 600 } : {},
          });
          const states: ClientState[] = [];
          const following = (async () => {
            for await (const state of client.states()) states.push(state);
          })();
          for (const event of events) {
            world.happen(client, event);
            await quiet();
          }
          await world.recover(client);
          expect(['connected', 'ended']).toContain(client.state.status);
          if (client.state.status === 'ended') expect(client.state.reason).toBeInstanceOf(MqttError);
          expect(states.at(-1)).toBe(client.state);
          expect(world.open.size, 'promises open after recovery').toBe(0);
          if (client.state.status === 'connected') world.checkFilters();
          const ended = client.end({ timeout: 3000 }); // an aborted message may be in flight still
          await quiet();
          lab.clock.advance(3000);
          await quiet();
          lab.clock.advance(2000); // a half-open link is aborted
          expect(await standing(ended), 'end').toBeUndefined();
          await following;
          expect(states.at(-1)?.status).toBe('ended');
          await quiet();
          expect(lab.clock.pending, 'timers').toBe(0);
          expect(lab.server.peers.filter((peer) => !peer.isClosed).length, 'links').toBe(0);
          expect(lab.reported).toEqual([]);
          world.check();
        },
      ),
      runs,
    );
  }, 120_000);

  it('settles every promise when it is ended in the middle of anything', async () => {
    const sequences = fc.array(event, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sequences, fc.integer({ min: 1, max: 1e6 }), async (events, seed) => {
        const world = new World(seed);
        const { lab } = world;
        const client = await lab.connect({
          keepAlive: 10,
          connectTimeout: 5000,
          maximumQueuedMessages: 1 + (seed % 8),
          queueOverflow: overflowOf(seed),
          authentication,
        });
        for (const event of events) {
          world.happen(client, event);
          if (seed % 2 === 0) await quiet();
        }
        const ended = client.end({ timeout: 3000 });
        await quiet();
        lab.clock.advance(3000);
        await quiet();
        lab.clock.advance(2000);
        await ended;
        await quiet();
        expect(world.open.size, 'promises').toBe(0);
        expect(lab.clock.pending, 'timers').toBe(0);
        expect(client.state.status).toBe('ended');
        world.check();
      }),
      runs,
    );
  }, 120_000);
});
