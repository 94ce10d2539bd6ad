/** $share groups on the wire: who of the members gets a message. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

describe('shared subscriptions', () => {
  function group(): { house: House; members: Wire[]; sender: Wire } {
    const house = new House();
    const members = ['a', 'b', 'c'].map((clientId) =>
      house.connect({ clientId, properties: { sessionExpiryInterval: 99 } }).subscribe('$share/g/t/#', 1),
    );
    for (const member of members) member.take();
    return { house, members, sender: house.connect({ clientId: 's' }) };
  }

  it('5.0 [MQTT-4.8.2-1] give each message to one member, in turn', () => {
    const { members, sender } = group();
    for (let n = 1; n <= 6; n++) sender.publish('t/x', `${n}`, 1, { packetId: n });
    const got = members.map((member) => member.take().length);
    expect(got).toEqual([2, 2, 2]);
  });

  it('5.0 [MQTT-4.8.2-3] at the QoS that member was granted', () => {
    const { house, members, sender } = group();
    members[1]?.subscribe('$share/g/t/#', 0);
    members[1]?.take();
    for (let n = 1; n <= 3; n++) sender.publish('t/x', 'x', 1, { packetId: n });
    const qos = members.map((member) =>
      member.take().map((packet) => packet.type === 'PUBLISH' && packet.qos),
    );
    expect(qos).toEqual([[1], [0], [1]]);
    expect(house.broker.sizes.subscriptions).toBe(3);
  });

  it('go to members that are connected, and wait only when none is', () => {
    const { house, members, sender } = group();
    members[0]?.cut();
    members[1]?.cut();
    for (let n = 1; n <= 4; n++) sender.publish('t/x', `${n}`, 1, { packetId: n });
    expect(members[2]?.take()).toHaveLength(4);
    members[2]?.cut();
    for (let n = 1; n <= 4; n++) sender.publish('t/x', `${n}`, 1, { packetId: n });
    const back = ['a', 'b', 'c'].map((clientId) =>
      house
        .ask({ clientId, cleanStart: false })
        .take()
        .filter(({ type }) => type === 'PUBLISH'),
    );
    // The third member's own four were never acknowledged: they come again to it alone [MQTT-4.4.0-1].
    expect(back.flat().filter((packet) => packet.type === 'PUBLISH' && !packet.dup)).toHaveLength(4);
    expect(back[2]?.filter((packet) => packet.type === 'PUBLISH' && packet.dup)).toHaveLength(4);
  });

  it('stand beside plain subscriptions of the same client and other groups', () => {
    const { house, members, sender } = group();
    members[0]?.subscribe('t/x').subscribe('$share/h/t/x');
    members[0]?.take();
    sender.publish('t/x', '1');
    const total = members.reduce((sum, member) => sum + member.take().length, 0);
    expect(total).toBe(3);
    expect(house.isWell()).toBe(true);
  });

  it('5.0 [MQTT-4.8.2-6] a message answered with an error goes to nobody else', () => {
    const { members, sender } = group();
    sender.publish('t/x', '1', 1);
    const receiver = members.find((member) => member.received.length > 0);
    receiver?.send({ type: 'PUBACK', packetId: 1, reasonCode: 0x80 });
    expect(members.reduce((sum, member) => sum + member.take().length, 0)).toBe(1);
  });

  it('5.0 [MQTT-4.8.2-4] a QoS 2 delivery that has begun is completed with the same client', () => {
    const house = new House();
    const kept = { cleanStart: false, properties: { sessionExpiryInterval: 99 } };
    const wires = ['a', 'b'].map((clientId) =>
      house.connect({ clientId, ...kept }).subscribe('$share/g/t', 2),
    );
    for (const wire of wires) wire.take();
    house.connect({ clientId: 's' }).publish('t', 'x', 2);
    const at = wires.findIndex((wire) => wire.received.length > 0);
    wires[at]?.cut();
    const back = house.ask({ clientId: at === 0 ? 'a' : 'b', ...kept });
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q2 dup']);
    expect(wires[1 - at]?.take()).toEqual([]);
  });

  it('work for 3.1.1 too', () => {
    const house = new House();
    const wires = ['a', 'b'].map((clientId) =>
      house.connect({ version: 4, clientId }).subscribe('$share/g/t'),
    );
    for (const wire of wires) wire.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 0; n < 4; n++) sender.publish('t', 'x');
    expect(wires.map((wire) => wire.take().length)).toEqual([2, 2]);
  });

  it('leave nothing with a member whose session ends: what it did not acknowledge goes to the others', () => {
    const house = new House();
    const wires = ['a', 'b'].map((clientId) =>
      house.connect({ clientId, properties: { receiveMaximum: 2 } }).subscribe('$share/g/t', 2),
    );
    for (const wire of wires) wire.take();
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 8; n++) sender.publish('t', `${n}`, n === 3 ? 2 : 1, { packetId: n });
    expect(wires[0]?.takeShort()).toEqual(['PUBLISH t 1 q1', 'PUBLISH t 3 q2']);
    expect(wires[1]?.takeShort()).toEqual(['PUBLISH t 2 q1', 'PUBLISH t 4 q1']);
    wires[0]?.cut(); // 1 was sent, 3 is a QoS 2 delivery that has begun (§4.8.2), 5 and 7 waited
    const got: string[] = [];
    for (let id = 1; id <= 7; id++) {
      wires[1]?.send({ type: 'PUBACK', packetId: id, reasonCode: 0 });
      got.push(...(wires[1]?.takeShort() ?? []));
    }
    expect(got).toEqual(['6', '8', '1', '5', '7'].map((n) => `PUBLISH t ${n} q1`));
  });
});
