/** CONNECT and CONNACK: what is accepted, what is refused, and how, in each version. */
import { describe, expect, it } from 'vitest';
import { connect, House } from '../wire/house.ts';

describe('the first packet', () => {
  it('5.0 [MQTT-3.1.0-1] 3.1.1 [MQTT-3.1.0-1] [A04] must be CONNECT: anything else is closed on its first byte', () => {
    const house = new House();
    for (const bytes of ['c0 00', '30 ff ff ff 7f', '82', 'e0 00', 'f0 00', '40 02 00 01']) {
      const wire = house.open().bytes(bytes);
      expect(wire.isClosed, bytes).toBe(true);
      expect(wire.take().filter(({ type }) => type !== 'CONNACK')).toEqual([]);
    }
    expect(house.isWell()).toBe(true);
  });

  it('5.0 [MQTT-3.1.0-2] [C03] a second CONNECT is a protocol error, and the will is published', () => {
    const house = new House();
    const watcher = house.connect({ clientId: 'watcher' }).subscribe('will/#');
    watcher.take();
    const wire = house.connect({ clientId: 'a', will: { topic: 'will/a' } }).send(connect({ clientId: 'a' }));
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x82']);
    expect(wire.isClosed).toBe(true);
    expect(watcher.takeShort()).toEqual(['PUBLISH will/a will']);
  });

  it('3.1.1 [MQTT-3.1.0-2] a second CONNECT ends the connection', () => {
    const house = new House();
    const wire = house.connect({ version: 4 }).send(connect({ version: 4 }));
    expect(wire.isClosed).toBe(true);
    expect(wire.take()).toEqual([]);
  });

  it('[C01] a silent connection is closed at the connect timeout, not before', () => {
    const house = new House();
    const wire = house.open();
    house.advance(9900);
    expect(wire.isClosed).toBe(false);
    house.advance(300);
    expect(wire.isClosed).toBe(true);
    expect(house.broker.metrics.connectTimeouts).toBe(1);
  });

  it('[C02] the connect timeout is absolute: dribbled bytes do not move it', () => {
    const house = new House();
    const wire = house.open();
    for (const byte of ['10', '0d', '00']) {
      wire.bytes(byte);
      house.advance(3000);
    }
    house.advance(1200);
    expect(wire.isClosed).toBe(true);
  });

  it('[A03] [A05] a giant CONNECT is refused by its header', () => {
    const house = new House();
    const wire = house.open().bytes('10 ff ff ff 7f');
    expect(wire.isClosed).toBe(true);
    expect(house.isWell()).toBe(true);
  });
});

describe('protocol name and version', () => {
  it('serves 3.1, 3.1.1 and 5.0', () => {
    const house = new House();
    for (const version of [3, 4, 5] as const) {
      const wire = house.ask({ version, clientId: `v${version}` });
      expect(wire.takeShort()).toEqual(['CONNACK']);
    }
  });

  it('3.1.1 [MQTT-3.1.2-2] [C05] a level it does not know gets return code 1 and a close', () => {
    const house = new House();
    const wire = house.open(4).bytes('10 0c 00 04 4d 51 54 54 02 02 00 00 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 1']);
    expect(wire.isClosed).toBe(true);
  });

  it('5.0 [MQTT-3.1.2-2] [C05] a level above 5 gets 0x84 and a close', () => {
    const house = new House();
    const wire = house.open(5).bytes('10 0d 00 04 4d 51 54 54 06 02 00 00 00 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 0x84']);
    expect(wire.isClosed).toBe(true);
  });

  it.each([
    ['3.1', '10 0e 00 06 4d 51 49 73 64 70 83 02 00 00 00 00'],
    ['3.1.1', '10 0c 00 04 4d 51 54 54 84 02 00 00 00 00'],
  ])(
    '3.1.1 [MQTT-3.1.2-2] [E20] a bridge of Mosquitto (%s) is told in 3.x, so that it comes without its bit',
    (_, bytes) => {
      const wire = new House().open(4).bytes(bytes);
      expect(wire.takeShort()).toEqual(['CONNACK 1']);
      expect(wire.isClosed).toBe(true);
    },
  );

  it('5.0 [MQTT-3.1.2-1] 3.1.1 [MQTT-3.1.2-1] another protocol name is closed', () => {
    const house = new House();
    const wire = house.open(4).bytes('10 0d 00 05 4d 51 54 54 58 04 02 00 00 00 00');
    expect(wire.isClosed).toBe(true);
    expect(house.isWell()).toBe(true);
  });

  it('5.0 [MQTT-3.1.2-3] 3.1.1 [MQTT-3.1.2-3] [C06] the reserved connect flag must be 0', () => {
    const house = new House();
    const five = house.open(5).bytes('10 0d 00 04 4d 51 54 54 05 03 00 00 00 00 00');
    expect(five.takeShort()).toEqual(['CONNACK 0x81']);
    expect(five.isClosed).toBe(true);
    const four = house.open(4).bytes('10 0c 00 04 4d 51 54 54 04 03 00 00 00 00');
    expect(four.take()).toEqual([]);
    expect(four.isClosed).toBe(true);
  });

  it('3.1.1 [MQTT-3.1.4-1] 5.0 [MQTT-3.1.4-1] a malformed CONNECT is closed; 3.1.1 without CONNACK', () => {
    const house = new House();
    const four = house.open(4).bytes('10 0c 00 04 4d 51 54 54 04 02 00 00 00 09');
    expect([four.take(), four.isClosed]).toEqual([[], true]);
    const five = house.open(5).bytes('10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 09');
    expect(five.takeShort()).toEqual(['CONNACK 0x81']);
    expect(five.isClosed).toBe(true);
  });
});

