/** Every way a connection ends, and that each malformed packet is one of them. */
import { describe, expect, it } from 'vitest';
import { House, hex } from '../wire/house.ts';

describe('DISCONNECT', () => {
  it('5.0 [MQTT-3.14.4-1] 3.1.1 [MQTT-3.14.4-2] what follows it is not processed', () => {
    const house = new House();
    for (const version of [4, 5] as const) {
      const wire = house.connect({ version });
      wire.send(
        { type: 'DISCONNECT', reasonCode: version === 5 ? 0 : undefined },
        { type: 'PUBLISH', topic: 't', payload: new Uint8Array(1), qos: 0, dup: false, retain: true },
      );
      expect(wire.take()).toEqual([]);
      expect(wire.isClosed).toBe(true);
    }
    expect(house.broker.sizes.retained).toBe(0);
  });

  it('[A27] its short forms are accepted', () => {
    const house = new House();
    for (const bytes of ['e0 00', 'e0 01 00', 'e0 02 00 00']) {
      const wire = house.connect({ will: { topic: 'will', retain: true } }).bytes(bytes);
      expect([wire.take(), wire.isClosed], bytes).toEqual([[], true]);
    }
    expect(house.broker.sizes.retained).toBe(0);
  });

  it('5.0 [MQTT-3.14.1-1] 3.1.1 [MQTT-3.14.1-1] reserved bits are malformed', () => {
    const house = new House();
    expect(house.connect({ clientId: 'a' }).bytes('e1 00').takeShort()).toEqual(['DISCONNECT 0x81']);
    expect(house.connect({ version: 4 }).bytes('e1 00').isClosed).toBe(true);
  });

  it('5.0 [MQTT-3.14.0-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1] the broker sends it only after CONNACK, and closes', () => {
    const house = new House();
    const wire = house.open(5).bytes('10 0d 00 04 4d 51 54 54 05 03 00 00 00 00 00');
    expect(wire.takeShort()).toEqual(['CONNACK 0x81']);
    const late = house.connect().bytes('f0 00');
    expect(late.takeShort()).toEqual(['DISCONNECT 0x82']);
    expect(late.isClosed).toBe(true);
  });

  it('a peer that does not close its side is cut', () => {
    const house = new House();
    const wire = house.connect();
    wire.end.hold(); // reads nothing more, so it never sees the end
    wire.bytes('00 00');
    expect(house.broker.sizes.connections).toBe(1);
    house.advance(5200);
    expect(house.broker.sizes.connections).toBe(0);
  });

  it('the program is told who came and went, and why', () => {
    const told: unknown[] = [];
    const house = new House({
      hooks: {
        onConnect: ({ clientId }, present) => told.push(['connect', clientId, present]),
        onDisconnect: ({ clientId }, ending) =>
          told.push(['gone', clientId, ending.reasonCode, ending.byBroker, ending.statement]),
        onRefuse: (_peer, ending, attempt) =>
          told.push(['refused', ending.reasonCode, attempt?.clientId, attempt?.username, attempt?.version]),
      },
    });
    house.connect({ clientId: 'a' }).disconnect();
    house.connect({ clientId: 'b' }).cut();
    house.connect({ clientId: 'c' }).bytes('c0 80 00');
    house.ask({ username: 'ada', properties: { authenticationMethod: 'x' } });
    house.open().bytes('c0 00');
    expect(told).toEqual([
      ['connect', 'a', false],
      ['gone', 'a', 0, false, undefined],
      ['connect', 'b', false],
      ['gone', 'b', 0x80, false, undefined],
      ['connect', 'c', false],
      ['gone', 'c', 0x81, true, 'MQTT-1.5.5-1'],
      ['refused', 0x8c, 'c', 'ada', 5],
      ['refused', 0x82, undefined, undefined, undefined],
    ]);
  });

  it('[F23] a hook that throws harms nobody', () => {
    const fail = (): never => {
      throw new Error('a hook');
    };
    const house = new House({ hooks: { onConnect: fail, onDisconnect: fail, onRefuse: fail } });
    house.connect({ clientId: 'a' }).disconnect();
    house.open().bytes('00');
    expect(house.isWell()).toBe(true);
    expect(house.broker.metrics.hooksFailed).toBeGreaterThan(2);
  });
});

