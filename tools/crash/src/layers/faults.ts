/**
 * What else goes wrong than the broker's death: no room on the disk, a disk that fails to sync or is slow, a process
 * that stands still, a clock that jumps. Each fault is one function; what it answers with is what went wrong, or nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../broker/program.ts';
import { freePort, Target } from '../broker/target.ts';
import { Client } from '../clients/client.ts';
import { Recorder } from '../history/recorder.ts';
import { judge } from '../rules/index.ts';
import { clockLibrary, isHere, run, withoutDisks } from './system.ts';

const PATIENCE = 60_000;

/** A broker, a subscriber that is away, and a publisher that goes on until something ends it. */
class Stage {
  readonly recorder = new Recorder(() => performance.now());
  readonly target: Target;
  readonly publisher: Client;
  readonly subscriber: Client;
  sequence = 0;

  private constructor(target: Target) {
    this.target = target;
    const identity = { version: 5, expiry: 3600 } as const;
    this.publisher = new Client({ clientId: 'p', ...identity }, this.recorder);
    this.subscriber = new Client({ clientId: 's', ...identity }, this.recorder);
  }

  static async set(
    program: Program,
    data: string,
    before?: (start: number) => readonly string[],
  ): Promise<Stage> {
    const port = await freePort();
    const stage = new Stage(new Target(program, port, data, before));
    await stage.start();
    await stage.subscriber.connect(port, false);
    await stage.subscriber.subscribe(['t/#'], 1);
    stage.subscriber.drop();
    await stage.publisher.connect(port, false);
    return stage;
  }

  async start(): Promise<void> {
    const ms = await this.target.start();
    if (ms === undefined) throw new Error(`the broker does not start: ${this.target.tail}`);
    this.recorder.add({ is: 'restart', ms, mostMs: PATIENCE });
  }

  /** Publishes while it may, until `isOver`. */
  async publishUntil(isOver: () => boolean): Promise<boolean> {
    const late = performance.now() + PATIENCE;
    while (!isOver() && performance.now() < late) {
      while (this.publisher.canPublish) {
        this.sequence++;
        const id = `p:${this.sequence}`;
        this.publisher.publish({ id, topic: 't/x', qos: 1, retain: false, isEmpty: false });
      }
      await sleep(5);
    }
    return isOver();
  }

  get acknowledged(): number {
    return this.recorder.events.filter(({ is }) => is === 'acked').length;
  }

  /** Everybody connects and takes what is owed; what the rules say. */
  async judged(): Promise<string | undefined> {
    const { port } = this.target;
    if (!this.subscriber.isConnected) await this.subscriber.connect(port, false);
    let seen = -1;
    let until = 0;
    let findings = judge(this.recorder.events);
    // Who is still given something is not late.
    while (findings.length > 0 && (seen < this.recorder.events.length || performance.now() < until)) {
      if (seen < this.recorder.events.length) until = performance.now() + PATIENCE;
      seen = this.recorder.events.length;
      await sleep(500);
      findings = judge(this.recorder.events);
    }
    const [first] = findings;
    return first && `${first.rule}: ${first.what}, and ${findings.length - 1} more`;
  }

  async end(): Promise<void> {
    this.publisher.drop();
    this.subscriber.drop();
    await this.target.signal('SIGKILL');
    await Promise.all([this.publisher.closed, this.subscriber.closed]);
  }
}

/** strace in front of a broker that does something to every sync from the nth on. */
function injected(what: string): readonly string[] {
  const inject = `inject=fdatasync,fsync,msync:${what}`;
  return ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync,fsync,msync', '-e', inject];
}

async function inFolder<T>(play: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-fault-'));
  try {
    return await play(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The disk fails to sync: the broker exits with an error, and what it had acknowledged is there at the next start. */
function failedSync(program: Program): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const before = (start: number): readonly string[] => (start === 0 ? injected('error=EIO:when=60+') : []);
    const stage = await Stage.set(program, join(folder, 'data'), before);
    try {
      const exits: (number | undefined)[] = [];
      void stage.target.exited.then((code) => exits.push(code));
      await stage.publishUntil(() => exits.length > 0);
      if (exits[0] !== 1)
        return `after EIO on sync the broker should exit with 1: ${exits.length === 0 ? 'it lives' : exits[0]}`;
      if (stage.acknowledged === 0) return 'nothing was acknowledged before the fault';
      await stage.start();
      return await stage.judged();
    } finally {
      await stage.end();
    }
  });
}

