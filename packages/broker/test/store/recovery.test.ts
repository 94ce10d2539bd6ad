/** What a store kept comes back: each test ends one broker without a word and starts another on the same store. */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import type { BrokerOptions, Client } from '../../src/index.ts';
import { MemoryStore } from '../../src/store/index.ts';
import { House, type Wire } from '../wire/house.ts';

const START = 1_700_000_000_000;
const five = { clientId: 'r', cleanStart: false, properties: { sessionExpiryInterval: 60 } };

/** A house whose process may die. */
class Site {
  readonly #options: BrokerOptions;
  readonly store = new MemoryStore();
  house: House;

  constructor(options: BrokerOptions = {}) {
    this.#options = { ...options, store: this.store };
    this.house = new House(this.#options);
  }

  /** Starts at `seconds` of the wall clock; whatever was before died without a word. */
  async start(seconds = 0): Promise<House> {
    this.house = await House.opened(this.#options, new ManualClock(7, START + seconds * 1000));
    return this.house;
  }
}

function publish(wire: Wire, name: string, more: object = {}): void {
  wire.publish('t', name, 1, more);
  wire.take();
}

describe('after a restart', () => {
  it('5.0 [MQTT-3.1.2-5] [MQTT-4.1.0-1] 3.1.1 [MQTT-3.1.2-4] a session, its subscriptions and what waits are there, in order', async () => {
    const site = new Site();
    const first = await site.start();
    first.connect(five).subscribe('t', 1, {}, { subscriptionIdentifier: 9 }).disconnect();
    first.connect({ version: 4, clientId: 'old', cleanStart: false }).subscribe('t', 2).disconnect();
    const sender = first.connect({ clientId: 's' });
    for (const name of ['1', '2', '3']) publish(sender, name, { packetId: Number(name) });
    const second = await site.start(30);
    expect([...second.broker.sessions()].map(({ clientId, queued }) => `${clientId} ${queued}`)).toEqual([
      'r 3',
      'old 3',
    ]);
    const back = second.ask(five);
    expect(back.take()).toMatchObject([
      { type: 'CONNACK', sessionPresent: true },
      { payload: new Uint8Array([0x31]), properties: { subscriptionIdentifiers: [9] }, dup: false },
      { payload: new Uint8Array([0x32]) },
      { payload: new Uint8Array([0x33]) },
    ]);
    const old = second.ask({ version: 4, clientId: 'old', cleanStart: false });
    expect(old.takeShort()).toEqual(['CONNACK', 'PUBLISH t 1 q1', 'PUBLISH t 2 q1', 'PUBLISH t 3 q1']);
    publish(second.connect({ clientId: 's' }), '4');
    expect([back.takeShort(), old.takeShort()]).toEqual([['PUBLISH t 4 q1'], ['PUBLISH t 4 q1']]);
  });

  it('5.0 [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.3.3-7] what was in flight is sent again with its packet id and DUP, PUBREL too', async () => {
    const site = new Site();
    const first = await site.start();
    const receiver = first.connect(five).subscribe('t', 2);
    const sender = first.connect({ clientId: 's' });
    for (const name of ['1', '2', '3'])
      sender.publish('t', name, name === '2' ? 1 : 2, { packetId: Number(name) });
    receiver.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    const second = await site.start();
    const back = second.ask(five);
    const packets = back.take();
    expect(packets).toMatchObject([
      { type: 'CONNACK', sessionPresent: true },
      { type: 'PUBREL', packetId: 1 },
      { type: 'PUBLISH', packetId: 2, dup: true, qos: 1 },
      { type: 'PUBLISH', packetId: 3, dup: true, qos: 2 },
    ]);
    back.send({ type: 'PUBCOMP', packetId: 1, reasonCode: 0 }, { type: 'PUBACK', packetId: 2 });
    publish(second.connect({ clientId: 's' }), '4');
    expect(back.take()).toMatchObject([{ type: 'PUBLISH', packetId: 4, dup: false }]);
    const third = await site.start();
    expect(third.ask(five).take()).toMatchObject([
      { type: 'CONNACK' },
      { type: 'PUBLISH', packetId: 3, dup: true },
      { type: 'PUBLISH', packetId: 4, dup: true },
    ]);
  });

  it('5.0 [MQTT-4.3.3-10] [MQTT-4.3.3-12] a QoS 2 message that comes again is not a new one, until PUBREL', async () => {
    const site = new Site();
    const first = await site.start();
    first.connect(five).subscribe('t', 0);
    const sender = { clientId: 's', cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    first.connect(sender).publish('t', 'once', 2, { packetId: 9 });
    const second = await site.start();
    const receiver = second.connect(five);
    const back = second.connect(sender);
    back.publish('t', 'once', 2, { packetId: 9, dup: true });
    expect([back.takeShort(), receiver.take()]).toEqual([['PUBREC'], []]);
    back.send({ type: 'PUBREL', packetId: 9, reasonCode: 0 });
    const third = await site.start();
    const reader = third.connect(five);
    third.connect(sender).publish('t', 'anew', 2, { packetId: 9 });
    expect(reader.takeShort()).toEqual(['PUBLISH t anew']);
  });

  it('5.0 [MQTT-3.3.1-5] [MQTT-3.3.1-6] retained messages are what they were: the last one, and none that was cleared', async () => {
    const site = new Site();
    const first = await site.start();
    const sender = first.connect({ clientId: 's' });
    for (const [topic, payload] of [
      ['a', 'old'],
      ['a', 'new'],
      ['b', 'gone'],
      ['b', ''],
    ])
      sender.publish(topic ?? '', payload ?? '', 1, { retain: true });
    sender.publish('c', 'short', 0, { retain: true, properties: { messageExpiryInterval: 5 } });
    const second = await site.start(3);
    const reader = second.connect({ clientId: 'x' }).subscribe('#', 1);
    expect(reader.takeShort().sort()).toEqual([
      'PUBLISH a new q1 retain',
      'PUBLISH c short retain',
      'SUBACK 1',
    ]);
    expect(second.broker.sizes).toMatchObject({ retained: 2 });
    const third = await site.start(9);
    expect(third.connect({ clientId: 'x' }).subscribe('#', 1).takeShort()).toEqual([
      'SUBACK 1',
      'PUBLISH a new q1 retain',
    ]);
  });

  it('5.0 [MQTT-3.2.2-2] a session that ended, or whose time was over, is gone; one that was connected is away since', async () => {
    const site = new Site();
    const first = await site.start();
    first.connect(five).disconnect();
    first.connect({ ...five, clientId: 'connected' });
    first.connect({ ...five, clientId: 'clean', properties: {} });
    first.connect({ ...five, clientId: 'left' }).disconnect({ properties: { sessionExpiryInterval: 0 } });
    const second = await site.start(61);
    expect([...second.broker.sessions()].map(({ clientId }) => clientId)).toEqual(['connected']);
    expect(second.broker.metrics.sessionsExpired).toBe(1);
    second.advance(59_000);
    expect(second.broker.sizes.sessions).toBe(1);
    second.advance(1_200);
    expect(second.broker.sizes.sessions).toBe(0);
    expect((await site.start(62)).broker.sizes.sessions).toBe(0);
  });

  it('retainExpiryInterval counts from when a message came, over any number of restarts', async () => {
    const site = new Site({ retainExpiryInterval: 100 });
    const first = await site.start();
    publish(first.connect({ clientId: 'p' }), 'x', { retain: true });
    const reader = { clientId: 'a' };
    const second = await site.start(60);
    expect(second.connect(reader).subscribe('t').takeShort()).toEqual(['SUBACK 0', 'PUBLISH t x retain']);
    const third = await site.start(99);
    expect(third.connect(reader).subscribe('t').takeShort()).toEqual(['SUBACK 0', 'PUBLISH t x retain']);
    third.advance(1000);
    expect(third.connect(reader).subscribe('t').takeShort()).toEqual(['SUBACK 0']);
    expect(third.broker.sizes.retained).toBe(0);
  });

  it('5.0 [MQTT-3.3.2-5] [MQTT-3.3.2-6] a message that waits goes on expiring, whatever happens to the wall clock', async () => {
    const site = new Site();
    const first = await site.start();
    first.connect(five).subscribe('t', 1).disconnect();
    const sender = first.connect({ clientId: 's' });
    publish(sender, 'short', { properties: { messageExpiryInterval: 10 } });
    publish(sender, 'long', { packetId: 2, properties: { messageExpiryInterval: 100 } });
    const second = await site.start(40);
    const back = second.ask(five);
    expect(back.take()).toMatchObject([{}, { properties: { messageExpiryInterval: 60 } }]);
    const third = await site.start(-5000); // the clock was set back: as if it had just arrived
    expect(third.ask(five).take()).toMatchObject([{}, { properties: { messageExpiryInterval: 100 } }]);
    third.advance(50_000);
    const fourth = await site.start(-5000);
    fourth.advance(61_000);
    expect(fourth.broker.sizes.sessions).toBe(0);
  });
});

describe('wills after a restart', () => {
  const will = { topic: 'will', payload: 'gone', qos: 1, retain: true } as const;

  it('5.0 [MQTT-3.1.2-8] 3.1.1 [MQTT-3.1.2-8] the will of a connection that died with the broker is published, once', async () => {
    const site = new Site();
    const first = await site.start();
    first.connect(five).subscribe('will', 1);
    first.connect({ clientId: 'clean', will });
    first.connect({ clientId: 'said goodbye', will }).disconnect();
    first.connect({ clientId: 'kept', version: 4, cleanStart: false, will });
    const second = await site.start();
    const [, ...got] = second.ask(five).takeShort();
    expect(got).toEqual(['PUBLISH will gone q1', 'PUBLISH will gone q1']);
    expect(second.broker.metrics.willsPublished).toBe(2);
    const third = await site.start();
    expect(third.broker.metrics.willsPublished).toBe(0);
    expect([...third.broker.retained()].map(({ topic }) => topic)).toEqual(['will']);
  });

  it('5.0 [MQTT-3.1.3-9] its delay counts from the restart, one that waited already goes on waiting, both may be cancelled', async () => {
    const site = new Site();
    const first = await site.start();
    const delayed = { ...will, properties: { willDelayInterval: 30 } };
    for (const clientId of ['a', 'b', 'c']) first.connect({ ...five, clientId, will: delayed });
    first.connect({ ...five, clientId: 'd', will: delayed }).disconnect({ reasonCode: 4 });
    const second = await site.start(20);
    second.connect({ ...five, clientId: 'b' });
    second.advance(10_200);
    expect(second.broker.metrics.willsPublished).toBe(1);
    second.advance(20_000);
    expect(second.broker.metrics.willsPublished).toBe(3);
    const third = await site.start(200);
    expect(third.broker.metrics.willsPublished).toBe(0);
  });

  it('5.0 [MQTT-3.1.2-8] a will that a hook has not decided yet when the broker dies is not lost', async () => {
    let answer: ((isAllowed: boolean) => void) | undefined;
    let isHeld = false;
    const authorizePublish = (): boolean | Promise<boolean> =>
      isHeld ? new Promise((resolve) => (answer = resolve)) : true;
    const site = new Site({ access: { authorizePublish } });
    const first = await site.start();
    const wire = first.connect({ clientId: 'clean', will });
    isHeld = true;
    wire.cut();
    expect(answer).not.toBe(undefined);
    isHeld = false;
    const second = await site.start();
    expect(second.broker.metrics.willsPublished).toBe(1);
    expect((await site.start()).broker.metrics.willsPublished).toBe(0);
  });
});

describe('who a session belongs to after a restart', () => {
  it('5.0 [MQTT-3.1.4-3] only the same identity gets it, and authorizeReceive is asked about it as before', async () => {
    const asked: Client[] = [];
    const site = new Site({
      access: {
        authenticate: ({ username }) => username ?? 'nobody',
        authorizeReceive: (client) => asked.push(client) > 0,
      },
    });
    const first = await site.start();
    first
      .connect({ ...five, username: 'ada' })
      .subscribe('t', 1)
      .disconnect();
    const second = await site.start();
    expect(second.ask({ ...five, username: 'eve' }).takeShort()).toEqual(['CONNACK 0x85']);
    second.connect({ clientId: 's' }).publish('t', 'x', 1);
    expect(asked).toMatchObject([{ clientId: 'r', username: 'ada', identity: 'ada', version: 5 }]);
    expect(second.ask({ ...five, username: 'ada' }).takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1']);
  });

  it('what `authenticate` said of a client is there, for whoever is asked about what waits', async () => {
    const asked: unknown[] = [];
    const site = new Site({
      access: {
        authenticate: ({ clientId }) => ({ identity: 'ada', attributes: { plant: 7, by: clientId } }),
        authorizeReceive: ({ attributes }) => asked.push(attributes) > 0,
      },
    });
    const first = await site.start();
    first.connect(five).subscribe('t', 1).disconnect();
    const second = await site.start();
    second.connect({ clientId: 's' }).publish('t', 'x', 1);
    expect(asked).toEqual([{ plant: 7, by: 'r' }]);
  });

  it('5.0 [MQTT-3.1.2-8] hooks see the listener it came through: about what waits for it, and about its will', async () => {
    const asked: (string | undefined)[] = [];
    const site = new Site({
      access: {
        authorizeReceive: ({ listener }) => asked.push(listener) > 0,
        authorizePublish: ({ listener }) => asked.push(listener) > 0,
      },
    });
    const first = await site.start();
    first
      .connect({ ...five, will: { topic: 'w', properties: { willDelayInterval: 30 } }, listener: 'north' })
      .subscribe('t', 1);
    asked.length = 0;
    const second = await site.start();
    second.connect({ clientId: 's' }).publish('t', 'x', 1);
    asked.splice(0, 1);
    second.advance(30_200);
    expect(asked).toEqual(['north', 'north']);
  });

  it('5.0 [MQTT-4.8.2-5] what a shared subscription owes goes to the others when a restored session ends', async () => {
    const site = new Site();
    const first = await site.start();
    const share = '$share/g/t';
    first.connect(five).subscribe(share, 1).disconnect();
    publish(first.connect({ clientId: 's' }), 'waits');
    first
      .connect({ ...five, clientId: 'other', properties: { sessionExpiryInterval: 600 } })
      .subscribe(share, 1);
    const second = await site.start(100);
    const other = second.ask({ ...five, clientId: 'other' });
    expect(other.takeShort()).toEqual(['CONNACK', 'PUBLISH t waits q1']);
    expect(second.broker.sizes.sessions).toBe(1);
  });
});
