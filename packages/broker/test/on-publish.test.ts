/** `onPublish` may change or refuse what a client publishes, now or later; whatever is no answer refuses. */
import { encode, type ProtocolVersion } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { Client, Hooks, MessageChange, OfferedMessage, PublishVerdict } from '../src/index.ts';
import { connect, House, hex, type Wire } from './wire/house.ts';

type OnPublish = NonNullable<Hooks['onPublish']>;

const changing = (change: MessageChange): OnPublish => {
  return () => ({ change });
};

function houseWith(onPublish: OnPublish): { house: House; sink: Wire } {
  const house = new House({ hooks: { onPublish } });
  const sink = house.connect({ clientId: 'sink' }).subscribe('#', 2);
  sink.take();
  return { house, sink };
}

describe('onPublish', () => {
  it('is asked with the client and the message, properties without the alias', () => {
    const asked: [Client, OfferedMessage][] = [];
    const { house } = houseWith((client, message) => void asked.push([client, message]));
    const wire = house.connect({ clientId: 'a', username: 'ada' });
    wire.publish('x/y', 'hi', 1, { retain: true, properties: { topicAlias: 3, contentType: 'text/plain' } });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[0]).toMatchObject({ clientId: 'a', username: 'ada' });
    expect(asked[0]?.[1]).toMatchObject({ topic: 'x/y', qos: 1, retain: true });
    expect(asked[0]?.[1].properties).toEqual({ contentType: 'text/plain' });
  });

  it('changes topic, payload, QoS, RETAIN and properties; each alone leaves the others', () => {
    const changes: MessageChange[] = [
      { topic: 'moved/to' },
      { payload: 'new' },
      { qos: 0 },
      { retain: true },
      { properties: { userProperties: [['by', 'hook']] } },
      {},
    ];
    const seen = changes.map((change) => {
      const { house, sink } = houseWith(changing(change));
      const wire = house.connect({ clientId: 'a' }).publish('a', 'old', 1);
      expect(wire.takeShort()).toEqual(['PUBACK']);
      const properties = sink.received.map((packet) => ('properties' in packet ? packet.properties : {}));
      expect([...house.broker.retained()].length).toBe(change.retain ? 1 : 0);
      return [sink.takeShort()[0], properties[0]];
    });
    expect(seen).toEqual([
      ['PUBLISH moved/to old q1', undefined],
      ['PUBLISH a new q1', undefined],
      ['PUBLISH a old', undefined],
      ['PUBLISH a old q1', undefined],
      ['PUBLISH a old q1', { userProperties: [['by', 'hook']] }],
      ['PUBLISH a old q1', undefined],
    ]);
  });

  it('changes reach 3.1.1 subscribers too, and bytes that the program reuses do not', () => {
    const scratch = new Uint8Array(3);
    const { house } = houseWith((_client, { payload }) => {
      scratch.set(payload);
      return { change: { payload: scratch } };
    });
    const three = house.connect({ version: 4, clientId: 'three' }).subscribe('#', 1);
    three.take();
    const wire = house.connect({ clientId: 'a' });
    const payloads = ['one', 'two'].map((text) => new TextEncoder().encode(text));
    wire.send(
      ...payloads.map((payload, i) => {
        return { type: 'PUBLISH', topic: 't', payload, qos: 1, packetId: i + 1, dup: false, retain: false };
      }),
    );
    expect(three.takeShort()).toEqual(['PUBLISH t one q1', 'PUBLISH t two q1']);
  });

  it('a message that it does not change is forwarded as the very bytes it came in; a changed one is not', () => {
    for (const [answer, isShared] of [
      [undefined, true],
      [{ change: { topic: 't' } }, false],
    ] as const) {
      const { house } = houseWith(() => answer);
      const written: Uint8Array[] = [];
      const none = (): void => {};
      const write = (bytes: Uint8Array): boolean => written.push(bytes) > 0;
      const link = { peer: 'x', write, hold: none, resume: none, close: none, abort: none };
      const handler = house.broker.accept(link);
      handler.receive(encode<ProtocolVersion>(connect({ clientId: 'own link' }), 5));
      const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
      const subscriptions = [{ topicFilter: 't', qos: 0, ...options }] as const;
      handler.receive(encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions }, 5));
      house.settle();
      written.length = 0;
      const chunk = hex('30 06 00 01 74 00 68 69');
      handler.receive(chunk);
      house.settle();
      expect(written).toEqual([chunk]);
      expect(written[0]?.buffer === chunk.buffer).toBe(isShared);
    }
  });

  it('refuses: 5.0 is told the code in PUBACK and PUBREC, 3.1.1 is answered, QoS 0 is dropped', () => {
    const { house, sink } = houseWith(() => ({ refuse: 0x97 }));
    const five = house.connect({ clientId: 'five' });
    five.publish('a', 'x', 0).publish('a', 'x', 1).publish('a', 'x', 2, { packetId: 2 });
    expect(five.takeShort()).toEqual(['PUBACK 0x97', 'PUBREC 0x97']);
    const three = house.connect({ version: 4, clientId: 'three' }).publish('a', 'x', 1);
    expect(three.takeShort()).toEqual(['PUBACK']);
    expect(sink.take()).toEqual([]);
    expect(house.broker.metrics.messagesRefused).toBe(4);
    expect(house.broker.metrics.hooksFailed).toBe(0);
    expect(house.isWell()).toBe(false); // its own messages are refused as well
  });

  const nonsense: [string, unknown][] = [
    ['true', true],
    ['false', false],
    ['null', null],
    ['a number', 0x87],
    ['a code that PUBACK has not', { refuse: 0x94 }],
    ['0 as a refusal', { refuse: 0 }],
    ['an empty object', {}],
    ['a change that is none', { change: null }],
    ['an unknown change', { change: { topics: 'x' } }],
    ['a topic with a wildcard', { change: { topic: 'a/+' } }],
    ['an empty topic', { change: { topic: '' } }],
    ['a topic that is no text', { change: { topic: 5 } }],
    ['QoS 3', { change: { qos: 3 } }],
    ['a payload that is none', { change: { payload: 5 } }],
    ['RETAIN 1', { change: { retain: 1 } }],
    ['an alias', { change: { properties: { topicAlias: 1 } } }],
    ['a subscription identifier', { change: { properties: { subscriptionIdentifiers: [1] } } }],
    ['a property that PUBLISH has not', { change: { properties: { receiveMaximum: 4 } } }],
    ['a property out of range', { change: { properties: { messageExpiryInterval: -1 } } }],
    ['a name of 70,000 bytes', { change: { properties: { userProperties: [['n'.repeat(70_000), '']] } } }],
  ];
  for (const [name, answer] of nonsense) {
    it(`refuses with 0x83 and counts what is no answer: ${name}`, () => {
      const { house, sink } = houseWith(() => answer as PublishVerdict);
      const wire = house.connect({ clientId: 'a' }).publish('a', 'x', 1);
      expect(wire.takeShort()).toEqual(['PUBACK 0x83']);
      expect(sink.take()).toEqual([]);
      expect(house.broker.metrics.hooksFailed).toBe(1);
      expect(house.broker.metrics.messagesRefused).toBe(1);
      expect(house.errors).toEqual([]);
    });
  }

  it('one that throws, rejects or does not answer in time refuses', async () => {
    const ways: OnPublish[] = [
      () => {
        throw new Error('no');
      },
      () => Promise.reject(new Error('no')),
      () => new Promise(() => {}),
    ];
    for (const way of ways) {
      const { house, sink } = houseWith(way);
      const wire = house.connect({ clientId: 'a' }).publish('a', 'x', 1);
      await house.settled();
      house.advance(5000);
      await house.settled();
      expect(wire.takeShort()).toEqual(['PUBACK 0x83']);
      expect(sink.take()).toEqual([]);
      expect(house.broker.metrics.hooksFailed).toBe(1);
    }
  });

  it('5.0 [MQTT-4.6.0-6] a promise pauses the client that it is about and nobody else, so order holds', async () => {
    const open: ((verdict: PublishVerdict) => void)[] = [];
    const { house, sink } = houseWith(({ clientId }) =>
      clientId === 'slow' ? new Promise<PublishVerdict>((resolve) => open.push(resolve)) : undefined,
    );
    const slow = house.connect({ clientId: 'slow' });
    slow.publish('s', '1').publish('s', '2');
    house.connect({ clientId: 'quick' }).publish('q', 'now');
    expect(sink.takeShort()).toEqual(['PUBLISH q now']);
    expect(open).toHaveLength(1);
    open[0]?.(undefined);
    await house.settled();
    expect(open).toHaveLength(2);
    open[1]?.({ change: { payload: 'two' } });
    await house.settled();
    expect(sink.takeShort()).toEqual(['PUBLISH s 1', 'PUBLISH s two']);
  });

  it('5.0 [MQTT-4.3.3-10] a QoS 2 message whose client is gone before the answer is published once', async () => {
    let answer: (verdict: PublishVerdict) => void = () => {};
    const asked: string[] = [];
    const { house, sink } = houseWith((_client, { topic }) => {
      asked.push(topic);
      return new Promise<PublishVerdict>((resolve) => {
        answer = resolve;
      });
    });
    const kept = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 99 } };
    house.connect(kept).publish('t', 'once', 2).link.cut();
    house.settle();
    answer(undefined);
    await house.settled();
    const back = house.connect(kept).publish('t', 'once', 2, { dup: true });
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(sink.takeShort()).toEqual(['PUBLISH t once q2']);
    expect(asked).toEqual(['t']);
  });

  it('is asked for a will when it is due, and not for what the program publishes', async () => {
    const asked: string[] = [];
    const { house, sink } = houseWith(({ clientId }, { topic }) => {
      asked.push(`${clientId} ${topic}`);
      return topic === 'no' ? { refuse: 0x87 } : { change: { payload: 'changed' } };
    });
    house.connect({ clientId: 'a', will: { topic: 'will' } }).link.cut();
    house.connect({ clientId: 'b', will: { topic: 'no' } }).link.cut();
    house.settle();
    await house.broker.publish('own', 'as it is');
    house.settle();
    expect(asked).toEqual(['a will', 'b no']);
    expect(sink.takeShort()).toEqual(['PUBLISH will changed', 'PUBLISH own as it is']);
    expect(house.broker.metrics.willsPublished).toBe(1);
  });

  it('is asked after authorizePublish said yes, and not when it said no', () => {
    const asked: string[] = [];
    const house = new House({
      access: { authorizePublish: (_client, topic) => topic === 'yes' },
      hooks: { onPublish: (_client, { topic }) => void asked.push(topic) },
    });
    const wire = house.connect().publish('no', 'x', 1).publish('yes', 'x', 1);
    expect(wire.takeShort()).toEqual(['PUBACK 0x87', 'PUBACK 0x10']);
    expect(asked).toEqual(['yes']);
    expect(house.broker.metrics).toMatchObject({ messagesUnauthorised: 1, messagesRefused: 0 });
  });
});

