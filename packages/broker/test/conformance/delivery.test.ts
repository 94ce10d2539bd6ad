/** Sections 4.3, 4.6 and 4.9: the three qualities of service on both sides, order, and the window. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { SlowStore } from '../wire/slow-store.ts';
import { kept, type Numbered, packet, payloads, record, subscriber, text, VERSIONS } from './recorder.ts';

function pair(version: Numbered, qos: 0 | 1 | 2 = 2): { house: House; sender: Wire; receiver: Wire } {
  const house = new House();
  const receiver = subscriber(house, kept(version, 'r'), 't', qos);
  return { house, receiver, sender: house.connect(kept(version, 's')) };
}

const pubrel = (packetId: number): object => ({ type: 'PUBREL', packetId, reasonCode: 0 });
const pubrec = (packetId: number, reasonCode = 0): object => ({ type: 'PUBREC', packetId, reasonCode });
const pubcomp = (packetId: number): object => ({ type: 'PUBCOMP', packetId, reasonCode: 0 });
const puback = (packetId: number): object => ({ type: 'PUBACK', packetId, reasonCode: 0 });

describe('QoS 0', () => {
  it('5.0 [MQTT-4.3.1-1] [MQTT-3.3.4-1] 3.1.1 [MQTT-4.3.1-1] [MQTT-3.3.4-1] goes out once, with QoS 0 and DUP 0, and is not answered', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version, 0);
      const bytes = record(receiver);
      sender.publish('t', 'x').publish('t', 'x', 1).publish('t', 'x', 2, { packetId: 2 });
      const one = version === 5 ? '30 05 00 01 74 00 78' : '30 04 00 01 74 78';
      expect(bytes()).toBe([one, one, one].join(' '));
      expect(sender.takeShort()).toEqual(['PUBACK', 'PUBREC']);
      house.advance(600_000);
      receiver.cut();
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK']);
    }
  });
});

describe('QoS 1, the broker sends', () => {
  it('5.0 [MQTT-4.3.2-1] [MQTT-4.3.2-2] 3.1.1 [MQTT-4.3.2-1] a new message has a free id, QoS 1 and DUP 0; ids come free with PUBACK', () => {
    for (const version of VERSIONS) {
      const { sender, receiver } = pair(version, 1);
      const open = new Set<number>();
      for (let n = 1; n <= 200; n++) {
        sender.publish('t', `${n}`, 1, { packetId: n });
        const [sent] = receiver.take();
        expect(sent).toMatchObject({ type: 'PUBLISH', qos: 1, dup: false });
        const id = sent?.type === 'PUBLISH' ? (sent.packetId ?? 0) : 0;
        expect([id > 0, open.has(id)]).toEqual([true, false]);
        open.add(id);
        if (n % 3 === 0) {
          const [first = 0] = open;
          receiver.send(puback(first));
          open.delete(first);
        }
      }
    }
  });

  it('5.0 [MQTT-4.3.2-3] 3.1.1 [MQTT-4.3.2-1] a message is open until its own PUBACK, and no other packet settles it', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version, 1);
      sender.publish('t', 'x', 1);
      expect(receiver.take()).toMatchObject([{ packetId: 1 }]);
      receiver.send(puback(2), pubcomp(1)).cut();
      const back = house.ask(kept(version, 'r'));
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1 dup']);
      back.send(puback(1)).cut();
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK']);
    }
  });
});

describe('QoS 1, the broker receives', () => {
  it('5.0 [MQTT-4.3.2-4] [MQTT-3.3.4-1] 3.1.1 [MQTT-4.3.2-2] [MQTT-3.3.4-1] PUBACK has the id of the PUBLISH', () => {
    for (const version of VERSIONS) {
      const { sender } = pair(version);
      for (const packetId of [1, 300, 65_535]) {
        sender.publish('t', 'x', 1, { packetId });
        expect(sender.take()).toMatchObject([{ type: 'PUBACK', packetId }]);
      }
    }
  });

  it('5.0 [MQTT-4.3.2-4] 3.1.1 [MQTT-4.3.2-2] PUBACK leaves only when the store has the message', async () => {
    for (const version of VERSIONS) {
      const store = new SlowStore();
      const house = await House.opened({ store });
      const receiver = house.ask({ version: 4, clientId: 'r', cleanStart: false });
      store.keep();
      receiver.subscribe('t', 1);
      store.keep();
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'x', 1, { packetId: 7 }).publish('t', 'x', 2, { packetId: 8 });
      expect(sender.take()).toEqual([]);
      store.keep();
      house.settle();
      expect(sender.take()).toMatchObject([
        { type: 'PUBACK', packetId: 7 },
        { type: 'PUBREC', packetId: 8 },
      ]);
    }
  });

  it('5.0 [MQTT-4.3.2-5] 3.1.1 [MQTT-4.3.2-2] after PUBACK the id is a new message, whatever DUP says', () => {
    for (const version of VERSIONS) {
      const { sender, receiver } = pair(version);
      for (const dup of [false, true, true]) sender.publish('t', `${dup}`, 1, { packetId: 5, dup });
      expect(sender.take()).toHaveLength(3);
      expect(payloads(receiver)).toEqual(['false', 'true', 'true']);
    }
  });
});

describe('QoS 2, the broker sends', () => {
  it('5.0 [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-4] 3.1.1 [MQTT-4.3.3-1] PUBLISH with a free id, QoS 2 and DUP 0; PUBREC is answered with PUBREL of that id', () => {
    for (const version of VERSIONS) {
      const { sender, receiver } = pair(version);
      for (const n of [1, 2, 3]) sender.publish('t', `${n}`, 2, { packetId: n });
      expect(receiver.take()).toMatchObject([1, 2, 3].map((packetId) => ({ qos: 2, dup: false, packetId })));
      receiver.send(pubrec(2));
      expect(receiver.take()).toMatchObject([{ type: 'PUBREL', packetId: 2 }]);
      receiver.send(pubcomp(2));
      sender.publish('t', '4', 2, { packetId: 4 });
      const [sent] = receiver.take();
      expect([1, 3]).not.toContain(sent?.type === 'PUBLISH' && sent.packetId);
    }
  });

  it('5.0 [MQTT-4.3.3-3] [MQTT-4.3.3-5] [MQTT-4.3.3-6] 3.1.1 [MQTT-4.3.3-1] PUBLISH is open until PUBREC, then PUBREL until PUBCOMP, and the PUBLISH never comes again', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version);
      sender.publish('t', 'x', 2);
      receiver.take();
      receiver.cut();
      let back = house.ask(kept(version, 'r'));
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q2 dup']);
      back.send(puback(1)).cut();
      back = house.ask(kept(version, 'r'));
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q2 dup']);
      back.send(pubrec(1)).take();
      back.cut();
      for (let again = 0; again < 3; again++) {
        back = house.ask(kept(version, 'r'));
        expect(back.takeShort()).toEqual(['CONNACK', 'PUBREL']);
        back.send(pubrec(1));
        expect(back.takeShort()).toEqual(['PUBREL']);
        back.cut();
      }
      back = house.ask(kept(version, 'r'));
      back.send(pubcomp(1)).cut();
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK']);
    }
  });

  it('5.0 [MQTT-4.3.3-4] a PUBREC of 0x80 or above gets no PUBREL and frees the id', () => {
    const { sender, receiver } = pair(5);
    sender.publish('t', 'x', 2);
    receiver.take();
    receiver.send(pubrec(1, 0x80));
    expect(receiver.take()).toEqual([]);
    receiver.send(pubrec(1));
    expect(receiver.takeShort()).toEqual(['PUBREL 0x92']);
  });

  it('5.0 [MQTT-4.3.3-7] [MQTT-4.3.3-13] what was sent does not expire, nor what was received and not released', () => {
    const { house, sender, receiver } = pair(5);
    sender.publish('t', 'x', 2, { properties: { messageExpiryInterval: 1 } });
    receiver.take();
    house.advance(10_000);
    receiver.send(pubrec(1)).send(pubcomp(1));
    expect(receiver.takeShort()).toEqual(['PUBREL']);
    sender.send(pubrel(1));
    expect(sender.takeShort()).toEqual(['PUBREC', 'PUBCOMP']);
  });

  it('5.0 [MQTT-4.3.3-13] the exchange with the sender goes on though the message expired in the queue of who was to get it', () => {
    const { house, sender, receiver } = pair(5);
    receiver.cut();
    sender.publish('t', 'x', 2, { properties: { messageExpiryInterval: 1 } });
    house.advance(10_000);
    expect(house.ask(kept(5, 'r')).takeShort()).toEqual(['CONNACK']);
    expect(house.broker.metrics.messagesExpired).toBe(1);
    sender.publish('t', 'x', 2, { dup: true }).send(pubrel(1));
    expect(sender.takeShort()).toEqual(['PUBREC', 'PUBREC', 'PUBCOMP']);
  });
});

describe('QoS 2, the broker receives', () => {
  it('5.0 [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.3.4-1] 3.1.1 [MQTT-4.3.3-2] [MQTT-3.3.4-1] PUBREC and PUBCOMP have the id of what they answer', () => {
    for (const version of VERSIONS) {
      const { sender } = pair(version);
      for (const packetId of [1, 300, 65_535]) {
        sender.publish('t', 'x', 2, { packetId });
        expect(sender.take()).toMatchObject([{ type: 'PUBREC', packetId }]);
        sender.send(pubrel(packetId));
        expect(sender.take()).toMatchObject([{ type: 'PUBCOMP', packetId }]);
      }
    }
  });

  it('5.0 [MQTT-4.3.3-10] 3.1.1 [MQTT-4.3.3-2] until PUBREL the id gets PUBREC and nobody gets the message twice, over a reconnect too', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version);
      for (const dup of [false, true, false]) sender.publish('t', 'once', 2, { packetId: 9, dup });
      expect(sender.takeShort()).toEqual(['PUBREC', 'PUBREC', 'PUBREC']);
      sender.cut();
      const back = house.connect(kept(version, 's')).publish('t', 'once', 2, { packetId: 9, dup: true });
      expect(back.takeShort()).toEqual(['PUBREC']);
      expect(payloads(receiver)).toEqual(['once']);
    }
  });

  it('5.0 [MQTT-4.3.3-12] 3.1.1 [MQTT-4.3.3-2] after PUBCOMP the id is a new message', () => {
    for (const version of VERSIONS) {
      const { sender, receiver } = pair(version);
      for (const payload of ['one', 'two', 'three'])
        sender.publish('t', payload, 2, { packetId: 9, dup: true }).send(pubrel(9));
      expect(payloads(receiver)).toEqual(['one', 'two', 'three']);
    }
  });

  it('5.0 [MQTT-4.3.3-9] after a PUBREC of 0x80 or above the id is a new message', () => {
    let isAllowed = false;
    const house = new House({ access: { authorizePublish: () => isAllowed } });
    const receiver = subscriber(house, { clientId: 'r' }, 't', 2);
    const sender = house.connect({ clientId: 's' }).publish('t', 'refused', 2, { packetId: 9 });
    isAllowed = true;
    sender.publish('t', 'taken', 2, { packetId: 9 });
    expect(sender.takeShort()).toEqual(['PUBREC 0x87', 'PUBREC']);
    expect(payloads(receiver)).toEqual(['taken']);
  });
});

describe('order', () => {
  it('5.0 [MQTT-4.6.0-5] [MQTT-4.6.0-6] 3.1.1 [MQTT-4.6.0-5] [MQTT-4.6.0-6] messages of a client, topic and QoS come in their order: through a full window, absence and a small link', () => {
    for (const version of VERSIONS)
      for (const qos of [0, 1, 2] as const) {
        const house = new House();
        const narrow = version === 5 ? { properties: { receiveMaximum: 3, sessionExpiryInterval: 99 } } : {};
        let wire = house.connect(kept(version, 'r', narrow), { largestChunk: 7 }).subscribe('t/#', qos);
        const sender = house.connect({ version, clientId: 's' });
        const got: string[] = [];
        const drain = (): void => {
          for (let packets = wire.take(); packets.length > 0; packets = wire.take())
            for (const sent of packets) {
              if (sent.type === 'PUBREL') wire.send(pubcomp(sent.packetId));
              if (sent.type !== 'PUBLISH') continue;
              if (!sent.dup) got.push(new TextDecoder().decode(sent.payload));
              if (sent.packetId !== undefined)
                wire.send(qos === 1 ? puback(sent.packetId) : pubrec(sent.packetId));
            }
        };
        for (let n = 0; n < 120; n++) {
          sender.publish(`t/${n % 2}`, `${n}`, qos, { packetId: qos === 0 ? undefined : n + 1 });
          if (qos === 2) sender.send(pubrel(n + 1));
          if (n % 10 === 0) drain();
          if (n % 50 === 49 && qos > 0) {
            drain();
            wire.cut();
            wire = house.connect(kept(version, 'r', narrow));
          }
        }
        drain();
        for (const parity of [0, 1])
          expect(got.filter((payload) => Number(payload) % 2 === parity)).toEqual(
            Array.from({ length: 60 }, (_, n) => `${2 * n + parity}`),
          );
      }
  });

  it('3.1.1 [MQTT-4.6.0-1] messages that come again keep their order', () => {
    const { house, sender, receiver } = pair(4);
    for (let n = 1; n <= 40; n++) sender.publish('t', `${n}`, n % 3 === 0 ? 2 : 1, { packetId: n });
    receiver.take();
    receiver.send(puback(7), puback(2), puback(40)).cut();
    const left = payloads(house.ask(kept(4, 'r'))).map(Number);
    expect(left).toEqual([...left].sort((a, b) => a - b));
    expect(left).toHaveLength(37);
  });

  it('5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4] 3.1.1 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4] PUBACKs, PUBRECs and PUBRELs leave in the order of what they answer, though permission takes its time', async () => {
    for (const version of VERSIONS) {
      const house = new House({
        access: { authorizePublish: (_client, topic) => (topic === 'slow' ? Promise.resolve(true) : true) },
      });
      const sender = house.connect({ version, clientId: 's' });
      const five = version === 5 ? [0] : [];
      const ids = [9, 3, 7, 1, 8, 2];
      for (const [n, id] of ids.entries())
        sender.end.write(
          packet(n % 2 === 0 ? 0x32 : 0x34, text(n % 3 === 0 ? 'slow' : 't'), [0, id], five, '78'),
        );
      await house.settled();
      expect(sender.take().map((sent) => 'packetId' in sent && sent.packetId)).toEqual(ids);
      const { sender: other, receiver } = pair(version);
      for (const n of [1, 2, 3, 4]) other.publish('t', `${n}`, 2, { packetId: n });
      receiver.take();
      receiver.send(...[3, 1, 4, 2].map((id) => pubrec(id)));
      expect(receiver.take()).toMatchObject([3, 1, 4, 2].map((packetId) => ({ type: 'PUBREL', packetId })));
    }
  });
});

describe('MQTT 5.0: the window', () => {
  function window(receiveMaximum: number): { house: House; wire: Wire; sender: Wire } {
    const house = new House();
    const wire = subscriber(house, kept(5, 'r', { properties: { receiveMaximum } }), 't', 2);
    return { house, wire, sender: house.connect({ clientId: 's' }) };
  }

  it('[MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-3.3.4-9] as many open messages as Receive Maximum, no more; one is free again with PUBACK, PUBCOMP or a PUBREC that refuses', () => {
    for (const receiveMaximum of [1, 2, 5]) {
      const { wire, sender } = window(receiveMaximum);
      for (let n = 1; n <= 12; n++) sender.publish('t', `${n}`, n % 2 === 0 ? 2 : 1, { packetId: n });
      const open: { id: number; qos: number }[] = [];
      const seen = (): void => {
        for (const sent of wire.take())
          if (sent.type === 'PUBLISH') open.push({ id: sent.packetId ?? 0, qos: sent.qos });
      };
      for (let left = 12; left > 0; left--) {
        seen();
        expect(open.length).toBe(Math.min(receiveMaximum, left));
        const [first] = open.splice(0, 1);
        if (first === undefined) break;
        if (first.qos === 1) wire.send(puback(first.id));
        else if (left % 4 === 0) wire.send(pubrec(first.id, 0x80));
        else {
          wire.send(pubrec(first.id));
          expect(wire.takeShort()).toEqual(['PUBREL']);
          wire.send(pubcomp(first.id));
        }
      }
    }
  });

  it('[MQTT-4.9.0-2] [MQTT-3.3.4-9] it holds for what is sent again, and QoS 0 is free of it', () => {
    const { house, wire, sender } = window(65_535);
    for (let n = 1; n <= 6; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    expect(payloads(wire)).toHaveLength(6);
    wire.cut();
    const back = house.ask(kept(5, 'r', { properties: { receiveMaximum: 2 } }));
    expect(payloads(back)).toEqual(['1', '2']);
    sender.publish('t', 'zero');
    expect(payloads(back)).toEqual(['zero']);
    back.send(puback(1));
    expect(payloads(back)).toEqual(['3']);
  });

  it('[MQTT-4.9.0-3] [MQTT-3.3.4-10] every other packet is processed and answered while it is full, on both sides', () => {
    const { wire, sender } = window(1);
    for (let n = 1; n <= 3; n++) sender.publish('t', `${n}`, 2, { packetId: n });
    wire.take();
    wire.publish('u', 'x', 1, { packetId: 5 }).publish('u', 'x', 2, { packetId: 6 }).send(pubrel(6));
    wire.subscribe('v').send({ type: 'UNSUBSCRIBE', packetId: 8, topicFilters: ['v'] }, { type: 'PINGREQ' });
    wire.send(pubrec(1));
    expect(wire.takeShort()).toEqual([
      'PUBACK 0x10',
      'PUBREC 0x10',
      'PUBCOMP',
      'SUBACK 0',
      'UNSUBACK 0',
      'PINGRESP',
      'PUBREL',
    ]);
    const full = new House({ limits: { receiveMaximum: 2 } }).connect();
    full.publish('t', 'x', 2, { packetId: 1 }).publish('t', 'x', 2, { packetId: 2 }).take();
    full.publish('t', 'x').subscribe('t').send({ type: 'PINGREQ' });
    expect(full.takeShort()).toEqual(['SUBACK 0', 'PINGRESP']);
  });

  it('[MQTT-3.3.4-7] [MQTT-4.3.3-10] a client may send a message of a full window again, and has a new window with each connection', () => {
    const house = new House({ limits: { receiveMaximum: 2 } });
    const wire = house.connect(kept(5, 'a'));
    for (const packetId of [1, 2]) wire.publish('t', 'x', 2, { packetId });
    wire.publish('t', 'x', 2, { packetId: 1, dup: true });
    expect(wire.take()).toMatchObject([{ packetId: 1 }, { packetId: 2 }, { type: 'PUBREC', packetId: 1 }]);
    wire.cut();
    const back = house.connect(kept(5, 'a'));
    for (const packetId of [3, 4]) back.publish('t', 'x', 2, { packetId });
    back.send(pubrel(1), pubrel(2));
    expect(back.takeShort()).toEqual(['PUBREC 0x10', 'PUBREC 0x10', 'PUBCOMP', 'PUBCOMP']);
  });

  it('[MQTT-3.3.4-7] a client with more open messages than ours allows gets 0x93', () => {
    const house = new House({ limits: { receiveMaximum: 2 } });
    const wire = house.ask();
    expect(wire.take()).toMatchObject([{ properties: { receiveMaximum: 2 } }]);
    wire.publish('t', 'x', 2, { packetId: 1 }).publish('t', 'x', 2, { packetId: 2 });
    wire.send(pubrel(1)).publish('t', 'x', 2, { packetId: 3 });
    wire.take();
    wire.publish('t', 'x', 1, { packetId: 4 });
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x93'], true]);
  });
});

describe('MQTT 5.0: maximum packet size', () => {
  it('[MQTT-3.1.2-24] [MQTT-3.1.2-25] a message that is a byte too large is dropped as if delivered: no id stays open, and what follows comes', () => {
    const house = new House();
    const wire = subscriber(
      house,
      kept(5, 'r', { properties: { maximumPacketSize: 40, receiveMaximum: 1 } }),
      't',
      2,
    );
    const sender = house.connect({ clientId: 's' });
    // 8 bytes of PUBLISH before the payload, 6 at QoS 0.
    sender
      .publish('t', 'x'.repeat(33), 1)
      .publish('t', 'y'.repeat(33), 2, { packetId: 2 })
      .publish('t', 'z'.repeat(35));
    expect(sender.takeShort()).toEqual(['PUBACK', 'PUBREC']);
    sender.publish('t', 'a'.repeat(32), 1, { packetId: 3 }).publish('t', 'b'.repeat(34));
    expect(wire.take().map((sent) => sent.type === 'PUBLISH' && sent.payload.length)).toEqual([32, 34]);
    wire.cut();
    const back = house.ask(kept(5, 'r', { properties: { maximumPacketSize: 40 } }));
    expect(back.take().map((sent) => sent.type === 'PUBLISH' && sent.payload.length)).toEqual([false, 32]);
  });

  it('[MQTT-3.1.2-24] [MQTT-3.1.2-25] it holds for what is sent again to a client that now takes less', () => {
    const house = new House();
    const wire = subscriber(house, kept(5, 'r'), 't', 2);
    const sender = house.connect({ clientId: 's' });
    sender.publish('t', 'x'.repeat(100), 1).publish('t', 'y'.repeat(100), 2, { packetId: 2 });
    sender.publish('t', 'small', 2, { packetId: 3 });
    wire.cut();
    const less = { properties: { maximumPacketSize: 40, receiveMaximum: 1 } };
    const back = house.ask(kept(5, 'r', less));
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t small q2 dup']);
    back.cut();
    expect(house.ask(kept(5, 'r')).takeShort()).toEqual(['CONNACK', 'PUBLISH t small q2 dup']);
  });

  it('[MQTT-3.2.2-15] a client that sends more than CONNACK allows gets 0x95', () => {
    const house = new House({ limits: { maximumPacketSize: 1024 } });
    const wire = house.ask();
    expect(wire.take()).toMatchObject([{ properties: { maximumPacketSize: 1024 } }]);
    wire.publish('t', 'x'.repeat(1024 - 7));
    expect(wire.isClosed).toBe(false);
    wire.publish('t', 'x'.repeat(1024 - 6));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x95'], true]);
  });
});
