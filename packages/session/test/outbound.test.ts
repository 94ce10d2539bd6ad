/** What we send: the window, each acknowledgement in each state, what is sent again, and what a store keeps. */
import { Outbound, type OutboundFact, type Resend, RestoreError } from '@mqtt/session';
import { describe, expect, it } from 'vitest';

/** What a resend sends, as text: `PUBLISH 1 a q1`, `PUBREL 2`. */
function resent(outbound: Outbound<string>, each: (packetId: number) => void = () => {}): string[] {
  const packets: string[] = [];
  outbound.resend({
    publish(packetId, item, qos) {
      packets.push(`PUBLISH ${packetId} ${item} q${qos}`);
      each(packetId);
    },
    pubrel: (packetId) => packets.push(`PUBREL ${packetId}`),
  });
  return packets;
}

/** An outbound with these messages in flight, ids from 1: `1` and `2` are QoS, `r` is a released QoS 2. */
function inFlight(flows: string, receiveMaximum = 65_535): Outbound<string> {
  const outbound = new Outbound<string>(receiveMaximum);
  for (const [index, flow] of [...flows].entries()) {
    const packetId = outbound.send(String.fromCharCode(97 + index), flow === '1' ? 1 : 2);
    if (flow === 'r') outbound.pubrec(packetId);
  }
  return outbound;
}

describe('PUBLISH', () => {
  it('[MQTT-4.3.2-1] [MQTT-4.3.3-1] takes an unused packet id', () => {
    const outbound = new Outbound<string>();
    expect([outbound.send('a', 1), outbound.send('b', 2), outbound.send('c', 1)]).toEqual([1, 2, 3]);
    expect([outbound.item(1), outbound.item(2), outbound.inflight]).toEqual(['a', 'b', 3]);
  });

  it('[MQTT-4.9.0-2] [MQTT-3.3.4-7] [MQTT-3.3.4-9] [F04] waits when Receive Maximum messages are in flight', () => {
    const outbound = new Outbound<string>(2);
    expect([outbound.receiveMaximum, outbound.full]).toEqual([2, false]);
    expect([outbound.send('a', 1), outbound.send('b', 2), outbound.send('c', 1)]).toEqual([1, 2, 0]);
    expect([outbound.full, outbound.inflight]).toEqual([true, 2]);
  });

  it.each(['PUBACK', 'PUBCOMP', 'PUBREC 0x80'])('§4.9: %s gives the quota back', (ack) => {
    const outbound = new Outbound<string>(1);
    const packetId = outbound.send('a', ack === 'PUBACK' ? 1 : 2);
    if (ack === 'PUBACK') expect(outbound.puback(packetId)).toBe('settled');
    else if (ack === 'PUBREC 0x80') expect(outbound.pubrec(packetId, 0x80)).toBe('settled');
    else {
      expect([outbound.pubrec(packetId), outbound.send('b', 1)]).toEqual(['release', 0]);
      expect(outbound.pubcomp(packetId)).toBe('settled');
    }
    expect([outbound.inflight, outbound.send('b', 1)]).toEqual([0, 2]);
  });

  it('[F09] waits when all 65,535 ids are in use, and takes the one that is freed', () => {
    const outbound = new Outbound<number>();
    const ids = Array.from({ length: 65_535 }, (_, i) => outbound.send(i, 1));
    expect(new Set(ids).size).toBe(65_535);
    expect([outbound.full, outbound.send(0, 1), outbound.allocate()]).toEqual([true, 0, 0]);
    outbound.puback(4711);
    expect([outbound.full, outbound.send(0, 1), outbound.full]).toEqual([false, 4711, true]);
  });

  it('counts SUBSCRIBE out of the window and into the ids', () => {
    const outbound = new Outbound<string>(1);
    expect([outbound.allocate(), outbound.send('a', 1), outbound.inflight]).toEqual([1, 2, 1]);
    const ids = new Outbound<number>();
    ids.allocate();
    for (let i = 1; i < 65_535; i++) ids.send(i, 1);
    expect([ids.inflight, ids.full]).toEqual([65_534, true]);
  });
});