describe('onDeliver', () => {
  it('is told of each message that leaves for a client, once, with the QoS it gets it at', () => {
    const told: unknown[] = [];
    const house = new House({
      hooks: { onDeliver: ({ clientId }, topic, qos) => told.push([clientId, topic, qos]) },
    });
    const kept = { clientId: 'a', cleanStart: false, properties: { sessionExpiryInterval: 99 } };
    const a = house.connect(kept).subscribe('#', 1);
    const b = house.connect({ clientId: 'b', version: 4 }).subscribe('#', 0);
    b.publish('one', 'x', 2);
    a.link.cut();
    house.settle();
    b.publish('two', 'x', 1, { packetId: 2 });
    expect(told).toEqual([
      ['a', 'one', 1],
      ['b', 'one', 0],
      ['b', 'two', 0],
    ]);
    house.connect(kept); // `one` comes again with DUP: not told
    expect(told.slice(3)).toEqual([['a', 'two', 1]]);
  });

  it('one that throws or rejects costs nobody a message; both are counted', async () => {
    const ways: NonNullable<Hooks['onDeliver']>[] = [
      () => {
        throw new Error('no');
      },
      async () => {
        throw new Error('no');
      },
    ];
    for (const onDeliver of ways) {
      const house = new House({ hooks: { onDeliver } });
      const wire = house.connect().subscribe('t');
      wire.take();
      expect(wire.publish('t', 'x').takeShort()).toEqual(['PUBLISH t x']);
      await house.settled();
      expect(house.broker.metrics.hooksFailed).toBe(1);
    }
  });
});
