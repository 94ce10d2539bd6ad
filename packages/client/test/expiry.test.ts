/** Message Expiry Interval of what waits here: it runs, what is left of it goes along, and what expired does not leave. */
import { describe, expect, it } from 'vitest';
import { failure, lab, quiet, type Script } from './lab.ts';

const message = (messageExpiryInterval: number, qos: 0 | 1 | 2 = 1): object => ({
  qos,
  properties: { messageExpiryInterval, contentType: 't' },
});

const intervals = (
  packets: readonly { readonly topic: string; readonly properties?: object | undefined }[],
) =>
  packets.map(({ topic, properties }) => [
    topic,
    (properties as { messageExpiryInterval?: number })?.messageExpiryInterval,
  ]);

describe('a Message Expiry Interval (§3.3.2.3.3)', () => {
  it.each([0, 1, 2] as const)('runs while a message of QoS %i waits for a connection', async (qos) => {
    const { connect, server, clock } = lab();
    const client = await connect();
    client.pause();
    const kept = client.publish('kept', 'x', message(60, qos));
    const lost = failure(client.publish('lost', 'x', message(5, qos)));
    const plain = client.publish('plain', 'x', { qos });
    clock.advance(5500);
    const late = client.publish('late', 'x', message(5, qos));
    client.resume();
    expect(await lost).toMatchObject({
      code: 'MESSAGE_EXPIRED',
      message: 'the message to lost expired before it could leave',
    });
    await Promise.all([kept, plain, late]);
    const peer = await server.peer(1);
    await quiet();
    const sent = peer.all('PUBLISH');
    expect(intervals(sent)).toEqual([
      ['kept', 55],
      ['plain', undefined],
      ['late', 5],
    ]);
    expect(sent[0]?.properties).toMatchObject({ contentType: 't' });
    await client.end();
  });

  it("runs while a message waits for the server's window, and one that leaves at once has all of it", async () => {
    const script: Script = {
      CONNECT: (_, peer) =>
        peer.send({
          type: 'CONNACK',
          sessionPresent: false,
          reasonCode: 0,
          properties: { receiveMaximum: 1 },
        }),
      PUBLISH: () => {},
    };
    const { connect, server, clock } = lab(script);
    const client = await connect();
    const first = client.publish('first', 'x', message(10));
    const second = client.publish('second', 'x', message(10));
    const third = failure(client.publish('third', 'x', message(3)));
    const peer = await server.peer(0);
    const { packetId = 0 } = await peer.first('PUBLISH');
    clock.advance(4000);
    peer.send({ type: 'PUBACK', packetId, reasonCode: 0 });
    await first;
    const next = await peer.nth('PUBLISH', 1);
    peer.send({ type: 'PUBACK', packetId: next.packetId ?? 0, reasonCode: 0 });
    await second;
    expect(await third).toMatchObject({ code: 'MESSAGE_EXPIRED' });
    expect(intervals(peer.all('PUBLISH'))).toEqual([
      ['first', 10],
      ['second', 6],
    ]);
    await client.end();
  });

  it('the options that the caller gave stay as they were', async () => {
    const { connect, clock } = lab();
    const client = await connect();
    client.pause();
    const options = message(60);
    const sent = client.publish('a', 'x', options);
    clock.advance(10_000);
    client.resume();
    await sent;
    expect(options).toEqual(message(60));
    await client.end();
  });
});

describe('a refusal', () => {
  it('names its reason code', async () => {
    const { connect, server } = lab({
      PUBLISH: ({ packetId = 0 }, peer) => peer.send({ type: 'PUBACK', packetId, reasonCode: 0x87 }),
      SUBSCRIBE: ({ packetId }, peer) => peer.send({ type: 'SUBACK', packetId, reasonCodes: [0x8f] }),
      UNSUBSCRIBE: ({ packetId }, peer) => peer.send({ type: 'UNSUBACK', packetId, reasonCodes: [0x83] }),
    });
    const client = await connect();
    await server.peer(0);
    const told = async (tried: Promise<unknown>): Promise<unknown> =>
      ((await failure(tried)) as Error).message;
    expect(await told(client.publish('a', 'x', { qos: 1 }))).toBe(
      'the server refused the message to a: 0x87 Not authorized',
    );
    expect(await told(client.subscribe('a'))).toBe(
      'the server refused to subscribe a: 0x8F Topic Filter invalid',
    );
    expect(await told(client.unsubscribe('a'))).toMatch(/0x83 Implementation specific error$/);
    await client.end();
  });
});