/** Each sync takes 150 ms: acknowledgements come late, none is lost. */
function slowSync(program: Program): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const stage = await Stage.set(program, join(folder, 'data'), () => injected('delay_exit=150000'));
    try {
      await stage.publishUntil(() => stage.acknowledged >= 200);
      await stage.target.signal('SIGKILL');
      stage.recorder.add({ is: 'crash', how: 'kill -9 while syncs are slow' });
      await stage.start();
      return await stage.judged();
    } finally {
      await stage.end();
    }
  });
}

/** The disk is full: nothing that is acknowledged is lost, and work goes on when there is room. Linux and root. */
function fullDisk(program: Program): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'mqtt-crash', disk);
    try {
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, new Uint8Array(22 * 1024 * 1024)); // 16 MB are kept free: little is left
      const stage = await Stage.set(program, join(disk, 'data'));
      try {
        await stage.publishUntil(() => stage.acknowledged >= 100);
        const refused = (): boolean =>
          stage.recorder.events.some((event) => event.is === 'acked' && event.reasonCode === 0x97);
        if (!(await stage.publishUntil(refused))) return 'nobody was told that the disk is full (0x97)';
        rmSync(ballast);
        const before = (): number =>
          stage.recorder.events.findLast((event) => event.is === 'acked' && event.reasonCode === 0)?.n ?? 0;
        const was = before();
        if (!(await stage.publishUntil(() => before() > was)))
          return 'nothing is taken though there is room again';
        await stage.target.signal('SIGKILL');
        stage.recorder.add({ is: 'crash', how: 'kill -9 after the disk was full' });
        await stage.start();
        return await stage.judged();
      } finally {
        await stage.end();
      }
    } finally {
      run('umount', disk);
    }
  });
}

/** The process stands still for longer than keep-alives last: who did send PINGREQ is not thrown out. */
function standstill(program: Program): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const stage = await Stage.set(program, join(folder, 'data'));
    const client = new Client({ clientId: 'k', version: 5, expiry: 0, keepAlive: 1 }, stage.recorder);
    try {
      await client.connect(stage.target.port, true);
      const pings = setInterval(() => client.ping(), 300);
      await stage.target.signal('SIGSTOP');
      await sleep(3000);
      await stage.target.signal('SIGCONT');
      await stage.publishUntil(() => stage.acknowledged >= 50);
      clearInterval(pings);
      if (!client.isConnected) return 'a client that sent PINGREQ was thrown out after the standstill';
      return await stage.judged();
    } finally {
      client.drop();
      await stage.end();
    }
  });
}

/** The wall clock jumps back and forth by half an hour at each restart: nothing expires early, nothing is lost. */
function clockJumps(program: Program, library: string): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const jumps = ['+0', '-30m', '+30m', '-30m'];
    const before = (start: number): readonly string[] => [
      'env',
      `LD_PRELOAD=${library}`,
      `FAKETIME=${jumps[start % jumps.length]}`,
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
    ];
    const stage = await Stage.set(program, join(folder, 'data'), before);
    try {
      for (let start = 1; start < jumps.length; start++) {
        const most = stage.acknowledged + 50;
        await stage.publishUntil(() => stage.acknowledged >= most);
        stage.recorder.add({ is: 'crash', how: 'kill -9, then another time of day' });
        await stage.target.signal('SIGKILL');
        await stage.publisher.closed;
        await stage.start();
        await stage.publisher.connect(stage.target.port, false);
      }
      return await stage.judged();
    } finally {
      await stage.end();
    }
  });
}

/** One of them. */
export interface Fault {
  readonly name: string;
  /** What this machine has not that it needs; undefined: nothing. */
  readonly missing: () => string | undefined;
  /** What went wrong; undefined: nothing. */
  readonly play: (program: Program) => Promise<string | undefined>;
}

const withoutStrace = (): string | undefined => (isHere('strace') ? undefined : 'strace is not here');
const withoutClock = (): string | undefined =>
  clockLibrary() === undefined ? 'libfaketime is not here: apt-get install faketime' : undefined;

/** All of them. */
export const FAULTS: readonly Fault[] = [
  { name: 'a sync that fails', missing: withoutStrace, play: failedSync },
  { name: 'slow syncs', missing: withoutStrace, play: slowSync },
  { name: 'a full disk', missing: withoutDisks, play: fullDisk },
  { name: 'a standstill beyond keep-alive', missing: () => undefined, play: standstill },
  {
    name: 'a clock that jumps',
    missing: withoutClock,
    play: (program) => clockJumps(program, clockLibrary() ?? ''),
  },
];
