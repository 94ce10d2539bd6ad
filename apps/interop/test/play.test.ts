/**
 * The player itself: with a client that behaves every story ends well, and each fault planted in it is found.
 * The client and its broker are a few lines in memory here, so that nothing but the player is under test.
 */
import { describe, expect, it } from 'vitest';
import { title } from '../src/matrix/plan.ts';
import { Inbox } from '../src/peers/inbox.ts';
import type { Client, Message, Subscriber, Subscribing } from '../src/peers/peer.ts';
import { play } from '../src/play.ts';
import { qualityOfService } from '../src/scenarios/quality-of-service.ts';
import { retained } from '../src/scenarios/retained.ts';
import type { Scenario } from '../src/scenarios/scenario.ts';
import { sessions } from '../src/scenarios/session.ts';
import { wills } from '../src/scenarios/will.ts';

const nowhere = { addresses: () => ({ tcp: 'mqtt://192.0.2.1:1883', ws: 'ws://192.0.2.1:8083/mqtt' }) };

/** What goes wrong: messages are what a faulty broker makes of one. */
interface Fault {
  readonly deliver?: (message: Message) => readonly Message[];
  readonly loses?: 'will' | 'retained' | 'queue';
  readonly willAlways?: true;
  readonly forgetsTakeover?: true;
}

interface Held {
  readonly wish: Subscribing;
  inbox: Inbox;
  isOnline: boolean;
  close: () => void;
}

const matches = (filter: string, topic: string): boolean =>
  new RegExp(`^${filter.replaceAll('+', '[^/]+').replace('/#', '(/.*)?')}$`).test(topic);

function lower(a: Message['qos'], b: Message['qos']): Message['qos'] {
  if (a < b) return a;
  return b;
}

/** A client with a broker inside; as faulty as told. */
function memoryClient(fault: Fault = {}): Client {
  const kept = new Map<string, Message>();
  const sessionsById = new Map<string, Held>();
  const deliver = fault.deliver ?? ((message) => [message]);

  function send(message: Message): void {
    for (const held of sessionsById.values()) {
      if (!held.wish.topicFilters.some((filter) => matches(filter, message.topic))) continue;
      if (!held.isOnline && fault.loses === 'queue') continue;
      const qos = lower(message.qos, held.wish.qos);
      for (const one of deliver({ ...message, qos, retain: false })) held.inbox.put(one);
    }
    if (!message.retain) return;
    if (message.payload.length === 0) kept.delete(message.topic);
    else kept.set(message.topic, message);
  }

  function attach(wish: Subscribing): Held {
    const before = sessionsById.get(wish.clientId);
    if (before?.isOnline === true && fault.forgetsTakeover !== true) before.close();
    const inbox = wish.keep && before !== undefined ? before.inbox : new Inbox();
    const held = { wish, inbox, isOnline: true, close: () => undefined };
    sessionsById.set(wish.clientId, held);
    return held;
  }

  function subscribe(wish: Subscribing): Subscriber {
    const held = attach(wish);
    const closed = new Promise<number>((resolve) => {
      held.close = () => resolve(0x8e);
    });
    if (fault.loses !== 'retained') {
      for (const message of kept.values())
        if (wish.topicFilters.some((filter) => matches(filter, message.topic))) held.inbox.put(message);
    }
    const leave = (withWill: boolean): Promise<void> => {
      if (sessionsById.get(wish.clientId) !== held) return Promise.resolve();
      held.isOnline = false;
      if (!wish.keep) sessionsById.delete(wish.clientId);
      if (withWill && wish.will !== undefined && fault.loses !== 'will') send(wish.will);
      return Promise.resolve();
    };
    return {
      next: (patience) => held.inbox.next(patience),
      closed,
      end: () => leave(fault.willAlways === true),
      kill: () => leave(true),
    };
  }

  return {
    name: 'memory',
    way: { version: '5.0', transport: 'tcp' },
    cannot: { endsWithWill: 'it is never asked' },
    publish: (_, messages) => Promise.resolve(messages.forEach(send)),
    subscribe: (_, wish) => Promise.resolve(subscribe(wish)),
  };
}

