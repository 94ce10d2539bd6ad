/**
 * Streams between the programs that people use from a shell: a publisher that is given numbers line by line, a reader
 * whose lines are read, with a kept session over connections that are cut. mosquitto_pub, mosquitto_sub and mqtt.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { connect } from '@mqtt/client';
import { Ledger } from '../ledger.ts';
import type { Actor, Stage } from './actor.ts';

type Running = ChildProcessByStdio<Writable, Readable, Readable>;

/** What a program is started with. */
interface CommandLine {
  readonly path: string;
  readonly words: readonly string[];
}

/** A publishing and a subscribing program; both take the words of Mosquitto's. */
interface Programs {
  readonly name: string;
  readonly publish: CommandLine;
  readonly subscribe: CommandLine;
}

const PROBE = 'are you there?';
/** ms that a reader may take to subscribe. */
const PATIENCE = 20_000;
/** Characters of what a program said last. */
const MOST_SAID = 500;
const HOW_TO_INSTALL = 'apt-get install mosquitto-clients (Debian), brew install mosquitto (macOS)';

function installed(name: string): CommandLine {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: ${HOW_TO_INSTALL}`);
  return { path: found, words: [] };
}

function mqtt(command: string): CommandLine {
  const manifest = createRequire(import.meta.url).resolve('@mqtt/cli/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqtt: string } };
  const path = join(dirname(manifest), bin.mqtt);
  if (!existsSync(path)) throw new Error(`mqtt is not built (${path}): npm run build`);
  return { path: process.execPath, words: [path, command] };
}

const running = new Set<Running>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Debian's programs. */
export function mosquittoPrograms(): Programs {
  return { name: 'mosquitto', publish: installed('mosquitto_pub'), subscribe: installed('mosquitto_sub') };
}

/** Ours. */
export function mqttPrograms(): Programs {
  return { name: 'mqtt', publish: mqtt('pub'), subscribe: mqtt('sub') };
}

/** A stream between two programs. */
export class ProgramStream implements Actor {
  readonly name: string;
  readonly #stage: Stage;
  readonly #programs: Programs;
  readonly #version: '311' | '5';
  readonly #qos: 1 | 2;
  readonly #isCut: boolean;
  readonly #ledger: Ledger;
  readonly #running: Running[] = [];
  #isOver = false;

  /** @param isCut whether the reader's connection is cut now and then */
  constructor(stage: Stage, programs: Programs, version: '311' | '5', qos: 1 | 2, isCut: boolean) {
    this.#isCut = isCut;
    this.#stage = stage;
    this.#programs = programs;
    this.#version = version;
    this.#qos = qos;
    this.name = `${programs.name}-v${version}-q${qos}`;
    this.#ledger = new Ledger(this.name, qos, stage.find);
  }

  get isSettled(): boolean {
    return this.#ledger.isSettled;
  }

  get did(): string {
    return `${this.#ledger.received} received, ${this.#ledger.duplicates} again`;
  }

  async begin(): Promise<void> {
    const topic = `soak/${this.name}`;
    const { tcp } = this.#stage;
    const port = this.#isCut ? (await this.#stage.shaky(tcp)).port : tcp;
    const reader = this.#start(this.#programs.subscribe, port, topic, 'r', ['-c', '-F', '%p']);
    await this.#subscribed(topic, reader.stdout);
    // The publishers keep nothing over a lost connection, so theirs is not cut: what they were given is owed.
    const writer = this.#start(this.#programs.publish, this.#stage.tcp, topic, 'w', ['-l']);
    this.#stage.every(50, () => {
      if (!writer.stdin.writable) return;
      const number = this.#ledger.next();
      writer.stdin.write(`${number}\n`);
      this.#ledger.acknowledged(number);
    });
  }

  /** One probe after the other until the reader prints one: its subscription is there. The rest of its lines are ours. */
  async #subscribed(topic: string, lines: Readable): Promise<void> {
    let isThere = false;
    createInterface({ input: lines }).on('line', (line) => {
      if (line === PROBE) isThere = true;
      else this.#ledger.came(Number(line));
    });
    const prober = await connect(`mqtt://127.0.0.1:${this.#stage.tcp}`);
    const until = performance.now() + PATIENCE;
    while (!isThere) {
      if (performance.now() > until) throw new Error(`${this.name}: its reader does not subscribe`);
      await prober.publish(topic, PROBE);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await prober.end();
  }

  #start(program: CommandLine, port: number, topic: string, role: string, words: readonly string[]): Running {
    const all = ['-h', '127.0.0.1', '-p', `${port}`, '-V', this.#version, '-i', `${this.name}-${role}`];
    const child = spawn(program.path, [
      ...program.words,
      ...all,
      '-t',
      topic,
      '-q',
      `${this.#qos}`,
      ...words,
    ]);
    running.add(child);
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said = `${said}${text}`.slice(-MOST_SAID);
    });
    child.once('error', (error) => this.#stage.find(`${this.name}: ${error.message}`));
    child.once('close', (code, signal) => {
      running.delete(child);
      if (!this.#isOver) this.#stage.find(`${this.name}: ${role} ended by itself: ${signal ?? code} ${said}`);
    });
    this.#running.push(child);
    return child;
  }

  async end(): Promise<void> {
    this.#ledger.close();
    this.#isOver = true;
    await Promise.all(
      this.#running.map((child) => {
        const closed = new Promise((resolve) => child.once('close', resolve));
        if (child.exitCode !== null || child.signalCode !== null) return undefined;
        child.kill('SIGKILL');
        return closed;
      }),
    );
  }
}
