/** What a program does with its own broker: publish, subscribe, look, end a client. */
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
