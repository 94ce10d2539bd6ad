/** Overload, in levels, with a load that the test makes up. */
import { describe, expect, it } from 'vitest';
import type { BrokerOptions, Load, OverloadLevel, Probe } from '../../src/index.ts';
import { House, type Wire } from '../wire/house.ts';

/** ms between two samples. */
const SAMPLE = 200;

/** A process as busy as the test says. */
class Busy implements Probe {
  load: Load = { delay: 0, heapUsed: 10, heapLimit: 100 };
  isOn = false;
  start(): void {
    this.isOn = true;
  }
  sample(): Load {
    return this.load;
  }
  stop(): void {
    this.isOn = false;
  }
}

interface Made {
  readonly house: House;
  readonly busy: Busy;
  readonly told: (readonly [OverloadLevel, Load, readonly string[]])[];
  /** Lets the load last for so many samples. */
  readonly last: (load: Partial<Load>, samples: number) => void;
}

function make(options: BrokerOptions = {}): Made {
  const busy = new Busy();
  const told: (readonly [OverloadLevel, Load, readonly string[]])[] = [];
  const house = new House({
    ...options,
    probe: busy,
    hooks: { onOverload: (level, load, reached) => told.push([level, load, reached]) },
  });
  const last = (load: Partial<Load>, samples: number): void => {
    busy.load = { delay: 0, heapUsed: 10, heapLimit: 100, ...load };
    house.advance(samples * SAMPLE);
  };
  return { house, busy, told, last };
}

function publishMany(wire: Wire, count: number): void {
  for (let n = 0; n < count; n++) wire.publish('t', `${n}`);
}

describe('the level of overload', () => {
  it('[G05] [G06] rises with the delay of the event loop and with the heap, whichever is worse', () => {
    const { house, told, last } = make();
    house.connect({ clientId: 'a' });
    last({ delay: 250 }, 2);
    last({ delay: 250, heapUsed: 92 }, 2);
    last({ delay: 6000 }, 2);
    expect(told.map(([level]) => level)).toEqual([1, 2, 3]);
    expect(told[1]?.[1]).toEqual({ delay: 250, heapUsed: 92, heapLimit: 100 });
    expect(told.map(([, , reached]) => reached)).toEqual([['pauseDelay'], ['refuseHeap'], ['shedDelay']]);
    expect(house.broker.sizes.overload).toBe(3);
    expect(house.broker.metrics.overloads).toBe(3);
  });

  it('one long turn is no overload; the lower of two samples in a row counts', () => {
    const { house, told, last } = make();
    house.connect({ clientId: 'a' });
    last({ delay: 9000 }, 1);
    last({}, 3);
    last({ delay: 9000 }, 1);
    last({ delay: 300 }, 1);
    expect(told.map(([level]) => level)).toEqual([1]);
  });

  it('falls when it was calm for a second, and calm is a quarter below the threshold', () => {
    const { house, told, last } = make();
    house.connect({ clientId: 'a' });
    last({ delay: 1200 }, 2);
    last({ delay: 800 }, 50); // below 1000, above 750
    expect(house.broker.sizes.overload).toBe(2);
    last({ delay: 700 }, 4);
    expect(house.broker.sizes.overload).toBe(2);
    last({ delay: 700 }, 1);
    expect(house.broker.sizes.overload).toBe(1);
    last({ delay: 100 }, 4);
    last({ delay: 170 }, 1); // not calm
    last({ delay: 100 }, 4);
    expect(house.broker.sizes.overload).toBe(1);
    last({ delay: 100 }, 1);
    expect(told.map(([level]) => level)).toEqual([2, 1, 0]);
  });

  it('thresholds are options, 0 is never; maximumHeap stands in for the limit of V8', () => {
    const limits = { pauseDelay: 0, refuseDelay: 0, shedDelay: 0, pauseHeap: 50, maximumHeap: 1000 };
    const { house, told, last } = make({ limits });
    house.connect({ clientId: 'a' });
    last({ delay: 99_999, heapUsed: 499 }, 10);
    expect(told).toEqual([]);
    last({ heapUsed: 500 }, 2);
    expect(told.map(([level]) => level)).toEqual([1]);
  });

  it('is watched while there are connections, or until it is over', () => {
    const { house, busy, last } = make();
    expect(busy.isOn).toBe(false);
    const wire = house.connect({ clientId: 'a' });
    expect(busy.isOn).toBe(true);
    last({ delay: 1200 }, 2);
    wire.disconnect();
    house.advance(5000);
    expect([busy.isOn, house.broker.sizes.overload]).toEqual([true, 2]);
    last({}, 6);
    expect([busy.isOn, house.broker.sizes.overload, house.clock.pending]).toEqual([false, 0, 0]);
    house.connect({ clientId: 'b' });
    expect(busy.isOn).toBe(true);
  });

  it('ends with the broker; who waited is told like everybody', async () => {
    const { house, busy, last } = make();
    const sender = house.connect({ clientId: 's' });
    last({ delay: 300 }, 2);
    publishMany(sender, 3);
    const closing = house.broker.close({ drain: 1000 });
    await house.settled();
    house.advance(1000); // who was not read cannot be seen to end
    await closing;
    expect([sender.takeShort(), busy.isOn, house.clock.pending]).toEqual([['DISCONNECT 0x8b'], false, 0]);
  });
});

