/** What the load finds out about a broker: every message that is missing, changed, out of order or there again. */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { Publisher } from '../../src/broker/publisher.ts';
import { Subscriber } from '../../src/broker/subscriber.ts';
import type { QoS } from '../../src/broker/wire.ts';
import { type Meddle, relay } from './relay.ts';

const MESSAGES = 500;
const PAYLOAD = 64;
const WINDOW = 16;

/** Sends MESSAGES through a relay; resolves when the subscriber has counted `arrivals`, and all is settled. */
async function flood(qos: QoS, meddle?: Meddle, arrivals = MESSAGES): Promise<Subscriber> {
  const { port, close } = await relay(meddle);
  const address = { port, over: 'tcp', version: 4 } as const;
  const shared = { number: 0, address, qos, payloadBytes: PAYLOAD, now: () => performance.now() };
  const topics = { first: 0, each: 1 };
  const sending = { ...shared, topics, retain: false, usesAlias: false, window: WINDOW };
  const receiving = { ...shared, topicFilters: ['#'], publishers: 1, readBytes: 4_096 };
  try {
    return await new Promise<Subscriber>((resolve, reject) => {
      const ended = (why: string): void => reject(new Error(why));
      let settled = 0;
      const check = (): void => {
        if (settled === MESSAGES && subscriber.received >= arrivals) resolve(subscriber);
      };
      const publish = (): void => {
        const publisher: Publisher = new Publisher(sending, {
          opened: () => publisher.start(MESSAGES),
          settled(count) {
            settled += count;
            check();
          },
          ended,
        });
      };
      const subscriber: Subscriber = new Subscriber(
        { ...receiving, times: undefined, spread: undefined },
        { opened: publish, moved: check, ended },
      );
    });
  } finally {
    close();
  }
}

const counts = ({ received, wrong, skipped, twice }: Subscriber): number[] => [
  received,
  wrong,
  skipped,
  twice,
];

describe('a flood through a faultless relay', () => {
  it.each([0, 1, 2] as const)('arrives whole and in order at QoS %i', async (qos) => {
    expect(counts(await flood(qos))).toEqual([MESSAGES, 0, 0, 0]);
  });
});

describe('a flood through a relay with a fault', () => {
  it('misses a message that is lost on the way', async () => {
    const lose: Meddle = (frame, count) => (count === 100 ? [] : [frame]);
    expect(counts(await flood(0, lose, MESSAGES - 1))).toEqual([MESSAGES - 1, 0, 1, 0]);
  });

  it('finds a message that overtakes another', async () => {
    let held: Buffer[] = [];
    const swap: Meddle = (frame, count) => {
      if (count === 100) {
        held = [frame];
        return [];
      }
      const after = held;
      held = [];
      return [frame, ...after];
    };
    expect(counts(await flood(0, swap))).toEqual([MESSAGES, 1, 1, 0]);
  });

  it('finds a message that comes twice, and forgives it where DUP is set', async () => {
    const again: Meddle = (frame, count) => (count === 100 ? [frame, frame] : [frame]);
    expect(counts(await flood(0, again, MESSAGES + 1))).toEqual([MESSAGES + 1, 1, 0, 0]);
    const marked: Meddle = (frame, count) => {
      const copy = Buffer.from(frame);
      copy[0] = (copy[0] ?? 0) | 8;
      return count === 100 ? [frame, copy] : [frame];
    };
    expect(counts(await flood(1, marked))).toEqual([MESSAGES, 0, 0, 1]);
  });

  it('finds a byte that changed, in the messages it samples', async () => {
    const change: Meddle = (frame, count) => {
      if (count === 128) frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
      return [frame];
    };
    expect(counts(await flood(0, change))).toEqual([MESSAGES, 1, 0, 0]);
  });
});