describe('PUBACK', () => {
  it('[MQTT-4.3.2-3] [MQTT-2.3.1-3] settles a QoS 1 message, once', () => {
    const outbound = inFlight('1');
    expect([outbound.puback(1), outbound.item(1), outbound.puback(1)]).toEqual([
      'settled',
      undefined,
      'unknown',
    ]);
  });

  it.each([
    ['2', 'a QoS 2 message'],
    ['r', 'a released QoS 2 message'],
  ])('[F07] %s: is unknown for %s, which stays', (flow) => {
    const outbound = inFlight(flow);
    expect([outbound.puback(1), outbound.inflight]).toEqual(['unknown', 1]);
  });

  it.each([0, 2, 65_535, 65_536])('[K05] is unknown for id %i, which is not in flight', (packetId) => {
    expect(inFlight('1').puback(packetId)).toBe('unknown');
  });

  it('[F07] is unknown for the id of a SUBSCRIBE', () => {
    const outbound = new Outbound<string>();
    expect([outbound.puback(outbound.allocate()), outbound.free(1)]).toEqual(['unknown', true]);
  });
});

describe('PUBREC', () => {
  it('[MQTT-4.3.3-4] releases, each time it comes; the item is dropped', () => {
    const outbound = inFlight('2');
    expect([outbound.pubrec(1), outbound.item(1), outbound.pubrec(1, 0x10)]).toEqual([
      'release',
      undefined,
      'release',
    ]);
    expect(outbound.inflight).toBe(1);
  });

  it.each([0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])(
    '[MQTT-4.4.0-2] [K09] %i settles: no PUBREL follows',
    (code) => {
      const outbound = inFlight('2');
      expect([outbound.pubrec(1, code), outbound.inflight, outbound.pubrec(1)]).toEqual([
        'settled',
        0,
        'unknown',
      ]);
    },
  );

  it('[MQTT-4.4.0-2] with an error also settles what was released', () => {
    expect(inFlight('r').pubrec(1, 0x92)).toBe('settled');
  });

  it('[F07] is unknown for a QoS 1 message, which stays, and for an id that is not in flight', () => {
    const outbound = inFlight('1');
    expect([outbound.pubrec(1), outbound.pubrec(1, 0x80), outbound.pubrec(9), outbound.inflight]).toEqual([
      'unknown',
      'unknown',
      'unknown',
      1,
    ]);
  });
});

describe('PUBCOMP', () => {
  it('[MQTT-4.3.3-5] settles what was released, once', () => {
    const outbound = inFlight('r');
    expect([outbound.pubcomp(1), outbound.inflight, outbound.pubcomp(1)]).toEqual(['settled', 0, 'unknown']);
  });

  it('[F07] [K05] is unknown before PUBREL, for a QoS 1 message, and for an id that is not in flight', () => {
    const outbound = inFlight('21');
    expect([outbound.pubcomp(1), outbound.pubcomp(2), outbound.pubcomp(3), outbound.inflight]).toEqual([
      'unknown',
      'unknown',
      'unknown',
      2,
    ]);
  });
});

