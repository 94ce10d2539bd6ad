/**
 * A publishing client with a store dies again and again, at moments that a seed gives, and the next one goes on where
 * it died: what was kept arrives, QoS 2 once, each QoS in order. The broker lives.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect } from '@mqtt/client';
import type { Program } from '../broker/program.ts';
import { freePort, Target } from '../broker/target.ts';
import { Random } from '../clients/random.ts';

const SENDER = fileURLToPath(new URL('./sender.mjs', import.meta.url));
/** Messages of one life at most. */
const LIFE = 400;
const LAST = 't/last';

/** What is played. */
export interface SenderDeaths {
  readonly program: Program;
  readonly seed: number;
  readonly deaths: number;
  /** A fault planted in the store: `early` or `ids`. */
  readonly plant?: string;
}

/** What came of it. */
export interface SenderOutcome {
  /** Sentences; none: nothing is wrong. */
  readonly findings: readonly string[];
  readonly kept: number;
  readonly arrived: number;
  /** Deaths after the client was connected. */
  readonly connected: number;
}

/** What the senders said, and what a subscriber received. */
class Ledger {
  readonly begun = new Set<number>();
  readonly kept = new Set<number>();
  readonly arrivals: number[] = [];
  readonly findings: string[] = [];
  isConnected = false;
  isDone = false;

  line(line: string): void {
    const n = Number(line.slice(2));
    if (line === 'c') this.isConnected = true;
    else if (line === 'd') this.isDone = true;
    else if (line.startsWith('p')) this.begun.add(n);
    else if (line.startsWith('k')) this.kept.add(n);
    else if (line.startsWith('e')) this.findings.push(`a sender failed: ${line.slice(2)}`);
  }

  judge(): readonly string[] {
    const times = new Map<number, number>();
    const newest = [-1, -1];
    for (const n of this.arrivals) {
      const before = times.get(n) ?? 0;
      times.set(n, before + 1);
      const qos = n % 3 === 0 ? 0 : 1;
      if (!this.begun.has(n)) this.findings.push(`${n} arrived, which nobody published`);
      if (before > 0 && qos === 1) this.findings.push(`${n} arrived ${before + 1} times at QoS 2`);
      if (before === 0 && n < (newest[qos] ?? -1)) this.findings.push(`${n} arrived after ${newest[qos]}`);
      newest[qos] = Math.max(newest[qos] ?? -1, n);
    }
    for (const n of this.kept) if (!times.has(n)) this.findings.push(`${n} was kept and never arrived`);
    return this.findings;
  }
}

/** Plays one seed. */
export async function senderDeaths({
  program,
  seed,
  deaths,
  plant = '',
}: SenderDeaths): Promise<SenderOutcome> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-sender-'));
  const target = new Target(program, await freePort(), join(folder, 'broker'));
  const ledger = new Ledger();
  let connected = 0;
  try {
    await target.start();
    const url = `mqtt://127.0.0.1:${target.port}`;
    const witness = await connect(url);
    let last = (): void => {};
    const all = new Promise<void>((resolve) => {
      last = resolve;
    });
    await witness.subscribe('t/#', {
      qos: 2,
      onMessage: (message) => {
        if (message.topic === LAST) last();
        else ledger.arrivals.push(Number(message.text()));
      },
    });
    const outlives = random.oneIn(2) ? 'power' : 'process';
    const words = (count: number): string[] => {
      const first = Math.max(-1, ...ledger.begun) + 1;
      return [SENDER, url, join(folder, 'out.store'), `${first}`, `${count}`, outlives, plant];
    };
    for (let death = 0; death < deaths; death += 1) {
      ledger.isConnected = false;
      // One of four dies at any moment of its start, the others while they send.
      await life(
        words(LIFE),
        ledger,
        random.oneIn(4) ? undefined : random.whole(1, 120),
        random.whole(50, 400),
      );
      if (ledger.isConnected) connected += 1;
    }
    await life(words(20), ledger, undefined, undefined);
    if (!ledger.isDone) ledger.findings.push('the last sender did not come to its end');
    await witness.publish(LAST, '', { qos: 2 });
    await all; // and with it everything that was sent before
    await witness.end();
  } finally {
    await target.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  return { findings: ledger.judge(), kept: ledger.kept.size, arrived: ledger.arrivals.length, connected };
}

/** One process: killed so many ms after it connected, or after its start; neither: until it ends by itself. */
function life(
  words: readonly string[],
  ledger: Ledger,
  afterConnect: number | undefined,
  afterStart: number | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    let timer: NodeJS.Timeout | undefined;
    if (afterConnect === undefined && afterStart !== undefined) timer = setTimeout(kill, afterStart);
    child.stderr.on('data', (chunk) => ledger.findings.push(String(chunk)));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      ledger.line(line);
      if (line === 'c' && afterConnect !== undefined) timer = setTimeout(kill, afterConnect);
    });
    child.once('close', () => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve();
    });
  });
}
