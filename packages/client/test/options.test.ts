/** Options: defaults, and what is refused with which words. */
import { describe, expect, it } from 'vitest';
import { connect } from '../src/index.node.ts';
import { type ConnectOptions, toSettings } from '../src/options.ts';
import { toBytes } from '../src/settings.ts';
import { failure } from './lab.ts';

const settle = (options: ConnectOptions = {}) => toSettings(options, Math.random);
/** What TypeScript would refuse, as JavaScript would write it. */
const untyped = (options: object): ConnectOptions => options as ConnectOptions;

describe('options', () => {
  it('has defaults', () => {
    expect(settle()).toMatchObject({
      version: 5,
      cleanStart: true,
      keepAlive: 60,
      maximumPacketSize: 16_777_216,
      connectTimeout: 30_000,
      queueQoS0: true,
      maximumQueuedMessages: 100_000,
      maximumQueuedBytes: 67_108_864,
      maximumInboxMessages: 1000,
      onSessionLost: 'publish',
      properties: { receiveMaximum: 1000, maximumPacketSize: 16_777_216 },
      reconnect: {
        minimumDelay: 1000,
        maximumDelay: 60_000,
        maximumAttempts: Infinity,
        resetAfter: 30_000,
        initial: false,
      },
    });
    expect(settle({ reconnect: false }).reconnect).toBeUndefined();
    expect(settle({ version: 4 }).properties).toBeUndefined();
  });

  it('[MQTT-3.1.3-5] makes a client id that every server must take, another one each time', () => {
    const ids = Array.from({ length: 100 }, () => settle().clientId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-zA-Z]{23}$/);
    expect(new Set(ids).size).toBe(100);
  });

  it('encodes text as UTF-8 and leaves bytes alone', () => {
    const will = { topic: 't', payload: new Uint8Array([1, 2]) };
    expect(toBytes('pä')).toEqual(new Uint8Array([0x70, 0xc3, 0xa4]));
    expect(settle({ will }).will).toEqual({
      topic: 't',
      payload: will.payload,
      qos: 0,
      retain: false,
      properties: undefined,
    });
  });

  it.each([
    [{ clean: true }, /write cleanStart/],
    [{ keepalive: 1 }, /write keepAlive/],
    [{ protocolVersion: 4 }, /write version/],
    [{ reconnectPeriod: 1 }, /write reconnect$/],
    [{ queueQoSZero: true }, /write queueQoS0/],
    [{ toString: 1 }, /no option "toString"/],
    [{ version: 6 }, /"version" must be 3 to 5/],
    [{ keepAlive: 65_536 }, /must be 0 to 65535/],
    [{ keepAlive: 1.5 }, /must be 0 to 65535/],
    [{ connectTimeout: 2 ** 31 }, /must be 1 to 2147483647/],
    [{ connectTimeout: 0 }, /must be 1 to/],
    [{ clientId: 7 }, /"clientId" must be string/],
    [{ cleanStart: 'yes' }, /must be boolean/],
    [{ will: { topic: 't' } }, /topic and payload/],
    [{ will: { topic: 't', payload: 'p', qos: 3 } }, /"will.qos"/],
    [{ will: { topic: 't', payload: 'p', delay: 3 } }, /no option "will.delay"/],
    [{ reconnect: { period: 3 } }, /no option "reconnect.period"/],
    [{ reconnect: { maximumDelay: 0 } }, /"reconnect.maximumDelay"/],
    [{ reconnect: { stopOn: 5 } }, /"reconnect.stopOn" must be object/],
    [{ reconnect: 5 }, /must be boolean or object/],
    [{ properties: { receiveMaximum: 0 } }, /"properties.receiveMaximum"/],
    [{ properties: { maximumPacketSize: 9 } }, /no option "properties.maximumPacketSize"/],
    [
      { properties: { authenticationMethod: 'SCRAM-SHA-256' } },
      /no option "properties.authenticationMethod"/,
    ],
    [{ onSessionLost: 'ignore' }, /must be publish or reject/],
    [{ signal: 'x' }, /must be object/],
    [{ credentials: {} }, /must be function/],
    [{ followRedirects: 1 }, /must be boolean/],
  ])('refuses %o', (options, message) => {
    expect(() => settle(untyped(options))).toThrow(message);
    expect(() => settle(untyped(options))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('options of MQTT.js in Node', () => {
  it.each([
    [{ reconnectPeriod: 1 }, 'reconnect: { minimumDelay, maximumDelay }'],
    [{ rejectUnauthorized: false }, 'tls: { rejectUnauthorized }'],
    [{ wsOptions: {} }, 'webSocket'],
    [{ host: 'h' }, 'it in the URL'],
    [{ clean: true }, 'cleanStart'],
    [{ toString: 1 }, 'one of version'],
  ])('%o are refused with what to write', async (options, right) => {
    expect(await failure(connect('mqtt://127.0.0.1:1', untyped(options)))).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(`write ${right}`),
    });
  });
});
