/** How a hook says no: reason codes, redirects, and what a program may choose about CONNECT, over the wire. */
import { describe, expect, it } from 'vitest';
import { type Access, createBroker, type Refusal, type RefusalCode } from '../../src/index.ts';
import { House } from '../wire/house.ts';

const answering = (refusal: unknown): Access => ({ authenticate: () => refusal as Refusal });

/** 5.0 reason code -> what 3.x is told; 0: a close without CONNACK. */
const told: readonly (readonly [RefusalCode, number])[] = [
  [0x80, 0],
  [0x83, 0],
  [0x85, 2],
  [0x86, 4],
  [0x87, 5],
  [0x88, 3],
  [0x89, 3],
  [0x8a, 5],
  [0x8c, 5],
  [0x97, 3],
  [0x9f, 3],
  [0x9c, 3],
  [0x9d, 3],
];

describe('a refusal with a reason', () => {
  for (const [reasonCode, returnCode] of told) {
    it(`5.0 [MQTT-3.2.2-8] 3.1.1 [MQTT-3.2.2-6] 0x${reasonCode.toString(16)} reaches 5.0 as it is, 3.x as its nearest`, async () => {
      for (const answer of [{ reasonCode }, Promise.resolve({ reasonCode })]) {
        const house = new House({ access: answering(answer) });
        const wires = ([5, 4, 3] as const).map((version) => house.ask({ version }));
        await house.settled();
        const three = returnCode === 0 ? [] : [`CONNACK ${returnCode}`];
        expect(wires.map((wire) => wire.takeShort())).toEqual([
          [`CONNACK 0x${reasonCode.toString(16)}`],
          three,
          three,
        ]);
        expect(wires.map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
        expect(house.broker.metrics).toMatchObject({ hooksFailed: 0, connectsRefused: 3 });
      }
    });
  }

  it('says why, where the client wants to know', () => {
    const refusal = {
      reasonCode: 0x8a,
      reasonString: 'go away',
      userProperties: [['until', 'noon']],
    } as const;
    const house = new House({ access: answering(refusal) });
    expect(house.ask().take()).toMatchObject([
      { reasonCode: 0x8a, properties: { reasonString: 'go away', userProperties: [['until', 'noon']] } },
    ]);
    const [quiet] = house.ask({ properties: { requestProblemInformation: false } }).take();
    expect(JSON.stringify(quiet)).not.toMatch(/go away|noon/);
    const [narrow] = house.ask({ properties: { maximumPacketSize: 20 } }).take();
    expect(narrow).toMatchObject({ reasonCode: 0x8a });
    expect(JSON.stringify(narrow)).not.toMatch(/go away|noon/);
  });

  it('sends a client to another server', () => {
    for (const reasonCode of [0x9c, 0x9d] as const) {
      const house = new House({ access: answering({ reasonCode, serverReference: 'b.example:1883' }) });
      const wire = house.ask({ properties: { requestProblemInformation: false } });
      expect(wire.take()).toMatchObject([
        { type: 'CONNACK', reasonCode, properties: { serverReference: 'b.example:1883' } },
      ]);
      expect(wire.isClosed).toBe(true);
      expect(house.broker.sizes.sessions).toBe(0);
    }
  });

  it('[D03] what no client can be told is a plain no, and counted', () => {
    const nonsense: readonly unknown[] = [
      {},
      { reasonCode: 0 },
      { reasonCode: 0x18 },
      { reasonCode: 0x82 },
      { reasonCode: 0x8d },
      { reasonCode: 200 },
      { reasonCode: '0x87' },
      { reasonCode: 0x87, serverReference: 'only with a redirect' },
      { reasonCode: 0x9c, serverReference: 5 },
      { reasonCode: 0x9c, serverReference: 'a\0b' },
      { reasonCode: 0x87, reasonString: 'x'.repeat(65_536) },
      { reasonCode: 0x87, reasonString: '\ud800' },
      { reasonCode: 0x87, userProperties: [['one']] },
    ];
    for (const answer of nonsense) {
      const house = new House({ access: answering(answer) });
      expect(house.ask().takeShort(), JSON.stringify(answer)).toEqual(['CONNACK 0x86']);
      expect(house.broker.metrics.hooksFailed).toBe(1);
      expect(house.errors).toEqual([]);
    }
  });

  it('is typed: an illegal code does not compile', () => {
    // @ts-expect-error 0x8D is no reason to refuse a CONNECT
    const keepAlive: Refusal = { reasonCode: 0x8d };
    // @ts-expect-error a Server Reference goes with 0x9C and 0x9D only
    const reference: Refusal = { reasonCode: 0x87, serverReference: 'b.example' };
    expect([keepAlive, reference]).toHaveLength(2);
  });
});

describe('redirecting the connected', () => {
  it('disconnect names another server, or says why', () => {
    const house = new House();
    const five = house.connect({ clientId: 'five' });
    const four = house.connect({ clientId: 'four', version: 4 });
    const six = house.connect({ clientId: 'six' });
    const details = { serverReference: 'b.example', reasonString: 'moving' };
    expect(house.broker.disconnect('five', 0x9d, details)).toBe(true);
    expect(house.broker.disconnect('four', 0x9d, details)).toBe(true);
    expect(house.broker.disconnect('six', 0x98, { reasonString: 'because' })).toBe(true);
    expect(house.broker.disconnect('seven', 0x9c, details)).toBe(false);
    house.settle();
    expect(five.take()).toMatchObject([{ type: 'DISCONNECT', reasonCode: 0x9d, properties: details }]);
    expect(six.take()).toMatchObject([{ reasonCode: 0x98, properties: { reasonString: 'because' } }]);
    expect([four.take(), four.isClosed]).toEqual([[], true]);
  });

  it('5.0 [MQTT-3.14.2-3] [MQTT-3.1.2-24] a client with little room is told what fits', () => {
    const details = { serverReference: 'b'.repeat(50), reasonString: 'x'.repeat(50) };
    for (const [maximumPacketSize, properties] of [
      [200, details],
      [100, { serverReference: details.serverReference }],
      [50, undefined],
    ] as const) {
      const house = new House();
      const wire = house.connect({ properties: { maximumPacketSize } });
      house.broker.disconnect('c', 0x9c, details);
      house.settle();
      expect(wire.take()).toEqual([{ type: 'DISCONNECT', reasonCode: 0x9c, properties }]);
    }
  });

  it('refuses texts that MQTT cannot carry', async () => {
    const { broker } = new House();
    const bad = { code: 'INVALID_OPTION' };
    expect(() => broker.disconnect('c', 0x98, { serverReference: 'b' } as object)).toThrow(
      expect.objectContaining(bad),
    );
    expect(() => broker.disconnect('c', 0x9c, { serverReference: 'a\0b' })).toThrow(
      expect.objectContaining(bad),
    );
    await expect(broker.close({ serverReference: 'x'.repeat(65_536) })).rejects.toMatchObject(bad);
    await expect(broker.publish('t', 'still open')).resolves.toBeUndefined();
  });

  it('close sends clients to another server where one is named, else tells them 0x8b', async () => {
    for (const serverReference of ['b.example c.example:1883', undefined]) {
      const house = new House();
      const wire = house.connect();
      const closed = house.broker.close({ drain: 10, serverReference });
      house.settle();
      const said =
        serverReference === undefined
          ? { reasonCode: 0x8b }
          : { reasonCode: 0x9c, properties: { serverReference } };
      expect(wire.take()).toMatchObject([{ type: 'DISCONNECT', ...said }]);
      await closed;
    }
  });
});

describe('closing while a CONNECT waits for its answer', () => {
  it('5.0 [MQTT-3.14.0-1] tells it with CONNACK: there is no DISCONNECT before', async () => {
    for (const serverReference of ['b.example', undefined]) {
      const house = new House({ access: { authenticate: () => new Promise(() => undefined) } });
      const [five, four, silent] = [house.ask(), house.ask({ version: 4 }), house.open()];
      const closed = house.broker.close({ drain: 10, serverReference });
      house.settle();
      const said =
        serverReference === undefined
          ? { reasonCode: 0x88 }
          : { reasonCode: 0x9c, properties: { serverReference } };
      expect(five.take()).toMatchObject([{ type: 'CONNACK', ...said }]);
      expect(four.takeShort()).toEqual(['CONNACK 3']);
      expect([silent.take(), silent.isClosed]).toEqual([[], true]);
      await closed;
    }
  });
});

describe('choices about CONNECT', () => {
  it('5.0 [MQTT-3.1.3-6] 3.1.1 [MQTT-3.1.3-6] empty client ids are taken, unless they are not wanted', () => {
    const open = new House({ autoClientIdPrefix: 'auto-' });
    expect(open.ask({ clientId: '' }).take()).toMatchObject([
      {
        reasonCode: 0,
        properties: { assignedClientIdentifier: expect.stringMatching(/^auto-[0-9a-f]{32}$/) },
      },
    ]);
    expect(open.ask({ clientId: '', version: 4 }).takeShort()).toEqual(['CONNACK']);
    const shut = new House({ allowEmptyClientId: false });
    expect(shut.ask({ clientId: '' }).takeShort()).toEqual(['CONNACK 0x85']);
    expect(shut.ask({ clientId: '', version: 4 }).takeShort()).toEqual(['CONNACK 2']);
    expect(shut.ask({ clientId: 'a' }).takeShort()).toEqual(['CONNACK']);
  });

  it("3.1's limit of 23 characters holds where it is asked for, and for 3.1 alone", () => {
    const long = 'ü'.repeat(24);
    const strict = new House({ limitClientId31: true });
    expect(strict.ask({ version: 3, clientId: long }).takeShort()).toEqual(['CONNACK 2']);
    expect(strict.ask({ version: 3, clientId: long.slice(1) }).takeShort()).toEqual(['CONNACK']);
    expect(strict.ask({ version: 4, clientId: long }).takeShort()).toEqual(['CONNACK']);
    expect(new House().ask({ version: 3, clientId: long }).takeShort()).toEqual(['CONNACK']);
  });

  it('a prefix that no client id may begin with is refused', () => {
    for (const autoClientIdPrefix of ['a\n', '\0', 'x'.repeat(129), '\ud800', 5 as never]) {
      expect(() => createBroker({ autoClientIdPrefix })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    }
  });

  it('5.0 [MQTT-3.1.2-28] Response Information is for those who ask', () => {
    const house = new House({ responseInformation: ({ clientId }) => `replies/${clientId}` });
    const asked = house.ask({ properties: { requestResponseInformation: true } });
    expect(asked.take()).toMatchObject([{ properties: { responseInformation: 'replies/c' } }]);
    for (const properties of [undefined, {}, { requestResponseInformation: false }])
      expect(JSON.stringify(house.ask({ properties }).take())).not.toContain('replies/');
    expect(house.ask({ version: 4 }).takeShort()).toEqual(['CONNACK']);
  });

  it('Response Information that is none is not told', () => {
    const fail = (): never => {
      throw new Error('no');
    };
    for (const [answer, failures] of [
      [() => undefined, 0],
      [fail, 1],
      [() => 5, 1],
      [() => 'a\0', 1],
      [() => Promise.resolve('late'), 1],
    ] as const) {
      const house = new House({ responseInformation: answer as never });
      const [connack] = house.ask({ properties: { requestResponseInformation: true } }).take();
      expect(connack).toMatchObject({ reasonCode: 0 });
      expect(JSON.stringify(connack)).not.toContain('responseInformation');
      expect(house.broker.metrics.hooksFailed).toBe(failures);
    }
  });

  it('hooks see what CONNECT says', () => {
    const seen: unknown[] = [];
    const house = new House({
      access: {
        authenticate: ({ cleanStart, keepAlive, userProperties }) => {
          seen.push([cleanStart, keepAlive, userProperties]);
          return true;
        },
      },
    });
    house.connect({ keepAlive: 60, properties: { userProperties: [['site', 'north']] } });
    house.connect({ clientId: 'd', version: 4, cleanStart: false });
    expect(seen).toEqual([
      [true, 60, [['site', 'north']]],
      [false, 0, []],
    ]);
  });
});
