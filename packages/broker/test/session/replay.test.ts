/** Retained messages for many new subscriptions at once: what is looked for is held for one of them at a time. */
import { describe, expect, it } from 'vitest';
import { Message } from '../../src/message.ts';
import { LATER, Replay, Replays } from '../../src/session/replay.ts';
import type { Subscriber, Subscription } from '../../src/subscriber.ts';

const message = (topic: string): Message =>
  new Message({ topic, payload: new Uint8Array(1), qos: 1, retain: true });

function subscription(topicFilter: string): Subscription {
  const subscriber = {} as Subscriber;
  const options = { noLocal: false, retainAsPublished: false, identifiers: undefined };
  return { subscriber, topicFilter, qos: 1, ...options };
}

function replays(looked: string[], filters: readonly string[]): Replays {
  const all = new Replays('c');
  for (const filter of filters) {
    const find = (): readonly string[] => {
      looked.push(filter);
      return [`${filter}/1`, `${filter}/2`];
    };
    all.add(new Replay(find, subscription(filter), message));
  }
  return all;
}

function next(all: Replays): string | undefined {
  const found = all.next();
  return found === LATER ? 'later' : found?.topic;
}

describe('the retained messages of many subscriptions', () => {
  it('[N02] are looked for when the turn of their subscription comes, not before', () => {
    const looked: string[] = [];
    const all = replays(looked, ['a', 'b', 'c']);
    const topics = [next(all), next(all)];
    expect([topics, looked]).toEqual([['a/1', 'a/2'], ['a']]);
    expect([next(all), looked]).toEqual(['b/1', ['a', 'b']]);
  });

  it('[N02] of a client that left are looked for as far as there is room for them', () => {
    const looked: string[] = [];
    const all = replays(looked, ['a', 'b', 'c']);
    all.next();
    all.shorten(2);
    expect(looked).toEqual(['a', 'b']);
    expect([next(all), next(all), next(all)]).toEqual(['a/2', 'b/1', undefined]);
  });

  it('[F17] that are searched for in turns say when it is another one, and are as many as there is room for', () => {
    const all = new Replays('c');
    function* found(): Generator<string | undefined, undefined> {
      yield* ['x', undefined, 'y', 'z'];
    }
    all.add(new Replay(found, subscription('+/#'), message));
    all.add(new Replay(() => ['b'], subscription('b'), message));
    expect([next(all), next(all)]).toEqual(['x', 'later']);
    all.shorten(1);
    expect([next(all), next(all), next(all)]).toEqual(['y', 'b', undefined]);
  });
});
