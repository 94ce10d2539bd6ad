/** What the types refuse. `tsc` is the judge; the assertions keep the lines alive. */
import { describe, expectTypeOf, it } from 'vitest';
import type { Client } from '../src/client.ts';
import type { Grant } from '../src/errors.ts';
import type { Message } from '../src/message.ts';
import type { ConnectOptions } from '../src/options.ts';
import type { PublishResult } from '../src/publisher.ts';
import type { ClientState } from '../src/state.ts';

describe('types', () => {
  it('options know the versions', () => {
    const five: ConnectOptions = {
      properties: { sessionExpiryInterval: 1 },
      will: { topic: 't', payload: 'p', properties: {} },
    };
    expectTypeOf(five).toExtend<ConnectOptions>();
    // @ts-expect-error 3.1.1 has no properties
    const four: ConnectOptions = { version: 4, properties: { sessionExpiryInterval: 1 } };
    // @ts-expect-error nor has its will
    const will: ConnectOptions = { version: 4, will: { topic: 't', payload: 'p', properties: {} } };
    // @ts-expect-error one name for one thing
    const clean: ConnectOptions = { clean: true };
    // @ts-expect-error there is no version 6
    const six: ConnectOptions = { version: 6 };
    // @ts-expect-error a property of PUBLISH
    const misplaced: ConnectOptions = { properties: { topicAlias: 1 } };
    expectTypeOf([four, will, clean, six, misplaced]).toExtend<readonly ConnectOptions[]>();
  });

  it('a client gives what it says', () => {
    type Publish = Client['publish'];
    expectTypeOf<Publish>().returns.toEqualTypeOf<Promise<PublishResult>>();
    expectTypeOf<Awaited<ReturnType<Client['subscribe']>>>().toEqualTypeOf<readonly Grant[]>();
    expectTypeOf<ReturnType<Client['subscribe']>>().toExtend<Promise<readonly Grant[]>>();
    expectTypeOf<ReturnType<Client['subscribe']>>().toExtend<AsyncIterable<Message>>();
    expectTypeOf<Message['payload']>().toEqualTypeOf<Uint8Array>();
  });

  it('calls are checked', () => {
    const use = (client: Client): void => {
      client.on('state', (state, previous) => expectTypeOf([state, previous]).toEqualTypeOf<ClientState[]>());
      client.on('message', (message) => expectTypeOf(message).toEqualTypeOf<Message>());
      // @ts-expect-error no such event
      client.on('connect', () => {});
      // @ts-expect-error QoS 3 does not exist
      client.publish('a', 'x', { qos: 3 });
      // @ts-expect-error a number is no payload
      client.publish('a', 7);
      // @ts-expect-error only a server sends them
      client.publish('a', 'x', { properties: { subscriptionIdentifiers: [1] } });
      // @ts-expect-error pairs, not an object
      client.publish('a', 'x', { properties: { userProperties: { a: 'b' } } });
      // @ts-expect-error no such option
      client.subscribe('a', { rh: 1 });
      // @ts-expect-error retain handling 3 does not exist
      client.subscribe('a', { retainHandling: 3 });
    };
    expectTypeOf(use).toBeFunction();
  });

  it('a state has what belongs to it', () => {
    const delayOf = (state: ClientState): number | undefined =>
      state.status === 'waiting' ? state.delay : undefined;
    // @ts-expect-error a connected client waits for nothing
    const wrong = (state: ClientState & { status: 'connected' }): number => state.delay;
    expectTypeOf([delayOf, wrong]).toBeArray();
  });
});
