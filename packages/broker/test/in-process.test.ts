/** What a program does with its own broker: publish, subscribe, look, end a client. */

import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import { BrokerError, type ReceivedMessage } from '../src/index.ts';
import { House } from './wire/house.ts';

function text({ topic, payload, qos, retain }: ReceivedMessage): string {
  return `${topic} ${new TextDecoder().decode(payload)} q${qos}${retain ? ' retain' : ''}`;
}

describe('publish', () => {
  it('reaches subscribers of every version, with its properties', async () => {
    const house = new House();
    const five = house.connect({ clientId: 'five' }).subscribe('t/#', 1);
    const four = house.connect({ version: 4, clientId: 'four' }).subscribe('t/+', 2);
    five.take();
    four.take();
    await house.broker.publish('t/a', 'grüße', {
      qos: 2,
      contentType: 'text/plain',
      userProperties: [['a', 'b']],
    });
    house.settle();
    expect(five.take()).toMatchObject([
      { topic: 't/a', qos: 1, properties: { contentType: 'text/plain', userProperties: [['a', 'b']] } },
    ]);
    expect(four.takeShort()).toEqual(['PUBLISH t/a grüße q2']);
  });

  it('keeps what is retained, $-topics too, and lets it expire', async () => {
    const house = new House();
    await house.broker.publish('$mine/x', 'x', { retain: true, messageExpiryInterval: 5 });
    expect(house.connect({ clientId: 'a' }).subscribe('$mine/#').takeShort()).toEqual([
      'SUBACK 0',
      'PUBLISH $mine/x x retain',
    ]);
    expect([...house.broker.retained()].map(text)).toEqual(['$mine/x x q0 retain']);
    house.advance(6000);
    expect(house.connect({ clientId: 'b' }).subscribe('$mine/#').takeShort()).toEqual(['SUBACK 0']);
  });

  it('owns its bytes: what the caller does with them later changes nothing', async () => {
    const house = new House();
    const wire = house.connect().subscribe('t');
    wire.take();
    const bytes = new TextEncoder().encode('before');
    const published = house.broker.publish('t', bytes);
    bytes.fill(0);
    await published;
    house.settle();
    expect(wire.takeShort()).toEqual(['PUBLISH t before']);
  });

  it('refuses what is no topic name', async () => {
    const house = new House();
    for (const topic of ['', 'a/+', '#', 'a\0']) {
      await expect(house.broker.publish(topic, 'x')).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    }
    await expect(house.broker.publish(7 as never, 'x')).rejects.toMatchObject({ code: 'INVALID_TOPIC_NAME' });
  });

  it.each([
    ['a payload that is a number', 42, {}, 'the payload must be a string or a Uint8Array, not 42'],
    ['a payload that is an object', { on: true }, {}, 'JSON.stringify'],
    ['no payload', undefined, {}, 'not undefined'],
    ['a payload larger than any packet', new Uint8Array(268_435_455), {}, 'at most 268,435,460'],
    ['QoS as text', 'x', { qos: '1' }, 'qos must be 0, 1 or 2, not "1"'],
    ['5.0 [MQTT-3.3.1-4] QoS 3', 'x', { qos: 3 }, 'not 3'],
    ['RETAIN as text', 'x', { retain: 'yes' }, 'retain must be true or false, not "yes"'],
    ['options that are none', 'x', null, 'options must be an object, not null'],
    [
      'an option that does not exist',
      'x',
      { properties: {} },
      'no option "properties"; write one of qos, retain',
    ],
    ['a property of others', 'x', { subscriptionIdentifiers: [1] }, 'no option "subscriptionIdentifiers"'],
    ['an expiry as text', 'x', { messageExpiryInterval: '60' }, 'messageExpiryInterval cannot be "60"'],
    ['a negative expiry', 'x', { messageExpiryInterval: -1 }, 'messageExpiryInterval cannot be -1'],
    [
      '5.0 [MQTT-3.3.2-14] a wildcard in Response Topic',
      'x',
      { responseTopic: 'a/#' },
      'responseTopic cannot be',
    ],
    [
      '5.0 [MQTT-3.3.2-19] a Content Type that is no text',
      'x',
      { contentType: 7 },
      'contentType cannot be 7',
    ],
    ['text as Correlation Data', 'x', { correlationData: 'id' }, 'correlationData cannot be "id"'],
    ['User Properties as an object', 'x', { userProperties: { a: 'b' } }, 'userProperties cannot be'],
  ])('refuses at once %s, and says what to do', async (_, payload, options, words) => {
    const house = new House();
    const wire = house.connect().subscribe('#');
    wire.take();
    const published = house.broker.publish('a', payload as never, options as never);
    await expect(published).rejects.toMatchObject({ name: 'BrokerError', code: 'INVALID_OPTION' });
    await expect(published).rejects.toThrow(words);
    house.settle();
    expect([wire.take(), house.errors, house.broker.sizes.retained]).toEqual([[], [], 0]);
  });

  it('takes every option that it names, undefined too', async () => {
    const house = new House();
    const wire = house.connect().subscribe('#', 1);
    wire.take();
    await house.broker.publish('a', 'x', { qos: 1, retain: undefined, contentType: undefined });
    await house.broker.publish('a', new Uint8Array(1), {
      messageExpiryInterval: 60,
      contentType: 'text/plain',
      responseTopic: 'r',
      correlationData: new Uint8Array(2),
      userProperties: [['a', 'b']],
    });
    house.settle();
    expect(wire.takeShort()).toHaveLength(2);
  });
});

