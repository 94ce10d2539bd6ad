/** What `encode` remembers of Topic Names: their bytes stay right, and nothing longer stays in memory with them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Decoder, encode } from '../src/index.ts';

function send(topic: string): string | undefined {
  const payload = new Uint8Array(1);
  const decoder = new Decoder({ version: 4 });
  decoder.push(encode({ type: 'PUBLISH', topic, payload, qos: 0, dup: false, retain: false }, 4));
  const packet = decoder.next();
  return packet?.type === 'PUBLISH' ? packet.topic : undefined;
}

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
