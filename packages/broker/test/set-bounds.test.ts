/** Limits that change while a broker runs: what holds for those who are there, and for those who come. */
import { describe, expect, it } from 'vitest';
import { type Limits, type ListenerTerms, type OpenListener, limits as table } from '../src/index.ts';
import { House, hex, type Wire } from './wire/house.ts';

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

describe('listener.setTerms', () => {
  const open = (house: House, terms: ListenerTerms): Promise<OpenListener> =>
    house.broker.listen({ type: 'tcp', port: 0, ...terms });

  it('refuses what is no term, and changes nothing', async () => {
    const house = new House();
    const listener = await open(house, { receiveMaximum: 3 });
    for (const [wrong, text] of [
      [{ receiveMaximum: 0 }, 'limits.receiveMaximum must be'],
      [{ maximumConnections: 0 }, 'maximumConnections must be a whole number above 0, not 0'],
      [{ mountPoint: '#' }, 'mountPoint must be a topic name'],
      [{ maximumQoS: 3 }, 'maximumQoS must be 0, 1 or 2, not 3'],
      [{ port: 1 }, 'setTerms has no option port'],
    ] as const)
      expect(() => listener.setTerms(wrong as ListenerTerms)).toThrow(text);
    await house.broker.close();
  });
});

describe('broker.setFeatures', () => {
  it('is what CONNACK tells from then on; who was told otherwise keeps it', () => {
    const house = new House();
    const early = house.connect({ clientId: 'early' });
    house.broker.setFeatures({ maximumQoS: 1, retainAvailable: false, sharedSubscriptionAvailable: false });
    expect(announced(house.ask({ clientId: 'late' }))).toMatchObject({
      maximumQoS: 1,
      retainAvailable: false,
      sharedSubscriptionAvailable: false,
    });
    early.publish('t', 'x', 2, { retain: true }).subscribe('$share/g/t');
    expect(early.takeShort()).toEqual(['PUBREC 0x10', 'SUBACK 0']);
    expect(house.connect({ clientId: 'late' }).publish('t', 'x', 0, { retain: true }).takeShort()).toEqual([
      'DISCONNECT 0x9a',
    ]);
    house.broker.setFeatures({});
    expect(announced(house.ask({ clientId: 'last' }))).not.toHaveProperty('maximumQoS');
  });

  it('holds at listeners with terms of their own, whose maximumQoS stays theirs', () => {
    const house = new House();
    house.broker.setFeatures({ maximumQoS: 0, wildcardSubscriptionAvailable: false });
    const told = announced(house.ask({ terms: { maximumQoS: 1 } }));
    expect(told).toMatchObject({ maximumQoS: 1, wildcardSubscriptionAvailable: false });
  });

  it('queueQoS0, upgradeOutgoingQoS, validatePayloadFormat hold at once for who is there', () => {
    const kept = { clientId: 'away', cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
    const house = new House();
    house.connect(kept).subscribe('t', 1).cut();
    const sender = house.connect({ clientId: 's' });
    const reader = house.connect({ clientId: 'r' }).subscribe('t', 2);
    sender.publish('t', 'lost');
    expect(reader.takeShort()).toEqual(['SUBACK 2', 'PUBLISH t lost']);
    house.broker.setFeatures({ queueQoS0: true, upgradeOutgoingQoS: true, validatePayloadFormat: true });
    sender.publish('t', 'kept');
    expect(reader.takeShort()).toEqual(['PUBLISH t kept q2']);
    const isText = { properties: { payloadFormatIndicator: 1 } };
    sender.publish('t', new Uint8Array([0xff]), 1, isText);
    expect(sender.takeShort()).toEqual(['PUBACK 0x99']);
    expect(house.ask(kept).takeShort().slice(1)).toEqual(['PUBLISH t kept q1']);
  });

  it('retainExpiryInterval holds for what is retained later, sharedSubscriptions for groups that are there', () => {
    const house = new House();
    const send = house.connect({ clientId: 's' });
    send.publish('before', 'x', 0, { retain: true });
    const members = ['a', 'b'].map((clientId) => house.connect({ clientId }).subscribe('$share/g/t'));
    house.broker.setFeatures({ retainExpiryInterval: 5, sharedSubscriptions: 'by-topic' });
    send.publish('after', 'x', 0, { retain: true });
    house.advance(10_000);
    expect([...house.broker.retained()].map(({ topic }) => topic)).toEqual(['before']);
    for (let n = 0; n < 4; n++) send.publish('t', 'x');
    expect(members.map((wire) => wire.take().length - 1).sort()).toEqual([0, 4]);
  });

  it('refuses what is no choice, and changes nothing', () => {
    const house = new House();
    const wrong: object = { maximumQoS: 1, sharedSubscriptions: 'mine' };
    expect(() => house.broker.setFeatures(wrong)).toThrow('sharedSubscriptions must be one of');
    expect(announced(house.ask())).not.toHaveProperty('maximumQoS');
  });
});

describe('broker.setSysInterval', () => {
  const told = (house: House): number => [...house.broker.retained()].length;

  it('begins, changes its pace and ends, and takes what was retained with it', () => {
    const house = new House();
    const wire = house.connect().subscribe('$SYS/broker/uptime');
    house.advance(5000);
    expect(told(house)).toBe(0);
    house.broker.setSysInterval(10);
    expect(told(house)).toBeGreaterThan(20);
    house.advance(10_000);
    house.broker.setSysInterval(1);
    house.advance(1000);
    const uptimes = wire.takeShort().slice(1);
    expect(uptimes).toEqual([5, 15, 16].map((seconds) => `PUBLISH $SYS/broker/uptime ${seconds} seconds`));
    house.broker.setSysInterval(0);
    expect(told(house)).toBe(0);
    house.settle();
    wire.take();
    house.advance(5000);
    expect(wire.take()).toEqual([]);
    expect(() => house.broker.setSysInterval(-1)).toThrow('sysInterval must be 0 to 86400 s, not -1');
  });
});

describe('broker.setAccess', () => {
  it('[E06] asks from then on; who is there stays, and reauthorize ends what is not allowed', async () => {
    const house = new House();
    const wire = house.connect().subscribe('a').subscribe('b');
    wire.take();
    house.broker.setAccess({
      authenticate: ({ username }) => username === 'ada',
      authorizePublish: (_, topic) => topic === 'a',
      authorizeSubscribe: (_, topicFilter) => topicFilter === 'a',
      authorizeReceive: (_, topic) => topic === 'a',
    });
    expect(house.ask({ clientId: 'x' }).takeShort()).toEqual(['CONNACK 0x86']);
    const sender = house.connect({ clientId: 'y', username: 'ada' });
    expect(sender.publish('b', 'x', 1).publish('a', 'x', 1).takeShort()).toEqual(['PUBACK 0x87', 'PUBACK']);
    expect(wire.takeShort()).toEqual(['PUBLISH a x']);
    const ended = house.broker.reauthorize();
    await house.settled();
    expect(await ended).toBe(1);
    house.broker.setAccess({});
    expect(house.connect({ clientId: 'z' }).publish('b', 'x', 1).takeShort()).toEqual(['PUBACK 0x10']);
  });
});

describe("broker.on('packet')", () => {
  it('shows packets of connections that are there and of those that come, until it is taken away', () => {
    const house = new House();
    const seen: string[] = [];
    const early = house.connect({ clientId: 'early' });
    const off = house.broker.on('packet', ({ clientId }, direction, { type }) => {
      seen.push(`${clientId} ${direction} ${type}`);
    });
    const late = house.connect({ clientId: 'late' });
    early.send({ type: 'PINGREQ' });
    expect(seen.splice(0)).toEqual([
      'late received CONNECT',
      'late sent CONNACK',
      'early received PINGREQ',
      'early sent PINGRESP',
    ]);
    off();
    late.send({ type: 'PINGREQ' });
    expect(seen).toEqual([]);
    expect(late.takeShort()).toEqual(['PINGRESP']);
  });

  it('begins with the first whole packet, though half of one is on its way in both directions', () => {
    const house = new House();
    const seen: string[] = [];
    const wire = house.connect({ clientId: 'slow' }, { highWaterMark: 100 }).subscribe('t');
    const sender = house.connect({ clientId: 's' });
    wire.take();
    wire.end.hold();
    for (let n = 0; n < 5; n++) void house.broker.publish('t', 'x'.repeat(300));
    house.settle();
    const bytes = hex('30 06 00 01 75 00 68 69');
    wire.bytes(bytes.subarray(0, 5));
    house.broker.on('packet', ({ clientId }, direction, { type }) => {
      if (clientId === 'slow') seen.push(`${direction} ${type}`);
    });
    wire.bytes(bytes.subarray(5));
    wire.end.resume();
    house.settle();
    expect(seen).toEqual(['received PUBLISH']);
    expect(wire.take()).toHaveLength(5);
    sender.publish('t', 'x');
    expect(seen).toEqual(['received PUBLISH', 'sent PUBLISH']);
  });
});
