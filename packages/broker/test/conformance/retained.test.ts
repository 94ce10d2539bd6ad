/** Sections 3.3.1.3 and 3.8.3.1: retained messages, in 5.0 and 3.1.1. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { kept, type Numbered, subscriber, VERSIONS } from './recorder.ts';

/** A sender and a receiver of the same version; the receiver is subscribed to `t/#`. */
function pair(version: Numbered, qos: 0 | 1 | 2 = 2): { house: House; sender: Wire; receiver: Wire } {
  const house = new House();
  const receiver = subscriber(house, { version, clientId: 'r' }, 't/#', qos);
  return { house, receiver, sender: house.connect({ version, clientId: 's' }) };
}

describe('retained messages', () => {
  /** What somebody gets who subscribes now. */
  function retained(house: House, version: Numbered, topicFilter: string, qos: 0 | 1 | 2 = 2): string[] {
    const wire = house.connect({ version, clientId: 'late' }).subscribe(topicFilter, qos);
    const [suback, ...messages] = wire.takeShort();
    wire.disconnect();
    return [suback?.split(' ')[0] ?? '', ...messages.sort()];
  }

  it('5.0 [MQTT-3.3.1-5] 3.1.1 [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] the last one of each topic is kept with its QoS, and comes with RETAIN 1', () => {
    for (const version of VERSIONS) {
      const { house, sender } = pair(version);
      for (const [topic, qos] of [
        ['r/a', 0],
        ['r/b', 1],
        ['r/c', 2],
      ] as const) {
        sender.publish(topic, 'old', 0, { retain: true });
        sender.publish(topic, 'new', qos, { retain: true, packetId: qos === 0 ? undefined : qos });
      }
      expect(retained(house, version, 'r/+')).toEqual([
        'SUBACK',
        'PUBLISH r/a new retain',
        'PUBLISH r/b new q1 retain',
        'PUBLISH r/c new q2 retain',
      ]);
      expect(retained(house, version, 'r/b', 0)).toEqual(['SUBACK', 'PUBLISH r/b new retain']);
    }
  });

  it('3.1.1 [MQTT-3.3.1-7] a QoS 0 message takes the place of one of QoS 2', () => {
    const { house, sender } = pair(4);
    sender.publish('r', 'two', 2, { retain: true }).publish('r', 'zero', 0, { retain: true });
    expect(retained(house, 4, 'r')).toEqual(['SUBACK', 'PUBLISH r zero retain']);
  });

  it('5.0 [MQTT-3.3.1-6] [MQTT-3.3.1-7] 3.1.1 [MQTT-3.3.1-10] [MQTT-3.3.1-11] an empty one is passed on, ends what was kept and is not kept itself', () => {
    for (const version of VERSIONS)
      for (const qos of [0, 1, 2] as const) {
        const { house, sender, receiver } = pair(version);
        sender.publish('t/r', 'kept', 1, { retain: true, packetId: 9 });
        receiver.take();
        sender.publish('t/r', '', qos, { retain: true, packetId: qos === 0 ? undefined : 7 });
        sender.publish('t/other', '', qos, { retain: true, packetId: qos === 0 ? undefined : 8 });
        expect(receiver.take()).toMatchObject([
          { topic: 't/r', payload: new Uint8Array(), retain: false },
          { topic: 't/other', payload: new Uint8Array(), retain: false },
        ]);
        expect([retained(house, version, '#'), house.broker.sizes.retained]).toEqual([['SUBACK'], 0]);
      }
  });

  it('5.0 [MQTT-3.3.1-8] 3.1.1 [MQTT-3.3.1-12] without RETAIN nothing is kept, replaced or removed', () => {
    for (const version of VERSIONS) {
      const { house, sender } = pair(version);
      sender.publish('r', 'kept', 0, { retain: true });
      sender.publish('r', 'plain', 1).publish('r', '').publish('other', 'plain', 2, { packetId: 2 });
      expect(retained(house, version, '#')).toEqual(['SUBACK', 'PUBLISH r kept retain']);
    }
  });

  it('5.0 [MQTT-3.3.1-12] 3.1.1 [MQTT-3.3.1-9] to a subscription that is there RETAIN goes as 0, at each QoS, now or from the queue', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, kept(version, 'r'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      for (const qos of [0, 1, 2] as const)
        sender.publish('t', `${qos}`, qos, { retain: true, packetId: qos === 0 ? undefined : qos });
      expect(wire.takeShort()).toEqual(['PUBLISH t 0', 'PUBLISH t 1 q1', 'PUBLISH t 2 q2']);
      wire.send(
        { type: 'PUBACK', packetId: 1, reasonCode: 0 },
        { type: 'PUBREC', packetId: 2, reasonCode: 0 },
      );
      wire.send({ type: 'PUBCOMP', packetId: 2, reasonCode: 0 }).cut();
      sender.publish('t', 'later', 1, { retain: true, packetId: 3 });
      expect(house.ask(kept(version, 'r')).takeShort()).toEqual(['CONNACK', 'PUBLISH t later q1']);
    }
  });

  it('5.0 [MQTT-3.3.1-13] with Retain As Published RETAIN goes as it came, at each QoS, now or from the queue', () => {
    const house = new House();
    const wire = house.connect(kept(5, 'r')).subscribe('t', 2, { retainAsPublished: true });
    wire.take();
    const sender = house.connect({ clientId: 's' });
    for (const qos of [0, 1, 2] as const)
      for (const retain of [true, false])
        sender.publish('t', `${qos}`, qos, {
          retain,
          packetId: qos === 0 ? undefined : 2 * qos + Number(retain),
        });
    expect(wire.takeShort()).toEqual([
      'PUBLISH t 0 retain',
      'PUBLISH t 0',
      'PUBLISH t 1 q1 retain',
      'PUBLISH t 1 q1',
      'PUBLISH t 2 q2 retain',
      'PUBLISH t 2 q2',
    ]);
    wire.cut();
    sender.publish('t', 'later', 1, { retain: true, packetId: 30 });
    expect(house.ask(kept(5, 'r')).takeShort().at(-1)).toBe('PUBLISH t later q1 retain');
  });

  it('5.0 [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] Retain Handling 0, 1, 2 for a new subscription and one that is there', () => {
    const { house, sender } = pair(5);
    sender.publish('r/a', '1', 0, { retain: true }).publish('r/b', '2', 0, { retain: true });
    const sent = (wire: Wire, retainHandling: number): number =>
      wire
        .subscribe('r/+', 0, { retainHandling })
        .take()
        .filter(({ type }) => type === 'PUBLISH').length;
    for (const [retainHandling, fresh, again] of [
      [0, 2, 2],
      [1, 2, 0],
      [2, 0, 0],
    ] as const) {
      const wire = house.connect({ clientId: `h${retainHandling}` });
      expect([sent(wire, retainHandling), sent(wire, retainHandling)]).toEqual([fresh, again]);
      wire.send({ type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['r/+'] }).take();
      expect(sent(wire, retainHandling)).toBe(fresh);
    }
    const wire = house.connect(kept(5, 'resumes'));
    expect(sent(wire, 1)).toBe(2);
    wire.cut();
    expect(sent(house.connect(kept(5, 'resumes')), 1)).toBe(0);
  });
});

