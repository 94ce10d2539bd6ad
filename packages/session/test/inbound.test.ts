/** What we receive: each packet in each state, our Receive Maximum, and what a store keeps. */
import { Inbound, RestoreError } from '@mqtt/session';
import { describe, expect, it } from 'vitest';

/** An inbound that holds these ids. */
function holding(...packetIds: number[]): Inbound {
  const inbound = new Inbound();
  for (const packetId of packetIds) inbound.publish(packetId, 2);
  return inbound;
}

describe('PUBLISH at QoS 1', () => {
  it('[MQTT-4.3.2-5] is new, each time', () => {
    const inbound = new Inbound();
    expect([inbound.publish(1, 1), inbound.inflight]).toEqual(['new', 1]);
    inbound.settled(1, 1);
    expect([inbound.inflight, inbound.publish(1, 1)]).toEqual([0, 'new']);
  });

  it('is new also with an id that a QoS 2 message holds: at least once', () => {
    const inbound = holding(1);
    expect([inbound.publish(1, 1), inbound.publish(1, 2)]).toEqual(['new', 'duplicate']);
  });
});

describe('PUBLISH at QoS 2', () => {
  it('[MQTT-4.3.3-10] [F05] is a duplicate until PUBREL, however often it comes; it is held once', () => {
    const inbound = new Inbound(2);
    const verdicts = Array.from({ length: 10_000 }, () => inbound.publish(1, 2));
    expect([verdicts[0], new Set(verdicts.slice(1))]).toEqual(['new', new Set(['duplicate'])]);
    expect([inbound.inflight, [...inbound.held()]]).toEqual([1, [1]]);
  });

  it('[MQTT-4.3.3-12] is new after PUBREL', () => {
    const inbound = holding(1);
    expect([inbound.pubrel(1), inbound.publish(1, 2)]).toEqual(['settled', 'new']);
  });

  it('[MQTT-4.3.3-9] is new after a PUBREC of 0x80 or more', () => {
    const inbound = holding(1);
    inbound.settled(1, 2);
    expect([inbound.inflight, inbound.pubrel(1), inbound.publish(1, 2)]).toEqual([0, 'unknown', 'new']);
  });

  it('[MQTT-4.3.3-10] [F11] stays a duplicate across a reconnect', () => {
    const inbound = holding(1);
    inbound.reconnect();
    expect([inbound.publish(1, 2), inbound.publish(2, 2)]).toEqual(['duplicate', 'new']);
  });
});

describe('PUBREL', () => {
  it('[MQTT-4.3.3-11] settles what is held, once', () => {
    const inbound = holding(1, 2);
    expect([inbound.pubrel(1), inbound.pubrel(1), inbound.inflight]).toEqual(['settled', 'unknown', 1]);
  });

  it.each([0, 2, 1234, 65_535, 65_536])('[F06] is unknown for id %i, which is not held', (packetId) => {
    expect([holding(1).pubrel(packetId), new Inbound().pubrel(packetId)]).toEqual(['unknown', 'unknown']);
  });

  it('[F06] is unknown for a QoS 1 message', () => {
    const inbound = new Inbound();
    inbound.publish(1, 1);
    expect([inbound.pubrel(1), inbound.inflight]).toEqual(['unknown', 1]);
  });
});

describe('our Receive Maximum', () => {
  it.each([
    [1, 1],
    [2, 20],
    [1, 32_767],
    [2, 32_768],
    [1, 65_535],
  ] as const)(
    '[MQTT-3.3.4-7] [MQTT-3.3.4-9] [F03] at QoS %i is exceeded by one more than %i',
    (qos, receiveMaximum) => {
      const inbound = new Inbound(receiveMaximum);
      const verdicts = Array.from({ length: receiveMaximum }, (_, i) => inbound.publish(i + 1, qos));
      expect(new Set(verdicts)).toEqual(new Set(['new']));
      expect(inbound.publish(qos === 1 ? 1 : receiveMaximum + 1, qos)).toBe('exceeded');
      expect([inbound.receiveMaximum, inbound.inflight]).toEqual([receiveMaximum, receiveMaximum]);
    },
  );

  it('counts both QoS together', () => {
    const inbound = new Inbound(2);
    expect([inbound.publish(1, 1), inbound.publish(2, 2), inbound.publish(3, 1)]).toEqual([
      'new',
      'new',
      'exceeded',
    ]);
  });

  it.each([
    ['PUBACK', 1, (inbound: Inbound) => inbound.settled(1, 1)],
    ['PUBREL', 2, (inbound: Inbound) => inbound.pubrel(1)],
    ['PUBREC 0x80', 2, (inbound: Inbound) => inbound.settled(1, 2)],
  ] as const)('§4.9: %s gives the quota back', (_name, qos, act) => {
    const inbound = new Inbound(1);
    inbound.publish(1, qos);
    expect(inbound.publish(2, qos)).toBe('exceeded');
    act(inbound);
    expect([inbound.inflight, inbound.publish(2, qos)]).toEqual([0, 'new']);
  });

  it('remembers nothing of the message that exceeded it', () => {
    const inbound = new Inbound(1);
    inbound.publish(1, 2);
    expect([inbound.publish(2, 2), [...inbound.held()]]).toEqual(['exceeded', [1]]);
  });

  it('§4.9: begins again with each connection, with the value of that connection', () => {
    const inbound = holding(1, 2, 3);
    inbound.reconnect(2);
    expect([inbound.receiveMaximum, inbound.inflight]).toEqual([2, 0]);
    expect([inbound.publish(4, 2), inbound.publish(5, 1), inbound.publish(6, 1)]).toEqual([
      'new',
      'new',
      'exceeded',
    ]);
  });

  it('§4.9: is not raised by the PUBREL of a message of an earlier connection', () => {
    const inbound = holding(1, 2);
    inbound.reconnect(1);
    expect([inbound.pubrel(1), inbound.pubrel(2), inbound.inflight]).toEqual(['settled', 'settled', 0]);
    expect([inbound.publish(3, 1), inbound.publish(4, 1)]).toEqual(['new', 'exceeded']);
  });

  it('is not touched by a PUBREC with an error for what is not held', () => {
    const inbound = new Inbound(1);
    inbound.publish(1, 1);
    inbound.settled(9, 2);
    expect(inbound.inflight).toBe(1);
  });
});

describe('the end of a session', () => {
  it('lets all ids go', () => {
    const inbound = holding(1);
    inbound.clear();
    expect([inbound.inflight, inbound.pubrel(1), [...inbound.held()]]).toEqual([0, 'unknown', []]);
  });
});

describe('the facts of a store', () => {
  it('[F11] are the held ids, and hold them again', () => {
    const inbound = new Inbound();
    inbound.restore(holding(7, 9).held());
    expect([inbound.inflight, inbound.publish(7, 2), inbound.pubrel(9)]).toEqual([0, 'duplicate', 'settled']);
  });

  it.each([0, 65_536, 1.5, 7])('[MQTT-2.2.1-3] are refused with id %d: out of range or twice', (packetId) => {
    expect(() => holding(7).restore([packetId])).toThrow(RestoreError);
  });
});
