/** AbortSignals of messages: before, while they wait, and after their answer, when an abort must not be heard by anybody. */
import { describe, expect, it } from 'vitest';
import { bytes, failure, lab, quiet, status } from './lab.ts';

it('a message whose signal was aborted before is not sent', async () => {
  const { connect, server } = lab();
  const client = await connect();
  const error = await failure(client.publish('a', 'x', { qos: 1, signal: AbortSignal.abort() }));
  expect(error).toMatchObject({ code: 'ABORTED', name: 'AbortError' });
  await client.end();
  expect((await server.peer(0)).all('PUBLISH')).toEqual([]);
});

it('a message that was refused is not heard of again when its signal is aborted later', async () => {
  const world = lab();
  const client = await world.connect({ maximumQueuedMessages: 1, queueQoS0: false });
  (await world.server.peer(0)).cut();
  await status(client, 'waiting');
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = failure(client.publish('a', '1', { qos: 1, signal }));
  expect(await failure(client.publish('a', '2', { qos: 1, signal }))).toMatchObject({ code: 'QUEUE_FULL' });
  expect(await failure(client.publish('#' as string, '3', { qos: 1, signal }))).toMatchObject({
    code: 'INVALID_OPTION',
  });
  expect(await failure(client.publish('a', '4', { signal }))).toMatchObject({ code: 'NOT_CONNECTED' });
  controller.abort(); // A rejection that nobody waits for would end this run.
  expect(await waiting).toMatchObject({ code: 'ABORTED' });
  await quiet();
  await client.end();
});

