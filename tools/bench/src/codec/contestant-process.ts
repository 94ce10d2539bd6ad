/**
 * One contestant in a process of its own: loads only the codec it measures, works when it is told to, answers with
 * packets a second. What another codec, or another way of the same one, does to the heap and to the compiler stays out.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Contestant } from './contest.ts';
import { turns } from './contest.ts';
import { cpuMs } from './cpu-clock.ts';
import { chunksOf, loadOf } from './loads.ts';

/** All that the bench tells a contestant: work for so many milliseconds. */
export interface Order {
  readonly ms: number;
}

async function contestant(way: string, name: string, file: string): Promise<Contestant> {
  const chunks = chunksOf(readFileSync(file));
  const load = loadOf(name);
  if (way === 'Decoder' || way === 'encode()' || way === 'Encoder') {
    const ours = await import('./ours.ts');
    if (way === 'Decoder') return ours.decode(chunks, load.version);
    return way === 'Encoder' ? ours.encodeMany(load) : ours.encodeEach(load);
  }
  const peer = await import('./peer.ts');
  if (way === 'parser()') return peer.decode(chunks, load.version);
  if (way === 'generate()') return peer.encodeEach(load);
  if (way === 'writeToStream(), joined') return peer.encodeMany(load);
  if (way === 'writeToStream(), thrown away') return peer.encodeNowhere(load);
  throw new Error(`no way ${way}`);
}

const [way = '', load = '', stream = '', clock = ''] = process.argv.slice(2);
const turn = turns(await contestant(way, load, stream), clock === 'wall' ? () => performance.now() : cpuMs);
process.on('message', ({ ms }: Order) => process.send?.(turn(ms)));
process.on('disconnect', () => process.exit(0));
process.send?.(0);
