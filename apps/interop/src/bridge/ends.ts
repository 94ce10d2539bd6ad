/**
 * The two ends of a bridge, each of which can be ended, also by SIGKILL, and started again where it was: mqttd with its
 * durable store, and Mosquitto with a `connection` block that points at it. Knows nothing of what goes across.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { START_PATIENCE } from '../peers/deadline.ts';
import { freePorts } from '../peers/free-port.ts';
import { HOW_TO_INSTALL } from '../peers/mosquitto.ts';
import { mqttdPath } from '../peers/mqttd.ts';
import { findProgram, Program } from '../peers/program.ts';
import { Tap } from './tap.ts';

const ATTEMPTS = 5;

/** What is asked of Mosquitto's bridge. */
export interface Block {
  readonly protocol: 'mqttv311' | 'mqttv50';
  readonly tryPrivate: boolean;
  /** Lines of `topic`, without that word. */
  readonly topics: readonly string[];
}

/** One end: a program, its files and its port. */
export class End {
  readonly url: string;
  readonly #path: string;
  readonly #words: readonly string[];
  readonly #ready: RegExp;
  #program: Program | undefined;

  constructor(port: number, path: string, words: readonly string[], ready: RegExp) {
    this.url = `mqtt://127.0.0.1:${port}`;
    this.#path = path;
    this.#words = words;
    this.#ready = ready;
  }

  /** Starts it, again too, also when its port is somebody's for a moment. @throws when it does not start */
  async start(attempt = 1): Promise<void> {
    const program = new Program(this.#path, this.#words);
    this.#program = program;
    try {
      await program.line(this.#ready, START_PATIENCE);
    } catch (error) {
      await program.end('SIGKILL');
      if (attempt === ATTEMPTS || !/address already in use/i.test(program.tail)) throw error;
      await this.start(attempt + 1);
    }
  }

  /** The first line that it printed, or will print, since its start. */
  async line(pattern: RegExp): Promise<void> {
    await this.#program?.line(pattern);
  }

  /** SIGTERM: in order, nothing may be lost. SIGKILL: what was promised must be kept. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#program?.end(signal);
    this.#program = undefined;
  }

  /** Asks Mosquitto to write down what it has, and waits until it begins to. */
  async save(): Promise<void> {
    const program = this.#program;
    if (program?.pid === undefined) throw new Error('nothing runs that could save');
    const said = program.nextLine(/^\d+: Saving in-memory database/);
    process.kill(program.pid, 'SIGUSR1');
    await said;
  }
}

/** Both ends, in a folder that goes with them, and a tap on the link between them. */
export class Bridge {
  readonly mqttd: End;
  readonly mosquitto: End;
  readonly tap: Tap;
  readonly #folder: string;
  readonly #link: number;

  private constructor(folder: string, link: number, tap: Tap, mqttd: End, mosquitto: End) {
    this.tap = tap;
    this.#folder = folder;
    this.#link = link;
    this.mqttd = mqttd;
    this.mosquitto = mosquitto;
  }

  /**
   * Writes the files; starts nothing.
   * @param settings lines of mosquitto.conf that stand before the block
   */
  static async make(block: readonly string[], settings: readonly string[] = []): Promise<Bridge> {
    const folder = await mkdtemp(join(tmpdir(), 'interop-bridge-'));
    await chmod(folder, 0o755);
    const [ours = 0, theirs = 0, link = 0] = await freePorts(3);
    const mqttdFile = join(folder, 'mqttd.yaml');
    await writeFile(mqttdFile, mqttdConfiguration(ours, join(folder, 'data')));
    const mosquittoFile = join(folder, 'mosquitto.conf');
    const lines = block.map((line) => line.replace(/^address .*/, `address 127.0.0.1:${link}`));
    await writeFile(mosquittoFile, mosquittoConfiguration(theirs, folder, [...settings, ...lines]));
    return new Bridge(
      folder,
      link,
      // In 5.0 Mosquitto 2.0.11 asks for no Session Expiry Interval.
      new Tap('client', !block.includes('bridge_protocol_version mqttv50')),
      new End(ours, process.execPath, [mqttdPath(), '-c', mqttdFile], /^mqttd ready /),
      new End(
        theirs,
        findProgram('mosquitto', HOW_TO_INSTALL),
        ['-c', mosquittoFile],
        /mosquitto version \S+ running/,
      ),
    );
  }

  /** mqttd, then Mosquitto, until Mosquitto has subscribed at mqttd. */
  async start(): Promise<void> {
    await this.mqttd.start();
    await this.join();
  }

  /** Mosquitto, until it has subscribed at mqttd, which runs. */
  async join(): Promise<void> {
    await this.tap.open(this.mqttd.url, this.#link);
    await this.mosquitto.start();
    await this.mosquitto.line(/Received SUBACK from local\./);
  }

  async stop(): Promise<void> {
    await this.mosquitto.end('SIGTERM');
    await this.mqttd.end('SIGTERM');
    await this.tap.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The lines of a `connection` block. */
export function blockOf({ protocol, tryPrivate, topics }: Block): string[] {
  return [
    'connection mqttd',
    'address 127.0.0.1:1883',
    `bridge_protocol_version ${protocol}`,
    ...(tryPrivate ? [] : ['try_private false']),
    'cleansession false',
    'notifications_local_only true',
    // Else it acknowledges and loses QoS 2 messages beyond 20 open ones; in 5.0 it would be a Receive Maximum of 0.
    ...(protocol === 'mqttv311' ? ['max_inflight_messages 0'] : []),
    ...topics.map((topic) => `topic ${topic}`),
  ];
}

function mqttdConfiguration(port: number, data: string): string {
  return [
    'listeners:',
    `  - { type: tcp, host: 127.0.0.1, port: ${port} }`,
    `persistence: { data: ${JSON.stringify(data)} }`,
    '',
  ].join('\n');
}

function mosquittoConfiguration(port: number, folder: string, block: readonly string[]): string {
  return [
    `user ${userInfo().username}`, // as root it would become another user, who may not write here
    'allow_anonymous true',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type information',
    'log_type debug',
    `listener ${port} 127.0.0.1`,
    'persistence true',
    `persistence_location ${folder}/`,
    ...block,
    'restart_timeout 1 1', // else it waits for 5 s and more before it tries again
    '',
  ].join('\n');
}
