/** Events: what the hooks are told, for listeners that come and go while the broker runs. */
import { describe, expect, it } from 'vitest';
import type { EventName } from '../src/events.ts';
import { House } from './wire/house.ts';

describe('broker.on', () => {
  it('tells every listener what the hook is told, after it, until it is taken away', () => {
    const told: string[] = [];
    const house = new House({ hooks: { onConnect: ({ clientId }) => told.push(`hook ${clientId}`) } });
    const stopOne = house.broker.on('connect', ({ clientId }, sessionPresent) =>
      told.push(`one ${clientId} ${sessionPresent}`),
    );
    const stopTwo = house.broker.on('connect', ({ clientId }) => told.push(`two ${clientId}`));
    house.connect({ clientId: 'a' });
    expect(told.splice(0)).toEqual(['hook a', 'one a false', 'two a']);
    stopOne();
    house.connect({ clientId: 'b' });
    expect(told.splice(0)).toEqual(['hook b', 'two b']);
    stopTwo();
    stopTwo();
    house.connect({ clientId: 'c' });
    expect(told).toEqual(['hook c']);
  });

  it('tells of subscriptions, drops, refusals and ends, each by its name', () => {
    const house = new House({ access: { authenticate: ({ clientId }) => clientId !== 'no' } });
    const told: string[] = [];
    const listen = <N extends EventName>(name: N): void => {
      house.broker.on(name, (() => told.push(name)) as never);
    };
    for (const name of ['refuse', 'disconnect', 'subscribe', 'unsubscribe', 'drop'] as const) listen(name);
    house.ask({ clientId: 'no' });
    const wire = house.connect({
      clientId: 'a',
      cleanStart: false,
      properties: { sessionExpiryInterval: 9 },
    });
    wire
      .subscribe('t')
      .subscribe('x')
      .send({ type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['x'] });
    wire.cut();
    house.connect({ clientId: 'b' }).publish('t', 'x');
    expect(told).toEqual(['refuse', 'subscribe', 'subscribe', 'unsubscribe', 'disconnect', 'drop']);
  });

  it('a listener that throws, rejects or ends itself harms nobody', () => {
    const house = new House();
    const told: string[] = [];
    const stop = house.broker.on('connect', () => {
      stop();
      told.push('once');
    });
    house.broker.on('connect', () => {
      throw new Error('no');
    });
    house.broker.on('connect', () => told.push('last'));
    house.connect({ clientId: 'a' });
    house.connect({ clientId: 'b' });
    expect(told).toEqual(['once', 'last', 'last']);
    expect(house.broker.metrics.hooksFailed).toBe(2);
  });

  it('without a listener there is no hook, and an unknown name is said', () => {
    const house = new House();
    house.broker.on('drop', () => undefined)();
    house.connect({ clientId: 'a' });
    expect(house.isWell()).toBe(true);
    expect(() => house.broker.on('nothing' as EventName, () => undefined)).toThrow(
      'there is no event nothing',
    );
  });
});
