/** Sections 3.12, 3.14 and 3.15: PINGREQ, DISCONNECT and AUTH, in 5.0 and 3.1.1. */
import { reasonCodes } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { connect, House, type Wire } from '../wire/house.ts';
import { kept, packet, record, sizeOf, subscriber, text, VERSIONS } from './recorder.ts';

describe('PINGREQ', () => {
  it('5.0 [MQTT-3.12.4-1] 3.1.1 [MQTT-3.12.4-1] each is answered with one PINGRESP', () => {
    for (const version of VERSIONS) {
      const wire = new House().connect({ version });
      const sent = record(wire);
      wire.bytes('c0 00');
      expect(sent()).toBe('d0 00');
      wire.bytes('c0 00 c0 00 c0 00');
      expect(wire.takeShort()).toEqual(['PINGRESP', 'PINGRESP', 'PINGRESP', 'PINGRESP']);
    }
  });
});

/** Every way the broker of 5.0 ends a connection that was accepted, with a CONNECT of these properties. */
function endings(properties: object = {}): Wire[] {
  const house = new House({
    limits: { receiveMaximum: 1, maximumPacketSize: 2000, maximumQueuedMessages: 1 },
    overflow: 'disconnect',
  });
  const open = (clientId: string): Wire => house.connect({ clientId, keepAlive: 20, properties });
  const wires = [
    '00 00', // type 0
    'c0 80 00', // a length too long
    '32 06 00 01 61 00 00 00', // packet id 0
    '30 06 00 03 61 2f 2b 00', // a wildcard
    '30 08 00 01 74 03 23 ff ff 78', // an alias
    '30 d0 0f', // too large
    '10 00', // CONNECT
    'f0 00', // AUTH
    '20 03 00 00 00', // CONNACK
    '82 03 00 01 00', // no filter
  ].map((figures, n) => open(`bytes ${n}`).bytes(figures));
  const many = open('receive maximum');
  wires.push(many.publish('t', 'x', 2).publish('t', 'x', 2, { packetId: 2 }));
  const overtaken = open('taken over');
  house.connect({ clientId: 'taken over' });
  const silent = open('silent');
  house.advance(31_000);
  const slow = house.connect({ clientId: 'slow', properties: { receiveMaximum: 1, ...properties } });
  slow.subscribe('t', 1);
  const sender = house.connect({ clientId: 's' });
  for (const n of [1, 2, 3, 4]) sender.publish('t', `${n}`, 1, { packetId: n });
  house.advance(6000);
  const late = house.connect({ clientId: 'late', properties });
  void house.broker.close();
  house.settle();
  return [...wires, overtaken, silent, slow, late];
}

