/** What stays: retained messages within their bounds; and deadlines that no jump of the wall clock moves. */
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/index.ts';
import { House } from '../wire/house.ts';

const retain = { retain: true };

describe('retained messages', () => {
  it('[F17] maximumRetainedBytes: PUBACK 0x97 and not retained, but delivered; smaller ones still are', () => {
    const house = new House({ limits: { maximumRetainedBytes: 300 } });
    const wire = house.connect().subscribe('#', 1);
    wire.take();
    wire
      .publish('a', 'x'.repeat(200), 1, retain)
      .publish('b', 'x'.repeat(200), 1, { ...retain, packetId: 2 });
    expect(wire.takeShort()).toEqual([
      'PUBLISH a 200 bytes q1',
      'PUBACK',
      'PUBLISH b 200 bytes q1',
      'PUBACK 0x97',
    ]);
    expect(house.broker.sizes.retained).toBe(1);
    expect(house.broker.sizes.retainedBytes).toBeLessThanOrEqual(300);
    wire.publish('a', 'x'.repeat(280), 1, { ...retain, packetId: 3 }); // in place of the first
    wire.publish('a', '', 1, { ...retain, packetId: 4 });
    wire.publish('b', 'x'.repeat(280), 1, { ...retain, packetId: 5 });
    expect(wire.takeShort().filter((text) => text.startsWith('PUBACK'))).toEqual(Array(3).fill('PUBACK'));
    expect(house.broker.metrics.retainedRefused).toBe(1);
  });

  it('3.1.1 [F17] maximumRetainedMessages: acknowledged, delivered, not retained, counted', () => {
    const house = new House({ limits: { maximumRetainedMessages: 2 } });
    const wire = house.connect({ version: 4 });
    for (const [n, topic] of ['a', 'b', 'c'].entries())
      wire.publish(topic, 'x', 1, { ...retain, packetId: n + 1 });
    expect(wire.takeShort()).toEqual(['PUBACK', 'PUBACK', 'PUBACK']);
    expect(wire.subscribe('#').takeShort().sort()).toEqual([
      'PUBLISH a x retain',
      'PUBLISH b x retain',
      'SUBACK 0',
    ]);
    expect(house.broker.metrics.retainedRefused).toBe(1);
  });
});

describe('bounds that are options', () => {
  it('5.0 [C29] maximumUserProperties: as many as it says, and not one more', () => {
    const house = new House({ limits: { maximumUserProperties: 2 } });
    const properties = (count: number): object => ({ userProperties: Array(count).fill(['n', 'v']) });
    const wire = house.connect({ properties: properties(2) });
    wire.publish('t', 'x', 1, { properties: properties(2) });
    wire.publish('t', 'x', 1, { packetId: 2, properties: properties(3) });
    expect(wire.takeShort()).toEqual(['PUBACK 0x10', 'PUBACK 0x97']);
    expect(house.ask({ clientId: 'b', properties: properties(3) }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.broker.metrics.userPropertiesRefused).toBe(2);
  });

  it('[G01] drainTimeout: a connection that takes nothing for so long is cut', () => {
    const house = new House({ limits: { drainTimeout: 1000 } });
    const frozen = house.connect({ clientId: 'frozen' }).subscribe('t');
    frozen.end.hold();
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 100; n++) sender.publish('t', 'x'.repeat(1000));
    house.advance(900);
    expect(frozen.isClosed).toBe(false);
    house.advance(300);
    expect([frozen.isClosed, house.broker.metrics.connectionsStalled]).toEqual([true, 1]);
  });
});

describe('time', () => {
  it('[G14] deadlines come from a clock that does not jump', () => {
    const before = systemClock.now();
    const wall = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 86_400_000);
    const after = systemClock.now();
    wall.mockRestore();
    expect(after - before).toBeGreaterThanOrEqual(0);
    expect(after - before).toBeLessThan(3_600_000);
  });
});
