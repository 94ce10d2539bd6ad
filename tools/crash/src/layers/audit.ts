/**
 * The audit of syncs: publishers that wait for each acknowledgement, and strace beside the broker. Every acknowledgement
 * must be written after a sync that began after its request was read, and ended. Reads a trace; knows no store.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../broker/program.ts';
import { freePort, Target } from '../broker/target.ts';
import { Client, type Identity } from '../clients/client.ts';
import { Recorder } from '../history/recorder.ts';

/** First byte of a packet -> what it acknowledges with. CONNACK is not among them: not every one promises something. */
const ACKNOWLEDGEMENTS: Readonly<Record<string, string>> = {
  '40': 'PUBACK',
  '50': 'PUBREC',
  '70': 'PUBCOMP',
  '90': 'SUBACK',
  b0: 'UNSUBACK',
};
const CALL = /^(\d+) +(\d+\.\d+) (\w+)\((\d+)(?:, "((?:\\x[0-9a-f]{2})*)")?/;
const RESUMED = /^(\d+) +(\d+\.\d+) <\.\.\. (\w+) resumed>/;
const RESULT = /\) += (-?\d+).*<(\d+\.\d+)>$/;

/** What an audit found. */
export interface Audit {
  readonly syncs: number;
  readonly acknowledgements: number;
  /** Those that no sync came before, as text. */
  readonly unsynced: readonly string[];
}

/** Reads what `strace -f -ttt -T -xx` wrote. */
export function readTrace(lines: readonly string[]): Audit {
  const syncs: (readonly [begin: number, end: number])[] = [];
  const begun = new Map<string, number>();
  const asked = new Map<string, number>();
  const unsynced: string[] = [];
  let acknowledgements = 0;
  for (const line of lines) {
    const resumed = RESUMED.exec(line);
    const [, process = '', time = '0', name = '', descriptor = '', bytes = ''] =
      resumed ?? CALL.exec(line) ?? [];
    const at = Number(time);
    if (/^(?:fdatasync|fsync|msync)$/.test(name)) {
      const result = RESULT.exec(line);
      if (resumed === null) begun.set(process, at);
      if (result?.[1] === '0')
        syncs.push([begun.get(process) ?? at, resumed === null ? at + Number(result[2]) : at]);
    } else if (name === 'read' && resumed === null && bytes !== '') {
      asked.set(descriptor, at);
    } else if (name.startsWith('write') || name.startsWith('send')) {
      const kind = ACKNOWLEDGEMENTS[bytes.slice(2, 4)];
      const since = asked.get(descriptor);
      if (kind === undefined || since === undefined) continue;
      acknowledgements++;
      if (!syncs.some(([begin, end]) => begin >= since && end <= at))
        unsynced.push(`${kind} at ${time}, asked at ${since}`);
    }
  }
  return { syncs: syncs.length, acknowledgements, unsynced };
}

const SECONDS = 3;

/** Publishes, and waits for each acknowledgement, for some seconds. */
async function ask(client: Client, port: number, publisher: string, until: number): Promise<void> {
  if ((await client.connect(port, false)) !== 'connected') return;
  await client.subscribe([`own/${publisher}`], 1);
  for (let count = 1; client.isConnected && performance.now() < until; count++) {
    const qos = count % 2 === 0 ? 2 : 1;
    client.publish({ id: `${publisher}:${count}`, topic: 't/x', qos, retain: false, isEmpty: false });
    while (client.isConnected && client.inflight > 0) await sleep(1);
  }
  await client.unsubscribe([`own/${publisher}`]);
  client.drop();
  await client.closed;
}

/** Audits a broker. Linux and strace. */
export async function audit(program: Program): Promise<Audit> {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-audit-'));
  const trace = join(folder, 'trace');
  const calls = 'trace=fdatasync,fsync,msync,read,write,writev,sendto,sendmsg';
  // With -D the broker is our child, and strace its.
  const strace = ['strace', '-D', '-f', '-ttt', '-T', '-xx', '-s', '16', '-e', calls, '-o', trace];
  const port = await freePort();
  const target = new Target(program, port, join(folder, 'data'), () => strace);
  const recorder = new Recorder(() => performance.now());
  const identity = (clientId: string): Identity => ({ clientId, version: 4, expiry: 3600 });
  try {
    if ((await target.start()) === undefined) throw new Error(`it does not start: ${target.tail}`);
    const away = new Client(identity('away'), recorder);
    await away.connect(port, false);
    await away.subscribe(['t/#'], 2);
    away.drop();
    await away.closed;
    const until = performance.now() + SECONDS * 1000;
    const names = ['a0', 'a1', 'a2'];
    await Promise.all(names.map((name) => ask(new Client(identity(name), recorder), port, name, until)));
    const ended = new RegExp(`^${target.pid} .*\\+\\+\\+ `, 'm');
    await target.signal('SIGTERM');
    let text = '';
    while (!ended.test(text)) {
      await sleep(20);
      text = readFileSync(trace, 'utf8');
    }
    return readTrace(text.split('\n'));
  } finally {
    await target.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
