/** Wills of all clients together: each is small, and there may be as many as sessions. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/index.ts';
import { House, type Wishes } from '../wire/house.ts';

const KEPT = { sessionExpiryInterval: 1000 };

/** A client whose will takes about `size` bytes and waits for as long as its session lives. */
function heir(clientId: string, size: number, more: Wishes = {}): Wishes {
  const properties = { willDelayInterval: 0xffff_ffff };
  const will = { topic: 'w', payload: 'x'.repeat(size), properties };
  return { clientId, cleanStart: false, properties: KEPT, will, ...more };
}

describe('maximumWillBytes', () => {
  it('[N01] 5.0: one will too many is CONNACK 0x97, counted; who brings none comes in', () => {
    const house = new House({ limits: { maximumWillBytes: 1000 } });
    house.connect(heir('a', 400));
    house.connect(heir('b', 400));
    expect(house.ask(heir('c', 400)).takeShort()).toEqual(['CONNACK 0x97']);
    house.connect({ clientId: 'c' });
    expect(house.broker.metrics.willsRefused).toBe(1);
    expect(house.broker.sizes.willBytes).toBeLessThanOrEqual(1000);
  });

  it('[N01] 3.1.1: it is return code 3', () => {
    const house = new House({ limits: { maximumWillBytes: 100 } });
    const wire = house.ask({ version: 4, clientId: 'a', will: { topic: 'w', payload: 'x'.repeat(200) } });
    expect(wire.takeShort()).toEqual(['CONNACK 3']);
  });

  it('[N01] a will that waits is counted; the same client may bring another in its place', () => {
    const house = new House({ limits: { maximumWillBytes: 1000 } });
    house.connect(heir('a', 600)).cut();
    expect(house.broker.sizes.willBytes).toBeGreaterThan(600);
    expect(house.ask(heir('b', 600)).takeShort()).toEqual(['CONNACK 0x97']);
    house.connect(heir('a', 700)).cut();
    house.connect(heir('a', 500));
    expect(house.ask(heir('a', 2000)).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.broker.metrics.sessionsTakenOver).toBe(0);
  });

  it('[N01] what is published, dropped or replaced is counted no more', async () => {
    const house = new House({ access: { authorizePublish: () => Promise.resolve(true) } });
    expect(house.broker.sizes.willBytes).toBe(0);
    for (const clientId of ['a', 'b', 'c']) house.ask(heir(clientId, 100));
    const mortal = house.ask(heir('d', 100));
    await house.settled();
    const each = house.broker.sizes.willBytes / 4;
    expect(each).toBeGreaterThan(100);
    const dropped = house.ask(heir('a', 100));
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(4 * each);
    dropped.disconnect(); // 0x00
    expect(house.broker.sizes.willBytes).toBe(3 * each);
    house.ask({ clientId: 'b', cleanStart: false }); // without a will
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(2 * each);
    house.ask({ clientId: 'c', cleanStart: true }); // ends the session, and so publishes its will
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(each);
    mortal.cut();
    expect(house.broker.sizes.willBytes).toBe(each);
    house.advance(1001 * 1000);
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(0);
    expect(house.broker.metrics.willsPublished).toBe(2);
  });

  it('[N01] a will that is asked about while its client brings the next one is let go alone', async () => {
    const answers: ((isAllowed: boolean) => void)[] = [];
    let isSlow = false;
    const authorizePublish = (): Promise<boolean> | boolean =>
      isSlow ? new Promise((resolve) => answers.push(resolve)) : true;
    const house = new House({ access: { authorizePublish } });
    house.connect({ clientId: 'a', properties: KEPT, will: { topic: 'w', payload: 'x'.repeat(50) } });
    isSlow = true;
    const first = house.broker.sizes.willBytes;
    house.ask({ clientId: 'a', cleanStart: false, properties: KEPT, will: { topic: 'w', payload: 'y' } });
    answers.shift()?.(true); // it may have this will; the one before it is asked about now
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(first - 49);
    answers.shift()?.(true);
    await house.settled();
    expect(house.broker.sizes.willBytes).toBe(first - 49);
    expect(house.broker.metrics.willsPublished).toBe(1);
  });

  it('[N01] wills that come back from the store are counted, beyond the bound too', async () => {
    const store = new MemoryStore();
    const before = await House.opened({ store });
    before.ask(heir('a', 300)).cut();
    await before.settled();
    await before.broker.close({ drain: 0 });
    const after = await House.opened({ store, limits: { maximumWillBytes: 100 } }, before.clock);
    expect(after.broker.sizes.willBytes).toBeGreaterThan(300);
    const wire = after.ask(heir('b', 50));
    await after.settled();
    expect(wire.takeShort()).toEqual(['CONNACK 0x97']);
  });
});