describe('more retained messages than a client takes at once', () => {
  const TOPICS = 400;

  /** A client with a window of 3, subscribed to all of them, that has taken a few. */
  function begun(
    version: Numbered,
    limits = {},
  ): { house: House; wire: Wire; got: string[]; connect: () => Wire } {
    const house = new House({ limits: { maximumInflight: 3, ...limits } });
    const sender = house.connect({ version, clientId: 's' });
    for (let n = 0; n < TOPICS; n++) sender.publish(`r/${n}`, `${n}`, 1, { retain: true });
    const connect = (): Wire => house.ask(kept(version, 'r'));
    const wire = connect().subscribe('r/#', 1);
    const got = acknowledged(wire, 3);
    return { house, wire, got, connect };
  }

  /** Takes and acknowledges what comes, up to so many times; the payloads. */
  function acknowledged(wire: Wire, times: number): string[] {
    const got: string[] = [];
    for (; times > 0 && wire.received.length > 0; times--)
      for (const one of wire.take()) {
        if (one.type !== 'PUBLISH') continue;
        got.push(new TextDecoder().decode(one.payload));
        wire.send({ type: 'PUBACK', packetId: one.packetId, reasonCode: 0 });
      }
    return got;
  }

  it('5.0 [MQTT-3.3.1-9] 3.1.1 [MQTT-3.3.1-6] all come, each once, also when the connection is lost on the way', () => {
    for (const version of VERSIONS) {
      const { wire, got, connect } = begun(version);
      expect(got.length).toBeLessThan(20);
      wire.cut();
      got.push(...acknowledged(connect(), TOPICS));
      expect(new Set(got).size).toBe(TOPICS);
      expect(got.length).toBeLessThanOrEqual(TOPICS + 3);
    }
  });

  it('5.0 [MQTT-3.3.1-9] 3.1.1 [MQTT-3.3.1-6] a session that is away is owed as many as may wait', () => {
    for (const version of VERSIONS) {
      const { wire, connect } = begun(version, { maximumQueuedMessages: 50 });
      wire.cut();
      expect(acknowledged(connect(), TOPICS)).toHaveLength(53);
    }
  });

  it('5.0 [MQTT-3.10.4-2] 3.1.1 [MQTT-3.10.4-2] none follows an UNSUBSCRIBE but what was under way', () => {
    for (const version of VERSIONS) {
      const { house, wire } = begun(version);
      wire.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['r/#'] });
      house.connect({ version, clientId: 's' }).publish(`r/${TOPICS - 1}`, 'new', 1, { retain: true });
      const rest = acknowledged(wire, TOPICS);
      expect(rest.length).toBeLessThanOrEqual(4); // three open, one in the queue
      expect(rest).not.toContain('new');
    }
  });
});