function told(scenario: Scenario, fault?: Fault): Promise<void> {
  const client = memoryClient(fault);
  return play(scenario, nowhere, { writer: client, reader: client, witness: client, patience: 20 });
}

function story(list: readonly Scenario[], start: string): Scenario {
  const found = list.find(({ name }) => name.startsWith(start));
  if (found === undefined) throw new Error(`no story begins with "${start}"`);
  return found;
}

const qos2 = story(qualityOfService, 'QoS 2');
const changed = (change: Partial<Message>) => (message: Message) => [{ ...message, ...change }];

describe('with a client that behaves', () => {
  for (const scenario of [...qualityOfService, ...retained, ...wills, ...sessions]) {
    if (
      !scenario.needs?.includes('endsWithWill') &&
      scenario.name !== 'takes over the client id of a connected client'
    ) {
      it(`ends well: ${scenario.name}`, () => told(scenario));
    }
  }
});

describe('each fault is found', () => {
  const faults: readonly (readonly [string, Scenario, Fault, RegExp])[] = [
    ['a lost message', qos2, { deliver: () => [] }, /step 3 \(receive\): a message: not within/],
    [
      'a message that comes twice',
      qos2,
      { deliver: (message) => [message, message] },
      /step 4 \(nothingMore\)/,
    ],
    ['a changed payload', qos2, { deliver: changed({ payload: new Uint8Array(3) }) }, /step 3 .*received/],
    ['a changed topic', qos2, { deliver: changed({ topic: 'elsewhere' }) }, /step 3 .*received/],
    ['a wrong QoS', qos2, { deliver: changed({ qos: 1 }) }, /step 3 .*received/],
    [
      'a wrong retain flag',
      story(retained, 'who is'),
      { deliver: changed({ retain: true }) },
      /step 3 .*received/,
    ],
    [
      'a retained message that is lost',
      story(retained, 'a later'),
      { loses: 'retained' },
      /step 4 \(receive\)/,
    ],
    ['a will that is lost', story(wills, 'a will is published'), { loses: 'will' }, /step 4 \(receive\)/],
    ['a will after a DISCONNECT', story(wills, 'no will'), { willAlways: true }, /step 4 \(nothingMore\)/],
    [
      'a takeover that closes nobody',
      story(sessions, 'takes over'),
      { forgetsTakeover: true },
      /step 3 \(closed\)/,
    ],
    ['a queue that is lost', story(sessions, 'a kept session'), { loses: 'queue' }, /step 6 \(receive\)/],
  ];
  for (const [name, scenario, fault, message] of faults) {
    it(name, async () => {
      await expect(told(scenario, fault)).rejects.toThrow(message);
    });
  }

  it('a large payload that differs in one byte', async () => {
    const large = new Uint8Array(1000).fill(7);
    const scenario: Scenario = {
      name: 'large',
      steps: [
        { subscribe: 'reader', topicFilter: 'a', qos: 0 },
        { publish: [{ topic: 'a', payload: large }] },
        { receive: 'reader', messages: [{ topic: 'a', payload: large }] },
      ],
    };
    await told(scenario);
    const faulty = large.with(500, 8);
    await expect(told(scenario, { deliver: changed({ payload: faulty }) })).rejects.toThrow(
      'payload was changed',
    );
  });

  it('a scenario that names somebody who is not there', async () => {
    await expect(told({ name: 'x', steps: [{ end: 'nobody' }] })).rejects.toThrow(
      '"nobody", who is not there',
    );
  });
});

describe('the name of a test', () => {
  it('begins with the statement of its version', () => {
    const client = memoryClient();
    expect(title({ scenario: qos2, writer: client, reader: client })).toBe(
      '[MQTT-4.3.3-8] memory 5.0 tcp: QoS 2 both ways',
    );
    const older = { ...client, way: { version: '3.1', transport: 'ws' } } as const;
    expect(title({ scenario: qos2, writer: older, reader: older })).toBe(
      '[MQTT-4.3.3-2] memory 3.1 ws: QoS 2 both ways',
    );
  });
});
