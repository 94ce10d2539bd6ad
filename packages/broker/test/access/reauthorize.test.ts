/** Rights that change while sessions live: what is delivered, which subscriptions are left, there or away. */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import type { Access, Clock } from '../../src/index.ts';
import { House } from '../wire/house.ts';

/** A house where the topic filters in `forbidden` may not be subscribed to, and topics in it not be received. */
function guarded(more: Access = {}): { readonly house: House; readonly forbidden: Set<string> } {
  const forbidden = new Set<string>();
  const house = new House({
    access: {
      authorizeSubscribe: (_client, topicFilter) => !forbidden.has(topicFilter),
      authorizeReceive: (_client, topic) => !forbidden.has(topic),
      ...more,
    },
  });
  return { house, forbidden };
}

const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };

describe('reauthorize', () => {
  it('[E06] ends what is no longer allowed, of those who are there and of those who are away', async () => {
    const { house, forbidden } = guarded();
    const here = house.connect({ clientId: 'here' }).subscribe('secret', 1);
    const away = house.connect({ clientId: 'away', ...kept }).subscribe('secret', 1);
    away.subscribe('open', 1).disconnect();
    here.take();
    const sender = house.connect({ clientId: 'sender' });
    sender.publish('secret', 'before', 1).publish('secret', 'waits', 1, { packetId: 2 });
    expect(here.takeShort()).toEqual(['PUBLISH secret before q1', 'PUBLISH secret waits q1']);

    forbidden.add('secret');
    sender.publish('secret', 'after', 1, { packetId: 3 });
    expect(here.takeShort()).toEqual([]); // at once, before anything is asked again
    expect(await house.broker.reauthorize()).toBe(2);
    expect(house.broker.metrics.subscriptionsRevoked).toBe(2);
    expect(
      [...house.broker.sessions()].map(({ clientId, topicFilters }) => [clientId, topicFilters]),
    ).toEqual([
      ['here', []],
      ['away', ['open']],
      ['sender', []],
    ]);

    forbidden.clear();
    sender.publish('secret', 'later', 1, { packetId: 4 });
    expect(here.takeShort()).toEqual([]); // it ended: that the right is back does not bring it back
    forbidden.add('secret');
    const back = house.connect({ clientId: 'away', ...kept });
    expect(back.takeShort()).toEqual([]); // what waited is asked about when it leaves
    expect(house.isWell()).toBe(true);
  });

  it('[E06] [E09] asks about the filter inside a shared subscription, and who is left gets the messages', async () => {
    const asked: string[] = [];
    const refused = new Set<string>();
    const { house } = guarded({
      authorizeSubscribe: ({ clientId }, topicFilter) => {
        asked.push(topicFilter);
        return !refused.has(clientId);
      },
    });
    const one = house.connect({ clientId: 'one' }).subscribe('$share/g/t');
    const two = house.connect({ clientId: 'two' }).subscribe('$share/g/t');
    refused.add('one');
    expect(await house.broker.reauthorize()).toBe(1);
    one.take();
    two.take();
    house.connect({ clientId: 'sender' }).publish('t', '1').publish('t', '2');
    expect(one.takeShort()).toEqual([]);
    expect(two.takeShort()).toEqual(['PUBLISH t 1', 'PUBLISH t 2']);
    expect(asked).toEqual(['t', 't', 't', 't']);
  });

  it('[D03] a hook that throws has said no; one that thinks is waited for, and what ends meanwhile stays ended', async () => {
    let answer: () => boolean | Promise<boolean> = () => true;
    const { house } = guarded({ authorizeSubscribe: () => answer() });
    const client = house.connect().subscribe('a').subscribe('b');
    let decide = (_isAllowed: boolean): void => undefined;
    answer = () =>
      new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    const done = house.broker.reauthorize();
    answer = () => {
      throw new Error('a hook');
    };
    client.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['a'] });
    decide(false);
    await house.settled();
    expect(await done).toBe(1); // `b`; `a` had ended by itself
    expect([...house.broker.sessions()].flatMap(({ topicFilters }) => topicFilters)).toEqual([]);
    expect(house.broker.metrics.subscriptionsRevoked).toBe(1);
  });

  it('gives way to the event loop', async () => {
    const clock = new ManualClock();
    let turns = 0;
    const counting: Clock = {
      ...clock,
      defer: (run) => {
        turns++;
        clock.defer(run);
      },
    };
    const access: Access = { authorizeSubscribe: () => true };
    const house = new House({ limits: { maximumSubscriptions: 2500 }, access, clock: counting }, clock);
    const client = house.connect();
    for (let index = 0; index < 2500; index++) client.subscribe(`t/${index}`);
    const before = turns;
    expect(await house.broker.reauthorize()).toBe(0);
    expect(turns - before).toBe(2);
  });

  it('without hooks nothing ends', async () => {
    const house = new House();
    house.connect().subscribe('a');
    expect(await house.broker.reauthorize()).toBe(0);
  });
});

describe('messages by QoS', () => {
  it('are counted, both ways', () => {
    const house = new House();
    const client = house.connect().subscribe('t', 2);
    client.publish('t', '0').publish('t', '1', 1).publish('t', '2', 2, { packetId: 2 });
    client.send({ type: 'PUBREL', packetId: 2 });
    const { metrics } = house.broker;
    expect([metrics.messagesReceived, metrics.messagesReceivedQoS1, metrics.messagesReceivedQoS2]).toEqual([
      3, 1, 1,
    ]);
    expect([metrics.messagesSent, metrics.messagesSentQoS1, metrics.messagesSentQoS2]).toEqual([3, 1, 1]);
  });
});