describe('DISCONNECT from the broker', () => {
  it('5.0 [MQTT-3.14.2-1] [MQTT-3.14.2-2] [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1] has a reason code of a server and no Session Expiry Interval, is the last packet, and the connection is closed', () => {
    const codes = new Set<number>();
    for (const wire of endings()) {
      const last = wire.take().at(-1);
      expect(last?.type).toBe('DISCONNECT');
      const code = last?.type === 'DISCONNECT' ? (last.reasonCode ?? 0) : -1;
      expect(reasonCodes.DISCONNECT_SERVER).toContain(code);
      expect(last).not.toMatchObject({ properties: { sessionExpiryInterval: expect.anything() } });
      expect(wire.isClosed).toBe(true);
      codes.add(code);
    }
    expect([...codes].sort((a, b) => a - b)).toEqual([
      0x81, 0x82, 0x8b, 0x8d, 0x8e, 0x90, 0x93, 0x94, 0x95, 0x97,
    ]);
  });

  it('5.0 [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.1.2-24] keeps within what the client takes, and loses its text first', () => {
    const reasons = (wires: Wire[]): unknown[] =>
      wires.map((wire) => wire.received.map((sent) => sent.type === 'DISCONNECT' && sent.reasonCode).at(-1));
    const small = endings({ maximumPacketSize: 16 });
    expect(reasons(small)).toEqual(reasons(endings()));
    for (const wire of small) for (const sent of wire.take()) expect(sizeOf(sent)).toBeLessThanOrEqual(16);
    const texts = endings().flatMap((wire) =>
      wire
        .take()
        .flatMap((sent) => (sent.type === 'DISCONNECT' ? (sent.properties?.reasonString ?? []) : [])),
    );
    expect(texts.length).toBeGreaterThan(5);
  });

  it('5.0 [MQTT-3.14.0-1] is never sent before CONNACK, nor after one that refuses', () => {
    const house = new House({ access: { authenticate: ({ username }) => username !== 'bad' } });
    for (const wire of [
      house.open().bytes('00 00'),
      house.open().bytes('e0 00'),
      house.open().bytes('10 0d 00 04 4d 51 54 54 05 03 00 00 00 00 00'),
      house.open().bytes('10 0d 00 04 4d 51 54 54 06 02 00 00 00 00 00'),
      house.ask({ username: 'bad' }).bytes('c0 00'),
      house.ask({ username: 'bad' }).bytes('00 00'),
    ]) {
      expect(wire.take().filter(({ type }) => type !== 'CONNACK')).toEqual([]);
      expect(wire.isClosed).toBe(true);
    }
    const slow = new House({ access: { authenticate: () => new Promise<boolean>(() => undefined) } });
    const waits = slow.ask();
    void slow.broker.close();
    slow.settle();
    expect([waits.takeShort(), waits.isClosed]).toEqual([['CONNACK 0x88'], true]);
    const silent = house.open();
    house.advance(60_000);
    expect([silent.take(), silent.isClosed]).toEqual([[], true]);
  });
});

describe('DISCONNECT from a client', () => {
  it('5.0 [MQTT-3.14.1-1] 3.1.1 [MQTT-3.14.1-1] reserved bits end the connection as a fault: the will is published', () => {
    for (const version of VERSIONS)
      for (let flags = 1; flags < 16; flags++) {
        const house = new House();
        const watcher = subscriber(house, { clientId: 'watcher' }, 'will');
        const wire = house
          .connect({ version, clientId: 'a', will: { topic: 'will' } })
          .bytes([0xe0 | flags, 0].map((byte) => byte.toString(16)).join(' '));
        expect(wire.takeShort(), `${flags}`).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
        expect([wire.isClosed, watcher.take().length], `${flags}`).toEqual([true, 1]);
      }
  });

  it('5.0 [MQTT-3.14.2-1] a reason code that clients do not have is a fault', () => {
    for (const code of [0x01, 0x8b, 0x8d, 0x8e, 0xff]) {
      const wire = new House().connect().bytes(packet(0xe0, [code]));
      expect(wire.take(), `${code}`).toMatchObject([{ type: 'DISCONNECT' }]);
      expect(wire.isClosed).toBe(true);
    }
    for (const code of reasonCodes.DISCONNECT_CLIENT) {
      const wire = new House().connect().bytes(packet(0xe0, [code]));
      expect([wire.take(), wire.isClosed], `${code}`).toEqual([[], true]);
    }
  });

  it('5.0 [MQTT-3.14.4-1] [MQTT-3.14.4-2] 3.1.1 [MQTT-3.14.4-1] [MQTT-3.14.4-2] what comes after it is not processed, and the broker sends nothing more and closes', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, { version, clientId: 'a' }, 't');
      const five = version === 5 ? [0] : [];
      const rest = [
        packet(0x31, text('late'), five, '78'),
        packet(0x30, text('t'), five, '78'),
        packet(0xc0),
      ];
      wire.bytes(Uint8Array.from([0xe0, 0, ...rest.flatMap((bytes) => [...bytes])]));
      house.connect({ clientId: 's' }).publish('t', 'x');
      expect([wire.take(), wire.isClosed, house.broker.sizes.retained]).toEqual([[], true, 0]);
    }
  });

  it('5.0 [MQTT-3.14.4-3] 3.1.1 [MQTT-3.14.4-3] discards the will; any other reason of 5.0 does not', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const watcher = subscriber(house, { clientId: 'watcher' }, 'will');
      const open = (): Wire => house.connect({ version, clientId: 'a', will: { topic: 'will' } });
      open().bytes('e0 00');
      expect(watcher.take()).toEqual([]);
      if (version === 4) continue;
      open().bytes('e0 01 00');
      open().bytes('e0 02 00 00');
      expect(watcher.take()).toEqual([]);
      for (const code of reasonCodes.DISCONNECT_CLIENT.filter((code) => code !== 0)) {
        open().bytes(packet(0xe0, [code]));
        expect(watcher.takeShort(), `${code}`).toEqual(['PUBLISH will will']);
      }
    }
  });

  it('5.0 [MQTT-3.1.2-23] its Session Expiry Interval counts from then, but none where CONNECT had 0', () => {
    const house = new House();
    const interval = (sessionExpiryInterval: number): object => ({ properties: { sessionExpiryInterval } });
    house.connect(kept(5, 'a')).disconnect(interval(5));
    house.advance(4000);
    expect(house.broker.sizes.sessions).toBe(1);
    house.advance(1500);
    expect(house.broker.sizes.sessions).toBe(0);
    const wire = house.connect({ clientId: 'b' });
    wire.disconnect(interval(5));
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x82']);
    expect(house.broker.sizes.sessions).toBe(0);
  });
});

