/**
 * `mqtt bench`: opens the connections, runs the load, shows progress while it runs, then what it came to.
 */
import { type Client, MqttError } from '@mqtt/client';
import { LoadPublisher, receive, Tally } from '../bench/load.ts';
import { grouped, json, type Result, svgPlot, table, textPlot } from '../bench/report.ts';
import { EXIT, exitCodeOf, UsageError } from '../exit-codes.ts';
import type { BenchWords } from '../words/command-line.ts';
import { type Connection, toConnection, withWindow } from '../words/connection.ts';
import type { Given } from '../words/properties.ts';
import { pause, type World, write } from '../world.ts';
import { openAt, type Voice, voiceOf } from './open.ts';

/** ms without a message after which nothing more is expected. */
const QUIET = 1000;
/** Messages of a publisher that may wait for their acknowledgement, unless --window says how many. */
const WINDOW = 256;

/** Measures; gives the exit status. @throws UsageError, MqttError */
export async function bench(words: BenchWords, given: Given, world: World): Promise<number> {
  const connection = withWindow(await toConnection(words, given, world), words.window);
  if (connection.topic !== undefined) throw new UsageError('bench: the topic is given with -t');
  if (words.id !== undefined && words.publishers + words.subscribers > 1)
    throw new UsageError('bench: many connections cannot share the client id of -i; use -I');
  if (words.publishers + words.subscribers === 0)
    throw new UsageError('bench: nobody to measure; give --publishers or --subscribers');
  const voice = voiceOf(words, world);
  const run = new Run(words, connection, world, voice);
  try {
    const result = await run.run();
    await write(world.stdout, words.json === true ? json(result) : table(result));
    await plot(words, result, world);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    voice.warn(error.message);
    return exitCodeOf(error);
  } finally {
    await run.close();
  }
}

async function plot({ plot: wish, json: isJson }: BenchWords, result: Result, world: World): Promise<void> {
  if (wish === undefined) return;
  if (isJson !== true)
    await write(world.stdout, `\n${textPlot(result.latency, Math.min(100, world.stdout.columns ?? 80))}`);
  if (typeof wish === 'string') await world.writeFile(wish, svgPlot(result));
}

/** One measurement and its connections. */
class Run {
  readonly #words: BenchWords;
  readonly #connection: Connection;
  readonly #world: World;
  readonly #voice: Voice;
  readonly #clients: Client[] = [];
  readonly #tally = new Tally();
  /** Tells this run's messages from what else is on the topic. */
  readonly #mark: number;
  #reconnects = 0;
  #over = false;

  constructor(words: BenchWords, connection: Connection, world: World, voice: Voice) {
    this.#words = words;
    this.#connection = connection;
    this.#world = world;
    this.#voice = voice;
    this.#mark = Math.floor(world.random() * 2 ** 32);
  }

  async run(): Promise<Result> {
    const { publishers, subscribers, qos, size, seconds, topic } = this.#words;
    const { clock } = this.#world;
    const release = this.#world.onInterrupt(() => {
      this.#over = true;
    });
    for (let number = 0; number < subscribers; number++) {
      const client = await this.#open((payload) => receive(this.#tally, payload, this.#mark, clock.now()));
      await client.subscribe(topic.replaceAll('%i', '+'), { qos });
    }
    const senders: LoadPublisher[] = [];
    const { messages, rate, window = WINDOW } = this.#words;
    const options = { ...this.#words, messages, rate, window };
    for (let number = 0; number < publishers; number++)
      senders.push(new LoadPublisher(await this.#open(), number, options, this.#tally, clock, this.#mark));
    const start = clock.now();
    const progress = this.#progress(start);
    const limit = clock.after(seconds * 1000, () => {
      this.#over = true;
    });
    try {
      await Promise.all(senders.map((sender) => sender.run(1 / publishers, () => this.#over)));
      const took = (clock.now() - start) / 1000;
      await this.#settle(this.#tally.sent * subscribers);
      return this.#result(took, size);
    } finally {
      limit();
      progress();
      release();
    }
  }

  async #open(onPayload?: (payload: Uint8Array) => void): Promise<Client> {
    const { client } = await openAt(
      this.#connection,
      this.#voice,
      onPayload && (({ payload }) => onPayload(payload)),
    );
    client.on('state', ({ status }) => {
      if (status === 'waiting') this.#reconnects += 1;
    });
    this.#clients.push(client);
    return client;
  }

  #result(seconds: number, size: number): Result {
    const { publishers, subscribers, qos } = this.#words;
    const { sent, done, received, latency } = this.#tally;
    const expected = sent * subscribers;
    return {
      publishers,
      subscribers,
      qos,
      size,
      seconds,
      sent,
      done,
      received,
      expected,
      reconnects: this.#reconnects,
      latency,
    };
  }

  /** Waits for what is still on its way, as long as something comes. */
  async #settle(expected: number): Promise<void> {
    for (let before = -1; this.#tally.received < expected && this.#tally.received !== before; ) {
      before = this.#tally.received;
      await pause(this.#world.clock, QUIET);
    }
  }

  /** A line a second on a terminal. */
  #progress(start: number): () => void {
    const { stderr, clock } = this.#world;
    if (stderr.isTTY !== true || this.#words.quiet === true) return () => {};
    let before = { sent: 0, received: 0 };
    let cancel = (): void => {};
    const show = (): void => {
      const { sent, received } = this.#tally;
      const passed = Math.round((clock.now() - start) / 1000);
      const line = `${passed} s   sent ${grouped(sent - before.sent)}/s   received ${grouped(received - before.received)}/s`;
      stderr.write(`\r${line}\x1b[K`);
      before = { sent, received };
      cancel = clock.after(1000, show);
    };
    cancel = clock.after(1000, show);
    return () => {
      cancel();
      stderr.write('\r\x1b[K');
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end({ timeout: 1000 })));
  }
}
