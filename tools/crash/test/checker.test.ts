/** Each rule over small histories: one that is in order, and ones that break it. */
import { describe, expect, it } from 'vitest';
import type { Event, Happening } from '../src/history/event.ts';
import { judge, RULES, type RuleName } from '../src/rules/index.ts';
import { tollOf } from '../src/rules/toll.ts';

type Of<Is extends Happening['is']> = Partial<Extract<Happening, { readonly is: Is }>>;

/** A history from its parts, in order. */
function history(...all: Happening[]): Event[] {
  return all.map((one, n) => ({ ...one, n, t: n }));
}

/** The rules that a history breaks. */
function broken(...all: Happening[]): RuleName[] {
  return [...new Set(judge(history(...all)).map(({ rule }) => rule))];
}

const connect = (client: string, more: Of<'connect'> = {}): Happening => ({
  is: 'connect',
  client,
  connection: 1,
  version: 5,
  isClean: false,
  expiry: 100,
  ...more,
});
const connack = (client: string, isPresent: boolean, connection = 1): Happening => ({
  is: 'connack',
  client,
  connection,
  reasonCode: 0,
  isPresent,
});
const subscribed = (client: string, filter: string, qos: 1 | 2 = 2): Happening[] => [
  { is: 'subscribe', client, connection: 1, filter, qos },
  { is: 'subscribed', client, connection: 1, filter, reasonCode: qos },
];
const publish = (id: string, more: Of<'publish'> = {}): Happening => ({
  is: 'publish',
  client: 'p',
  connection: 1,
  id,
  topic: 't',
  qos: 1,
  retain: false,
  packetId: 1,
  dup: false,
  isEmpty: false,
  sum: id,
  ...more,
});
const acked = (id: string): Happening => ({ is: 'acked', client: 'p', connection: 1, id, reasonCode: 0 });
const deliver = (id: string, packetId: number, more: Of<'deliver'> = {}): Happening => ({
  is: 'deliver',
  client: 's',
  connection: 1,
  id,
  topic: 't',
  qos: 1,
  retain: false,
  packetId,
  dup: false,
  isNew: true,
  sum: id,
  ...more,
});
const answered = (packetId: number): Happening => ({
  is: 'answered',
  client: 's',
  connection: 1,
  packetId,
  packet: 'PUBACK',
});
const closed = (client: string, connection = 1): Happening => ({ is: 'closed', client, connection });
const crash: Happening = { is: 'crash', how: 'test' };
const restart: Happening = { is: 'restart', ms: 100, mostMs: 2000 };
const looked = (from: number, id: string | undefined): Happening => ({
  is: 'looked',
  client: 'l',
  connection: 1,
  topic: 't',
  from,
  id,
});

/** A subscriber that stays. */
const s = [connect('s'), connack('s', false), ...subscribed('s', 't')];
/** Its second connection. */
const again = [closed('s'), connect('s', { connection: 2 }), connack('s', true, 2)];

describe('a history in order', () => {
  it('breaks nothing', () => {
    const two = [publish('p:1'), acked('p:1'), publish('p:2', { packetId: 2 }), acked('p:2')];
    expect(broken(...s, ...two, deliver('p:1', 1), answered(1), deliver('p:2', 2))).toEqual([]);
  });

  it('a message that nobody acknowledged may appear or not', () => {
    expect(broken(...s, publish('p:1'), crash, restart)).toEqual([]);
    expect(
      broken(...s, publish('p:1'), crash, restart, ...again, deliver('p:1', 1, { connection: 2 })),
    ).toEqual([]);
  });

  it('a message comes again after a reconnection, with DUP', () => {
    const second = deliver('p:1', 1, { connection: 2, dup: true });
    expect(broken(...s, publish('p:1'), deliver('p:1', 1), ...again, second)).toEqual([]);
  });

  it('every rule is in the table', () => {
    expect(Object.keys(RULES)).toHaveLength(12);
  });
});

interface Case {
  readonly rule: RuleName;
  readonly what: string;
  readonly all: readonly Happening[];
}

const willed = (more: Of<'connect'> = {}): Happening =>
  connect('w', { isClean: true, expiry: 0, will: { id: 'w:1', topic: 't', delay: 0 }, ...more });
const g = (client: string): Happening[] => [
  connect(client),
  connack(client, false),
  ...subscribed(client, '$share/g/t'),
];
const unsubscribed: Happening[] = [
  { is: 'unsubscribe', client: 's', connection: 1, filter: 't' },
  { is: 'unsubscribed', client: 's', connection: 1, filter: 't' },
];
const retained = (id: string, isEmpty = false): Happening[] => [
  publish(id, { retain: true, isEmpty, topic: 't' }),
  acked(id),
];

