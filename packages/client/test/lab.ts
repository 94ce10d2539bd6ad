/**
 * A scripted server over in-memory links, a manual clock and seeded chance: everything a client test needs, and no
 * real time. The server answers as a good one would until a test gives it another script.
 */
import { Decoder, encode, type Packet, type ProtocolVersion, reasonCodeNames } from '@mqtt/codec';
import type { Link, LinkHandler } from '@mqtt/session';
import { ManualClock, MemoryLink, seededRandom } from '@mqtt/session/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connectOn } from '../src/connect.ts';
import { connectSmallOn, type SmallConnectOptions } from '../src/connect-small.ts';
import type { CoreClient } from '../src/core-client.ts';
import type { ConnectOptions } from '../src/options.ts';
import type { Platform } from '../src/platform.ts';
import { refusalWords } from '../src/refusal.ts';

/** Packet type -> what the server does; what is not here is answered as a good server would. */
export type Script = {
  [Type in Packet['type']]?: (packet: Extract<Packet, { type: Type }>, peer: Peer) => void;
};

const granted = (packet: Extract<Packet, { type: 'SUBSCRIBE' }>): (0 | 1 | 2)[] =>
  packet.subscriptions.map(({ qos }) => qos);

/** What a good server does. */
const goodServer: Script = {
  CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0 }),
  PUBLISH: ({ qos, packetId = 0 }, peer) => {
    if (qos > 0) peer.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
  },
  PUBREC: ({ packetId }, peer) => peer.send({ type: 'PUBREL', packetId, reasonCode: 0 }),
  PUBREL: ({ packetId }, peer) => peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 }),
  SUBSCRIBE: (packet, peer) =>
    peer.send({ type: 'SUBACK', packetId: packet.packetId, reasonCodes: granted(packet) }),
  UNSUBSCRIBE: ({ packetId, topicFilters }, peer) => {
    const reasonCodes = peer.version === 5 ? topicFilters.map(() => 0 as const) : [];
    peer.send({ type: 'UNSUBACK', packetId, reasonCodes } as Packet);
  },
  PINGREQ: (_, peer) => peer.send({ type: 'PINGRESP' }),
};

/** The server's end of one network connection. */
export class Peer implements LinkHandler {
  /** Every packet that came, in order; and their bytes. */
  readonly packets: Packet[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly link: MemoryLink;
  readonly #server: Server;
  readonly #decoder = new Decoder({ role: 'server' });
  readonly #waiting = new Set<() => void>();
  /** The network has told this end that it is over. */
  isClosed = false;
  /** With an error: not an orderly end. */
  error: Error | undefined;

  constructor(server: Server, link: MemoryLink) {
    this.#server = server;
    this.link = link;
    link.far.attach(this);
  }

  get version(): ProtocolVersion {
    return this.#decoder.version ?? 5;
  }

  receive(chunk: Uint8Array): void {
    this.chunks.push(chunk.slice());
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      this.packets.push(packet);
      const act = this.#server.script[packet.type] ?? goodServer[packet.type];
      (act as ((packet: Packet, peer: Peer) => void) | undefined)?.(packet, this);
    }
    this.#wake();
  }

  drained(): void {}

  closed(error?: Error): void {
    this.isClosed = true;
    this.error = error;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Sends a packet to the client. */
  send(packet: Packet): void {
    this.link.far.write(encode(packet, this.version));
  }

  /** Sends bytes, which need not be MQTT: `20 02 00 00`. */
  sendHex(hex: string): void {
    this.link.far.write(Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16)));
  }

  /** Loses the network connection. */
  cut(): void {
    this.link.cut();
  }

  /** Every packet of one type that came. */
  all<Type extends Packet['type']>(type: Type): Extract<Packet, { type: Type }>[] {
    return this.packets.filter((packet) => packet.type === type) as Extract<Packet, { type: Type }>[];
  }

  /** The packet of this type with this index, when it has come. */
  async nth<Type extends Packet['type']>(
    type: Type,
    index: number,
  ): Promise<Extract<Packet, { type: Type }>> {
    await this.until(() => this.all(type).length > index);
    return this.all(type)[index] as Extract<Packet, { type: Type }>;
  }

  /** The first packet of this type, when it has come. */
  first<Type extends Packet['type']>(type: Type): Promise<Extract<Packet, { type: Type }>> {
    return this.nth(type, 0);
  }

  /** When the network connection is over. */
  over(): Promise<void> {
    return this.until(() => this.isClosed);
  }

  /** When `isSo`, asked again whenever something came. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A server that clients reach through `transport`. */
