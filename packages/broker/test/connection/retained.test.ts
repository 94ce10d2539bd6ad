/** Retained messages on the wire: what is kept, who gets it, with which flags. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';

describe('retained messages', () => {
  function stocked(): { house: House; sender: Wire } {
    const house = new House();
    const sender = house.connect({ clientId: 's' });
    sender.publish('r/a', 'one', 1, { retain: true }).publish('r/b', 'two', 0, { retain: true });
    sender.take();
    return { house, sender };
  }

  it('5.0 [MQTT-3.3.1-5] [MQTT-3.3.1-9] 3.1.1 [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] come with RETAIN to a new subscription', () => {
    const { house } = stocked();
    for (const version of [3, 4, 5] as const) {
      const wire = house.connect({ version, clientId: 'x' }).subscribe('r/#', 2);
      expect(wire.takeShort().sort()).toEqual([
        'PUBLISH r/a one q1 retain',
        'PUBLISH r/b two retain',
        'SUBACK 2',
      ]);
    }
  });

  it('3.1.1 [MQTT-3.3.1-7] 5.0 [MQTT-3.3.1-5] the last one counts', () => {
    const { house, sender } = stocked();
    sender.publish('r/a', 'newer', 0, { retain: true });
    expect(house.connect().subscribe('r/a').takeShort()).toEqual(['SUBACK 0', 'PUBLISH r/a newer retain']);
  });

  it('5.0 [MQTT-3.3.1-6] [MQTT-3.3.1-7] 3.1.1 [MQTT-3.3.1-10] [MQTT-3.3.1-11] [F18] an empty one is delivered and ends it', () => {
    const { house, sender } = stocked();
    const wire = house.connect({ version: 4, clientId: 'x' }).subscribe('r/a');
    wire.take();
    sender.publish('r/a', '', 0, { retain: true });
    expect(wire.takeShort()).toEqual(['PUBLISH r/a ']);
    expect(house.connect({ clientId: 'y' }).subscribe('r/a').takeShort()).toEqual(['SUBACK 0']);
    expect(house.broker.sizes.retained).toBe(1);
  });

  it('5.0 [MQTT-3.3.1-8] 3.1.1 [MQTT-3.3.1-12] a message without RETAIN changes nothing', () => {
    const { house, sender } = stocked();
    sender.publish('r/a', 'plain').publish('r/a', '');
    expect(house.connect().subscribe('r/a').takeShort()).toEqual(['SUBACK 0', 'PUBLISH r/a one retain']);
  });

  it('5.0 [MQTT-3.3.1-12] 3.1.1 [MQTT-3.3.1-9] RETAIN is 0 to an established subscription, at every QoS', () => {
    const { house, sender } = stocked();
    for (const version of [4, 5] as const) {
      const wire = house.connect({ version, clientId: `v${version}` }).subscribe('n', 2);
      wire.take();
      for (const qos of [0, 1, 2] as const) {
        sender.publish('n', 'x', qos, { retain: true, packetId: qos === 0 ? undefined : version * 10 + qos });
        expect(wire.take()).toMatchObject([{ retain: false, qos }]);
      }
    }
  });

  it('5.0 [MQTT-3.3.1-13] Retain As Published leaves it as it was', () => {
    const { house, sender } = stocked();
    const wire = house.connect().subscribe('n', 1, { retainAsPublished: true });
    wire.take();
    sender.publish('n', '1', 0, { retain: true }).publish('n', '2').publish('n', '3', 1, { retain: true });
    expect(wire.takeShort()).toEqual(['PUBLISH n 1 retain', 'PUBLISH n 2', 'PUBLISH n 3 q1 retain']);
  });

  it('5.0 [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.8.4-4] come as Retain Handling says', () => {
    const { house } = stocked();
    const count = (wire: Wire, retainHandling: number): number =>
      wire.subscribe('r/#', 0, { retainHandling }).take().length - 1;
    const wire = house.connect({ clientId: 'a' });
    expect([count(wire, 0), count(wire, 0), count(wire, 1), count(wire, 2)]).toEqual([2, 2, 0, 0]);
    const other = house.connect({ clientId: 'b' });
    expect([count(other, 1), count(other, 1)]).toEqual([2, 0]);
    expect(count(house.connect({ clientId: 'c' }), 2)).toBe(0);
  });

  it('3.1.1 [MQTT-3.8.4-3] come again when the same filter is subscribed again', () => {
    const { house } = stocked();
    const wire = house.connect({ version: 4, clientId: 'x' }).subscribe('r/b').subscribe('r/b');
    expect(wire.takeShort()).toEqual([
      'SUBACK 0',
      'PUBLISH r/b two retain',
      'SUBACK 0',
      'PUBLISH r/b two retain',
    ]);
  });

  it('[F27] come at the lower QoS, with identifiers', () => {
    const { house, sender } = stocked();
    sender.publish('r/c', 'x', 2, { retain: true });
    const wire = house.connect().subscribe('r/c', 1, {}, { subscriptionIdentifier: 5 });
    expect(wire.take()[1]).toMatchObject({
      qos: 1,
      retain: true,
      properties: { subscriptionIdentifiers: [5] },
    });
  });

  it('[B16] of the broker are hidden from wildcards, and a shared subscription gets none', () => {
    const { house } = stocked();
    expect(house.connect().subscribe('$share/g/r/#').takeShort()).toEqual(['SUBACK 0']);
  });

  it('[F17] are bounded: a topic too many is answered with 0x97 and not kept', () => {
    const house = new House({ limits: { maximumRetainedMessages: 1 } });
    const sender = house.connect();
    sender
      .publish('a', '1', 1, { retain: true })
      .publish('b', '2', 1, { retain: true })
      .publish('a', '3', 1, { retain: true });
    expect(sender.takeShort()).toEqual(['PUBACK 0x10', 'PUBACK 0x97', 'PUBACK 0x10']);
    expect(house.broker.metrics.retainedRefused).toBe(1);
    expect(house.broker.sizes.retained).toBe(1);
  });

  it('[F17] thousands of them reach a slow reader completely, with what their topics have by then', async () => {
    const house = new House({ limits: { maximumOutgoingBytes: 50_000 } });
    for (let n = 0; n < 3000; n++)
      await house.broker.publish(`r/${n}`, `${n} ${'x'.repeat(200)}`, { retain: true, qos: 1 });
    for (const qos of [0, 1] as const) {
      const wire = house.connect({ clientId: 'slow', properties: { receiveMaximum: 10 } });
      wire.end.hold();
      wire.subscribe('r/#', qos);
      expect(wire.link.far.buffered).toBeLessThan(200_000);
      for (let n = 0; n < 3000; n++) await house.broker.publish(`r/${n}`, `${n}`, { retain: true, qos: 1 });
      wire.end.resume();
      const last = new Map<string, number>();
      for (house.settle(); wire.received.length > 0; house.settle()) {
        for (const packet of wire.take()) {
          if (packet.type !== 'PUBLISH') continue;
          last.set(packet.topic, packet.payload.length);
          if (packet.qos > 0) wire.send({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
        }
      }
      expect(last.size).toBe(3000);
      expect(Math.max(...last.values())).toBe(4);
      wire.cut();
    }
  });
});
