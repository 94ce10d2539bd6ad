/** AbortSignals of messages: before, while they wait, and after their answer, when an abort must not be heard by anybody. */
import { expect, it } from 'vitest';
import { failure, lab, quiet, status } from './lab.ts';

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
  expect(await failure(client.publish('#', '3', { qos: 1, signal }))).toMatchObject({
    code: 'INVALID_OPTION',
  });
  expect(await failure(client.publish('a', '4', { signal }))).toMatchObject({ code: 'NOT_CONNECTED' });
  controller.abort(); // A rejection that nobody waits for would end this run.
  expect(await waiting).toMatchObject({ code: 'ABORTED' });
  await quiet();
  await client.end();
});
