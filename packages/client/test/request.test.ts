/** client.request and respond: which topic, which answer, how long. */
import { describe, expect, it } from 'vitest';
import { respond } from '../src/respond.ts';
import { bytes, failure, lab, type Peer, quiet, type Script, standing } from './lab.ts';

const answer = (peer: Peer, topic: string, correlationData: Uint8Array | undefined, text: string): void =>
  peer.send({
    type: 'PUBLISH',
    topic,
    payload: bytes(text),
    qos: 0,
    dup: false,
    retain: false,
    properties: { correlationData },
  });

/** A server whose other client answers every request with its payload. */
const echoing: Script = {
  PUBLISH: ({ payload, properties, packetId = 0, qos }, peer) => {
    if (qos === 1) peer.send({ type: 'PUBACK', packetId, reasonCode: 0 });
    const { responseTopic = '', correlationData } = properties ?? {};
    answer(peer, responseTopic, correlationData, new TextDecoder().decode(payload));
  },
};

describe('request', () => {
  it('[MQTT-3.3.2-14] publishes with response topic and correlation data, and gives the answer', async () => {
    const { connect, server, clock } = lab(echoing);
    const client = await connect({ clientId: 'a/+ b' });
    const answers = await Promise.all(['1', '2', '3'].map((text) => client.request('sum', text, { qos: 1 })));
    expect(answers.map((message) => message.json())).toEqual([1, 2, 3]);
    const peer = await server.peer(0);
    expect(peer.all('SUBSCRIBE')).toMatchObject([
      { subscriptions: [{ topicFilter: 'response/a%2F%2B%20b' }] },
    ]);
    const ids = peer.all('PUBLISH').map(({ properties }) => `${properties?.correlationData}`);
    expect(new Set(ids).size).toBe(3);
    expect(peer.all('PUBLISH')[0]?.properties?.correlationData).toHaveLength(16);
    expect(peer.all('PUBLISH')[0]?.properties?.responseTopic).toBe('response/a%2F%2B%20b');
    await client.end();
    expect(clock.pending).toBe(0);
  });

  it('uses the Response Information that the server gives, and what the application says before that', async () => {
    const { connect, server } = lab({
      ...echoing,
      CONNECT: (_, peer) =>
        peer.send({
          type: 'CONNACK',
          sessionPresent: false,
          reasonCode: 0,
          properties: { responseInformation: 'mine/' },
        }),
    });
    const client = await connect({ clientId: 'c', properties: { requestResponseInformation: true } });
    await client.request('sum', '1');
    await client.request('sum', '1', { properties: { responseTopic: 'own', contentType: 'text/plain' } });
    const topics = (await server.peer(0)).all('PUBLISH').map(({ properties }) => properties?.responseTopic);
    expect(topics).toEqual(['mine/c', 'own']);
    expect((await server.peer(0)).all('PUBLISH')[1]?.properties?.contentType).toBe('text/plain');
  });

  it('passes over late, repeated and foreign answers', async () => {
    const { connect, server, clock } = lab();
    const client = await connect();
    const first = client.request('sum', '1', { timeout: 1000 });
    const peer = await server.peer(0);
    const { responseTopic = '', correlationData } = (await peer.first('PUBLISH')).properties ?? {};
    answer(peer, responseTopic, bytes('somebody else'), 'foreign');
    answer(peer, responseTopic, undefined, 'nothing');
    expect(await standing(first)).toBe('open');
    clock.advance(1000);
    expect(await failure(first)).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    answer(peer, responseTopic, correlationData, 'late');
    const second = client.request('sum', '2');
    const next = (await peer.nth('PUBLISH', 1)).properties?.correlationData;
    answer(peer, responseTopic, correlationData, 'late');
    answer(peer, responseTopic, next, 'right');
    answer(peer, responseTopic, next, 'twice');
    expect((await second).text()).toBe('right');
    await quiet();
    expect(client.state.status).toBe('connected');
  });

  it('fails at once when nobody subscribed to it, when it is aborted, refused, or the client ends', async () => {
    const { connect, server, clock } = lab({
      PUBLISH: ({ packetId = 0 }, peer) => peer.send({ type: 'PUBACK', packetId, reasonCode: 0x10 }),
    });
    const client = await connect();
    expect(await failure(client.request('sum', '1', { qos: 1 }))).toMatchObject({
      code: 'PUBLISH_REFUSED',
      reasonCode: 0x10,
    });
    server.script = {};
    const controller = new AbortController();
    const aborted = client.request('sum', '1', { signal: controller.signal });
    controller.abort();
    expect(await failure(aborted)).toMatchObject({ code: 'ABORTED' });
    expect(await failure(client.request('su+m' as string, '1'))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await failure(client.request('sum', '1', { timeout: Infinity }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    const open = client.request('sum', '1');
    await quiet();
    await client.end();
    expect(await failure(open)).toMatchObject({ code: 'CLOSED' });
    expect(clock.pending).toBe(0);
  });

  it('subscribes again when the first try was refused', async () => {
    let code: 0 | 0x87 = 0x87;
    const { connect } = lab({
      ...echoing,
      SUBSCRIBE: ({ packetId }, peer) => peer.send({ type: 'SUBACK', packetId, reasonCodes: [code] }),
    });
    const client = await connect();
    expect(await failure(client.request('sum', '1'))).toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    code = 0;
    expect((await client.request('sum', '1')).text()).toBe('1');
  });

  it('needs version 5', async () => {
    const { connect, server } = lab();
    const client = await connect({ version: 4 });
    expect(await failure(client.request('sum', '1'))).toMatchObject({ code: 'INVALID_OPTION' });
    expect((await server.peer(0)).packets).toHaveLength(1);
  });
});

describe('respond', () => {
  it('answers to the response topic, with the correlation data and the QoS of the request', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await respond(client, 'sum', (request) => {
      const numbers = request.json() as number[];
      return String(numbers.reduce((sum, number) => sum + number, 0));
    });
    const peer = await server.peer(0);
    const ask = { type: 'PUBLISH', topic: 'sum', dup: false, retain: false } as const;
    const properties = { responseTopic: 'to/me', correlationData: bytes('id') };
    peer.send({ ...ask, payload: bytes('[1,2]'), qos: 1, packetId: 1, properties });
    expect(await peer.first('PUBLISH')).toMatchObject({
      topic: 'to/me',
      qos: 1,
      payload: bytes('3'),
      properties: { correlationData: bytes('id') },
    });
    peer.send({ ...ask, payload: bytes('[1,2]'), qos: 0 }); // no response topic: no answer
    peer.send({ ...ask, payload: bytes('{'), qos: 0, properties });
    await quiet();
    expect(peer.all('PUBLISH')).toHaveLength(1);
    expect(errors).toMatchObject([{ code: 'HANDLER_FAILED' }]);
  });
});
