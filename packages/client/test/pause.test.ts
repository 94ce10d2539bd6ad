/** Letting the connection go and taking it up again, and following the states of a client. */
import { describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { failure, lab, quiet, standing, status } from './lab.ts';

/** The states of a client, until it has ended. */
async function followed(client: Client): Promise<string[]> {
  const seen: string[] = [];
  for await (const state of client.states()) seen.push(state.status);
  return seen;
}

describe('pause', () => {
  it('lets the connection go in order, keeps what is open, and tries nothing', async () => {
    const { connect, server, clock } = lab({ PUBLISH: () => {} });
    const client = await connect({ properties: { sessionExpiryInterval: 60 } });
    const inflight = client.publish('a', '1', { qos: 1 });
    client.pause();
    expect(client.state).toEqual({ status: 'paused' });
    const queued = client.publish('a', '2', { qos: 1 });
    const peer = await server.peer(0);
    await peer.over();
    expect(peer.packets.map(({ type }) => type)).toEqual(['CONNECT', 'PUBLISH', 'DISCONNECT']);
    expect(peer.error).toBeUndefined();
    clock.advance(1e7);
    await quiet();
    expect([server.attempts, clock.pending]).toEqual([1, 0]);
    server.script = {
      CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: true, reasonCode: 0 }),
    };
    client.resume();
    await Promise.all([inflight, queued]);
    const sent = (await server.peer(1)).all('PUBLISH');
    expect(sent.map(({ dup, payload }) => [dup, new TextDecoder().decode(payload)])).toEqual([
      [true, '1'],
      [false, '2'],
    ]);
    await client.end();
  });

  it('ends a wait and an attempt, and may be said again', async () => {
    for (const reachable of [false, 'silent'] as const) {
      const { connect, server, clock, tick } = lab();
      const client = await connect();
      server.reachable = reachable;
      (await server.peer(0)).cut();
      await status(client, 'waiting');
      if (reachable === 'silent') {
        tick();
        await status(client, 'connecting');
        await quiet();
      }
      client.pause();
      client.pause();
      await quiet();
      expect([client.state.status, clock.pending, server.given]).toEqual(['paused', 0, reachable ? 1 : 0]);
      await client.end();
      expect([client.state.status, clock.pending]).toEqual(['ended', 0]);
    }
  });

  it('means nothing to a client that ends or has ended; resume neither', async () => {
    const { connect, server } = lab({ PUBLISH: () => {} });
    const client = await connect();
    const open = failure(client.publish('a', 'x', { qos: 1 }));
    const ended = client.end();
    client.pause();
    client.resume();
    expect(client.state.status).toBe('ending');
    client.end({ timeout: 0 });
    await ended;
    await open;
    client.pause();
    client.resume();
    expect([client.state.status, server.attempts]).toEqual(['ended', 1]);
  });
});

describe('resume', () => {
  it('connects at once in place of waiting, with a new backoff', async () => {
    const { connect, server, clock } = lab({}, () => 0.5);
    const client = await connect();
    (await server.peer(0)).cut();
    await status(client, 'waiting');
    client.resume();
    expect(client.state).toEqual({ status: 'connecting', attempt: 2, reason: undefined });
    await status(client, 'connected');
    (await server.peer(1)).cut();
    await status(client, 'waiting');
    expect(client.state).toMatchObject({ delay: 500 });
    client.resume();
    client.resume();
    await status(client, 'connected');
    client.resume();
    expect(server.attempts).toBe(3);
    await client.end();
    expect(clock.pending).toBe(0);
  });

  it('in the same turn as pause opens a new connection beside the one that closes', async () => {
    const { connect, server } = lab();
    const client = await connect();
    client.pause();
    client.resume();
    await status(client, 'connected');
    await (await server.peer(0)).over();
    await quiet();
    expect(client.state.status).toBe('connected');
    expect(server.attempts).toBe(2);
    await client.end();
  });
});

describe('states', () => {
  it('gives the state now and every later one to each who follows, and ends behind ended', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const early = followed(client);
    (await server.peer(0)).cut();
    await status(client, 'waiting');
    client.resume();
    await status(client, 'connected');
    client.pause();
    const late = followed(client);
    client.resume();
    await status(client, 'connected');
    await client.end();
    expect(await early).toEqual([
      'connected',
      'waiting',
      'connecting',
      'connected',
      'paused',
      'connecting',
      'connected',
      'ending',
      'ended',
    ]);
    expect(await late).toEqual(['paused', 'connecting', 'connected', 'ending', 'ended']);
    expect(await followed(client)).toEqual(['ended']);
  });

  it('may be left at any time', async () => {
    const { connect } = lab();
    const client = await connect();
    for await (const { status: now } of client.states()) {
      expect(now).toBe('connected');
      break;
    }
    const states = client.states();
    await states.next();
    const next = states.next();
    expect(await standing(next)).toBe('open');
    await client.end();
    expect((await next).value).toEqual({ status: 'ending' });
  });
});
