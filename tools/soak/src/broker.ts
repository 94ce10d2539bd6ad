/**
 * The broker under the soak: the built mqttd with the durable store and an admin listener, and what it says of itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

const READY = /^mqttd ready (\S+) (\S+)/;

/** Numbers of one moment. */
export interface Reading {
  /** Bytes. */
  readonly resident: number;
  /** Bytes of V8's heap in use. */
  readonly heap: number;
  /** ms, the 99th percentile since the last reading. */
  readonly delay: number;
}

/** A running mqttd. */
export class SoakedBroker {
  readonly tcp: number;
  readonly ws: number;
  readonly #admin: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  readonly #errors: string[];

  private constructor(
    child: ChildProcess,
    ports: readonly number[],
    ended: Promise<number | string>,
    errors: string[],
  ) {
    this.#child = child;
    [this.tcp = 0, this.ws = 0, this.#admin = 0] = ports;
    this.#ended = ended;
    this.#errors = errors;
  }

  /** Lines of its log that are warnings or worse. */
  get complaints(): readonly string[] {
    return this.#errors;
  }

  /** Starts it on free ports and this folder. @throws when it does not start */
  static async start(folder: string): Promise<SoakedBroker> {
    const ports = await freePorts();
    const file = join(folder, 'mqttd.yaml');
    await writeFile(file, configuration(ports, join(folder, 'data')));
    const child = spawn(process.execPath, [mqttdPath(), '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    const errors: string[] = [];
    const ended = new Promise<number | string>((resolve) => {
      child.once('error', (error) => resolve(String(error)));
      child.once('close', (code, signal) => {
        process.off('exit', kill);
        resolve(code ?? String(signal));
      });
    });
    if (child.stdout === null || child.stderr === null) throw new Error('no pipes to mqttd');
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (errors.length < 100) errors.push(line);
    });
    const lines = createInterface({ input: child.stdout });
    const ready = await Promise.race([
      new Promise<boolean>((resolve) => lines.on('line', (line) => READY.test(line) && resolve(true))),
      ended.then(() => false),
    ]);
    if (!ready) throw new Error(`mqttd did not start: ${errors.join('\n')}`);
    return new SoakedBroker(child, ports, ended, errors);
  }

  /** The exit code or signal when it ends; by itself it should not. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }

  /** What its admin listener says now. */
  async read(): Promise<Reading> {
    // A connection that is kept may be closed by the other end in the moment it is used again.
    const headers = { connection: 'close' };
    const answer = await fetch(`http://127.0.0.1:${this.#admin}/metrics`, { headers });
    const text = await answer.text();
    const metric = (name: RegExp): number => Number(name.exec(text)?.[1] ?? Number.NaN);
    return {
      resident: metric(/^process_resident_memory_bytes (\S+)/m),
      heap: metric(/^nodejs_heap_size_used_bytes (\S+)/m),
      delay: metric(/^mqttd_event_loop_delay_seconds\{[^}]*quantile="0\.99"[^}]*\} (\S+)/m) * 1000,
    };
  }

  /** SIGTERM; the exit code or signal. */
  stop(): Promise<number | string> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}

function mqttdPath(): string {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return path;
}

function configuration([tcp, ws, admin]: readonly number[], data: string): string {
  return [
    'listeners:',
    `  - { type: tcp, port: ${tcp} }`,
    `  - { type: ws, port: ${ws}, path: /mqtt }`,
    `persistence: { data: ${JSON.stringify(data)} }`,
    `admin: { port: ${admin} }`,
    'limits: { maximumQueuedMessages: 100000 }',
    'log: { level: error }',
    '',
  ].join('\n');
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer(), createServer()];
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A folder of its own, and what removes it. */
export async function temporaryFolder(): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'mqtt-soak-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
