/**
 * Every bound of the table is reached once here, and its counter moves; the same without the bound, and it does not. A
 * bound that is added without a counter does not compile, nor does one without a case here.
 */
import { describe, expect, it } from 'vitest';
import { counters, type LimitName, type Limits, type Load, limits, type Probe } from '../../src/index.ts';
import { MemoryStore } from '../../src/store/index.ts';
import { House, type Wire, type Wishes } from '../wire/house.ts';
import { SlowStore } from '../wire/slow-store.ts';

/** A process as busy as a case says. */
class Busy implements Probe {
  load: Load = { delay: 0, heapUsed: 10, heapLimit: 100 };
  start(): void {}
  stop(): void {}
  sample(): Load {
    return this.load;
  }
}

interface Case {
  /** The bound, lowered so far that `reach` reaches it; others where it takes them. */
  readonly given: Partial<Limits>;
  readonly reach: (house: House, busy: Busy) => void;
  /** The same in both runs. */
  readonly always?: Partial<Limits>;
}

const MANY = 20;

function times(count: number, run: (n: number) => void): void {
  for (let n = 1; n <= count; n++) run(n);
}

/** Sends QoS 1 from a client of its own. */
function send(house: House, count: number, payload = 'x', topic = 't', more: object = {}): void {
  const sender = house.connect({ clientId: 'sender' });
  times(count, (n) => void sender.publish(topic, payload, 1, { packetId: n, ...more }));
}

function away(house: House, clientId = 'away'): void {
  house
    .connect({ clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } })
    .subscribe('t', 1)
    .cut();
}

/** A subscriber that does not read, and a thousand bytes for it as often. */
function freeze(house: House, count: number): Wire {
  const frozen = house.connect({ clientId: 'frozen' }, { highWaterMark: 4096 }).subscribe('t');
  house.connect({ clientId: 'other' }).subscribe('t');
  frozen.end.hold();
  const sender = house.connect({ clientId: 'sender' });
  times(count, () => void sender.publish('t', 'x'.repeat(1000)));
  return frozen;
}

/** The load lasts for two samples, while somebody publishes and somebody comes. */
function burden(house: House, busy: Busy, load: Partial<Load>): void {
  const wire = house.connect({ clientId: 'sender' });
  busy.load = { delay: 0, heapUsed: 10, heapLimit: 100, ...load };
  house.advance(400);
  wire.publish('t', 'x');
  house.ask({ clientId: 'late' });
}

const properties = {
  userProperties: [
    ['a', 'x'.repeat(50)],
    ['b', ''],
  ],
};
const connects = (count: number, wishes: Wishes = {}): Case['reach'] => {
  return (house) => times(count, (n) => void house.ask({ ...wishes, clientId: `c${n}` }));
};
const waitsBeforeConnect: Case['reach'] = (house) => void house.open().bytes('10 7f 00 04 4d 51 54');
const isPartOfAPublish = new Uint8Array([0x30, 0xff, 0xff, 0x07, ...new Uint8Array(17_000)]);
const authenticates: Case['reach'] = (house) => {
  const authentication = { authenticationMethod: 'M', authenticationData: new Uint8Array(100) };
  const wire = house.ask({ properties: authentication });
  wire.send({ type: 'AUTH', reasonCode: 0x18, properties: authentication });
};
const queues: Case['reach'] = (house) => {
  away(house);
  send(house, MANY, 'x'.repeat(100));
};
const waits: Case['reach'] = (house) => {
  house.connect({ clientId: 'reader' }).subscribe('t', 1);
  send(house, MANY, 'x'.repeat(100));
};
const retains: Case['reach'] = (house) =>
  times(MANY, (n) => send(house, 1, 'x'.repeat(100), `t/${n}`, { retain: true }));
const subscribes: Case['reach'] = (house) => void house.connect().subscribe('a').subscribe('b');
const publishesDeep: Case['reach'] = (house) => send(house, 1, 'x', `${'a/'.repeat(20)}b`);
const publishesWithProperties: Case['reach'] = (house) => send(house, 1, 'x', 't', { properties });
const open: Case['reach'] = (house) => {
  const wires = ([4, 5] as const).map((version) => house.connect({ version, clientId: `v${version}` }));
  for (const wire of wires) times(3, (n) => void wire.publish('t', 'x', 2, { packetId: n }));
};
const publishesOften: Case['reach'] = (house) => send(house, MANY, 'x'.repeat(100));
const one = { maximumConnectRate: 1, maximumConnectBurst: 1 };
const oneOfAnAddress = { maximumConnectRatePerAddress: 1, maximumConnectBurstPerAddress: 1 };

