/** The outbox: bytes leave in order, in few writes, copied only where it pays, and wait within a bound. */
import type { Link } from '@mqtt/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox, Turn } from '../src/outbox.ts';
import { Totals } from '../src/totals.ts';

/** A link that takes everything until it is told to be full. */
class Pipe implements Link {
  readonly peer = 'pipe';
  readonly writes: Uint8Array[] = [];
  isFull = false;
  isClosed = false;
  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    return !this.isFull;
  }
  hold(): void {}
  resume(): void {}
  close(): void {
    this.isClosed = true;
  }
  abort(): void {}
  get bytes(): number[] {
    return this.writes.flatMap((write) => [...write]);
  }
}

interface Made {
  readonly pipe: Pipe;
  readonly outbox: Outbox;
  readonly told: string[];
  readonly endTurn: () => void;
  readonly totals: Totals;
}

function make(limit = 1_000_000): Made {
  const pipe = new Pipe();
  const told: string[] = [];
  const deferred: (() => void)[] = [];
  const turn = new Turn(
    (run) => deferred.push(run),
    (error) => told.push(String(error)),
  );
  const owner = { wrote: () => {}, blocked: () => told.push('blocked'), ready: () => told.push('ready') };
  const endTurn = (): void => {
    for (const run of deferred.splice(0)) run();
  };
  const totals = new Totals();
  const outbox = new Outbox(pipe, turn, { bytes: limit, totalBytes: 1e9, totals }, owner);
  return { pipe, outbox, told, endTurn, totals };
}

function numbered(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i);
}

