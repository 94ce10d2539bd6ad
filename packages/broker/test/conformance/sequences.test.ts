/**
 * Random sequences of legal packets, at times with one wrong byte, under seeds: whatever comes, what the broker sends is
 * legal. The wires' decoders refuse what a server may not send; the rest is checked here. A failure names its seed.
 */
import { encode, type ProtocolVersion } from '@mqtt/codec';
import { seededRandom } from '@mqtt/session/testing';
import { expect, it } from 'vitest';
import { connect, House, type Wire } from '../wire/house.ts';
import { type Numbered, sizeOf, subscriber } from './recorder.ts';

const SEEDS = 100;
const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 };

/** A client that obeys little: what it sends is made by chance. */
class Stranger {
  readonly version: Numbered;
  /** What its CONNECT allows. */
  readonly maximumPacketSize: number;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    this.version = this.#pick([4, 5]);
    this.maximumPacketSize = this.version === 5 ? this.#pick([20, 30, 1000]) : Number.POSITIVE_INFINITY;
  }

  /** Its whole life as bytes. */
  bytes(): Uint8Array {
    const hello = [...encode<ProtocolVersion>(this.#connect(), this.version)];
    const rest = Array.from({ length: 14 }, () => this.#packet()).flatMap((packet) => [
      ...encode(packet as never, this.version),
    ]);
    if (this.#random() < 0.5) rest[this.#below(rest.length)] = this.#below(256);
    return Uint8Array.from([...hello, ...rest]);
  }

  #connect(): ReturnType<typeof connect> {
    const properties = {
      maximumPacketSize: this.maximumPacketSize,
      receiveMaximum: this.#pick([1, 2, 100]),
      sessionExpiryInterval: this.#pick([0, 10]),
    };
    const clientId = this.#pick(['a', 'b']);
    const basic = {
      version: this.version,
      clientId,
      cleanStart: this.#chance(),
      keepAlive: this.#pick([0, 5]),
    };
    const will = this.#chance() ? { will: { topic: 'w', qos: 1 as const } } : {};
    return connect({ ...basic, ...will, ...(this.version === 5 ? { properties } : {}) });
  }

  #packet(): object {
    const packetId = 1 + this.#below(4);
    const reason = this.version === 5 ? { reasonCode: 0 } : {};
    const topicFilter = this.#pick(['t', '#', '+/v', '$share/g/t', '$share/g/#']);
    const subscription = { topicFilter, qos: this.#below(3), ...(this.version === 5 ? options : {}) };
    const type = this.#pick(['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP']);
    return this.#pick<object>([
      this.#publish(0),
      this.#publish(1 + this.#below(2), packetId),
      this.#publish(1 + this.#below(2), packetId),
      { type, packetId, ...reason },
      { type, packetId, ...reason },
      { type: 'SUBSCRIBE', packetId, subscriptions: [subscription] },
      { type: 'UNSUBSCRIBE', packetId, topicFilters: [topicFilter] },
      this.#random() < 0.1 ? { type: 'DISCONNECT', ...reason } : { type: 'PINGREQ' },
    ]);
  }

  #publish(qos: number, packetId?: number): object {
    const properties = this.#pick<object>([
      {},
      { messageExpiryInterval: 1 },
      { userProperties: [['a', 'b']] },
    ]);
    return {
      type: 'PUBLISH',
      topic: this.#pick(['t', 'u/v', 'x/y/z']),
      payload: new Uint8Array(this.#below(80)),
      qos,
      packetId,
      dup: qos > 0 && this.#chance(),
      retain: this.#chance(),
      ...(this.version === 5 ? { properties } : {}),
    };
  }

  #pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.#below(from.length)] ?? from[0];
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #chance(): boolean {
    return this.#random() < 0.5;
  }
}

/** Sends `bytes` in chunks, with time between them. */
function play(house: House, wire: Wire, bytes: Uint8Array, random: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const chunk = bytes.slice(at, at + 1 + Math.floor(random() * 60));
    at += chunk.length;
    wire.bytes(chunk);
    house.advance(Math.floor(random() * 800));
  }
  if (random() < 0.5) wire.cut();
}

it('5.0 [MQTT-3.2.0-1] [MQTT-3.2.0-2] [MQTT-3.1.2-24] [MQTT-3.14.4-1] [MQTT-4.13.1-1] 3.1.1 [MQTT-3.2.0-1] [MQTT-4.8.0-1] CONNACK is first and comes once, nothing is too large or follows DISCONNECT, and others are served', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const house = new House({ limits: { receiveMaximum: 5, maximumQueuedMessages: 10 } });
    subscriber(house, { clientId: 'everything', properties: { receiveMaximum: 3 } }, '#', 2);
    for (let n = 0; n < 6; n++) {
      const stranger = new Stranger(random);
      const wire = house.open(stranger.version);
      play(house, wire, stranger.bytes(), random);
      const types = wire.received.map(({ type }) => type);
      expect(types.lastIndexOf('CONNACK'), `seed ${seed}`).toBe(types.length > 0 ? 0 : -1);
      if (types.includes('DISCONNECT'))
        expect(types.indexOf('DISCONNECT'), `seed ${seed}`).toBe(types.length - 1);
      if (stranger.version === 4) continue;
      const sizes = wire.received.map(sizeOf);
      expect(Math.max(0, ...sizes), `seed ${seed}`).toBeLessThanOrEqual(stranger.maximumPacketSize);
    }
    house.advance(20_000);
    expect([house.errors, house.isWell()], `seed ${seed}`).toEqual([[], true]);
  }
});