describe('level 1', () => {
  it('[G05] [G06] reads publishers in turn, a quarter of them at each sample, and nobody starves', () => {
    const { house, last } = make();
    const reader = house.connect({ clientId: 'r' }).subscribe('t');
    reader.take();
    const senders = Array.from({ length: 8 }, (_, n) => house.connect({ clientId: `s${n}` }));
    last({ delay: 300 }, 2);
    for (const sender of senders) publishMany(sender, 3);
    // The first message of each was read before its sender was found to be a publisher.
    expect(reader.take()).toHaveLength(8);
    expect(senders.map(({ end }) => end.buffered > 0)).not.toContain(false);
    for (let sample = 0; sample < 4; sample++) {
      last({ delay: 300 }, 1);
      expect(reader.take()).toHaveLength(4); // two senders with two messages each
    }
    expect(senders.map(({ end }) => end.buffered)).toEqual(Array(8).fill(0));
    expect(house.broker.metrics.publishersPaused).toBe(16);
  });

  it('lets everybody else go on, and publishers too when it is over', () => {
    const { house, last } = make();
    const reader = house.connect({ clientId: 'r' }).subscribe('t', 1);
    const sender = house.connect({ clientId: 's' });
    last({ delay: 300 }, 2);
    for (let n = 1; n <= 20; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    reader.take();
    reader.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 }, { type: 'PINGREQ' });
    expect(reader.takeShort()).toEqual(['PINGRESP']);
    house.connect({ clientId: 'new' });
    last({}, 5);
    expect(house.broker.sizes.overload).toBe(0);
    expect(sender.end.buffered).toBe(0);
    expect(sender.take()).toHaveLength(20);
  });

  it('[C25] does not fail the keep alive of whom it does not read', () => {
    const { house, last } = make();
    const senders = Array.from({ length: 4 }, (_, n) => house.connect({ clientId: `s${n}`, keepAlive: 1 }));
    last({ delay: 300 }, 2);
    for (let n = 0; n < 20; n++) {
      for (const sender of senders) sender.publish('t', 'x');
      last({ delay: 300 }, 3);
    }
    expect(senders.filter(({ isClosed }) => isClosed)).toEqual([]);
    expect(house.broker.metrics.keepAliveTimeouts).toBe(0);
  });

  it('forgets a publisher that goes', () => {
    const { house, last } = make();
    const senders = ['a', 'b'].map((clientId) => house.connect({ clientId }));
    last({ delay: 300 }, 2);
    for (const sender of senders) publishMany(sender, 5);
    senders[0]?.cut();
    last({ delay: 300 }, 1);
    expect(senders[1]?.end.buffered).toBe(0);
  });
});

describe('level 2', () => {
  it('5.0 [G05] refuses CONNECT with 0x89, 3.x with 0x03; who is connected stays', () => {
    const { house, last } = make();
    const wire = house.connect({ clientId: 'a' });
    last({ delay: 1200 }, 2);
    expect(house.ask({ clientId: 'b' }).takeShort()).toEqual(['CONNACK 0x89']);
    for (const version of [3, 4] as const)
      expect(house.ask({ clientId: 'b', version }).takeShort()).toEqual(['CONNACK 3']);
    expect(wire.send({ type: 'PINGREQ' }).takeShort()).toEqual(['PINGRESP']);
    expect(house.broker.metrics.connectsShed).toBe(3);
    last({}, 5);
    house.connect({ clientId: 'b' });
  });
});

describe('level 3', () => {
  it('[G06] drops QoS 0, and nothing else; an alias that came with it holds', () => {
    const { house, last } = make();
    const wire = house.connect({ clientId: 'a' }).subscribe('t', 1);
    wire.take();
    last({ heapUsed: 97 }, 2);
    const properties = { topicAlias: 1 };
    wire.publish('t', 'lost', 0, { properties });
    last({ heapUsed: 97 }, 1);
    wire.publish('', 'kept', 1, { properties });
    expect(wire.takeShort()).toEqual(['PUBLISH t kept q1', 'PUBACK']);
    expect(house.broker.metrics.messagesShed).toBe(1);
    last({}, 6);
    wire.publish('t', 'again');
    expect(wire.takeShort()).toEqual(['PUBLISH t again']);
  });
});
