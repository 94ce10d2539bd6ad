/** Who of a `$share` group gets a message under each strategy, and who is passed over. */
import type { QoS } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { BrokerOptions, SharedStrategy } from '../../src/index.ts';
import { House, type Wire } from '../wire/house.ts';

const MEMBERS = ['a', 'b', 'c'];

interface Group {
  readonly house: House;
  readonly members: readonly Wire[];
  readonly sender: Wire;
}

function group(strategy: SharedStrategy, receiveMaximum = 100, more: BrokerOptions = {}): Group {
  const house = new House({ sharedSubscriptions: strategy, ...more });
  const members = MEMBERS.map((clientId) => join(house, clientId, receiveMaximum));
  return { house, members, sender: house.connect({ clientId: 's' }) };
}

function join(house: House, clientId: string, receiveMaximum = 100): Wire {
  const properties = { sessionExpiryInterval: 99, receiveMaximum };
  const wire = house.connect({ clientId, cleanStart: false, properties }).subscribe('$share/g/#', 1);
  wire.take();
  return wire;
}

let lastId = 0;
function send(sender: Wire, topic: string, payload: string, qos: QoS = 1): void {
  lastId = (lastId % 60_000) + 1;
  sender.publish(topic, payload, qos, qos === 0 ? {} : { packetId: lastId });
}

/** Payloads that each member got since the last call. */
function shares(members: readonly Wire[]): string[][] {
  return members.map((member) =>
    member.take().flatMap((packet) => {
      return packet.type === 'PUBLISH' ? [new TextDecoder().decode(packet.payload)] : [];
    }),
  );
}

