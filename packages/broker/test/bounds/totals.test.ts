/** Bounds on what all clients hold together: reached, counted, told in `sizes`, and given back. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

/** A session that stays, subscribed at QoS 1, whose client is away. */
function away(house: House, clientId: string): void {
  const properties = { sessionExpiryInterval: 1000 };
  house.connect({ clientId, cleanStart: false, properties }).subscribe('t', 1).cut();
}

/** The client is back: what it gets. */
function back(house: House, clientId: string): string[] {
  const properties = { sessionExpiryInterval: 1000 };
  const wire = house.ask({ clientId, cleanStart: false, properties });
  return wire.takeShort().filter((text) => text.startsWith('PUBLISH'));
}

function publishAll(house: House, payloads: readonly string[]): void {
  const sender = house.connect({ clientId: 's' });
  for (const [i, payload] of payloads.entries()) sender.publish('t', payload, 1, { packetId: i + 1 });
  sender.disconnect();
}

describe('messages that wait in all sessions', () => {
  it('[G02] maximumTotalQueuedMessages: beyond it each session drops what is newest', () => {
    const house = new House({ limits: { maximumTotalQueuedMessages: 5 } });
    for (const id of ['a', 'b']) away(house, id);
    publishAll(house, ['1', '2', '3', '4']);
    expect(house.broker.sizes).toMatchObject({ queuedMessages: 5 });
    expect(house.broker.metrics.messagesOverflowed).toBe(3);
    expect([back(house, 'a').length, back(house, 'b').length].sort()).toEqual([2, 3]);
    expect(house.broker.sizes).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
  });

  it('[G02] maximumTotalQueuedBytes: drop-oldest gives up the oldest of the session that gets one more', () => {
    const house = new House({ limits: { maximumTotalQueuedBytes: 500 }, overflow: 'drop-oldest' });
    for (const id of ['a', 'b']) away(house, id);
    publishAll(
      house,
      ['1', '2', '3', '4'].map((n) => n.repeat(100)),
    );
    expect(house.broker.sizes.queuedBytes).toBeLessThanOrEqual(500);
    expect(house.broker.sizes.queuedMessages).toBe(4);
    expect(house.broker.metrics.messagesOverflowed).toBe(4);
    expect(back(house, 'a')).toHaveLength(2);
    expect(back(house, 'b')).toEqual(['PUBLISH t 100 bytes q1', 'PUBLISH t 100 bytes q1']);
  });

  it('[G02] disconnect: a connected client whose message has no place gets 0x97', () => {
    const house = new House({ limits: { maximumTotalQueuedMessages: 3 }, overflow: 'disconnect' });
    const slow = house.connect({ clientId: 'slow', properties: { receiveMaximum: 1 } }).subscribe('t', 1);
    slow.take();
    publishAll(house, ['1', '2', '3', '4', '5']);
    expect(slow.takeShort()).toEqual(['PUBLISH t 1 q1', 'DISCONNECT 0x97']);
    expect(house.broker.sizes).toMatchObject({ queuedMessages: 0, queuedBytes: 0, sessions: 0 });
  });

  it('sessions that end give back what waited in them', () => {
    const house = new House();
    for (const id of ['a', 'b']) away(house, id);
    publishAll(house, ['1', '2']);
    expect(house.broker.sizes.queuedMessages).toBe(4);
    house.advance(1_001_000);
    expect(house.broker.sizes).toMatchObject({ sessions: 0, queuedMessages: 0, queuedBytes: 0 });
  });
});

describe('bytes that wait for all connections', () => {
  /** A subscriber that reads nothing. */
  function frozen(house: House, clientId: string): Wire {
    const wire = house.connect({ clientId }).subscribe('t');
    wire.take();
    wire.end.hold();
    return wire;
  }

  it('[G01] maximumTotalOutgoingBytes: QoS 0 is dropped for slow readers, and for them alone', () => {
    const house = new House({ limits: { maximumTotalOutgoingBytes: 100_000 } });
    const slow = ['a', 'b', 'c'].map((id) => frozen(house, id));
    const fast = ['d', 'e', 'f', 'g'].map((clientId) => house.connect({ clientId }).subscribe('t'));
    for (const wire of fast) wire.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 300; n++) sender.publish('t', 'x'.repeat(1000));
    expect(fast.map((wire) => wire.take().length)).toEqual([300, 300, 300, 300]);
    const { outgoingBytes } = house.broker.sizes;
    expect(outgoingBytes).toBeLessThanOrEqual(100_000);
    expect(outgoingBytes).toBeGreaterThan(90_000);
    expect(house.broker.metrics.messagesDroppedSlow).toBeGreaterThan(300);
    const [first, ...rest] = slow;
    first?.cut();
    for (const wire of rest) wire.end.resume();
    house.settle();
    expect(house.broker.sizes.outgoingBytes).toBe(0);
    expect(house.isWell()).toBe(true);
  });

  it('a client that does not read its answers is not read, also when others have used the bound up', () => {
    const house = new House({ limits: { maximumTotalOutgoingBytes: 16_384 } });
    const rude = ['a', 'b'].map((clientId) => house.connect({ clientId }));
    const pings = new Uint8Array(20_000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0));
    for (const wire of rude) {
      wire.end.hold();
      for (let i = 0; i < 20; i++) wire.bytes(pings);
    }
    expect(house.broker.sizes.outgoingBytes).toBeLessThan(20_000);
    expect(rude.every((wire) => wire.end.buffered > 0)).toBe(true);
    for (const wire of rude) wire.end.resume();
    house.settle();
    expect(rude.map((wire) => wire.take().length)).toEqual([200_000, 200_000]);
  });
});

describe('subscriptions of all sessions', () => {
  it('[F19] maximumTotalSubscriptions: 0x97, 3.1.1 0x80; one that is there may be replaced', () => {
    const house = new House({ limits: { maximumTotalSubscriptions: 2 } });
    const five = house.connect({ clientId: 'a' });
    const four = house.connect({ clientId: 'b', version: 4 });
    expect(five.subscribe('x').subscribe('y').subscribe('z').takeShort()).toEqual([
      'SUBACK 0',
      'SUBACK 0',
      'SUBACK 0x97',
    ]);
    expect(four.subscribe('x').takeShort()).toEqual(['SUBACK 0x80']);
    expect(five.subscribe('x', 1).takeShort()).toEqual(['SUBACK 1']);
    expect(house.broker.metrics.subscriptionsRefused).toBe(2);
    expect(house.broker.sizes.subscriptions).toBe(2);
    five.disconnect();
    expect(four.subscribe('x').takeShort()).toEqual(['SUBACK 0']);
  });
});