const CASES: Readonly<Record<LimitName, Case>> = {
  maximumConnections: { given: { maximumConnections: 1 }, reach: connects(2) },
  maximumConnectRate: { given: one, reach: connects(2) },
  maximumConnectBurst: { given: one, reach: connects(2) },
  maximumConnectRatePerAddress: { given: oneOfAnAddress, reach: connects(2) },
  maximumConnectBurstPerAddress: {
    given: { maximumConnectBurstPerAddress: 1 },
    always: { maximumConnectRatePerAddress: 1 },
    reach: connects(2),
  },
  connectTimeout: {
    given: { connectTimeout: 100 },
    reach: (house) => {
      house.open();
      house.advance(2000);
    },
  },
  maximumConnectionsPerIdentity: { given: { maximumConnectionsPerIdentity: 1 }, reach: connects(2) },
  maximumPacketSizeBeforeConnect: {
    given: { maximumPacketSizeBeforeConnect: 64 },
    reach: connects(1, { username: 'x'.repeat(100) }),
  },
  maximumTotalBytesBeforeConnect: {
    given: { maximumTotalBytesBeforeConnect: 64 },
    reach: (house) => times(MANY, () => waitsBeforeConnect(house, new Busy())),
  },
  maximumPacketSize: {
    given: { maximumPacketSize: 1024 },
    reach: (house) => send(house, 1, 'x'.repeat(2000)),
  },
  maximumPayloadSize: {
    given: { maximumPayloadSize: 10 },
    reach: (house) => {
      send(house, 1, 'x'.repeat(11));
      house.ask({ will: { topic: 'w', payload: 'x'.repeat(11) } });
    },
  },
  packetTimeout: {
    given: { packetTimeout: 1000 },
    reach: (house) => {
      house.connect().bytes('30 10 00');
      house.advance(3000);
    },
  },
  maximumTotalReceivedBytes: {
    given: { maximumTotalReceivedBytes: 16_384 },
    reach: (house) => void house.connect().bytes(isPartOfAPublish),
  },
  maximumClientIdLength: {
    given: { maximumClientIdLength: 23 },
    reach: (house) => void house.ask({ clientId: 'x'.repeat(100) }),
  },
  maximumTopicLength: { given: { maximumTopicLength: 20 }, reach: publishesDeep },
  maximumTopicLevels: { given: { maximumTopicLevels: 20 }, reach: publishesDeep },
  maximumUserProperties: { given: { maximumUserProperties: 1 }, reach: publishesWithProperties },
  maximumUserPropertyBytes: { given: { maximumUserPropertyBytes: 10 }, reach: publishesWithProperties },
  maximumAuthenticationRounds: { given: { maximumAuthenticationRounds: 1 }, reach: authenticates },
  maximumAuthenticationBytes: { given: { maximumAuthenticationBytes: 100 }, reach: authenticates },
  maximumKeepAlive: { given: { maximumKeepAlive: 60 }, reach: connects(1, { keepAlive: 61 }) },
  maximumSessionExpiry: {
    given: { maximumSessionExpiry: 1 },
    reach: (house) => {
      away(house);
      house.advance(10_000);
    },
  },
  maximumSessions: { given: { maximumSessions: 1 }, reach: connects(2) },
  maximumSessionsPerIdentity: { given: { maximumSessionsPerIdentity: 1 }, reach: connects(2) },
  maximumSubscriptions: { given: { maximumSubscriptions: 1 }, reach: subscribes },
  maximumTotalSubscriptions: { given: { maximumTotalSubscriptions: 1 }, reach: subscribes },
  topicAliasMaximum: {
    given: { topicAliasMaximum: 1 },
    reach: (house) => send(house, 1, 'x', 't', { properties: { topicAlias: 2 } }),
  },
  maximumOutboundTopicAliases: {
    given: { maximumOutboundTopicAliases: 1 },
    reach: (house) => {
      house.connect({ clientId: 'reader', properties: { topicAliasMaximum: 9 } }).subscribe('#');
      const sender = house.connect({ clientId: 'sender' });
      for (const room of ['one', 'two'])
        times(200, () => void sender.publish(`building/7/floor/3/room/${room}`, 'x'));
    },
  },
  receiveMaximum: { given: { receiveMaximum: 2 }, reach: open },
  maximumReceived3: { given: { maximumReceived3: 2 }, reach: open },
  maximumPendingReasonCodes: {
    given: { maximumPendingReasonCodes: 2 },
    reach: (house) => send(house, MANY, 'x', 't', { retain: true }),
  },
  maximumInflight: { given: { maximumInflight: 2 }, reach: waits },
  maximumInflightBytes: { given: { maximumInflightBytes: 200 }, reach: waits },
  maximumTotalInflightBytes: { given: { maximumTotalInflightBytes: 200 }, reach: waits },
  maximumMessagesInMemory: { given: { maximumMessagesInMemory: 2 }, reach: waits },
  maximumQueuedMessages: { given: { maximumQueuedMessages: 2 }, reach: queues },
  maximumQueuedBytes: { given: { maximumQueuedBytes: 200 }, reach: queues },
  maximumTotalQueuedMessages: { given: { maximumTotalQueuedMessages: 2 }, reach: queues },
  maximumTotalQueuedBytes: { given: { maximumTotalQueuedBytes: 200 }, reach: queues },
  maximumRetainedMessages: { given: { maximumRetainedMessages: 2 }, reach: retains },
  maximumRetainedBytes: { given: { maximumRetainedBytes: 200 }, reach: retains },
  maximumWillBytes: {
    given: { maximumWillBytes: 10 },
    reach: connects(1, { will: { topic: 'w', payload: 'x'.repeat(100) } }),
  },
  maximumOutgoingBytes: {
    given: { maximumOutgoingBytes: 16_384 },
    reach: (house) => void freeze(house, 100),
  },
  maximumTotalOutgoingBytes: {
    given: { maximumTotalOutgoingBytes: 16_384 },
    reach: (house) => void freeze(house, 100),
  },
  maximumReadBytes: {
    given: { maximumReadBytes: 16_384 },
    reach: (house) => void house.connect().bytes(isPartOfAPublish),
  },
  maximumMessageRate: { given: { maximumMessageRate: 1 }, reach: publishesOften },
  maximumByteRate: { given: { maximumByteRate: 1 }, reach: publishesOften },
  drainTimeout: {
    given: { drainTimeout: 100 },
    reach: (house) => {
      freeze(house, 50);
      house.advance(2000);
    },
  },
  maximumHold: {
    given: {},
    reach: (house) => {
      const slow = house.connect({ clientId: 'slow' }, { highWaterMark: 4096 }).subscribe('t');
      slow.end.hold();
      const sender = house.connect({ clientId: 'sender' });
      times(50, () => void sender.publish('t', 'x'.repeat(1000)));
    },
  },
  hookTimeout: {
    given: { hookTimeout: 10 },
    reach: (house) => {
      house.connect().subscribe('slow/hook');
      house.advance(1000);
    },
  },
  pauseDelay: {
    given: { pauseDelay: 10 },
    reach: (house, busy) => burden(house, busy, { delay: 100 }),
  },
  pauseHeap: { given: { pauseHeap: 10 }, reach: (house, busy) => burden(house, busy, { heapUsed: 50 }) },
  refuseDelay: {
    given: { refuseDelay: 10 },
    reach: (house, busy) => burden(house, busy, { delay: 100 }),
  },
  refuseHeap: { given: { refuseHeap: 10 }, reach: (house, busy) => burden(house, busy, { heapUsed: 50 }) },
  shedDelay: { given: { shedDelay: 10 }, reach: (house, busy) => burden(house, busy, { delay: 100 }) },
  shedHeap: { given: { shedHeap: 10 }, reach: (house, busy) => burden(house, busy, { heapUsed: 50 }) },
  maximumHeap: {
    given: { maximumHeap: 1000 },
    reach: (house, busy) => burden(house, busy, { heapUsed: 900, heapLimit: 2000 }),
  },
};

