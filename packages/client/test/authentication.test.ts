/** Enhanced authentication (§4.12): the exchange of CONNECT, re-authentication, and servers that break its rules. */
import { describe, expect, it } from 'vitest';
import type { Authentication, AuthenticationExchange } from '../src/authentication.ts';
import { MqttError } from '../src/errors.ts';
import { bytes, failure, lab, type Peer, quiet, type Script, standing, status } from './lab.ts';

const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** A method of three words from the client; `heard`: what the server said. */
function threeWords(heard: string[] = []): Authentication {
  return {
    method: 'WORDS',
    *exchange(): AuthenticationExchange {
      heard.push(text(yield bytes('one')));
      heard.push(text(yield bytes('two')));
      heard.push(text(yield bytes('three')));
    },
  };
}

const auth = (peer: Peer, reasonCode: 0x00 | 0x18, data: string, authenticationMethod = 'WORDS'): void =>
  peer.send({
    type: 'AUTH',
    reasonCode,
    properties: { authenticationMethod, authenticationData: bytes(data) },
  });

const welcome = (peer: Peer, data: string, authenticationMethod = 'WORDS'): void =>
  peer.send({
    type: 'CONNACK',
    sessionPresent: false,
    reasonCode: 0,
    properties: { authenticationMethod, authenticationData: bytes(data) },
  });

/** A server that asks twice and is content. */
const script: Script = {
  CONNECT: (_, peer) => auth(peer, 0x18, 'ask 1'),
  AUTH: ({ reasonCode, properties }, peer) => {
    const word = text(properties?.authenticationData);
    if (reasonCode === 0x19) auth(peer, 0x18, 'again 1');
    else if (word === 'two') auth(peer, 0x18, peer.all('AUTH').length > 2 ? 'again 2' : 'ask 2');
    else if (peer.all('AUTH').length > 2) auth(peer, 0x00, 'again done');
    else welcome(peer, 'done');
  },
};

describe('enhanced authentication', () => {
  it('[MQTT-4.12.0-3] [MQTT-4.12.0-5] carries each step, with 0x18 and the method, until CONNACK', async () => {
    const heard: string[] = [];
    const { connect, server } = lab(script);
    const client = await connect({ authentication: threeWords(heard) });
    const peer = await server.peer(0);
    const { properties } = await peer.first('CONNECT');
    expect(properties?.authenticationMethod).toBe('WORDS');
    expect(text(properties?.authenticationData)).toBe('one');
    expect(
      peer
        .all('AUTH')
        .map(({ reasonCode, properties: said }) => [
          reasonCode,
          said?.authenticationMethod,
          text(said?.authenticationData),
        ]),
    ).toEqual([
      [0x18, 'WORDS', 'two'],
      [0x18, 'WORDS', 'three'],
    ]);
    expect(heard).toEqual(['ask 1', 'ask 2', 'done']);
    await client.end();
  });

  it('makes a new exchange for each connection', async () => {
    const heard: string[] = [];
    const { connect, server, tick } = lab(script);
    const client = await connect({ authentication: threeWords(heard) });
    (await server.peer(0)).cut();
    await status(client, 'waiting');
    tick();
    await status(client, 'connected');
    expect(heard).toEqual(['ask 1', 'ask 2', 'done', 'ask 1', 'ask 2', 'done']);
    await client.end();
  });

  it('[MQTT-4.12.0-7] without the option no method is named and no AUTH sent', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const peer = await server.peer(0);
    expect((await peer.first('CONNECT')).properties).not.toHaveProperty('authenticationMethod');
    expect(await failure(client.reauthenticate())).toMatchObject({ code: 'INVALID_OPTION' });
    await client.end();
    expect(peer.all('AUTH')).toEqual([]);
  });

  it('reads nothing behind CONNACK before the server is proven', async () => {
    let prove = (): void => {};
    const proof = new Promise<void>((resolve) => {
      prove = resolve;
    });
    const topics: string[] = [];
    const { connect, server } = lab({
      CONNECT: (_, peer) => {
        welcome(peer, 'proof');
        peer.send({ type: 'PUBLISH', topic: 'early', payload: bytes(''), qos: 0, dup: false, retain: false });
      },
    });
    const connecting = connect({
      onMessage: ({ topic }) => {
        topics.push(topic);
      },
      authentication: {
        method: 'WORDS',
        async *exchange() {
          yield undefined;
          await proof;
        },
      },
    });
    expect(await standing(connecting)).toBe('open');
    expect(topics).toEqual([]);
    prove();
    const client = await connecting;
    await quiet();
    expect(topics).toEqual(['early']);
    expect(server.attempts).toBe(1);
    await client.end();
  });

  it.each<[string, Script, object]>([
    [
      '[MQTT-4.12.0-5] another method in AUTH',
      { CONNECT: (_, peer) => auth(peer, 0x18, 'x', 'OTHER') },
      { code: 'PROTOCOL_ERROR', statement: 'MQTT-4.12.0-5' },
    ],
    [
      '[MQTT-4.12.0-5] another method in CONNACK',
      { CONNECT: (_, peer) => welcome(peer, 'x', 'OTHER') },
      { code: 'PROTOCOL_ERROR', statement: 'MQTT-4.12.0-5' },
    ],
    [
      '[MQTT-4.12.0-2] AUTH 0x00 before CONNACK',
      { CONNECT: (_, peer) => auth(peer, 0x00, 'x') },
      { code: 'PROTOCOL_ERROR', statement: 'MQTT-4.12.0-2' },
    ],
    [
      'success before the exchange is over',
      { CONNECT: (_, peer) => welcome(peer, 'x') },
      { code: 'AUTHENTICATION_FAILED', message: expect.stringContaining('before it was proven') },
    ],
    [
      'more questions than the method has answers',
      { CONNECT: (_, peer) => auth(peer, 0x18, '1'), AUTH: (_, peer) => auth(peer, 0x18, 'more') },
      { code: 'AUTHENTICATION_FAILED', message: expect.stringContaining('more than') },
    ],
    [
      'a refusal half-way',
      { CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x8c }) },
      { code: 'CONNECT_REFUSED', reasonCode: 0x8c },
    ],
  ])('ends with a stated reason: %s', async (_, behaviour, expected) => {
    const { connect, server, clock } = lab(behaviour);
    const error = await failure(
      connect({ authentication: threeWords(), reconnect: { initial: true, maximumAttempts: 0 } }),
    );
    expect(error).toMatchObject(expected);
    await (await server.peer(0)).over();
    expect([server.attempts, clock.pending]).toEqual([1, 0]);
  });

  it('[MQTT-4.12.0-6] refuses a server that authenticates unasked', async () => {
    for (const behaviour of [
      { CONNECT: (_: unknown, peer: Peer) => auth(peer, 0x18, 'x') },
      { CONNECT: (_: unknown, peer: Peer) => welcome(peer, 'x') },
    ]) {
      const { connect } = lab(behaviour);
      expect(await failure(connect())).toMatchObject({ code: 'PROTOCOL_ERROR', statement: 'MQTT-4.12.0-6' });
    }
  });

  it('tries again when the method fails by its own doing, and not when it says so', async () => {
    for (const [thrown, attempts] of [
      [new Error('the token server is down'), 2],
      [new MqttError('AUTHENTICATION_FAILED', 'an impostor'), 1],
    ] as const) {
      const { connect, clock, tick } = lab();
      let asked = 0;
      const connecting = failure(
        connect({
          reconnect: { initial: true, maximumAttempts: 1 },
          authentication: {
            method: 'M',
            // biome-ignore lint/correctness/useYield: it fails before
            *exchange() {
              asked += 1;
              throw thrown;
            },
          },
        }),
      );
      await quiet();
      if (attempts === 2) tick();
      await connecting;
      expect([asked, clock.pending]).toEqual([attempts, 0]);
    }
  });
});