describe('subscribe', () => {
  it('gets retained messages first, then what comes, until it ends', async () => {
    const house = new House();
    await house.broker.publish('t/kept', 'old', { retain: true });
    const got: string[] = [];
    const subscription = house.broker.subscribe('t/#', (message) => got.push(text(message)));
    const sender = house.connect().publish('t/a', '1', 1).publish('t/b', '2', 0, { retain: true });
    expect(got).toEqual(['t/kept old q0 retain', 't/a 1 q1', 't/b 2 q0']);
    subscription.unsubscribe();
    sender.publish('t/a', '3');
    expect(got).toHaveLength(3);
    expect(house.broker.sizes.subscriptions).toBe(0);
  });

  it('[F17] gets many retained messages in turns, and what is published meanwhile between them', async () => {
    const deferred: (() => void)[] = [];
    const house = new House({ clock: { ...new ManualClock(), defer: (run) => deferred.push(run) } });
    const turn = (): void => {
      for (const run of deferred.splice(0)) run();
    };
    const { broker } = house;
    for (let n = 0; n < 5000; n++) void broker.publish(`t/${n}`, 'x', { retain: true });
    const got = new Map<string, number>();
    const perTurn: number[] = [];
    broker.subscribe('t/#', ({ topic }) => {
      got.set(topic, (got.get(topic) ?? 0) + 1);
      perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + 1;
    });
    for (perTurn.push(0); deferred.length > 0; perTurn.push(0)) {
      if (perTurn.length === 3) void broker.publish('t/live', 'x');
      turn();
      if (perTurn.length === 3) expect(got.get('t/live')).toBe(1);
    }
    expect([got.size, new Set(got.values())]).toEqual([5001, new Set([1])]);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(201);
  });

  it.each(['unsubscribe', 'close'])('[F17] gets no more of them after %s', async (end) => {
    const house = new House();
    const { broker } = house;
    for (let n = 0; n < 1000; n++) void broker.publish(`t/${n}`, 'x', { retain: true });
    let count = 0;
    const subscription = broker.subscribe('t/#', () => {
      if (++count > 1) return;
      if (end === 'close') void broker.close();
      else subscription.unsubscribe();
    });
    house.settle();
    await house.settled();
    expect(count).toBeLessThanOrEqual(200);
  });

  it('[F25] may publish, subscribe and unsubscribe from within its handler', async () => {
    const house = new House();
    const got: string[] = [];
    const first = house.broker.subscribe('ping', () => {
      got.push('ping');
      void house.broker.publish('pong', 'x');
      if (got.length >= 3) first.unsubscribe();
    });
    house.broker.subscribe('pong', () => void house.broker.publish('ping', 'x'));
    await house.broker.publish('ping', 'x');
    house.settle();
    expect(got).toEqual(['ping', 'ping', 'ping']);
  });

  it('[F23] a handler that throws harms nobody', async () => {
    const house = new House();
    const got: string[] = [];
    house.broker.subscribe('t', () => {
      throw new Error('a handler');
    });
    house.broker.subscribe('t', (message) => got.push(text(message)));
    await house.broker.publish('t', '1');
    await house.broker.publish('t', '2');
    house.settle();
    expect(got).toEqual(['t 1 q0', 't 2 q0']);
    expect(house.errors).toHaveLength(2);
  });

  it('shares a group with clients', async () => {
    const house = new House();
    const got: string[] = [];
    house.broker.subscribe('$share/g/t', (message) => got.push(text(message)));
    const wire = house.connect().subscribe('$share/g/t');
    wire.take();
    for (const n of [1, 2, 3, 4]) await house.broker.publish('t', `${n}`);
    house.settle();
    expect([got.length, wire.take().length]).toEqual([2, 2]);
  });

  it('refuses what is no topic filter', () => {
    const house = new House();
    for (const filter of ['', 'a#', '$share/g']) {
      expect(() => house.broker.subscribe(filter, () => {})).toThrow(BrokerError);
    }
    expect(() => house.broker.subscribe(['a'] as never, () => {})).toThrow('not a topic filter');
    expect(() => house.broker.subscribe('a', 'log' as never)).toThrow(
      'the handler must be a function, not "log"',
    );
    expect(house.broker.sizes.subscriptions).toBe(0);
  });
});

describe('the rest', () => {
  it('lists clients and sessions', () => {
    const house = new House();
    house.connect({ clientId: 'a', username: 'u' }).subscribe('x/#', 1);
    house
      .connect({ clientId: 'b', properties: { sessionExpiryInterval: 99 } })
      .subscribe('y', 1)
      .cut();
    house.connect({ clientId: 's' }).publish('x/1', 'x', 1).publish('y', 'x', 1, { packetId: 2 });
    expect([...house.broker.clients()].map(({ clientId, username }) => [clientId, username])).toEqual([
      ['a', 'u'],
      ['s', undefined],
    ]);
    expect([...house.broker.sessions()]).toEqual([
      { clientId: 'a', isConnected: true, topicFilters: ['x/#'], queued: 0, inflight: 1 },
      { clientId: 'b', isConnected: false, topicFilters: ['y'], queued: 1, inflight: 0 },
      { clientId: 's', isConnected: true, topicFilters: [], queued: 0, inflight: 0 },
    ]);
  });

  it('[C28] ends a client by administrative action', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'a' });
    expect(house.broker.disconnect('nobody')).toBe(false);
    expect(house.broker.disconnect('a')).toBe(true);
    house.settle();
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x98']);
    expect(house.broker.disconnect('a')).toBe(false);
  });

  it('serves nobody once it is closed', async () => {
    const house = new House();
    await house.broker.close();
    await house.broker.close();
    await expect(house.broker.publish('t', 'x')).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
    expect(() => house.broker.subscribe('t', () => {})).toThrow('closed');
  });
});
