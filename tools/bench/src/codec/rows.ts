/**
 * The rows of the codec's report: which contestants meet on which load, and which ratio must reach what.
 */
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { contest, type Entry, type Series, type Timing } from './contest.ts';
import type { Order } from './contestant-process.ts';
import { type Load, loads } from './loads.ts';

/** One comparison: ours against one way of mqtt-packet, rounds side by side. */
export interface Row {
  readonly name: string;
  readonly ours: Series;
  readonly peer: Series;
  /** undefined where the peer does less than ours. */
  readonly target: number | undefined;
}

/** What is done with a load, and by whom: ours first, then the peer's ways to the same end. */
const ways = [
  ['decode', 'Decoder', 'parser()'],
  ['encode', 'encode()', 'generate()'],
  ['encode many', 'Encoder', 'generate()', 'writeToStream(), joined', 'writeToStream(), thrown away'],
] as const;

const LESS_THAN_ENCODING = 'writeToStream(), thrown away';

/** A load and who meets on it. */
export interface Bench {
  readonly name: string;
  readonly load: Load;
  readonly contestants: readonly string[];
  readonly target: number;
}

/** All benches, in the order of the report. */
export const benches: readonly Bench[] = ways.flatMap(([what, ...contestants]) =>
  loads.map((load) => ({
    name: `${what}: ${load.name}`,
    load,
    contestants,
    target: load.targets[what === 'decode' ? 'decode' : 'encode'],
  })),
);

/** Starts a contestant in a process of its own, ready to take turns. */
async function start(
  name: string,
  load: Load,
  stream: string,
  clock: string,
): Promise<Entry & { end(): void }> {
  const file = fileURLToPath(new URL('./contestant-process.ts', import.meta.url));
  const child = fork(file, [name, load.name, stream, clock], { execArgv: process.execArgv });
  const answer = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`${name} ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (perSecond) => {
        child.off('exit', ended);
        resolve(Number(perSecond));
      });
    });
  await answer();
  const turn = (ms: number): Promise<number> => {
    const order: Order = { ms };
    child.send(order);
    return answer();
  };
  return { name, turn, end: () => void child.kill() };
}

/** Measures one bench by the clock of that name, `cpu` or `wall`; `stream` is the file with the load's packets. */
export async function measure(bench: Bench, stream: string, timing: Timing, clock: string): Promise<Row[]> {
  const { name, load, contestants, target } = bench;
  const entries = await Promise.all(contestants.map((one) => start(one, load, stream, clock)));
  try {
    const [ours, ...peers] = await contest(entries, timing);
    if (ours === undefined) throw new Error('nobody was measured');
    return peers.map((peer) => ({
      name,
      ours,
      peer,
      target: peer.name === LESS_THAN_ENCODING ? undefined : target,
    }));
  } finally {
    for (const entry of entries) entry.end();
  }
}