describe('close', () => {
  it('[G12] tells 5.0 clients 0x8b, closes all, and serves nobody any more', async () => {
    const house = new House();
    const five = house.connect({ clientId: 'five' });
    const four = house.connect({ version: 4, clientId: 'four' });
    const closed = house.broker.close();
    await house.settled();
    await closed;
    expect(five.takeShort()).toEqual(['DISCONNECT 0x8b']);
    expect([five.isClosed, four.isClosed, four.take()]).toEqual([true, true, []]);
    expect(house.open().isClosed).toBe(true);
    expect(house.clock.pending).toBe(0);
  });

  it('cuts who does not go within the drain time', async () => {
    const house = new House();
    const wire = house.connect();
    wire.end.hold();
    const closed = house.broker.close({ drain: 1000 });
    await house.settled();
    expect(house.broker.sizes.connections).toBe(1);
    house.advance(1100);
    await closed;
    expect(house.broker.sizes.connections).toBe(0);
  });
});

describe('malformed and illegal packets', () => {
  // name, bytes after a successful CONNECT of 5.0, reason code, and whether 3.1.1 refuses the same bytes
  const rows: readonly (readonly [string, string, number, boolean])[] = [
    ['[A01] remaining length of five bytes', '30 ff ff ff ff 7f', 0x81, true],
    ['[A02] 5.0 [MQTT-1.5.5-1] remaining length that is not minimal', 'c0 80 00', 0x81, true],
    ['[A05] larger than the maximum packet size', '30 ff ff ff 7f', 0x95, true],
    ['[A09] topic length past the end', '30 05 ff ff 61 62 63', 0x81, true],
    ['[A10] QoS 1 without packet id', '32 03 00 01 61', 0x81, true],
    ['[A12] property length past the end', '30 06 00 01 61 7f 01 01', 0x81, false],
    ['[A13] truncated property', '30 08 00 01 61 04 26 00 05 61', 0x81, false],
    ['[A14] unknown property', '30 06 00 01 61 02 7f 00', 0x81, false],
    ['[A15] misplaced property', '30 09 00 01 61 05 11 00 00 00 01', 0x82, false],
    ['[A16] the same property twice', '30 08 00 01 61 04 01 00 01 00', 0x82, false],
    ['[A17] 5.0 [MQTT-3.8.1-1] 3.1.1 [MQTT-3.8.1-1] SUBSCRIBE flags', '80 06 00 01 00 01 61 00', 0x81, true],
    ['[A17] 5.0 [MQTT-3.10.1-1] 3.1.1 [MQTT-3.10.1-1] UNSUBSCRIBE flags', 'a0 05 00 01 00 01 61', 0x81, true],
    ['[A17] 5.0 [MQTT-3.6.1-1] 3.1.1 [MQTT-3.6.1-1] PUBREL flags', '60 02 00 01', 0x81, true],
    ['[A17] 5.0 [MQTT-2.1.3-1] 3.1.1 [MQTT-2.2.2-2] PINGREQ flags', 'c1 00', 0x81, true],
    ['[A18] packet type 0', '00 00', 0x81, true],
    ['[A19] 5.0 [MQTT-4.13.1-1] 3.1.1 [MQTT-4.8.0-1] CONNACK from a client', '20 03 00 00 00', 0x82, true],
    ['[A19] SUBACK from a client', '90 04 00 01 00 00', 0x82, true],
    ['[A19] UNSUBACK from a client', 'b0 04 00 01 00 00', 0x82, true],
    ['[A19] PINGRESP from a client', 'd0 00', 0x82, true],
    ['[A20] 5.0 [MQTT-3.3.1-4] 3.1.1 [MQTT-3.3.1-4] QoS 3', '36 06 00 01 61 00 01 00', 0x81, true],
    ['[A20] 5.0 [MQTT-3.3.1-2] DUP at QoS 0', '38 05 00 01 61 00 78', 0x81, true],
    [
      '[A21] 5.0 [MQTT-3.8.3-5] 3.1.1 [MQTT-3.8.3-4] subscription options with reserved bits',
      '82 07 00 01 00 00 01 61 c0',
      0x81,
      false,
    ],
    ['[A21] retain handling 3', '82 07 00 01 00 00 01 61 30', 0x82, false],
    ['[A22] 5.0 [MQTT-3.8.3-2] SUBSCRIBE without a filter', '82 03 00 01 00', 0x82, true],
    ['[A22] 5.0 [MQTT-3.10.3-2] UNSUBSCRIBE without a filter', 'a2 03 00 01 00', 0x82, true],
    ['[A23] 5.0 [MQTT-2.2.1-3] 3.1.1 [MQTT-2.3.1-1] packet id 0', '32 06 00 01 61 00 00 00', 0x81, true],
    ['[A24] an undefined reason code', '40 03 00 01 42', 0x81, true],
    ['[A24] a reason only servers have', 'e0 01 8e', 0x82, true],
    ['[A25] PINGREQ with a body', 'c0 02 00 00', 0x81, true],
    ['[A26] trailing bytes', '40 05 00 01 00 00 00', 0x81, true],
    ['[B01] 5.0 [MQTT-1.5.4-1] 3.1.1 [MQTT-1.5.3-1] ill-formed UTF-8', '30 05 00 02 c0 80 00', 0x81, true],
    ['[B02] 5.0 [MQTT-1.5.4-2] 3.1.1 [MQTT-1.5.3-2] U+0000', '30 04 00 01 00 00', 0x81, true],
    [
      '[B07] 5.0 [MQTT-3.3.2-2] [MQTT-4.7.0-1] 3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] a wildcard in a topic name',
      '30 06 00 03 61 2f 2b 00',
      0x90,
      true,
    ],
    [
      '[B07] 5.0 [MQTT-3.3.2-14] a wildcard in a response topic',
      '30 08 00 01 61 04 08 00 01 23',
      0x82,
      false,
    ],
    ['[B08] 5.0 [MQTT-4.7.3-1] 3.1.1 [MQTT-4.7.3-1] an empty topic name', '30 03 00 00 00', 0x82, true],
    ['[C23] 5.0 [MQTT-4.12.0-7] AUTH without a method', 'f0 00', 0x82, true],
  ];

  for (const [name, bytes, reasonCode, isForThree] of rows) {
    it(name, () => {
      const house = new House();
      const five = house.connect({ clientId: 'five' }).bytes(bytes);
      expect(five.take()).toMatchObject([{ type: 'DISCONNECT', reasonCode }]);
      expect(five.isClosed).toBe(true);
      if (isForThree) {
        const four = house.connect({ version: 4, clientId: 'four' }).bytes(bytes);
        expect([four.take(), four.isClosed]).toEqual([[], true]);
      }
      expect(house.broker.metrics.protocolErrors).toBe(isForThree ? 2 : 1);
      expect(house.isWell()).toBe(true);
    });
  }

  it('[A08] what came before a malformed packet is processed, nothing after it', () => {
    const house = new House();
    const receiver = house.connect({ clientId: 'r' }).subscribe('t');
    receiver.take();
    const good = hex('30 05 00 01 74 00 78');
    const chunk = new Uint8Array(good.length * 1000 + 2);
    for (let i = 0; i < 1000; i++) chunk.set(good, i * good.length + (i < 500 ? 0 : 2));
    house.connect({ clientId: 's' }).bytes(chunk);
    expect(receiver.take()).toHaveLength(500);
  });

  it('[A30] the version of CONNECT holds for the whole connection', () => {
    const house = new House();
    const receiver = house.connect({ clientId: 'r' }).subscribe('t');
    receiver.take();
    house.connect({ version: 4 }).bytes('30 05 00 01 74 00 78');
    expect(receiver.takeShort()).toEqual(['PUBLISH t \u0000x']);
  });

  it('[A28] other protocols are closed by their first bytes', () => {
    const house = new House();
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0016\u0003\u0001\u0002',
      'SSH-2.0-x\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n',
    ]) {
      const wire = house.open().bytes(new TextEncoder().encode(text));
      expect([wire.take(), wire.isClosed], text).toEqual([[], true]);
    }
    expect(house.isWell()).toBe(true);
  });

  it('[A07] a large packet byte by byte is delivered once', () => {
    const house = new House();
    const receiver = house.connect({ clientId: 'r' }).subscribe('t');
    receiver.take();
    const sender = house.connect({ clientId: 's' }, { largestChunk: 1 });
    sender.publish('t', 'x'.repeat(40_000));
    expect(receiver.takeShort()).toEqual(['PUBLISH t 40000 bytes']);
  });

  it('published proofs of concept harm nobody', () => {
    const house = new House();
    const seeds = [
      '101000044d5154540502003c0321001400006202d301e0020020',
      '102200044d5154540402003c0016374d304b4b54615049377a347946474c4a656f6d5047',
      '102d00044d5154540480349c000c4638635a7077503463645368001341736937456266504c396a57714e373165635a70021e11',
      '101800044d51545404c2003c00000004746573740004746573748206000100012301200900000621000a220005d000',
      '102b00044d5154540500003c0822000a110000000f00166d7174746f6f6c732d38373936373631353230313239c000900300010070020001820b00010006245359532f23009003000102900400010000',
      `100f00044d5154540402003c${'003c'.repeat(46)}0003616263`,
    ];
    for (const seed of seeds) {
      const bytes = Uint8Array.from(seed.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
      house.open(bytes[8] === 5 ? 5 : 4).bytes(bytes);
    }
    expect(house.isWell()).toBe(true);
  });
});