describe('AbortSignal of publish', () => {
  it('takes a message that waits out of the line', async () => {
    const world = lab();
    const client = await world.connect();
    (await world.server.peer(0)).cut();
    await status(client, 'waiting');
    const controller = new AbortController();
    const aborted = client.publish('a', 'gone', { qos: 1, signal: controller.signal });
    const other = client.publish('a', 'stays', { qos: 1 });
    controller.abort('why');
    expect(await failure(aborted)).toMatchObject({ name: 'AbortError', code: 'ABORTED', cause: 'why' });
    world.tick();
    await other;
    expect((await world.server.peer(1)).all('PUBLISH')).toHaveLength(1);
  });

  it('ends the wait for a message in flight, whose flow goes on', async () => {
    const { connect, server } = lab({ PUBLISH: () => {} });
    const client = await connect();
    const controller = new AbortController();
    const aborted = client.publish('a', 'x', { qos: 2, signal: controller.signal });
    const peer = await server.peer(0);
    const { packetId = 0 } = await peer.first('PUBLISH');
    controller.abort();
    expect(await failure(aborted)).toMatchObject({ code: 'ABORTED' });
    peer.send({ type: 'PUBREC', packetId, reasonCode: 0 });
    await peer.first('PUBREL');
  });

  it('an aborted signal sends nothing, and a signal outlives nothing', async () => {
    const { connect, server } = lab();
    const client = await connect();
    expect(await failure(client.publish('a', 'x', { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
    });
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    for (const qos of [0, 1, 2] as const) await client.publish('a', 'x', { qos, signal });
    expect(listeners).toBe(0);
    expect((await server.peer(0)).all('PUBLISH')).toHaveLength(3);
  });
});

describe('AbortSignal of a loop', () => {
  /** A signal that counts who listens to it. */
  function counted() {
    const controller = new AbortController();
    const { signal } = controller;
    const listening = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...[type, listener, options]: Parameters<typeof add>) => {
      listening.add(listener);
      add(type, listener, options);
    };
    signal.removeEventListener = (...[type, listener]: Parameters<typeof remove>) => {
      listening.delete(listener);
      remove(type, listener);
    };
    return { controller, signal, listening };
  }
  const publish = (packetId: number) =>
    ({
      type: 'PUBLISH',
      topic: 'a',
      payload: bytes('x'),
      qos: 1,
      dup: false,
      retain: false,
      packetId,
    }) as const;

  it('ends messages(): what waits is acknowledged, what is worked on when the loop goes on', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const peer = await server.peer(0);
    const { controller, signal, listening } = counted();
    const seen: string[] = [];
    let goOn: () => void = () => {};
    const loop = (async () => {
      for await (const message of client.messages({ signal })) {
        seen.push(message.topic);
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
    })();
    for (const packetId of [1, 2, 3]) peer.send(publish(packetId));
    await quiet();
    controller.abort('why');
    await quiet();
    expect(peer.all('PUBACK')).toEqual([]); // 2 and 3 wait for 1 [MQTT-4.6.0-2]
    goOn();
    expect(await failure(loop)).toMatchObject({ code: 'ABORTED', cause: 'why' });
    await quiet();
    expect(peer.all('PUBACK').map(({ packetId }) => packetId)).toEqual([1, 2, 3]);
    expect([seen, listening.size]).toEqual([['a'], 0]);
    expect(await failure(client.messages({ signal }).next())).toMatchObject({ code: 'ABORTED' });
    await client.end();
  });

  it('ends the loop over a subscription, and unsubscribes it', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const peer = await server.peer(0);
    const { controller, signal, listening } = counted();
    const subscribed = client.subscribe('a', { qos: 1, signal });
    const loop = (async () => {
      for await (const _ of subscribed);
    })();
    await subscribed;
    await quiet();
    expect(listening.size).toBe(1);
    controller.abort('why');
    expect(await failure(loop)).toMatchObject({ code: 'ABORTED', cause: 'why' });
    expect((await peer.first('UNSUBSCRIBE')).topicFilters).toEqual(['a']);
    expect(listening.size).toBe(0);
    await client.end();
  });

  it('ends a subscription that waits for its grant, and the loop over it, and unsubscribes once', async () => {
    const { connect, server } = lab({ SUBSCRIBE: () => {} });
    const client = await connect();
    const peer = await server.peer(0);
    const { controller, signal, listening } = counted();
    const subscribed = client.subscribe('a', { signal });
    const loop = failure(
      (async () => {
        for await (const _ of subscribed);
      })(),
    );
    const granted = failure(subscribed);
    await peer.first('SUBSCRIBE');
    controller.abort('why');
    for (const ended of [granted, loop]) expect(await ended).toMatchObject({ code: 'ABORTED', cause: 'why' });
    await peer.first('UNSUBSCRIBE');
    await quiet();
    expect([peer.all('UNSUBSCRIBE').length, listening.size]).toEqual([1, 0]);
    await client.end();
  });

  it('leaves a handler where it is', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const peer = await server.peer(0);
    const { controller, signal } = counted();
    const seen: string[] = [];
    await client.subscribe('a', { signal, onMessage: ({ topic }) => seen.push(topic) });
    controller.abort();
    peer.send(publish(1));
    await peer.first('PUBACK');
    expect([seen, peer.all('UNSUBSCRIBE')]).toEqual([['a'], []]);
    await client.end();
  });

  it('ends states(), also one that waits for the next', async () => {
    const { connect } = lab();
    const client = await connect();
    const { controller, signal, listening } = counted();
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { status: now } of client.states({ signal })) seen.push(now);
    })();
    client.pause();
    await quiet();
    controller.abort('why');
    expect(await failure(loop)).toMatchObject({ code: 'ABORTED', cause: 'why' });
    expect([seen, listening.size]).toEqual([['connected', 'paused'], 0]);
    expect(await failure(client.states({ signal }).next())).toMatchObject({ code: 'ABORTED' });
    await client.end();
  });

  it('is not listened to when the loop has ended by itself', async () => {
    const { connect } = lab();
    const client = await connect();
    const { signal, listening } = counted();
    for await (const _ of client.states({ signal })) break;
    await client.messages({ signal }).return?.();
    const open = client.messages({ signal });
    const states = client.states({ signal });
    await states.next();
    const ending = states.next();
    await quiet();
    expect(listening.size).toBe(2);
    await client.end();
    await ending;
    for await (const _ of states);
    expect(await open.next()).toMatchObject({ done: true });
    client.messages({ signal });
    expect(listening.size).toBe(0);
  });
});
