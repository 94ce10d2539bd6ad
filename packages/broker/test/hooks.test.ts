/** What the program is told and asked beside CONNECT: subscriptions, drops, and each delivery. */
import { describe, expect, it } from 'vitest';
import { House } from './wire/house.ts';

describe('hooks', () => {
  it('tell of subscriptions that are granted and ended', () => {
    const told: unknown[] = [];
    const house = new House({
      access: { authorizeSubscribe: (_client, topicFilter) => topicFilter !== 'no' },
      hooks: {
        onSubscribe: ({ clientId }, topicFilter, qos) => told.push(['+', clientId, topicFilter, qos]),
        onUnsubscribe: ({ clientId }, topicFilter) => told.push(['-', clientId, topicFilter]),
      },
    });
    const wire = house
      .connect({ clientId: 'a' })
      .subscribe('x', 1)
      .subscribe('no', 1)
      .subscribe('$share/g/y', 2);
    wire.send({ type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['x', 'z'] });
    expect(told).toEqual([
      ['+', 'a', 'x', 1],
      ['+', 'a', '$share/g/y', 2],
      ['-', 'a', 'x'],
    ]);
  });

  it('tell of each message that is dropped, and why; the counters agree', () => {
    const told: string[] = [];
    const house = new House({
      limits: { maximumQueuedMessages: 1, maximumOutgoingBytes: 16_384 },
      access: { authorizeReceive: (_client, topic) => topic !== 'secret' },
      hooks: { onDrop: (clientId, topic, why) => told.push(`${clientId} ${topic} ${why}`) },
    });
    const kept = {
      clientId: 'a',
      cleanStart: false,
      properties: { sessionExpiryInterval: 99, maximumPacketSize: 90 },
    };
    const wire = house.connect(kept).subscribe('#', 1);
    const sender = house
      .connect({ clientId: 's' })
      .publish('secret', 'x', 1)
      .publish('large', 'x'.repeat(100), 1, { packetId: 2 });
    wire.cut();
    sender
      .publish('zero', 'x')
      .publish('one', 'x', 1, { packetId: 3, properties: { messageExpiryInterval: 1 } });
    sender.publish('two', 'x', 1, { packetId: 4 });
    house.advance(5000);
    const back = house.connect(kept);
    back.end.hold();
    const other = house.connect({ clientId: 'other' }).subscribe('#').subscribe('+');
    for (let n = 0; n < 4000; n++) sender.publish('fast', 'x'.repeat(50));
    expect(told.slice(0, 5)).toEqual([
      'a secret unauthorised',
      'a large too-large',
      'a zero offline',
      'a two overflow',
      'a one expired',
    ]);
    expect(new Set(told.slice(5))).toEqual(new Set(['a fast slow']));
    const { metrics } = house.broker;
    expect([
      metrics.deliveriesUnauthorised,
      metrics.messagesDroppedTooLarge,
      metrics.messagesDroppedOffline,
      metrics.messagesOverflowed,
      metrics.messagesExpired,
    ]).toEqual([1, 1, 1, 1, 1]);
    expect(metrics.messagesDroppedSlow).toBe(told.length - 5);
    expect(other.take().filter(({ type }) => type === 'PUBLISH')).toHaveLength(4000);
  });
});

describe('the right to receive', () => {
  it('[E04] [E05] [E06] [E08] is asked for live, retained and queued messages, and ends at once', () => {
    const denied = new Set<string>();
    const house = new House({
      access: { authorizeReceive: ({ identity }, topic) => !denied.has(`${identity}:${topic}`) },
    });
    const kept = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 99 } };
    const wire = house.connect(kept).subscribe('t/#', 1);
    const sender = house.connect({ clientId: 's' });
    sender.publish('t/1', 'live', 1).publish('t/2', 'kept', 1, { packetId: 2, retain: true });
    expect(wire.takeShort()).toEqual(['SUBACK 1', 'PUBLISH t/1 live q1', 'PUBLISH t/2 kept q1']);
    wire.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 }, { type: 'PUBACK', packetId: 2, reasonCode: 0 });
    wire.cut();
    sender.publish('t/1', 'waits', 1, { packetId: 3 }).publish('t/3', 'waits', 1, { packetId: 4 });
    denied.add(':t/1').add(':t/2');
    const back = house.ask(kept).subscribe('t/#', 1);
    sender.publish('t/1', 'live', 0);
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t/3 waits q1', 'SUBACK 1']);
    denied.clear();
    sender.publish('t/1', 'again');
    expect(back.takeShort()).toEqual(['PUBLISH t/1 again']);
  });

  it('[D03] a hook that throws, or answers nonsense or a promise, has said no', () => {
    for (const answer of [
      () => {
        throw new Error('a hook');
      },
      () => undefined,
      () => Promise.resolve(true),
    ]) {
      const house = new House({ access: { authorizeReceive: answer as never } });
      const wire = house.connect().subscribe('t');
      house.connect({ clientId: 's' }).publish('t', 'x');
      expect(wire.takeShort()).toEqual(['SUBACK 0']);
      expect(house.broker.metrics.hooksFailed).toBe(1);
    }
  });

  it('[E09] a shared group passes over a member that may not', () => {
    const house = new House({ access: { authorizeReceive: ({ clientId }) => clientId !== 'a' } });
    const wires = ['a', 'b'].map((clientId) => house.connect({ clientId }).subscribe('$share/g/t', 1));
    for (const wire of wires) wire.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 4; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    expect(wires.map((wire) => wire.take().length)).toEqual([0, 4]);
  });
});

describe('a hook that decides and fails', () => {
  it('is told with why, each time; its client gets a no', () => {
    const told: string[] = [];
    const answers: (() => unknown)[] = [
      () => {
        throw new Error('the database is gone');
      },
      () => 'maybe',
      () => ({}),
      () => new Promise(() => {}),
      () => false,
    ];
    let next = 0;
    const house = new House({
      limits: { hookTimeout: 1000 },
      access: { authorizeSubscribe: () => answers[next++ % answers.length]?.() as boolean },
      hooks: { onHookFailed: (error) => told.push(String(error)) },
    });
    const wire = house.connect({ clientId: 'a' });
    for (const topicFilter of ['a', 'b', 'c', 'd']) wire.subscribe(topicFilter);
    house.advance(1100);
    wire.subscribe('e');
    expect(told).toEqual([
      'Error: the database is gone',
      'BrokerError: authorizeSubscribe answered maybe: that means no',
      'BrokerError: authorizeSubscribe answered an object: that means no',
      'BrokerError: authorizeSubscribe did not answer within 1000 ms: that means no',
    ]);
    expect(house.broker.metrics.hooksFailed).toBe(4);
  });

  it('and one that tells of failures may fail too', () => {
    const house = new House({
      access: {
        authorizeReceive: () => {
          throw new Error('no');
        },
      },
      hooks: {
        onHookFailed: () => {
          throw new Error('no either');
        },
      },
    });
    house.connect({ clientId: 'a' }).subscribe('t').publish('t', 'x');
    expect(house.broker.metrics.hooksFailed).toBe(2);
  });
});