const CASES: readonly Case[] = [
  {
    rule: 'no loss',
    what: 'acknowledged, never delivered',
    all: [...s, publish('p:1'), acked('p:1'), crash],
  },
  { rule: 'no invention', what: 'nobody published it', all: [...s, deliver('x:1', 1)] },
  { rule: 'no invention', what: 'other bytes', all: [...s, publish('p:1'), deliver('p:1', 1, { sum: 'x' })] },
  {
    rule: 'no invention',
    what: 'another topic',
    all: [...s, ...subscribed('s', 'u'), publish('p:1'), deliver('p:1', 1, { topic: 'u' })],
  },
  {
    rule: 'QoS 1 duplicates',
    what: 'twice on one connection',
    all: [...s, publish('p:1'), deliver('p:1', 1), answered(1), deliver('p:1', 1, { dup: true })],
  },
  {
    rule: 'QoS 1 duplicates',
    what: 'again without DUP',
    all: [...s, publish('p:1'), deliver('p:1', 1), ...again, deliver('p:1', 1, { connection: 2 })],
  },
  {
    rule: 'QoS 2 exactly once',
    what: 'handed over twice, over a restart',
    all: [
      ...s,
      publish('p:1', { qos: 2 }),
      deliver('p:1', 1, { qos: 2 }),
      crash,
      restart,
      ...again,
      deliver('p:1', 1, { qos: 2, connection: 2, dup: true }),
    ],
  },
  {
    rule: 'order',
    what: 'two changed places',
    all: [...s, publish('p:1'), publish('p:2'), deliver('p:2', 1), deliver('p:1', 2)],
  },
  {
    rule: 'order',
    what: 'sent again in another order',
    all: [
      ...s,
      publish('p:1'),
      publish('p:2'),
      deliver('p:1', 1),
      deliver('p:2', 2),
      ...again,
      deliver('p:2', 2, { connection: 2, dup: true }),
      deliver('p:1', 1, { connection: 2, dup: true }),
    ],
  },
  { rule: 'retained', what: 'an older one', all: [...retained('p:1'), ...retained('p:2'), looked(4, 'p:1')] },
  { rule: 'retained', what: 'nothing', all: [...retained('p:1'), looked(2, undefined)] },
  {
    rule: 'retained',
    what: 'a deleted one',
    all: [...retained('p:1'), ...retained('p:2', true), looked(4, 'p:1')],
  },
  {
    rule: 'subscriptions',
    what: 'came back after UNSUBACK',
    all: [...s, ...unsubscribed, crash, restart, publish('p:1'), deliver('p:1', 1)],
  },
  {
    rule: 'subscriptions',
    what: 'gone after a restart',
    all: [...s, crash, restart, ...again, publish('p:1'), acked('p:1')],
  },
  {
    rule: 'session present',
    what: 'lost',
    all: [...s, closed('s'), connect('s', { connection: 2 }), connack('s', false, 2)],
  },
  { rule: 'session present', what: 'out of nothing', all: [connect('s'), connack('s', true)] },
  {
    rule: 'packet ids',
    what: 'one for two messages',
    all: [...s, publish('p:1'), publish('p:2'), deliver('p:1', 1), deliver('p:2', 1)],
  },
  { rule: 'packet ids', what: '0', all: [...s, publish('p:1'), deliver('p:1', 0)] },
  {
    rule: 'packet ids',
    what: 'what is no packet',
    all: [...s, { is: 'fault', client: 's', connection: 1, what: 'x' }],
  },
  { rule: 'wills', what: 'never came', all: [...s, willed(), connack('w', false), closed('w')] },
  {
    rule: 'wills',
    what: 'came twice',
    all: [
      ...s,
      willed(),
      connack('w', false),
      closed('w'),
      deliver('w:1', 1, { qos: 2 }),
      deliver('w:1', 2, { qos: 2 }),
    ],
  },
  {
    rule: 'wills',
    what: 'came after a DISCONNECT',
    all: [
      ...s,
      willed(),
      connack('w', false),
      { is: 'disconnect', client: 'w', connection: 1 },
      closed('w'),
      publish('p:1'),
      acked('p:1'),
      deliver('p:1', 2),
      crash,
      restart,
      deliver('w:1', 1, { qos: 2 }),
    ],
  },
  { rule: 'shared groups', what: 'to no member', all: [...g('a'), ...g('b'), publish('p:1'), acked('p:1')] },
  {
    rule: 'shared groups',
    what: 'to two members',
    all: [
      ...g('a'),
      ...g('b'),
      publish('p:1'),
      deliver('p:1', 1, { client: 'a' }),
      deliver('p:1', 1, { client: 'b' }),
    ],
  },
  { rule: 'bounded recovery', what: 'too slow', all: [{ is: 'restart', ms: 2001, mostMs: 2000 }] },
];

