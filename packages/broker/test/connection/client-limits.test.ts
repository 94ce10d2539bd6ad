/** What a client may limit, and what the broker limits in turn: open messages and packet sizes. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

describe('receive maximum', () => {
  it('5.0 [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] [F04] is never exceeded; others are unaffected', () => {
    const house = new House();
    const slow = house.connect({ clientId: 'slow', properties: { receiveMaximum: 2 } }).subscribe('t', 2);
    const fast = house.connect({ clientId: 'fast' }).subscribe('t', 2);
    slow.take();
    fast.take();
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2, 3, 4]) sender.publish('t', `${n}`, n % 2 === 0 ? 2 : 1, { packetId: n });
    sender.publish('t', 'zero');
    expect(slow.takeShort()).toEqual(['PUBLISH t 1 q1', 'PUBLISH t 2 q2', 'PUBLISH t zero']);
    expect(fast.take()).toHaveLength(5);
    slow.send({ type: 'PUBREC', packetId: 2, reasonCode: 0 });
    expect(slow.takeShort()).toEqual(['PUBREL']);
    slow.send({ type: 'PUBCOMP', packetId: 2, reasonCode: 0 });
    expect(slow.takeShort()).toEqual(['PUBLISH t 3 q1']);
    slow.send({ type: 'PUBACK', packetId: 1, reasonCode: 0 });
    expect(slow.takeShort()).toEqual(['PUBLISH t 4 q2']);
  });

  it('5.0 [MQTT-4.9.0-3] [MQTT-3.3.4-10] other packets do not wait for it', () => {
    const house = new House();
    const slow = house.connect({ properties: { receiveMaximum: 1 } }).subscribe('t', 1);
    const sender = house.connect({ clientId: 's' });
    for (const n of [1, 2]) sender.publish('t', `${n}`, 1, { packetId: n });
    slow.take();
    slow.send({ type: 'PINGREQ' }).subscribe('u');
    expect(slow.takeShort()).toEqual(['PINGRESP', 'SUBACK 0']);
  });

  it('5.0 [MQTT-3.3.4-7] [F03] a client that exceeds ours gets 0x93', () => {
    const house = new House({ limits: { receiveMaximum: 3 } });
    const wire = house.connect();
    for (const n of [1, 2, 3]) wire.publish('t', 'x', 2, { packetId: n });
    wire.take();
    wire.publish('t', 'x', 1, { packetId: 4 });
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x93']);
    expect(house.broker.metrics.receiveMaximumExceeded).toBe(1);
  });

  it('3.1.1 knows none: a window of 256 is fine', () => {
    const wire = new House().connect({ version: 4 });
    for (let n = 1; n <= 256; n++) wire.publish('t', 'x', 2, { packetId: n });
    expect(wire.take()).toHaveLength(256);
  });
});

describe('maximum packet size', () => {
  it('5.0 [MQTT-3.1.2-24] who asks for more answers than fit its own limit is told 0x95, and nothing is subscribed', () => {
    const house = new House();
    const asking = (count: number): string[] => {
      const wire = house.connect({ properties: { maximumPacketSize: 40 } });
      const subscriptions = Array.from({ length: count }, (_, n) => ({
        topicFilter: `t/${n}`,
        qos: 0,
        noLocal: false,
        retainAsPublished: false,
        retainHandling: 0,
      }));
      wire.send({ type: 'SUBSCRIBE', packetId: 1, subscriptions });
      const topicFilters = subscriptions.map(({ topicFilter }) => topicFilter);
      const before = house.broker.sizes.subscriptions;
      wire.send({ type: 'UNSUBSCRIBE', packetId: 2, topicFilters });
      return [`${before}`, ...wire.takeShort().map((text) => text.replace(/ 0.*/, ''))];
    };
    expect(asking(35)).toEqual(['35', 'SUBACK', 'UNSUBACK']);
    expect(asking(36)).toEqual(['0', 'DISCONNECT']);
    expect(house.broker.metrics.packetsTooLarge).toBe(1);
    expect(house.isWell()).toBe(true);
  });

  it('5.0 [MQTT-3.1.2-24] [MQTT-3.1.2-25] [F31] what is too large for one subscriber is skipped for it alone', () => {
    const house = new House();
    const small = house
      .connect({ clientId: 'small', properties: { maximumPacketSize: 40 } })
      .subscribe('t', 1);
    const large = house.connect({ clientId: 'large' }).subscribe('t', 1);
    small.take();
    large.take();
    const sender = house.connect({ clientId: 's' });
    sender
      .publish('t', 'x'.repeat(50), 1)
      .publish('t', 'x'.repeat(50))
      .publish('t', 'ok', 1, { packetId: 2 });
    expect(small.takeShort()).toEqual(['PUBLISH t ok q1']);
    expect(large.take()).toHaveLength(3);
    expect(house.broker.metrics.messagesDroppedTooLarge).toBe(2);
  });

  it('5.0 [MQTT-3.1.2-25] a waiting message that is too large is skipped as well, and the queue goes on', () => {
    const house = new House();
    const kept = (maximumPacketSize: number): object => ({
      clientId: 'r',
      cleanStart: false,
      properties: { sessionExpiryInterval: 99, maximumPacketSize },
    });
    house.connect(kept(9999)).subscribe('t', 1).cut();
    house.connect({ clientId: 's' }).publish('t', 'x'.repeat(50), 1).publish('t', 'ok', 1, { packetId: 2 });
    expect(house.ask(kept(40)).takeShort()).toEqual(['CONNACK', 'PUBLISH t ok q1']);
  });

  it('5.0 [MQTT-3.2.2-15] [A05] a client that exceeds ours gets 0x95, by the header alone', () => {
    const house = new House({ limits: { maximumPacketSize: 2000 } });
    const wire = house.connect().bytes('30 d0 0f');
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x95']);
    expect(house.connect({ version: 4 }).bytes('30 d0 0f').isClosed).toBe(true);
    expect(house.broker.metrics.packetsTooLarge).toBe(2);
  });

  it('5.0 [MQTT-3.14.2-3] a reason string that does not fit is left out', () => {
    const house = new House();
    const wire = house.connect({ properties: { maximumPacketSize: 20 } }).bytes('c0 80 00');
    expect(wire.take()).toEqual([expect.objectContaining({ type: 'DISCONNECT', reasonCode: 0x81 })]);
    const roomy = house.connect({ clientId: 'b' }).bytes('c0 80 00');
    expect(roomy.take()).toMatchObject([
      { properties: { reasonString: expect.stringContaining('MQTT-1.5.5-1') } },
    ]);
  });

  it('5.0 [MQTT-3.1.2-29] without problem information there is no reason string on other packets', () => {
    const house = new House();
    const wire = house.connect({ properties: { requestProblemInformation: false } }).bytes('c0 80 00');
    const [packet] = wire.take();
    expect(packet).toMatchObject({ type: 'DISCONNECT', reasonCode: 0x81 });
    expect(JSON.stringify(packet)).not.toContain('reasonString');
  });
});
