/** The memory link behaves like a network connection: every byte in order, back-pressure, and every way to end. */
import type { LinkHandler } from '@mqtt/session';
import {
  ConnectionLost,
  ManualClock,
  type MemoryEnd,
  MemoryLink,
  type MemoryLinkOptions,
  seededRandom,
} from '@mqtt/session/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

class Listener implements LinkHandler {
  readonly events: string[] = [];
  readonly bytes: number[] = [];
  chunks = 0;
  receive(chunk: Uint8Array): void {
    this.bytes.push(...chunk);
    this.chunks += 1;
  }
  drained(): void {
    this.events.push('drained');
  }
  closed(error?: Error): void {
    this.events.push(error === undefined ? 'closed' : `closed: ${error.message}`);
  }
}

const LOST = `closed: ${new ConnectionLost().message}`;

function connected(options?: MemoryLinkOptions): {
  link: MemoryLink;
  near: MemoryEnd;
  far: MemoryEnd;
  left: Listener;
  right: Listener;
} {
  const link = new MemoryLink(options);
  const [left, right] = [new Listener(), new Listener()];
  link.near.attach(left);
  link.far.attach(right);
  return { link, near: link.near, far: link.far, left, right };
}

const abc = Uint8Array.of(1, 2, 3);

describe('bytes', () => {
  it('arrive in order, both ways, in chunks of any size', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        chunks,
        chunks,
        fc.integer(),
        fc.integer({ min: 1, max: 9 }),
        (one, two, seed, largestChunk) => {
          const { link, near, far, left, right } = connected({ random: seededRandom(seed), largestChunk });
          for (const bytes of one) near.write(bytes);
          for (const bytes of two) far.write(bytes);
          link.run();
          expect([right.bytes, left.bytes]).toEqual([one.flatMap((b) => [...b]), two.flatMap((b) => [...b])]);
          expect(right.chunks).toBeGreaterThanOrEqual(right.bytes.length / largestChunk);
        },
      ),
    );
  });

  it('arrive as one chunk without chance, in chunks that nobody else holds', () => {
    const { link, near, right } = connected();
    near.write(abc);
    near.write(abc);
    link.run();
    expect([right.bytes, right.chunks, near.buffered]).toEqual([[1, 2, 3, 1, 2, 3], 1, 0]);
  });

  it('are the link’s until they are sent: a change shows', () => {
    const { link, near, right } = connected();
    const bytes = Uint8Array.of(1);
    near.write(bytes);
    bytes[0] = 9;
    link.run();
    expect(right.bytes).toEqual([9]);
  });

  it('wait until somebody is there', () => {
    const link = new MemoryLink();
    link.near.write(abc);
    expect([link.step(), link.near.buffered]).toEqual([false, 3]);
    const right = new Listener();
    link.far.attach(right);
    link.run();
    expect(right.bytes).toEqual([1, 2, 3]);
  });

  it('move by themselves with a deferrer', async () => {
    const { near, far, left, right } = connected({ defer: queueMicrotask });
    near.write(abc);
    far.write(abc);
    await Promise.resolve();
    expect([left.bytes, right.bytes]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const clock = new ManualClock();
    const second = connected({ defer: clock.defer });
    second.near.write(abc);
    clock.turn();
    expect(second.right.bytes).toEqual([1, 2, 3]);
  });

  it('tell where they come from', () => {
    const { near, far } = connected();
    expect([near.peer, far.peer]).toEqual(['memory:far', 'memory:near']);
  });
});

describe('back-pressure', () => {
  it('says false above the high-water mark, and drained when all has left', () => {
    const { link, near, far, left, right } = connected({ highWaterMark: 4 });
    far.hold();
    expect([near.write(abc), near.write(abc), near.write(Uint8Array.of())]).toEqual([true, false, false]);
    link.run();
    expect([left.events, right.bytes, near.buffered]).toEqual([[], [], 6]);
    far.resume();
    link.run();
    expect([left.events, right.bytes.length]).toEqual([['drained'], 6]);
    link.run();
    expect(left.events).toEqual(['drained']);
  });

  it('does not tell drained when write never said false', () => {
    const { link, near, left } = connected();
    near.write(abc);
    link.run();
    expect(left.events).toEqual([]);
  });
});

describe('the end', () => {
  it('close sends what is queued, then tells both', () => {
    const { link, near, left, right } = connected({ largestChunk: 2 });
    near.write(abc);
    near.close();
    expect([near.write(abc), near.isClosing]).toEqual([false, true]);
    link.run();
    expect([right.bytes, left.events, right.events]).toEqual([[1, 2, 3], ['closed'], ['closed']]);
    expect([near.isOver, link.step(), near.write(abc)]).toEqual([true, false, false]);
  });

  it('close takes what the other end had on its way', () => {
    const { link, near, far, left } = connected();
    far.write(abc);
    near.close();
    link.run();
    expect([left.bytes, left.events]).toEqual([[1, 2, 3], ['closed']]);
  });

  it('close waits for a reader that holds', () => {
    const { link, near, far, left, right } = connected();
    far.hold();
    near.write(abc);
    near.close();
    link.run();
    expect([left.events, right.events]).toEqual([[], []]);
    far.resume();
    link.run();
    expect([right.bytes, right.events]).toEqual([[1, 2, 3], ['closed']]);
  });

  it('close waits for its own reader, for whom bytes are on their way', () => {
    const { link, near, far, left } = connected();
    far.write(abc);
    near.hold();
    near.close();
    link.run();
    expect(left.events).toEqual([]);
    near.resume();
    link.run();
    expect([left.bytes, left.events]).toEqual([[1, 2, 3], ['closed']]);
  });

  it('abort loses what is queued; the other end lost its peer', () => {
    const { link, near, left, right } = connected();
    near.write(abc);
    near.abort();
    expect(near.write(abc)).toBe(false);
    link.run();
    expect([right.bytes, left.events, right.events]).toEqual([[], ['closed'], [LOST]]);
    const second = connected();
    second.far.abort();
    second.link.run();
    expect([second.left.events, second.right.events]).toEqual([[LOST], ['closed']]);
  });

  it('cut loses what is on its way, for both, once', () => {
    const { link, near, left, right } = connected();
    near.write(abc);
    link.cut();
    link.cut();
    link.run();
    expect([right.bytes, left.events, right.events]).toEqual([[], [LOST], [LOST]]);
    expect(new ConnectionLost().code).toBe('CONNECTION_LOST');
  });

  it.each([0, 1, 2, 3])('cut after %i bytes lets exactly these through', (count) => {
    const { link, near, far, left, right } = connected();
    near.write(abc);
    far.write(abc);
    near.cutAfter(count);
    link.run();
    expect([right.bytes, left.events, right.events]).toEqual([[1, 2, 3].slice(0, count), [LOST], [LOST]]);
  });

  it('does not tell drained after the end', () => {
    const { link, near, far, left } = connected({ highWaterMark: 1 });
    far.hold();
    near.write(abc);
    link.cut();
    far.resume();
    link.run();
    expect(left.events).toEqual([LOST]);
  });
});