describe('re-authentication', () => {
  it('[MQTT-4.12.1-1] begins with 0x19 and the method of CONNECT, and resolves with the server’s 0x00', async () => {
    const heard: string[] = [];
    const { connect, server } = lab(script);
    const client = await connect({ authentication: threeWords(heard) });
    heard.length = 0;
    const both = [client.reauthenticate(), client.reauthenticate()];
    await client.publish('a', 'goes on', { qos: 1 });
    await Promise.all(both);
    const again = (await server.peer(0)).all('AUTH').slice(2);
    expect(again.map(({ reasonCode, properties }) => [reasonCode, properties?.authenticationMethod])).toEqual(
      [
        [0x19, 'WORDS'],
        [0x18, 'WORDS'],
        [0x18, 'WORDS'],
      ],
    );
    expect(heard).toEqual(['again 1', 'again 2', 'again done']);
    await client.reauthenticate();
    await client.end();
  });

  it('rejects when the server ends the connection', async () => {
    const { connect } = lab({
      ...script,
      AUTH: (packet, peer) => {
        if (packet.reasonCode === 0x19) peer.send({ type: 'DISCONNECT', reasonCode: 0x87 });
        else script.AUTH?.(packet, peer);
      },
    });
    const client = await connect({ authentication: threeWords() });
    expect(await failure(client.reauthenticate())).toMatchObject({ code: 'DISCONNECTED', reasonCode: 0x87 });
    expect(client.state).toMatchObject({ status: 'ended', reason: { reasonCode: 0x87 } });
    expect(await failure(client.reauthenticate())).toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('[MQTT-4.12.1-2] a server that does not prove itself is left with DISCONNECT', async () => {
    const { connect, server } = lab({
      ...script,
      AUTH: (packet, peer) => {
        if (packet.reasonCode === 0x19) auth(peer, 0x00, 'trust me');
        else script.AUTH?.(packet, peer);
      },
    });
    const client = await connect({ authentication: threeWords() });
    expect(await failure(client.reauthenticate())).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(await (await server.peer(0)).first('DISCONNECT')).toMatchObject({ reasonCode: 0x80 });
    expect(client.state.status).toBe('ended');
  });

  it('AUTH that nobody asked for ends the connection', async () => {
    const { connect, server } = lab(script);
    const client = await connect({ authentication: threeWords(), reconnect: false });
    auth(await server.peer(0), 0x18, 'x');
    await status(client, 'ended');
    expect(client.state).toMatchObject({ reason: { code: 'PROTOCOL_ERROR' } });
  });
});