describe('client ids', () => {
  it('5.0 [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] [C10] an empty one gets a new one of at least 128 random bits', () => {
    const house = new House();
    const ids = [1, 2].map(() => {
      const [connack] = house.ask({ clientId: '' }).take();
      return connack?.type === 'CONNACK' ? connack.properties?.assignedClientIdentifier : undefined;
    });
    expect(ids[0]).toMatch(/^auto[0-9a-f]{32}$/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  it('5.0 [MQTT-3.1.3-7] a client can come back to its session with the id it was given', () => {
    const house = new House();
    const wire = house.ask({ clientId: '', properties: { sessionExpiryInterval: 60 } });
    const [connack] = wire.take();
    const clientId = connack?.type === 'CONNACK' ? (connack.properties?.assignedClientIdentifier ?? '') : '';
    wire.disconnect();
    expect(house.ask({ clientId, cleanStart: false }).take()).toMatchObject([{ sessionPresent: true }]);
  });

  it('3.1.1 [MQTT-3.1.3-6] an empty one is served with clean session', () => {
    expect(new House().ask({ version: 4, clientId: '' }).takeShort()).toEqual(['CONNACK']);
  });

  it('3.1.1 [MQTT-3.1.3-8] [C10] an empty one without clean session gets return code 2', () => {
    const house = new House();
    const wire = house.open(4).bytes('10 0c 00 04 4d 51 54 54 04 00 00 00 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 2']);
    expect(wire.isClosed).toBe(true);
  });

  it('3.1 wants a client id', () => {
    const wire = new House().ask({ version: 3, clientId: '' });
    expect(wire.takeShort()).toEqual(['CONNACK 2']);
    expect(wire.isClosed).toBe(true);
  });

  it('5.0 [MQTT-3.1.3-5] 3.1.1 [MQTT-3.1.3-5] takes every id of 1 to 23 digits and letters', () => {
    const house = new House();
    for (const clientId of [
      '0',
      'aZ9',
      '0123456789abcdefghijklm',
      'nopqrstuvwxyzABCDEFGHIJ',
      'KLMNOPQRSTUVWXYZ',
    ]) {
      expect(house.ask({ clientId }).takeShort()).toEqual(['CONNACK']);
      expect(house.ask({ clientId, version: 4 }).takeShort()).toEqual(['CONNACK']);
    }
  });

  it('5.0 [MQTT-3.1.3-8] 3.1.1 [MQTT-3.1.3-9] [C11] [B04] refuses ids that are too long or hold control characters', () => {
    const house = new House();
    for (const clientId of ['x'.repeat(257), 'é'.repeat(129), 'a\nb', 'a\u001bb', 'a\u0085b']) {
      expect(house.ask({ clientId }).takeShort(), clientId).toEqual(['CONNACK 0x85']);
      expect(house.ask({ clientId, version: 4 }).takeShort()).toEqual(['CONNACK 2']);
    }
    expect(house.ask({ clientId: 'é'.repeat(128) }).takeShort()).toEqual(['CONNACK']);
  });

  it('[C12] [B12] [B13] [B14] are plain strings that share nothing', () => {
    const house = new House();
    const ids = [
      '../../x',
      '..\\x',
      'CON',
      'a/b',
      'a_b',
      '.',
      'x_meta',
      '__proto__',
      'constructor',
      'toString',
      '(a+)+$',
      'é',
      'e\u0301',
    ];
    const wires = ids.map((clientId) =>
      house.connect({ clientId, properties: { sessionExpiryInterval: 9 } }),
    );
    for (const [i, wire] of wires.entries()) wire.subscribe(`to/${i}`, 1);
    for (const wire of wires) wire.disconnect();
    const sender = house.connect({ clientId: 'sender' });
    for (const i of ids.keys()) sender.publish(`to/${i}`, `for ${i}`, 1, { packetId: i + 1 });
    ids.forEach((clientId, i) => {
      const back = house.ask({ clientId, cleanStart: false });
      expect(back.takeShort(), clientId).toEqual(['CONNACK', `PUBLISH to/${i} for ${i} q1`]);
    });
  });
});

describe('CONNACK', () => {
  it('5.0 [MQTT-3.2.0-1] [MQTT-3.1.4-5] [MQTT-3.2.0-2] 3.1.1 [MQTT-3.2.0-1] [MQTT-3.1.4-4] is the first packet, once', () => {
    const house = new House();
    house.connect({ clientId: 'p' }).publish('r', 'kept', 1, { retain: true });
    for (const version of [4, 5] as const) {
      const five = { noLocal: false, retainAsPublished: false, retainHandling: 0 };
      const subscription =
        version === 5 ? { topicFilter: 'r', qos: 0, ...five } : { topicFilter: 'r', qos: 0 };
      const wire = house.open(version);
      wire.send(
        connect({ version }),
        { type: 'SUBSCRIBE', packetId: 1, subscriptions: [subscription] },
        { type: 'PINGREQ' },
      );
      expect(wire.takeShort()).toEqual(['CONNACK', 'SUBACK 0', 'PUBLISH r kept retain', 'PINGRESP']);
    }
  });

  it('5.0 [MQTT-3.1.4-6] 3.1.1 [MQTT-3.1.4-5] after a refusal nothing that follows is processed', () => {
    const house = new House({ access: { authenticate: () => false } });
    const wire = house.open(4);
    wire.send(
      connect({ version: 4 }),
      { type: 'PINGREQ' },
      { type: 'PUBLISH', topic: 'a', payload: new Uint8Array(1), qos: 0, dup: false, retain: true },
    );
    expect(wire.takeShort()).toEqual(['CONNACK 4']);
    expect(house.broker.sizes.retained).toBe(0);
    expect(house.broker.metrics.messagesReceived).toBe(0);
  });

  it('5.0 tells its limits, and what it does not support is not announced', () => {
    const house = new House({ limits: { receiveMaximum: 7, topicAliasMaximum: 3, maximumPacketSize: 5000 } });
    const [connack] = house.ask().take();
    expect(connack).toMatchObject({
      properties: { receiveMaximum: 7, topicAliasMaximum: 3, maximumPacketSize: 5000 },
    });
  });

  it('5.0 [MQTT-3.2.2-2] [MQTT-3.2.2-3] says whether a session was there', () => {
    const house = new House();
    const kept = { clientId: 'k', cleanStart: false, properties: { sessionExpiryInterval: 100 } };
    const present = (wishes: object): boolean[] => {
      const wire = house.ask({ ...kept, ...wishes });
      const found = wire.take().map((packet) => packet.type === 'CONNACK' && packet.sessionPresent);
      wire.disconnect();
      return found;
    };
    expect(present({})).toEqual([false]);
    expect(present({})).toEqual([true]);
    expect(present({ cleanStart: true })).toEqual([false]);
    expect(present({})).toEqual([true]);
  });

  it('3.1.1 [MQTT-3.2.2-1] [MQTT-3.2.2-2] [MQTT-3.2.2-3] says whether a session was there; 3.1 has no word for it', () => {
    const house = new House();
    const present = (version: 3 | 4, cleanStart: boolean): unknown[] => {
      const wire = house.ask({ version, clientId: 'k', cleanStart });
      const found = wire.take().map((packet) => packet.type === 'CONNACK' && packet.sessionPresent);
      wire.disconnect();
      return found;
    };
    expect(present(4, false)).toEqual([false]);
    expect(present(4, false)).toEqual([true]);
    expect(present(3, false)).toEqual([false]);
    expect(present(4, true)).toEqual([false]);
    expect(present(4, false)).toEqual([false]);
  });

  it('5.0 [MQTT-3.2.2-6] [MQTT-3.2.2-7] 3.1.1 [MQTT-3.2.2-4] [MQTT-3.2.2-5] a refusal has no session and ends the connection', () => {
    let isOpen = true;
    const house = new House({ access: { authenticate: () => isOpen } });
    house.connect({ clientId: 'k', properties: { sessionExpiryInterval: 100 } }).disconnect();
    isOpen = false;
    for (const version of [4, 5] as const) {
      const wire = house.ask({ version, clientId: 'k', cleanStart: false });
      expect(wire.take()).toMatchObject([
        { type: 'CONNACK', sessionPresent: false, reasonCode: version === 5 ? 0x86 : 4 },
      ]);
      expect(wire.isClosed).toBe(true);
    }
  });

  it('5.0 [MQTT-4.12.0-1] [C23] an authentication method gets 0x8c', () => {
    const wire = new House().ask({ properties: { authenticationMethod: 'SCRAM-SHA-256' } });
    expect(wire.takeShort()).toEqual(['CONNACK 0x8c']);
    expect(wire.isClosed).toBe(true);
  });

  it('5.0 [MQTT-3.1.2-21] [MQTT-3.2.2-21] tells a shorter keep alive', () => {
    const house = new House({ limits: { maximumKeepAlive: 60 } });
    expect(house.ask({ keepAlive: 600 }).take()).toMatchObject([{ properties: { serverKeepAlive: 60 } }]);
    expect(house.ask({ keepAlive: 0 }).take()).toMatchObject([{ properties: { serverKeepAlive: 60 } }]);
    const [connack] = house.ask({ keepAlive: 30 }).take();
    expect(connack?.type === 'CONNACK' && connack.properties).not.toHaveProperty('serverKeepAlive');
  });

  it('5.0 tells a shorter session expiry', () => {
    const house = new House({ limits: { maximumSessionExpiry: 10 } });
    const wire = house.ask({ clientId: 'k', properties: { sessionExpiryInterval: 0xffffffff } });
    expect(wire.take()).toMatchObject([{ properties: { sessionExpiryInterval: 10 } }]);
    wire.disconnect();
    house.advance(11_000);
    expect(house.broker.sizes.sessions).toBe(0);
  });

  it('[C23] authentication data without a method is a protocol error', () => {
    const wire = new House().open(5).bytes('10 11 00 04 4d 51 54 54 05 02 00 00 04 16 00 01 41 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 0x82']);
    expect(wire.isClosed).toBe(true);
  });

  it('[C21] [C22] zero limits and bad booleans are protocol errors', () => {
    const house = new House();
    for (const property of ['21 00 00', '27 00 00 00 00', '17 02']) {
      const length = property.split(' ').length;
      const bytes = `10 ${(13 + length).toString(16)} 00 04 4d 51 54 54 05 02 00 00 0${length} ${property} 00 00`;
      expect(house.open(5).bytes(bytes).takeShort(), property).toEqual(['CONNACK 0x82']);
    }
  });

  it('[C29] more user properties than allowed get 0x97', () => {
    const house = new House();
    const many = Array.from({ length: 65 }, (_, i) => [`k${i}`, '']);
    expect(house.ask({ properties: { userProperties: many } }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.ask({ properties: { userProperties: many.slice(1) } }).takeShort()).toEqual(['CONNACK']);
  });

  it('refuses more connections and sessions than allowed', () => {
    const few = new House({ limits: { maximumConnections: 1 } });
    few.connect({ clientId: 'a' });
    expect(few.open().isClosed).toBe(true);
    expect(few.broker.metrics.connectionsRefused).toBe(1);
    const one = new House({ limits: { maximumSessions: 1 } });
    one.connect({ clientId: 'a' });
    expect(one.ask({ clientId: 'b' }).takeShort()).toEqual(['CONNACK 0x97']);
    expect(one.ask({ clientId: 'b', version: 4 }).takeShort()).toEqual(['CONNACK 3']);
    expect(one.ask({ clientId: 'a' }).takeShort()).toEqual(['CONNACK']);
  });
});