describe.each(CASES)('$rule: $what', ({ rule, all }) => {
  it('is found', () => {
    expect(broken(...all)).toContain(rule);
  });
});

describe('the cases', () => {
  it('break every rule at least once', () => {
    expect(new Set(CASES.map(({ rule }) => rule))).toEqual(new Set(Object.keys(RULES)));
  });
});

describe('what is not owed', () => {
  it('a message that was published before SUBACK', () => {
    expect(
      broken(connect('s'), connack('s', false), publish('p:1'), acked('p:1'), ...subscribed('s', 't')),
    ).toEqual([]);
  });

  it('anything after a clean start that nobody answered', () => {
    const restarted = connect('s', { connection: 2, isClean: true });
    expect(broken(...s, publish('p:1'), acked('p:1'), closed('s'), restarted)).toEqual([]);
  });

  it('order of what was first sent before the subscription was there, and then again', () => {
    const early = publish('p:1');
    const late = [publish('p:2'), deliver('p:2', 1), publish('p:1', { dup: true }), deliver('p:1', 2)];
    expect(broken(connect('s'), connack('s', false), early, ...subscribed('s', 't'), ...late)).toEqual([]);
  });

  it('order of what was first sent before a subscription whose SUBACK the broker’s death kept back', () => {
    const asked: Happening = {
      is: 'subscribe',
      client: 's',
      connection: 1,
      filter: 't',
      qos: 1,
    };
    const [first, second] = [publish('p:1'), publish('p:2')];
    const before = [connect('s'), connack('s', false), asked, first, second, crash, closed('s'), restart];
    const back = [connect('s', { connection: 2 }), connack('s', true, 2)];
    const late = [publish('p:1', { dup: true }), deliver('p:1', 2, { connection: 2 })];
    expect(broken(...before, ...back, deliver('p:2', 1, { connection: 2, dup: true }), ...late)).toEqual([]);
  });

  it('a will that was taken back, or whose DISCONNECT met a dead broker', () => {
    const bye: Happening = { is: 'disconnect', client: 'w', connection: 1 };
    expect(broken(...s, willed(), connack('w', false), bye, closed('w'))).toEqual([]);
    const late = deliver('w:1', 1, { qos: 2 });
    expect(broken(...s, willed(), connack('w', false), crash, bye, closed('w'), restart, late)).toEqual([]);
  });

  it('a DISCONNECT is not known to have arrived when only something that is not kept was acknowledged after it', () => {
    const bye: Happening = { is: 'disconnect', client: 'w', connection: 1 };
    const echo = [publish('p:1', { topic: 'nobody/waits' }), acked('p:1')];
    const came = deliver('w:1', 1, { qos: 2 });
    expect(
      broken(...s, willed(), connack('w', false), bye, closed('w'), ...echo, crash, restart, came),
    ).toEqual([]);
  });

  it('a retained value that is newer than the last acknowledged one may be there', () => {
    const unknown = publish('p:2', { retain: true });
    expect(broken(...retained('p:1'), unknown, looked(3, 'p:2'))).toEqual([]);
    expect(broken(...retained('p:1'), unknown, looked(3, 'p:1'))).toEqual([]);
  });
});

describe('the toll', () => {
  it('counts what a lost session was owed', () => {
    const gone = [closed('s'), connect('s', { connection: 2 }), connack('s', false, 2)];
    const events = history(...s, publish('p:1'), acked('p:1'), crash, restart, ...gone);
    expect(tollOf(events)).toEqual({ sessions: 1, resumed: 0, deliveries: 1 });
  });

  it('is nothing where all came', () => {
    const events = history(...s, publish('p:1'), acked('p:1'), deliver('p:1', 1), ...again);
    expect(tollOf(events)).toEqual({ sessions: 0, resumed: 1, deliveries: 0 });
  });

  it('leaves out sessions that were ended', () => {
    const clean = [closed('s'), connect('s', { connection: 2, isClean: true }), connack('s', false, 2)];
    const events = history(...s, publish('p:1'), acked('p:1'), ...clean);
    expect(tollOf(events)).toEqual({ sessions: 0, resumed: 0, deliveries: 0 });
  });
});
