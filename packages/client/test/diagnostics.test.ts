/** What `node:diagnostics_channel` is told, and that nothing is made for nobody. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { connectOn } from '../src/connect.ts';
import { diagnostics } from '../src/diagnostics.ts';
import { bytes, lab, quiet } from './lab.ts';

const NAMES = ['connect', 'state', 'publish', 'message', 'error'] as const;

describe('node:diagnostics_channel', () => {
  it('tells of connections, states, messages both ways and errors, while somebody listens', async () => {
    const told: [string, object][] = [];
    const listeners = NAMES.map((name) => {
      const listener = (data: unknown): void => {
        told.push([name, data as object]);
      };
      subscribe(`mqtt:client:${name}`, listener);
      return () => unsubscribe(`mqtt:client:${name}`, listener);
    });
    const { platform, server } = lab();
    const client = await connectOn({ ...platform, observer: diagnostics }, 'mqtt://test', {
      onMessage: () => {
        throw new Error('mine');
      },
    });
    await client.publish('a', 'x', { qos: 1 });
    const peer = await server.peer(0);
    peer.send({ type: 'PUBLISH', topic: 'b', payload: bytes('y'), qos: 0, dup: false, retain: false });
    await quiet();
    for (const stop of listeners) stop();
    await client.end();
    expect(told).toMatchObject([
      ['state', { client, state: { status: 'connecting', attempt: 1 } }],
      ['state', { client, state: { status: 'connected' }, previous: { status: 'connecting' } }],
      ['connect', { client, connack: { type: 'CONNACK', reasonCode: 0 } }],
      ['publish', { client, topic: 'a', payload: 'x', options: { qos: 1 } }],
      ['message', { client, message: { topic: 'b' } }],
      ['error', { client, error: { code: 'HANDLER_FAILED' } }],
    ]);
    expect(told).toHaveLength(6);
  });
});