describe('SUBSCRIBE and UNSUBSCRIBE', () => {
  it('[MQTT-2.2.1-3] share the ids of PUBLISH', () => {
    const outbound = inFlight('12');
    expect([outbound.allocate(), outbound.send('c', 1), outbound.allocate()]).toEqual([3, 4, 5]);
  });

  it('[MQTT-2.2.1-6] [K03] give their id back with SUBACK or UNSUBACK, once, and no other', () => {
    const outbound = inFlight('1');
    const packetId = outbound.allocate();
    expect([outbound.free(1), outbound.free(packetId), outbound.free(packetId)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(outbound.discard(outbound.allocate())).toBe('unknown');
  });

  it('are gone with the connection: they are no part of the Session State', () => {
    const outbound = inFlight('1');
    const packetId = outbound.allocate();
    outbound.reconnect();
    expect([outbound.free(packetId), outbound.inflight, resent(outbound)]).toEqual([
      false,
      1,
      ['PUBLISH 1 a q1'],
    ]);
  });
});

describe('a reconnect', () => {
  it('[MQTT-4.4.0-1] [F08] sends PUBLISH and PUBREL again with their ids, once', () => {
    const outbound = inFlight('1r2');
    outbound.reconnect();
    expect(outbound.unsent).toBe(2);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1', 'PUBREL 2', 'PUBLISH 3 c q2']);
    expect([outbound.unsent, resent(outbound)]).toEqual([0, []]);
  });

  it('[MQTT-4.6.0-1] sends PUBLISH again in the original order, QoS 1 and 2 together, across the last id', () => {
    const outbound = new Outbound<string>();
    outbound.restore([{ fact: 'sent', packetId: 65_534, qos: 1, item: 'a' }]);
    for (const item of 'bcd') outbound.send(item, 2);
    outbound.reconnect();
    expect(resent(outbound)).toEqual([
      'PUBLISH 65534 a q1',
      'PUBLISH 65535 b q2',
      'PUBLISH 1 c q2',
      'PUBLISH 2 d q2',
    ]);
  });

  it('[MQTT-4.6.0-4] sends PUBREL again in the order of PUBREC, each where it was first sent', () => {
    const outbound = inFlight('2222');
    outbound.pubrec(3);
    outbound.pubrec(1);
    outbound.send('e', 1);
    outbound.reconnect();
    expect(resent(outbound)).toEqual([
      'PUBLISH 2 b q2',
      'PUBLISH 4 d q2',
      'PUBREL 3',
      'PUBREL 1',
      'PUBLISH 5 e q1',
    ]);
  });

  it('[MQTT-4.3.3-6] never sends PUBLISH again after PUBREL', () => {
    const outbound = inFlight('r');
    outbound.reconnect();
    expect(resent(outbound)).toEqual(['PUBREL 1']);
  });

  it('[MQTT-4.4.0-2] sends nothing again that was refused', () => {
    const outbound = inFlight('2');
    outbound.pubrec(1, 0x87);
    outbound.reconnect();
    expect(resent(outbound)).toEqual([]);
  });

  it('[MQTT-4.9.0-2] to a smaller Receive Maximum sends only what fits, the rest as it frees', () => {
    const outbound = inFlight('12121');
    outbound.reconnect(2);
    expect([resent(outbound), outbound.unsent]).toEqual([['PUBLISH 1 a q1', 'PUBLISH 2 b q2'], 3]);
    expect([resent(outbound), outbound.send('x', 1)]).toEqual([[], 0]);
    outbound.puback(1);
    expect(resent(outbound)).toEqual(['PUBLISH 3 c q1']);
    expect([outbound.pubrec(2), resent(outbound)]).toEqual(['release', []]);
    outbound.pubcomp(2);
    outbound.puback(3);
    expect([resent(outbound), outbound.unsent, outbound.full]).toEqual([
      ['PUBLISH 4 d q2', 'PUBLISH 5 e q1'],
      0,
      true,
    ]);
  });

  it('[MQTT-4.9.0-3] never holds back a PUBREL, which counts in the window until PUBCOMP', () => {
    const outbound = inFlight('1r1r');
    outbound.reconnect(2);
    expect(resent(outbound)).toEqual(['PUBREL 2', 'PUBREL 4']);
    outbound.pubcomp(4);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1']);
  });

  it('sends nothing new before what must be sent again', () => {
    const outbound = inFlight('1');
    outbound.reconnect(10);
    expect([outbound.full, outbound.send('x', 1)]).toEqual([true, 0]);
    resent(outbound);
    expect(outbound.send('x', 1)).toBe(2);
  });

  it('takes an acknowledgement of what was not sent again yet', () => {
    const outbound = inFlight('112');
    outbound.reconnect(1);
    expect([outbound.puback(2), outbound.pubrec(3), outbound.unsent]).toEqual(['settled', 'release', 1]);
    expect([resent(outbound), outbound.unsent]).toEqual([[], 1]);
    outbound.pubcomp(3);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1']);
  });

  it('skips what was settled while it waited', () => {
    const outbound = inFlight('1111');
    outbound.reconnect(1);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1']);
    expect([outbound.puback(2), outbound.puback(3), outbound.puback(1)]).toEqual([
      'settled',
      'settled',
      'settled',
    ]);
    expect([resent(outbound), outbound.unsent]).toEqual([['PUBLISH 4 d q1'], 0]);
  });

  it('begins again when the connection is lost in the middle', () => {
    const outbound = inFlight('1r11');
    outbound.reconnect(2);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1', 'PUBREL 2']);
    outbound.reconnect(3);
    expect(outbound.unsent).toBe(3);
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1', 'PUBREL 2', 'PUBLISH 3 c q1']);
  });

  it('[MQTT-4.9.0-3] stops where the link wants no more, but for PUBREL, and goes on with the next call', () => {
    const outbound = inFlight('111r1');
    const packets: string[] = [];
    const oneAtATime: Resend<string> = {
      publish: (packetId) => packets.push(`PUBLISH ${packetId}`) < 0,
      pubrel: (packetId) => packets.push(`PUBREL ${packetId}`),
    };
    outbound.reconnect();
    outbound.resend(oneAtATime);
    expect([packets, outbound.unsent, outbound.full]).toEqual([['PUBLISH 1', 'PUBREL 4'], 3, true]);
    outbound.resend(oneAtATime);
    expect(resent(outbound)).toEqual(['PUBLISH 3 c q1', 'PUBLISH 5 e q1']);
    expect([packets.at(-1), outbound.unsent, outbound.full]).toEqual(['PUBLISH 2', 0, false]);
  });

  it('[MQTT-3.1.2-25] leaves out what the caller discards, and goes on', () => {
    const outbound = inFlight('121', 3);
    outbound.reconnect(1);
    const packets = resent(outbound, (packetId) => packetId < 3 && outbound.discard(packetId));
    expect(packets).toEqual(['PUBLISH 1 a q1', 'PUBLISH 2 b q2', 'PUBLISH 3 c q1']);
    expect([outbound.inflight, outbound.discard(1)]).toEqual([1, 'unknown']);
  });
});

describe('the end of a session', () => {
  it('forgets every flow; ids roll forward', () => {
    const outbound = inFlight('1r2');
    outbound.allocate();
    outbound.reconnect();
    outbound.clear();
    expect([outbound.inflight, outbound.unsent, resent(outbound), [...outbound.facts()]]).toEqual([
      0,
      0,
      [],
      [],
    ]);
    expect([outbound.pubcomp(2), outbound.send('x', 1)]).toEqual(['unknown', 5]);
  });
});

describe('the facts of a store', () => {
  const facts: OutboundFact<string>[] = [
    { fact: 'sent', packetId: 1, qos: 1, item: 'a' },
    { fact: 'released', packetId: 2 },
    { fact: 'sent', packetId: 3, qos: 2, item: 'c' },
  ];

  it('are sent and released, in order, without the ids of SUBSCRIBE', () => {
    const outbound = inFlight('1r2');
    outbound.allocate();
    expect([...outbound.facts()]).toEqual(facts);
  });

  it('[MQTT-4.4.0-1] [F11] make the same session again', () => {
    const outbound = new Outbound<string>();
    outbound.restore(facts);
    expect([[...outbound.facts()], outbound.inflight]).toEqual([facts, 3]);
    outbound.reconnect();
    expect(resent(outbound)).toEqual(['PUBLISH 1 a q1', 'PUBREL 2', 'PUBLISH 3 c q2']);
    expect([outbound.puback(1), outbound.pubrec(3), outbound.pubcomp(2)]).toEqual([
      'settled',
      'release',
      'settled',
    ]);
  });

  it.each([0, 65_536, 1])('[MQTT-2.2.1-3] are refused with id %i: out of range or twice', (packetId) => {
    const outbound = new Outbound<string>();
    const restore = (): void => outbound.restore([...facts, { fact: 'released', packetId }]);
    expect(restore).toThrow(RestoreError);
    expect(outbound.inflight).toBe(3);
    const error = new RestoreError(packetId);
    expect([error.code, error.packetId, error.name]).toEqual([
      'PACKET_ID_NOT_FREE',
      packetId,
      'RestoreError',
    ]);
  });
});
