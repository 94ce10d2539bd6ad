/** Limits that change while a broker runs: what holds for those who are there, and for those who come. */
import { describe, expect, it } from 'vitest';
import { type Limits, limits as table } from '../src/index.ts';
import { House, type Wire } from './wire/house.ts';

/** A house whose limits became these after it was made, and after `before`. */
function rebounded(limits: Partial<Limits>, before: (house: House) => void = () => undefined): House {
  const house = new House();
  before(house);
  house.broker.setBounds({ limits });
  return house;
}

function announced(wire: Wire): object {
  const [connack] = wire.take();
  return connack !== undefined && 'properties' in connack ? { ...connack.properties } : {};
}

describe('broker.setBounds', () => {
  it('is what CONNACK announces from then on, at listeners with terms of their own too', () => {
    const told = { receiveMaximum: 7, maximumPacketSize: 4096, topicAliasMaximum: 3 };
    const house = rebounded({ ...told, maximumKeepAlive: 20 });
    const wishes = { keepAlive: 100 };
    expect(announced(house.ask(wishes))).toMatchObject({ ...told, serverKeepAlive: 20 });
    const terms = { receiveMaximum: 9, autoClientIdPrefix: 'own-' };
    expect(announced(house.ask({ ...wishes, terms }))).toMatchObject({ ...told, receiveMaximum: 9 });
  });

  it('holds for a listener whose terms were made before', () => {
    const house = new House();
    const terms = { topicAliasMaximum: 2 };
    const wire = house.connect({ clientId: 'a', terms });
    house.broker.setBounds({ limits: { maximumSubscriptions: 1 } });
    expect(wire.subscribe('a', 0).subscribe('b', 0).takeShort()).toEqual(['SUBACK 0', 'SUBACK 0x97']);
  });

  it('leaves a client what it was told', () => {
    const house = new House();
    const wire = house.connect();
    house.broker.setBounds({ limits: { maximumPacketSize: 1024 } });
    const large = 'x'.repeat(2000);
    expect(wire.publish('t', large, 1).takeShort()).toEqual(['PUBACK 0x10']);
    expect(house.connect({ clientId: 'new' }).publish('t', large, 1).takeShort()).toEqual([
      'DISCONNECT 0x95',
    ]);
  });

  it('holds for queues that are there, and drops nothing of them', () => {
    const kept = { clientId: 'away', cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
    const house = new House();
    house.connect(kept).subscribe('t', 1).cut();
    const sender = house.connect({ clientId: 's' });
    const send = (payload: string): void => void sender.publish('t', payload, 1);
    for (const payload of ['1', '2', '3']) send(payload);
    house.broker.setBounds({ limits: { maximumQueuedMessages: 2 } });
    send('lost');
    expect(house.broker.sizes.queuedMessages).toBe(3);
    house.broker.setBounds({ limits: { maximumQueuedMessages: 4 } });
    send('4');
    house.broker.setBounds({ limits: { maximumQueuedMessages: 4 }, overflow: 'drop-oldest' });
    send('5');
    const got = house.ask(kept).takeShort();
    expect(got.slice(1)).toEqual(['2', '3', '4', '5'].map((payload) => `PUBLISH t ${payload} q1`));
  });

  it('ends nobody who is one too many now, and lets no other in', () => {
    const house = rebounded({ maximumConnections: 1 }, (before) => {
      before.connect({ clientId: 'a' });
      before.connect({ clientId: 'b' });
    });
    expect([...house.broker.clients()]).toHaveLength(2);
    expect(house.ask({ clientId: 'c' }).isClosed).toBe(true);
    expect(house.broker.metrics.connectionsRefused).toBe(1);
  });

  it('[C19] counts those of an identity that came before there was a bound', () => {
    const limits = { maximumConnectionsPerIdentity: 2, maximumSessionsPerIdentity: 3 };
    const house = rebounded(limits, (before) => {
      before.connect({ clientId: 'a' });
    });
    const second = house.connect({ clientId: 'b', properties: { sessionExpiryInterval: 100 } });
    expect(house.ask({ clientId: 'c' }).takeShort()).toEqual(['CONNACK 0x97']);
    second.cut();
    const third = house.connect({ clientId: 'c', properties: { sessionExpiryInterval: 100 } });
    third.cut();
    expect(house.ask({ clientId: 'd' }).takeShort()).toEqual(['CONNACK 0x97']);
  });

  it('holds for retained messages and for slow hooks', async () => {
    const house = new House({ access: { authorizePublish: () => new Promise(() => undefined) } });
    house.broker.setBounds({ limits: { maximumRetainedMessages: 1, hookTimeout: 50 } });
    await house.broker.publish('a', 'x', { retain: true });
    await house.broker.publish('b', 'x', { retain: true });
    expect(house.broker.sizes.retained).toBe(1);
    const wire = house.connect();
    wire.publish('t', 'x', 1);
    house.advance(200);
    await house.settled();
    expect(wire.takeShort()).toEqual(['PUBACK 0x87']);
  });

  it('holds for how often connections may come', () => {
    const house = rebounded({ maximumConnectRate: 1, maximumConnectBurst: 1 });
    house.connect({ clientId: 'a' });
    expect(house.ask({ clientId: 'b' }).takeShort()).toEqual(['CONNACK 0x9f']);
  });

  it('takes what is left out from the defaults, as createBroker does', () => {
    const house = new House({ limits: { receiveMaximum: 7 } });
    house.broker.setBounds({});
    expect(announced(house.ask())).toMatchObject({ receiveMaximum: table.receiveMaximum[0] });
  });

  it('refuses a limit that is none, and changes nothing', () => {
    const house = new House({ limits: { receiveMaximum: 7 } });
    expect(() => house.broker.setBounds({ limits: { receiveMaximum: 0 } })).toThrow(
      'limits.receiveMaximum must be a whole number from 1 to 65535 messages, not 0',
    );
    expect(announced(house.ask())).toMatchObject({ receiveMaximum: 7 });
  });
});

describe("broker.on('packet')", () => {
  it('shows packets of connections that begin later, until it is taken away', () => {
    const house = new House();
    const seen: string[] = [];
    const early = house.connect({ clientId: 'early' });
    const off = house.broker.on('packet', ({ clientId }, direction, { type }) => {
      seen.push(`${clientId} ${direction} ${type}`);
    });
    const late = house.connect({ clientId: 'late' });
    early.send({ type: 'PINGREQ' });
    expect(seen).toEqual(['late received CONNECT', 'late sent CONNACK']);
    off();
    late.send({ type: 'PINGREQ' });
    expect(seen).toHaveLength(2);
    expect(late.takeShort()).toEqual(['PINGRESP']);
  });
});