describe('the outbox', () => {
  it('writes once a turn; views that lie side by side are one view, not copied', () => {
    const { pipe, outbox, endTurn } = make();
    const chunk = numbered(1000);
    for (let at = 100; at < 900; at += 100) outbox.view(chunk, at, at + 100);
    expect(pipe.writes).toEqual([]);
    endTurn();
    expect(pipe.writes).toHaveLength(1);
    expect(pipe.writes[0]?.buffer).toBe(chunk.buffer);
    expect(pipe.bytes).toEqual([...chunk.subarray(100, 900)]);
    endTurn();
    expect(pipe.writes).toHaveLength(1);
  });

  it('copies small pieces into one write, and leaves large ones where they are', () => {
    const { pipe, outbox, endTurn } = make();
    const small = [numbered(10), numbered(20), numbered(30)];
    const large = numbered(20_000);
    for (const piece of small) outbox.view(piece, 0, piece.length);
    outbox.acknowledge(0x40, 0x1234);
    outbox.view(large, 0, large.length);
    outbox.write(Uint8Array.of(1, 2));
    endTurn();
    expect(pipe.bytes).toEqual([
      ...small.flatMap((piece) => [...piece]),
      0x40,
      2,
      0x12,
      0x34,
      ...large,
      1,
      2,
    ]);
    expect(pipe.writes).toHaveLength(3);
    expect(pipe.writes[1]?.buffer).toBe(large.buffer);
  });

  it('gives each frame its own first byte and packet id, and leaves the shared bytes alone', () => {
    const { pipe, outbox, endTurn } = make();
    const frame = [0x30, 6, 0, 1, 0x74, 0, 0, 0x78];
    const chunk = Uint8Array.from([...frame, ...frame, ...frame]);
    for (let n = 0; n < 3; n++)
      outbox.frameWithId({ bytes: chunk, start: n * 8, end: n * 8 + 8, idAt: 5 }, 0x32, 0x100 + n);
    endTurn();
    const sent = (id: number): number[] => [0x32, 6, 0, 1, 0x74, 1, id, 0x78];
    expect(pipe.bytes).toEqual([...sent(0), ...sent(1), ...sent(2)]);
    expect(pipe.writes).toHaveLength(1);
    expect([...chunk]).toEqual([...frame, ...frame, ...frame]);
  });

  it('shares the payload of a large frame', () => {
    const { pipe, outbox, endTurn } = make();
    const bytes = numbered(50_000);
    outbox.frameWithId({ bytes, start: 0, end: bytes.length, idAt: 5 }, 0x3a, 7);
    endTurn();
    expect(pipe.bytes).toEqual([0x3a, 1, 2, 3, 4, 0, 7, ...bytes.subarray(7)]);
    expect(pipe.writes.at(-1)?.buffer).toBe(bytes.buffer);
  });

  it('keeps every byte in order, whatever comes, whenever the link is full', () => {
    const chunk = numbered(100_000);
    const piece = fc.oneof(
      fc.record({ view: fc.nat(60_000), length: fc.integer({ min: 1, max: 30_000 }), next: fc.boolean() }),
      fc.record({
        frame: fc.integer({ min: 8, max: 20_000 }),
        next: fc.boolean(),
        id: fc.integer({ min: 1, max: 65_535 }),
      }),
      fc.record({ ack: fc.integer({ min: 1, max: 65_535 }) }),
      fc.constantFrom('turn' as const, 'full' as const, 'drained' as const),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { pipe, outbox, endTurn } = make(Number.POSITIVE_INFINITY);
        const wanted: Uint8Array[] = [];
        let at = 0;
        for (const one of pieces) {
          if (one === 'turn') endTurn();
          else if (one === 'full') pipe.isFull = true;
          else if (one === 'drained') {
            pipe.isFull = false;
            outbox.drained();
          } else if ('ack' in one) {
            outbox.acknowledge(0x40, one.ack);
            wanted.push(Uint8Array.of(0x40, 2, one.ack >> 8, one.ack));
          } else if ('view' in one) {
            const start = one.next && at + one.length <= chunk.length ? at : one.view;
            at = start + one.length;
            outbox.view(chunk, start, at);
            wanted.push(chunk.slice(start, at));
          } else {
            const start = one.next && at + one.frame <= chunk.length ? at : 0;
            at = start + one.frame;
            outbox.frameWithId({ bytes: chunk, start, end: at, idAt: 5 }, 0x32, one.id);
            const copy = chunk.slice(start, at);
            copy.set([one.id >> 8, one.id], 5);
            copy[0] = 0x32;
            wanted.push(copy);
          }
        }
        pipe.isFull = false;
        outbox.drained();
        endTurn();
        expect(outbox.length).toBe(0);
        expect(Buffer.concat(pipe.writes).equals(Buffer.concat(wanted))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('waits while the link is full, tells so, and never asks for more than its limit', () => {
    const { pipe, outbox, told, endTurn } = make(50_000);
    pipe.isFull = true;
    outbox.view(numbered(10), 0, 10);
    endTurn();
    expect([told, outbox.isBlocked]).toEqual([['blocked'], true]);
    const chunk = new Uint8Array(65_536);
    let taken = 0;
    for (; !outbox.isFull(100); taken++) outbox.view(chunk, taken * 100, taken * 100 + 100);
    endTurn();
    expect([taken, pipe.writes.length, outbox.length]).toEqual([500, 1, 50_000]);
    pipe.isFull = false;
    outbox.drained();
    expect(told).toEqual(['blocked', 'ready']);
    expect(pipe.bytes).toHaveLength(50_010);
    expect(pipe.writes.slice(1).every(({ buffer }) => buffer !== chunk.buffer)).toBe(true);
  });

  it('writes a flood before the turn ends, so that it does not pile up', () => {
    const { pipe, outbox } = make();
    const chunk = new Uint8Array(65_536);
    for (let i = 0; i < 10; i++) outbox.view(chunk, 0, chunk.length);
    expect(pipe.writes.length).toBeGreaterThan(0);
    for (let i = 0; i < 100_000; i++) outbox.acknowledge(0x40, 1);
    expect(outbox.length).toBeLessThan(300_000);
  });

  it('ends after what it has, and takes nothing more', () => {
    const { pipe, outbox, endTurn } = make();
    outbox.acknowledge(0x40, 1);
    outbox.end();
    outbox.acknowledge(0x40, 2);
    outbox.write(numbered(4));
    outbox.view(numbered(4), 0, 4);
    outbox.frameWithId({ bytes: numbered(9), start: 0, end: 9, idAt: 5 }, 0x32, 1);
    outbox.end();
    endTurn();
    expect([pipe.bytes, pipe.isClosed, outbox.isEnded]).toEqual([[0x40, 2, 0, 1], true, true]);
  });

  it('[F23] a link that throws costs nobody else their bytes', () => {
    const deferred: (() => void)[] = [];
    const failures: unknown[] = [];
    const turn = new Turn(
      (run) => deferred.push(run),
      (error) => failures.push(error),
    );
    const owner = { wrote: () => {}, blocked: () => {}, ready: () => {} };
    const bad = new Pipe();
    bad.write = () => {
      throw new Error('a link');
    };
    const good = new Pipe();
    for (const pipe of [bad, good])
      new Outbox(pipe, turn, { bytes: 1000, totalBytes: 1000, totals: new Totals() }, owner).acknowledge(
        0x40,
        1,
      );
    for (const run of deferred) run();
    expect(failures).toEqual([new Error('a link')]);
    expect(good.bytes).toEqual([0x40, 2, 0, 1]);
  });
});
