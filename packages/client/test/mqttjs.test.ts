/**
 * What was measured of MQTT.js 5.16.0 against a scripted server, each defect as a test that this client passes.
 * The letters are those of the measurement.
 */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { LimitError, MqttError } from '../src/errors.ts';
import type { Message } from '../src/message.ts';
import { bytes, failure, lab, quiet, standing, status } from './lab.ts';

const connack = (properties: Extract<Packet<5>, { type: 'CONNACK' }>['properties']): Packet<5> => ({
  type: 'CONNACK',
  sessionPresent: false,
  reasonCode: 0,
  properties,
});

describe('what MQTT.js does wrong', () => {
  it('A1 [MQTT-3.3.4-7] [MQTT-4.9.0-2] sends no more than Receive Maximum messages without acknowledgements', async () => {
    const { connect, server } = lab({
      CONNECT: (_, peer) => peer.send(connack({ receiveMaximum: 2 })),
      PUBLISH: () => {},
    });
    const client = await connect();
    const peer = await server.peer(0);
    const all = Array.from({ length: 100 }, (_, index) => client.publish('a', `${index}`, { qos: 1 }));
    all.push(client.publish('a', 'last', { qos: 2 }));
    await quiet();
    expect(peer.all('PUBLISH')).toHaveLength(2);
    for (let acknowledged = 0; acknowledged < 101; acknowledged += 1) {
      const { packetId = 0, qos } = await peer.nth('PUBLISH', acknowledged);
      await quiet();
      expect(peer.all('PUBLISH').length).toBeLessThanOrEqual(acknowledged + 2);
      peer.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
    }
    await Promise.all(all);
  });

  it('A2 [MQTT-3.2.2-15] sends no packet above Maximum Packet Size, and says so before anything is sent', async () => {
    const { connect, server } = lab({ CONNECT: (_, peer) => peer.send(connack({ maximumPacketSize: 60 })) });
    const client = await connect();
    const peer = await server.peer(0);
    for (const qos of [0, 1, 2] as const) {
      const error = await failure(client.publish('a', new Uint8Array(100), { qos }));
      expect(error).toBeInstanceOf(LimitError);
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'maximumPacketSize', reasonCode: 0x95 });
    }
    await client.publish('a', new Uint8Array(60 - 2 - 3 - 1), { qos: 0 });
    await expect(client.publish('a', new Uint8Array(60 - 2 - 3), { qos: 0 })).rejects.toThrow(/61 bytes/);
    await quiet();
    expect(peer.all('PUBLISH')).toHaveLength(1);
    await client.publish('a', new Uint8Array(20), { qos: 1 });
    await client.end(); // nothing of what was refused counts as in flight
  });

  it('A3 [MQTT-3.2.2-11] [MQTT-3.2.2-14] sends no QoS above Maximum QoS and no RETAIN where it is not available', async () => {
    const { connect, server } = lab({
      CONNECT: (_, peer) => peer.send(connack({ maximumQoS: 1, retainAvailable: false })),
    });
    const client = await connect();
    expect(await failure(client.publish('a', 'x', { qos: 2 }))).toMatchObject({
      limit: 'maximumQoS',
      reasonCode: 0x9b,
    });
    expect(await failure(client.publish('a', 'x', { retain: true }))).toMatchObject({
      limit: 'retainAvailable',
      reasonCode: 0x9a,
    });
    await client.publish('a', 'x', { qos: 1 });
    expect((await server.peer(0)).all('PUBLISH')).toHaveLength(1);
  });

  it('A4 [MQTT-3.2.2-16] keeps the Assigned Client Identifier and comes back with it', async () => {
    const { connect, server, clock } = lab({
      CONNECT: (_, peer) => peer.send(connack({ assignedClientIdentifier: 'from-the-server' })),
    });
    const client = await connect({ clientId: '' });
    expect(client.clientId).toBe('from-the-server');
    (await server.peer(0)).cut();
    await status(client, 'waiting');
    clock.advance(1000);
    expect(await (await server.peer(1)).first('CONNECT')).toMatchObject({ clientId: 'from-the-server' });
  });

  it('A5 [MQTT-3.1.2-21] [MQTT-3.2.2-21] uses Server Keep Alive in place of its own', async () => {
    const { connect, server, clock } = lab({
      CONNECT: (_, peer) => peer.send(connack({ serverKeepAlive: 7 })),
    });
    await connect({ keepAlive: 60 });
    const peer = await server.peer(0);
    clock.advance(6_999);
    await quiet();
    expect(peer.all('PINGREQ')).toHaveLength(0);
    clock.advance(1);
    await peer.first('PINGREQ');
  });

  it('B1 settles a publish that waits for a connection when the client ends', async () => {
    const { connect, server } = lab();
    const client = await connect();
    (await server.peer(0)).cut();
    await status(client, 'waiting');
    const waiting = [0, 1, 2].map((qos) => client.publish('a', 'x', { qos: qos as 0 | 1 | 2 }));
    expect(await standing(waiting[1] as Promise<unknown>)).toBe('open');
    const settled = Promise.allSettled(waiting);
    await client.end({ timeout: 0 });
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
    }
  });

  it('B2 backs off exponentially with full jitter', async () => {
    const delays: number[] = [];
    const { connect, server, clock } = lab({}, () => 0.999);
    const client = await connect({ reconnect: { minimumDelay: 50, maximumDelay: 2000 } });
    client.on('state', (state) => {
      if (state.status === 'waiting') delays.push(state.delay);
    });
    server.reachable = false;
    (await server.peer(0)).cut();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await status(client, 'waiting');
      clock.advance(delays.at(-1) ?? 0);
      await quiet();
    }
    expect(delays.slice(0, 8)).toEqual([49, 99, 199, 399, 799, 1598, 1998, 1998]);
  });

  it('C hands an asynchronous handler one message at a time and stops reading when many wait', async () => {
    const { connect, server } = lab();
    let running = 0;
    let most = 0;
    let handled = 0;
    const release: (() => void)[] = [];
    const client = await connect({ maximumInboxMessages: 100 });
    client.on('message', async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
      handled += 1;
    });
    const peer = await server.peer(0);
    const publish = {
      type: 'PUBLISH',
      topic: 'a',
      payload: bytes('x'),
      qos: 0,
      dup: false,
      retain: false,
    } as const;
    for (let sent = 0; sent < 20_000; sent += 1) peer.send(publish);
    await quiet();
    expect(peer.link.near.isReading).toBe(false);
    for (; handled < 20_000; await quiet())
      for (let next = release.shift(); next; next = release.shift()) next();
    expect(most).toBe(1);
  });

  it('D [MQTT-3.3.2-2] takes no message for the topic #', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const got: Message[] = [];
    client.on('message', (message) => got.push(message));
    const peer = await server.peer(0);
    peer.sendHex('30 04 00 01 23 00');
    expect(await peer.first('DISCONNECT')).toMatchObject({ reasonCode: 0x90 });
    await peer.over();
    expect(got).toEqual([]);
    expect(client.state).toMatchObject({
      status: 'waiting',
      reason: { code: 'PROTOCOL_ERROR', statement: 'MQTT-3.3.2-2' },
    });
  });

  it('ends for good and at once when nothing can acknowledge: nothing stays latched', async () => {
    const { connect, server, clock } = lab({ PUBLISH: () => {} });
    const client = await connect();
    const publish = failure(client.publish('a', 'x', { qos: 1 }));
    const ended = client.end({ timeout: 1000 });
    expect(client.state.status).toBe('ending');
    await quiet();
    clock.advance(1000);
    await ended;
    expect(await publish).toBeInstanceOf(MqttError);
    expect((await server.peer(0)).isClosed).toBe(true);
    expect(client.state).toEqual({ status: 'ended', reason: undefined });
  });
});