/** Every broker has this bound, and its counter tells each time it begins to count down: no second run. */
const ALWAYS_REACHED: readonly LimitName[] = ['maximumHold'];

/** How often the counter of the bound moved while the case was played. */
async function moved(name: LimitName, given: Partial<Limits>): Promise<number> {
  const { always, reach } = CASES[name];
  const busy = new Busy();
  const isForStore = name === 'maximumPendingReasonCodes';
  const house = await House.opened({
    limits: { ...always, ...given },
    probe: busy,
    store: isForStore ? new SlowStore() : undefined,
    access: {
      authenticate: () => 'one',
      enhanced: { M: () => () => ({ reasonCode: 0x18, authenticationData: new Uint8Array(1) }) },
      authorizeSubscribe: (_, topicFilter) =>
        topicFilter === 'slow/hook' ? new Promise<boolean>(() => undefined) : true,
    },
  });
  const [, , , , counter] = limits[name];
  const before = house.broker.metrics[counter];
  reach(house, busy);
  await house.settled();
  expect(house.errors).toEqual([]);
  return house.broker.metrics[counter] - before;
}

describe('every bound', () => {
  it.each(Object.keys(limits) as LimitName[])(
    '%s has a counter that moves when it is reached',
    async (name) => {
      const [, , , , counter] = limits[name];
      expect(counters[counter]).toBeTypeOf('string');
      expect(await moved(name, CASES[name].given)).toBeGreaterThan(0);
      if (!ALWAYS_REACHED.includes(name)) expect(await moved(name, {})).toBe(0);
    },
  );
});

describe('messages that wait for their window', () => {
  const kept = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
  it.each([{}, kept])('are counted while their client is there, kept or not, each once', async (wishes) => {
    const house = await House.opened({ limits: { maximumInflight: 2 }, store: new MemoryStore() });
    const reader = house.connect({ clientId: 'reader', ...wishes }).subscribe('t', 1);
    send(house, 5);
    expect(house.broker.metrics.messagesAwaitingWindow).toBe(3);
    times(2, (packetId) => void reader.send({ type: 'PUBACK', packetId, reasonCode: 0 }));
    expect(house.broker.metrics.messagesAwaitingWindow).toBe(3);
    reader.cut();
    send(house, 5);
    expect(house.broker.metrics).toMatchObject({ messagesAwaitingWindow: 3, messagesAwaitingBytes: 0 });
  });
});
