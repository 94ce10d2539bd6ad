/** What `encode` remembers of Topic Names: their bytes stay right, and nothing longer stays in memory with them. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Decoder, encode, TextCache } from '../src/index.ts';

function send(topic: string): string | undefined {
  const payload = new Uint8Array(1);
  const decoder = new Decoder({ version: 4 });
  decoder.push(encode({ type: 'PUBLISH', topic, payload, qos: 0, dup: false, retain: false }, 4));
  const packet = decoder.next();
  return packet?.type === 'PUBLISH' ? packet.topic : undefined;
}

/** Bytes of old space that `run` leaves behind in ten rounds, each after what is young was collected. */
function leftBehind(run: (round: number) => void): number {
  setFlagsFromString('--expose-gc');
  const collect: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc');
  const old = (): number =>
    getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0;
  collect();
  const before = old();
  for (let round = 0; round < 10; round++) {
    run(round);
    collect({ type: 'minor' });
  }
  return old() - before;
}

describe('[F17] Topic Names that come once', () => {
  it('leave nothing in old space that only a full collection takes away, when they are written', () => {
    const write = (round: number): void => {
      for (let i = 0; i < 10_000; i++) send(`written/${round}/${i}`);
    };
    expect(leftBehind(write)).toBeLessThan(4_000_000); // 8 MB when they are cleared
  });

  it('nor when they are read with a cache', () => {
    const texts = new TextCache();
    const payload = new Uint8Array(1);
    const packet = { type: 'PUBLISH', payload, qos: 0, dup: false, retain: false } as const;
    const read = (round: number): void => {
      const decoder = new Decoder({ version: 4, texts });
      for (let i = 0; i < 10_000; i++) {
        decoder.push(encode({ ...packet, topic: `read/${round}/${i}` }, 4));
        decoder.next();
      }
    };
    expect(leftBehind(read)).toBeLessThan(30_000_000); // 50 MB
  });
});

describe('Topic Names that were written before', () => {
  it('[MQTT-3.3.2-1] are the same when they are written again, also after more names than are kept', () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 2500; i++) expect(send(`é/room${i}`)).toBe(`é/room${i}`);
    }
  });

  it('keep no longer text in memory that they were cut from', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100; i++)
      send(`kept/room${i}/temperature${String(i).padStart(1_000_000, 'x')}`.slice(0, 20));
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000); // 100 MB if the texts were kept
  });
});
