/** PUBLISH and its acknowledgements, both ways, at each QoS; and in which order they come. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

function pair(version: 3 | 4 | 5 = 5, qos: 0 | 1 | 2 = 2): { house: House; sender: Wire; receiver: Wire } {
  const house = new House();
  const receiver = house.connect({ version, clientId: 'receiver' }).subscribe('t/#', qos);
  receiver.take();
  return { house, sender: house.connect({ version, clientId: 'sender' }), receiver };
}

describe('QoS 0', () => {
  it('5.0 [MQTT-2.2.1-2] [MQTT-4.3.1-1] 3.1.1 [MQTT-2.3.1-5] [MQTT-4.3.1-1] is delivered without id, DUP or answer', () => {
    for (const version of [3, 4, 5] as const) {
      const { sender, receiver } = pair(version);
      sender.publish('t/a', 'x');
      expect(sender.take()).toEqual([]);
      expect(receiver.take()).toMatchObject([
        { type: 'PUBLISH', topic: 't/a', qos: 0, dup: false, packetId: undefined },
      ]);
    }
  });

  it('reaches clients of every version from every version', () => {
    const house = new House();
    const versions = [3, 4, 5] as const;
    const receivers = versions.map((version) =>
      house.connect({ version, clientId: `r${version}` }).subscribe('t', 2),
    );
    for (const wire of receivers) wire.take();
    for (const version of versions) {
      const sender = house.connect({ version, clientId: `s${version}` });
      for (const qos of [0, 1, 2] as const) {
        sender.publish('t', `v${version}`, qos, { packetId: qos === 0 ? undefined : qos });
        const want = `PUBLISH t v${version}${qos > 0 ? ` q${qos}` : ''}`;
        expect(receivers.map((wire) => wire.takeShort())).toEqual([[want], [want], [want]]);
      }
    }
  });

  it('3.1 [MQTT-3.3.1-2] a DUP flag at QoS 0 is not handed on', () => {
    const { sender, receiver } = pair(3);
    sender.bytes('38 06 00 03 74 2f 61 78');
    expect(receiver.take()).toMatchObject([{ topic: 't/a', dup: false }]);
  });
});

describe('QoS 1', () => {
  it('5.0 [MQTT-4.3.2-4] [MQTT-2.2.1-5] 3.1.1 [MQTT-4.3.2-2] [MQTT-2.3.1-6] is answered with PUBACK of its id', () => {
    for (const version of [3, 4, 5] as const) {
      const { sender } = pair(version);
      sender.publish('t/a', 'x', 1, { packetId: 1234 });
      expect(sender.take()).toMatchObject([{ type: 'PUBACK', packetId: 1234 }]);
    }
  });

  it('5.0 [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-2.2.1-4] 3.1.1 [MQTT-4.3.2-1] [MQTT-2.3.1-4] is delivered with an unused id of its own', () => {
    for (const version of [4, 5] as const) {
      const { sender, receiver } = pair(version);
      for (const n of [1, 2, 3]) sender.publish('t/a', `${n}`, 1, { packetId: 40_000 });
      const ids = receiver
        .take()
        .map((packet) => packet.type === 'PUBLISH' && [packet.qos, packet.dup, packet.packetId]);
      expect(ids).toEqual([
        [1, false, 1],
        [1, false, 2],
        [1, false, 3],
      ]);
    }
  });

  it('5.0 [MQTT-4.3.2-5] 3.1.1 [MQTT-4.3.2-2] an id that was answered means a new message, DUP or not', () => {
    const { sender, receiver } = pair(4);
    sender.publish('t/a', 'one', 1, { packetId: 5 }).publish('t/a', 'two', 1, { packetId: 5, dup: true });
    expect(sender.takeShort()).toEqual(['PUBACK', 'PUBACK']);
    expect(receiver.takeShort()).toEqual(['PUBLISH t/a one q1', 'PUBLISH t/a two q1']);
  });

  it('5.0 [MQTT-3.3.1-3] 3.1.1 [MQTT-3.3.1-3] the outgoing DUP does not follow the incoming one', () => {
    for (const version of [3, 4, 5] as const) {
      const { sender, receiver } = pair(version);
      sender.publish('t/a', 'x', 1, { dup: true }).publish('t/a', 'x', 2, { dup: true, packetId: 2 });
      expect(receiver.take()).toMatchObject([{ dup: false }, { dup: false }]);
    }
  });

  it('5.0 [MQTT-3.4.2-1] says when nobody is subscribed', () => {
    const house = new House();
    const sender = house.connect().publish('t', 'x', 1).publish('t', 'x', 2, { packetId: 2 });
    expect(sender.takeShort()).toEqual(['PUBACK 0x10', 'PUBREC 0x10']);
  });
});

describe('QoS 2', () => {
  it('5.0 [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.3.4-1] 3.1.1 [MQTT-4.3.3-2] [MQTT-3.3.4-1] is answered in two steps', () => {
    for (const version of [3, 4, 5] as const) {
      const { sender, receiver } = pair(version);
      sender.publish('t/a', 'x', 2, { packetId: 77 });
      expect(sender.take()).toMatchObject([{ type: 'PUBREC', packetId: 77 }]);
      sender.send({ type: 'PUBREL', packetId: 77, ...(version === 5 ? { reasonCode: 0 } : {}) });
      expect(sender.take()).toMatchObject([{ type: 'PUBCOMP', packetId: 77 }]);
      expect(receiver.takeShort()).toEqual(['PUBLISH t/a x q2']);
    }
  });

  it('5.0 [MQTT-4.3.3-10] 3.1.1 [MQTT-4.3.3-2] [F05] until PUBREL the same id is answered, not delivered again', () => {
    for (const version of [4, 5] as const) {
      const { sender, receiver } = pair(version);
      for (let i = 0; i < 50; i++) sender.publish('t/a', 'x', 2, { packetId: 77, dup: i > 0 });
      expect(sender.takeShort()).toEqual(Array(50).fill('PUBREC'));
      expect(receiver.take()).toHaveLength(1);
    }
  });

  it('5.0 [MQTT-4.3.3-12] 3.1.1 [MQTT-4.3.3-2] after PUBCOMP the id means a new message', () => {
    const { sender, receiver } = pair(4);
    for (const payload of ['one', 'two']) {
      sender.publish('t/a', payload, 2, { packetId: 77 }).send({ type: 'PUBREL', packetId: 77 });
    }
    expect(receiver.takeShort()).toEqual(['PUBLISH t/a one q2', 'PUBLISH t/a two q2']);
  });

  it('5.0 [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6] 3.1.1 [MQTT-4.3.3-1] goes out in two steps, and after PUBREL no PUBLISH follows', () => {
    const house = new House();
    for (const version of [4, 5] as const) {
      const wishes = {
        version,
        clientId: `v${version}`,
        cleanStart: false,
        ...(version === 5 ? { properties: { sessionExpiryInterval: 99 } } : {}),
      };
      const receiver = house.connect(wishes).subscribe('t', 2);
      receiver.take();
      house.connect({ clientId: 's' }).publish('t', 'x', 2);
      expect(receiver.take()).toMatchObject([{ type: 'PUBLISH', qos: 2, dup: false, packetId: 1 }]);
      receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
      expect(receiver.take()).toMatchObject([{ type: 'PUBREL', packetId: 1 }]);
      receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
      expect(receiver.take()).toMatchObject([{ type: 'PUBREL', packetId: 1 }]);
      receiver.cut();
      const back = house.ask(wishes);
      expect(back.takeShort()).toEqual(['CONNACK', 'PUBREL']);
      back.send({ type: 'PUBCOMP', packetId: 1, reasonCode: 0 }).cut();
      expect(house.ask(wishes).takeShort()).toEqual(['CONNACK']);
    }
  });

  it('[F06] 5.0 [MQTT-3.7.2-1] a PUBREL for an unknown id gets PUBCOMP 0x92, in 3.x PUBCOMP', () => {
    const house = new House();
    expect(house.connect().send({ type: 'PUBREL', packetId: 1234, reasonCode: 0 }).takeShort()).toEqual([
      'PUBCOMP 0x92',
    ]);
    expect(house.connect({ version: 4 }).send({ type: 'PUBREL', packetId: 1234 }).takeShort()).toEqual([
      'PUBCOMP',
    ]);
  });

  it('[F07] 5.0 [MQTT-3.6.2-1] acknowledgements out of place are ignored, or answered with 0x92', () => {
    const { house, sender, receiver } = pair();
    sender.publish('t/a', 'two', 2);
    receiver.take();
    receiver.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 });
    receiver.send({ type: 'PUBCOMP', packetId: 1, reasonCode: 0 });
    receiver.send({ type: 'PUBACK', packetId: 999, reasonCode: 0 });
    expect(receiver.take()).toEqual([]);
    receiver.send({ type: 'PUBREC', packetId: 999, reasonCode: 0 });
    expect(receiver.takeShort()).toEqual(['PUBREL 0x92']);
    receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    expect(receiver.takeShort()).toEqual(['PUBREL']);
    const four = house.connect({ version: 4 }).send({ type: 'PUBREC', packetId: 999 });
    expect(four.take()).toEqual([]);
    expect(house.isWell()).toBe(true);
  });
});

describe('acknowledgements', () => {
  it('5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] 3.1.1 [MQTT-4.6.0-2] [MQTT-4.6.0-3] leave in the order of what they answer', () => {
    const { sender } = pair();
    const publish = (packetId: number, qos: number): object => ({
      type: 'PUBLISH',
      topic: 't/a',
      payload: new Uint8Array(1),
      retain: false,
      dup: false,
      qos,
      packetId,
    });
    sender.send(publish(9, 1), publish(3, 2), publish(7, 1), publish(1, 2), publish(8, 1));
    expect(sender.take().map((packet) => 'packetId' in packet && [packet.type, packet.packetId])).toEqual([
      ['PUBACK', 9],
      ['PUBREC', 3],
      ['PUBACK', 7],
      ['PUBREC', 1],
      ['PUBACK', 8],
    ]);
  });

  it('5.0 [MQTT-4.6.0-4] 3.1.1 [MQTT-4.6.0-4] PUBRELs leave in the order of the PUBRECs', () => {
    const { sender, receiver } = pair();
    for (const n of [1, 2, 3]) sender.publish('t/a', `${n}`, 2, { packetId: n });
    receiver.take();
    receiver.send(...[2, 3, 1].map((packetId) => ({ type: 'PUBREC', packetId, reasonCode: 0 })));
    expect(receiver.take()).toMatchObject([{ packetId: 2 }, { packetId: 3 }, { packetId: 1 }]);
  });

  it('[F29] those that came with DISCONNECT count', () => {
    const house = new House();
    const kept = { clientId: 'r', cleanStart: false, properties: { sessionExpiryInterval: 100 } };
    const receiver = house.connect(kept).subscribe('t', 1);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    receiver.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 }, { type: 'DISCONNECT', reasonCode: 0 });
    expect(house.ask(kept).takeShort()).toEqual(['CONNACK']);
  });
});

describe('order', () => {
  it('5.0 [MQTT-4.6.0-5] [MQTT-4.6.0-6] 3.1.1 [MQTT-4.6.0-5] [MQTT-4.6.0-6] [F30] holds for each topic and QoS, through a receiver that stalls', () => {
    const { house, sender, receiver } = pair();
    const got: string[] = [];
    for (let n = 0; n < 300; n++) {
      sender.publish('t/a', `${n}`, 1, { packetId: (n % 60_000) + 1 });
      if (n % 7 === 0) {
        for (const packet of receiver.take()) {
          if (packet.type !== 'PUBLISH') continue;
          got.push(new TextDecoder().decode(packet.payload));
          receiver.send({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
        }
      }
    }
    house.settle();
    got.push(
      ...receiver
        .take()
        .map((packet) => (packet.type === 'PUBLISH' ? new TextDecoder().decode(packet.payload) : '')),
    );
    expect(got).toEqual(Array.from({ length: 300 }, (_, n) => `${n}`));
  });
});