export class Server {
  /** What it does from now on. */
  script: Script;
  /** false: the network connection is refused. 'silent': it is never answered. */
  reachable: boolean | 'silent' = true;
  /** Every connection, in order. */
  readonly peers: Peer[] = [];
  /** How often a client tried to reach it, and how often it gave that up itself. */
  attempts = 0;
  given = 0;
  readonly #clock: ManualClock;
  readonly #random: (() => number) | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(clock: ManualClock, script: Script, random?: () => number) {
    this.#clock = clock;
    this.script = script;
    this.#random = random;
  }

  readonly transport = (_: unknown, handler: LinkHandler, signal: AbortSignal): Promise<Link> => {
    this.attempts += 1;
    if (this.reachable === false) return Promise.reject(new Error('refused by the test'));
    if (this.reachable === 'silent') {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          this.given += 1;
          reject(new Error('aborted'));
        });
      });
    }
    const link = new MemoryLink({ defer: this.#clock.defer, random: this.#random });
    link.near.attach(handler);
    this.peers.push(new Peer(this, link));
    for (const wake of this.#waiting) wake();
    return Promise.resolve(link.near);
  };

  /** The connection with this index, when it is there. */
  peer(index: number): Promise<Peer> {
    return new Promise((resolve) => {
      const look = (): void => {
        const peer = this.peers[index];
        if (peer === undefined) return;
        this.#waiting.delete(look);
        resolve(peer);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A server, a clock, and clients. */
export interface Lab {
  readonly clock: ManualClock;
  readonly server: Server;
  readonly platform: Platform;
  /** What was reported because nobody listened. */
  readonly reported: unknown[];
  connect(options?: ConnectOptions): Promise<Client>;
  /** Lets exactly the time pass until the next timer is due. */
  tick(): void;
}

/** How a client connects: the whole one, or the small one, which is given only what it has. */
type Connect = (platform: Platform, options: ConnectOptions) => Promise<Client>;

const whole: Connect = (platform, options) => connectOn(platform, 'mqtt://test', options);
const small: Connect = (platform, options) =>
  connectSmallOn(
    platform,
    'mqtt://test',
    options as SmallConnectOptions,
  ) as Promise<CoreClient> as Promise<Client>;

let current = whole;

/**
 * Runs the tests of `body` twice: with the whole client, and with the core of it that is the small one. What a small
 * client has not is tested with `whole.it`.
 */
export function onEachClient(body: (whole: { it: typeof it; describe: typeof describe }) => void): void {
  const nothing = Object.assign(() => {}, { each: () => () => {} }) as object;
  for (const [name, connect] of [
    ['whole', whole],
    ['small', small],
  ] as const) {
    describe(`the ${name} client`, () => {
      beforeAll(() => {
        current = connect;
      });
      afterAll(() => {
        current = whole;
      });
      body(
        connect === whole
          ? { it, describe }
          : { it: nothing as typeof it, describe: nothing as typeof describe },
      );
    });
  }
}

/** Makes a lab. `random`: what the client's chance gives; default: a seed. */
export function lab(script: Script = {}, random: () => number = seededRandom(1)): Lab {
  const clock = new ManualClock();
  const server = new Server(clock, script);
  const reported: unknown[] = [];
  const platform: Platform = {
    transport: server.transport,
    clock,
    refusalWords,
    reasonCodeNames,
    random,
    report: (error) => reported.push(error),
  };
  const connect = (options: ConnectOptions = {}): Promise<Client> => current(platform, options);
  const tick = (): void => clock.advance(clock.next - clock.now());
  return { clock, server, platform, reported, connect, tick };
}

/** Lets everything happen that can happen without time passing. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** How a promise stands now: its value, its error, or that it is open. */
export async function standing(promise: PromiseLike<unknown>): Promise<unknown> {
  await quiet();
  return Promise.race([promise, Promise.resolve('open')]).catch((error: unknown) => error);
}

/** The error a promise rejects with. */
export async function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to reject');
}

/** When the client's state has this status. */
export function status(client: Client, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    if (client.state.status === wanted) {
      resolve();
      return;
    }
    const off = client.on('state', ({ status: now }) => {
      if (now !== wanted) return;
      off();
      resolve();
    });
  });
}

/** Text as a payload. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
