/** Hooks on every message, and trace context as one of them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import type { MessageHook } from '../src/hooks.ts';
import { type TraceContext, traceContext, traceContextOf } from '../src/tracing.ts';
import { failure, lab, quiet } from './lab.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('hooks', () => {
  it('see every message before it is sent, in order, and what one throws refuses the message', async () => {
    const { connect, server } = lab();
    const add = (text: string): MessageHook => ({
      publish: ({ properties, topic }) => {
        if (topic === 'secret') throw new Error('not this one');
        return { ...properties, userProperties: [...(properties?.userProperties ?? []), ['by', text]] };
      },
    });
    const client = await connect({ hooks: [add('one'), {}, add('two')] });
    await client.publish('a', 'x');
    await client.publish('b', 'x', { qos: 1, properties: { contentType: 't' } });
    expect(await failure(client.publish('secret', 'x'))).toMatchObject({
      code: 'INVALID_OPTION',
      message: /not this one/,
    });
    const [first, second] = (await server.peer(0)).all('PUBLISH');
    const userProperties = [
      ['by', 'one'],
      ['by', 'two'],
    ];
    expect(first?.properties).toMatchObject({ userProperties });
    expect(second?.properties).toMatchObject({ userProperties, contentType: 't' });
  });

  it('stand around every handler, the first one outermost, and what they throw is the handler’s', async () => {
    const { connect, server } = lab();
    const order: string[] = [];
    const around = (name: string): MessageHook => ({
      handle: (message, handler) => {
        order.push(`${name} ${message.topic}`);
        return handler();
      },
    });
    const client = await connect({ hooks: [around('outer'), {}, around('inner')] });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error.cause));
    client.on('message', () => {
      order.push('handler');
      throw new Error('thrown');
    });
    const payload = new Uint8Array();
    const peer = await server.peer(0);
    peer.send({ type: 'PUBLISH', topic: 'a', payload, qos: 0, dup: false, retain: false });
    await quiet();
    expect(order).toEqual(['outer a', 'inner a', 'handler']);
    expect(errors).toMatchObject([{ message: 'thrown' }]);
  });
});

describe('traceContext', () => {
  it('carries the context of who publishes to who handles', async () => {
    const { connect, server } = lab();
    const storage = new AsyncLocalStorage<TraceContext>();
    const hooks = [
      traceContext({
        current: () => storage.getStore(),
        run: (context, handler) => storage.run(context, handler),
      }),
    ];
    const client = await connect({ hooks });
    await storage.run({ traceparent, tracestate: 'a=1' }, () => client.publish('a', 'x'));
    await client.publish('b', 'x');
    await quiet();
    const peer = await server.peer(0);
    const [traced, plain] = peer.all('PUBLISH');
    expect(traced?.properties).toMatchObject({
      userProperties: [
        ['traceparent', traceparent],
        ['tracestate', 'a=1'],
      ],
    });
    expect(plain?.properties?.userProperties).toBeUndefined();
    const seen: unknown[] = [];
    client.on('message', async () => {
      await quiet();
      seen.push(storage.getStore());
    });
    if (traced !== undefined) peer.send(traced);
    if (plain !== undefined) peer.send(plain);
    await quiet();
    await quiet();
    await quiet();
    expect(seen).toEqual([{ traceparent, tracestate: 'a=1' }, undefined]);
  });

  it('leaves a context that is there, and messages before 5.0', async () => {
    for (const version of [4, 5] as const) {
      const { connect, server } = lab();
      const client = await connect({ version, hooks: [traceContext({ current: () => ({ traceparent }) })] });
      const userProperties = [['traceparent', 'mine']] as const;
      await client.publish('a', 'x', version === 5 ? { properties: { userProperties } } : {});
      await quiet();
      const [packet] = (await server.peer(0)).all('PUBLISH');
      expect(packet?.properties?.userProperties).toEqual(version === 5 ? userProperties : undefined);
    }
  });

  it('reads what is well formed', () => {
    const read = (...userProperties: [string, string][]) =>
      traceContextOf({ properties: { userProperties } });
    expect(read(['traceparent', traceparent])).toEqual({ traceparent, tracestate: undefined });
    expect(read(['tracestate', 'a=1'], ['traceparent', traceparent], ['tracestate', 'b=2'])).toEqual({
      traceparent,
      tracestate: 'a=1,b=2',
    });
    expect(traceContextOf({ properties: undefined })).toBeUndefined();
    for (const wrong of [
      '',
      traceparent.toUpperCase(),
      traceparent.replace(/^00/, 'ff'),
      traceparent.replace(/4bf92f3577b34da6a3ce929d0e0e4736/, '0'.repeat(32)),
      traceparent.replace(/00f067aa0ba902b7/, '0'.repeat(16)),
      traceparent.slice(1),
    ])
      expect(read(['traceparent', wrong])).toBeUndefined();
    expect(read(['traceparent', traceparent], ['traceparent', traceparent])).toBeUndefined();
  });
});
