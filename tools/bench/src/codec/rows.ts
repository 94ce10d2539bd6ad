/**
 * The rows of the codec's report: which contestants meet on which load, and which ratio must reach what.
 */
import { Buffer } from 'node:buffer';
import { agree } from './agree.ts';
import { type Contestant, contest, type Series, type Timing } from './contest.ts';
import { type Load, loads } from './loads.ts';
import { ourDecode, ourEncode, ourEncoder } from './ours.ts';
import { peerDecode, peerGenerate, peerWriteToStream, streamOf } from './peer.ts';

const CHUNK_BYTES = 64 * 1024;

/** One comparison: ours against one way of mqtt-packet, rounds side by side. */
export interface Row {
  readonly name: string;
  readonly ours: Series;
  readonly peer: Series;
  readonly target: number;
}

/** Decoding and encoding are measured apart: `decode PUBLISH 3.1.1 …`, `encode PUBLISH 3.1.1 …`. */
export interface Bench {
  readonly name: string;
  readonly load: Load;
  readonly direction: 'decode' | 'encode';
}

/** All benches, in the order of the report. */
export const benches: readonly Bench[] = (['decode', 'encode'] as const).flatMap((direction) =>
  loads.map((load) => ({ name: `${direction} ${load.name}`, load, direction })),
);

/** The stream as a socket gives it: big chunks that end anywhere in a packet. */
function chunksOf(stream: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    chunks.push(Buffer.from(stream.subarray(at, at + CHUNK_BYTES)));
  }
  return chunks;
}

function contestants({ load, direction }: Bench, chunks: readonly Buffer[]): Contestant[] {
  if (direction === 'decode') return [ourDecode(chunks, load.version), peerDecode(chunks, load.version)];
  return [ourEncode(load), ourEncoder(load), peerGenerate(load), peerWriteToStream(load)];
}

/** Throws when the codecs do not agree on what the bench will measure. */
export function check({ load }: Bench): void {
  agree(load, chunksOf(streamOf(load)));
}

/** Measures one bench; in a process that did not `check`, which would teach the compiler more than the load does. */
export function measure(bench: Bench, timing: Timing): Row[] {
  const { load, direction, name } = bench;
  const series = contest(contestants(bench, chunksOf(streamOf(load))), timing);
  const half = series.length / 2;
  const target = load.targets[direction];
  return series
    .slice(0, half)
    .flatMap((ours) => series.slice(half).map((peer) => ({ name, ours, peer, target })));
}