describe('AUTH, where no method is served', () => {
  it('5.0 [MQTT-3.15.1-1] flags other than 0000 are malformed', () => {
    for (let flags = 1; flags < 16; flags++) {
      const wire = new House().connect().bytes(packet(0xf0 | flags));
      expect([wire.takeShort(), wire.isClosed], `${flags}`).toEqual([['DISCONNECT 0x81'], true]);
    }
  });

  it('5.0 [MQTT-4.12.0-1] a method that is not served gets CONNACK 0x8c and a close, whatever else CONNECT says', () => {
    for (const authenticationMethod of ['', 'PLAIN', 'x'.repeat(1000)])
      for (const more of [{}, { username: 'u', password: new Uint8Array(3) }]) {
        const house = new House();
        const properties = { authenticationMethod, authenticationData: new Uint8Array(5) };
        const wire = house.ask({ clientId: 'a', ...more, properties });
        expect([wire.takeShort(), wire.isClosed]).toEqual([['CONNACK 0x8c'], true]);
        expect(house.broker.sizes.sessions).toBe(0);
      }
  });

  it('5.0 [MQTT-4.12.0-6] without a method there is no AUTH, and no method in CONNACK, though authentication takes its time', async () => {
    const house = new House({ access: { authenticate: () => Promise.resolve(true) } });
    const wire = house.open();
    wire.send(connect({ username: 'u', password: new Uint8Array(3) }));
    await house.settled();
    const [connack, ...more] = wire.take();
    expect([connack, more]).toMatchObject([{ type: 'CONNACK', reasonCode: 0 }, []]);
    expect(connack).not.toMatchObject({ properties: { authenticationMethod: expect.anything() } });
    expect(connack).not.toMatchObject({ properties: { authenticationData: expect.anything() } });
  });

  it('5.0 [MQTT-4.12.0-7] [MQTT-4.12.1-1] AUTH from a client that named no method ends the connection', () => {
    for (const figures of ['f0 00', 'f0 02 18 00', 'f0 02 19 00', 'f0 06 19 04 15 00 01 78']) {
      const wire = new House().connect().bytes(figures);
      expect([wire.takeShort(), wire.isClosed], figures).toEqual([['DISCONNECT 0x82'], true]);
    }
  });
});