describe('5.0 strategies of shared subscriptions', () => {
  it('round-robin, the default: in turn', () => {
    const house = new House();
    const members = MEMBERS.map((clientId) => join(house, clientId));
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 6; n++) send(sender, 't', `${n}`);
    expect(shares(members)).toEqual([
      ['0', '3'],
      ['1', '4'],
      ['2', '5'],
    ]);
  });

  it('random: everybody gets some, in no order that turns', () => {
    const { members, sender } = group('random');
    for (let n = 0; n < 90; n++) send(sender, 't', `${n}`, 0);
    const got = shares(members);
    expect(got.flat()).toHaveLength(90);
    for (const share of got) expect(share.length).toBeGreaterThan(15);
    const gaps = new Set(got[0]?.slice(1).map((n, i) => Number(n) - Number(got[0]?.[i])));
    expect(gaps.size).toBeGreaterThan(1);
  });

  it('least-inflight: who has fewest messages open gets the next', () => {
    const { members, sender } = group('least-inflight');
    for (let n = 0; n < 6; n++) send(sender, 't', `${n}`);
    expect(shares(members).map((share) => share.length)).toEqual([2, 2, 2]);
    for (const packetId of [1, 2]) members[1]?.send({ type: 'PUBACK', packetId, reasonCode: 0 });
    for (let n = 0; n < 2; n++) send(sender, 't', `${n}`);
    expect(shares(members)).toEqual([[], ['0', '1'], []]);
  });

  it.each(['by-publisher', 'by-topic'] as const)(
    '[MQTT-4.6.0-6] %s: one member gets all of a key, in order',
    (strategy) => {
      const { house, members } = group(strategy, 2);
      const senders = Array.from({ length: 12 }, (_, i) => house.connect({ clientId: `s${i}` }));
      for (let round = 0; round < 4; round++) {
        for (const [i, sender] of senders.entries())
          send(sender, strategy === 'by-topic' ? `t/${i}` : 't', `${i}:${round}`);
      }
      const got = members.map((member) => {
        const all: string[] = [];
        for (let news = shares([member])[0] ?? []; news.length > 0; news = shares([member])[0] ?? []) {
          const first = all.length + 1;
          all.push(...news);
          news.forEach((_, i) => void member.send({ type: 'PUBACK', packetId: first + i, reasonCode: 0 }));
        }
        return all;
      });
      expect(got.flat()).toHaveLength(48);
      for (let i = 0; i < 12; i++) {
        const shareOf = got.map((share) => share.filter((text) => text.startsWith(`${i}:`)));
        expect(shareOf.filter((share) => share.length > 0)).toEqual([
          [0, 1, 2, 3].map((round) => `${i}:${round}`),
        ]);
      }
      expect(got.filter((share) => share.length > 0).length).toBeGreaterThan(1);
    },
  );

  it('by-topic: a member that is away is stood in for by one other', () => {
    const { members, sender } = group('by-topic');
    send(sender, 't', '1');
    const at = shares(members).findIndex((share) => share.length > 0);
    members[at]?.cut();
    for (let n = 2; n <= 4; n++) send(sender, 't', `${n}`);
    expect(shares(members).filter((share) => share.length > 0)).toEqual([['2', '3', '4']]);
  });

  it.each(['round-robin', 'random', 'least-inflight'] as const)(
    '%s: a member whose window is full is passed over while another takes the message at once',
    (strategy) => {
      const { house, members, sender } = group(strategy, 2);
      for (let n = 0; n < 6; n++) send(sender, 't', `${n}`);
      expect(shares(members).map((share) => share.length)).toEqual([2, 2, 2]);
      for (const packetId of [1, 2]) members[2]?.send({ type: 'PUBACK', packetId, reasonCode: 0 });
      for (let n = 6; n < 8; n++) send(sender, 't', `${n}`);
      expect(shares(members)).toEqual([[], [], ['6', '7']]);
      expect([...house.broker.sessions()].map(({ queued }) => queued)).toEqual([0, 0, 0, 0]);
      send(sender, 't', '8'); // nobody can take it: it waits
      expect([...house.broker.sessions()].reduce((sum, { queued }) => sum + queued, 0)).toBe(1);
    },
  );

  it('a full window does not keep QoS 0 from a member; a link that takes nothing does', () => {
    const { house, members, sender } = group('round-robin', 1);
    for (let n = 0; n < 3; n++) send(sender, 't', `${n}`);
    shares(members);
    for (let n = 0; n < 3; n++) send(sender, 't', `${n}`, 0);
    expect(shares(members).map((share) => share.length)).toEqual([1, 1, 1]);
    const slow = house.connect({ clientId: 'a', cleanStart: false }, { highWaterMark: 100 });
    slow.end.hold();
    slow.take();
    for (let n = 0; n < 40; n++) send(sender, 't', 'x'.repeat(20), 0);
    const rest = shares(members.slice(1)).map((share) => share.length);
    expect((rest[0] ?? 0) + (rest[1] ?? 0)).toBeGreaterThan(30);
    expect(house.broker.metrics.messagesDroppedSlow).toBe(0);
  });

  it('[MQTT-3.3.4-2] a plain subscription beside the group gets its own copy, whoever the group chooses', () => {
    const { house, members, sender } = group('round-robin');
    members[0]
      ?.subscribe('t/+', 1, {}, { subscriptionIdentifier: 5 })
      .subscribe('t/#', 0, {}, { subscriptionIdentifier: 6 });
    members[0]?.take();
    for (let n = 0; n < 3; n++) send(sender, 't/x', `${n}`);
    const first = members[0]?.take() ?? [];
    const ids = first.map((packet) =>
      'properties' in packet &&
      packet.properties !== undefined &&
      'subscriptionIdentifiers' in packet.properties
        ? packet.properties.subscriptionIdentifiers
        : undefined,
    );
    expect(ids.filter((id) => id === undefined)).toHaveLength(1);
    expect(ids.flatMap((id) => (id === undefined ? [] : [[...id].sort()]))).toEqual(Array(3).fill([5, 6]));
    expect(shares(members.slice(1))).toEqual([['1'], ['2']]);
    expect(house.isWell()).toBe(true);
  });

  it.each(['round-robin', 'random', 'least-inflight', 'by-publisher', 'by-topic'] as const)(
    '%s: nothing is lost or doubled while members come, go and leave',
    (strategy) => {
      const { house, members, sender } = group(strategy, 3);
      const wires = [...members];
      const got: string[] = [];
      const drain = (): void => {
        for (const wire of wires) {
          for (const packet of wire.take()) {
            if (packet.type !== 'PUBLISH') continue;
            if (!packet.dup) got.push(new TextDecoder().decode(packet.payload));
            wire.send({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
          }
        }
      };
      for (let n = 0; n < 120; n++) {
        send(sender, `t/${n % 7}`, `${n}`);
        if (n % 5 === 0) drain();
        if (n % 20 === 10) wires[1]?.cut();
        if (n % 20 === 15) {
          const back = house.ask({
            clientId: 'b',
            cleanStart: false,
            properties: { sessionExpiryInterval: 99, receiveMaximum: 3 },
          });
          wires[1] = back;
        }
      }
      for (let i = 0; i < 60; i++) drain();
      expect([...new Set(got)].length).toBe(120);
      expect(got.length).toBe(120);
    },
  );
});
