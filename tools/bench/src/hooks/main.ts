/**
 * `npm run bench:hooks`: what a hook, or what a client asks for, costs on the way of a message. Whole brokers in this
 * process, as built, on links that swallow what they are given: no socket, no kernel. Rounds alternate, ratios are taken
 * within a round.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Broker, createBroker } from '@mqtt/broker';
import { ManualClock } from '@mqtt/broker/testing';
import { encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { cpuMs } from '../codec/cpu-clock.ts';
import { machine } from '../report/machine.ts';
import { ratios, spread } from '../report/spread.ts';
import { figure, ratio, table } from '../report/table.ts';
import { type Bench, benches, type Row } from './rows.ts';

const USAGE = `npm run bench:hooks -- [options]
  --rounds N       rounds, 9 unless said (at least 3)
  --round-ms N     milliseconds of CPU each row works in a round, 100 unless said
  --filter TEXT    only benches whose name contains TEXT, e.g. aliases, "1 -> 50"`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    'round-ms': { type: 'string', default: '100' },
    filter: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

/** Bytes that a client is read at once. */
const CHUNK = 65_536;

/** One broker with its clients, ready to be fed. */
class Contestant {
  readonly #clock = new ManualClock();
  readonly #broker: Broker;
  readonly #chunks: readonly Uint8Array[];
  readonly #messages: number;
  readonly #publisher: { receive(chunk: Uint8Array): void };
  readonly #expected: number;
  #bytes = 0;

  constructor({ subscribers, topics, payloadBytes }: Bench, { options, topicAliasMaximum }: Row) {
    this.#broker = createBroker({ ...options, clock: this.#clock });
    const options5 = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const subscriptions = [{ topicFilter: '#', qos: 0, ...options5 }] as const;
    for (let at = 0; at < subscribers; at++) {
      const subscriber = this.#connect(`s${at}`, topicAliasMaximum);
      subscriber.receive(encode<ProtocolVersion>({ type: 'SUBSCRIBE', packetId: 1, subscriptions }, 5));
    }
    this.#publisher = this.#connect('p', undefined);
    const payload = new Uint8Array(payloadBytes).fill(0x78);
    const frames = topics.map((topic) => {
      return encode({ type: 'PUBLISH', topic, payload, qos: 0, dup: false, retain: false }, 5);
    });
    const times = Math.max(1, Math.ceil((CHUNK * 2) / frames.reduce((sum, { length }) => sum + length, 0)));
    this.#chunks = chunksOf(frames, times);
    this.#messages = frames.length * times;
    this.#expected = subscribers;
  }

  /** Messages published in one pass. */
  get messages(): number {
    return this.#messages;
  }

  /** Bytes of one delivery, as the last pass wrote them. */
  get bytesEach(): number {
    return this.#bytes / (this.#messages * this.#expected);
  }

  /** Feeds every chunk once. */
  pass(): void {
    const before = this.#broker.metrics.messagesSent;
    this.#bytes = 0;
    for (const chunk of this.#chunks) {
      this.#publisher.receive(chunk);
      this.#clock.turn();
    }
    const sent = this.#broker.metrics.messagesSent - before;
    if (sent !== this.#messages * this.#expected)
      throw new Error(`${sent} messages left, not all that should`);
  }

  #connect(clientId: string, topicAliasMaximum: number | undefined): { receive(chunk: Uint8Array): void } {
    const none = (): void => {};
    const write = (bytes: Uint8Array): boolean => {
      this.#bytes += bytes.length;
      return true;
    };
    const link = { peer: clientId, write, hold: none, resume: none, close: none, abort: none };
    const handler = this.#broker.accept(link);
    const properties = topicAliasMaximum === undefined ? undefined : { topicAliasMaximum };
    const packet: Packet = {
      type: 'CONNECT',
      version: 5,
      clientId,
      cleanStart: true,
      keepAlive: 0,
      properties,
    };
    handler.receive(encode<ProtocolVersion>(packet, 5));
    this.#clock.turn();
    return handler;
  }
}

/** Whole frames in chunks of some size, each topic as often as the others. */
function chunksOf(frames: readonly Uint8Array[], times: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let chunk: number[] = [];
  for (let round = 0; round < times; round++) {
    for (const frame of frames) {
      if (chunk.length + frame.length > CHUNK) {
        chunks.push(Uint8Array.from(chunk));
        chunk = [];
      }
      for (const byte of frame) chunk.push(byte);
    }
  }
  chunks.push(Uint8Array.from(chunk));
  return chunks;
}

/** Nanoseconds of CPU for each message, in at least `ms`. */
function measure(contestant: Contestant, ms: number): number {
  const start = cpuMs();
  let spent = 0;
  let messages = 0;
  while (spent < ms) {
    contestant.pass();
    messages += contestant.messages;
    spent = cpuMs() - start;
  }
  return (spent * 1e6) / messages;
}

function run(bench: Bench, rounds: number, ms: number): string {
  const contestants = bench.rows.map((row) => new Contestant(bench, row));
  const taken: number[][] = bench.rows.map(() => []);
  for (const contestant of contestants) measure(contestant, ms);
  for (let round = 0; round < rounds; round++) {
    const order = contestants.map((_, at) => (round % 2 === 0 ? at : contestants.length - 1 - at));
    for (const at of order) {
      const contestant = contestants[at];
      if (contestant !== undefined) taken[at]?.push(measure(contestant, ms));
    }
  }
  const [base = []] = taken;
  const lines = bench.rows.map(({ name }, at) => {
    const series = taken[at] ?? [];
    const over = ratios(series, base);
    const extra = spread(series.map((value, round) => value - (base[round] ?? 0))).median / bench.subscribers;
    const each = spread(series).median / bench.subscribers;
    return [
      name,
      figure(each),
      at === 0 ? '' : ratio(spread(over)),
      at === 0 ? '' : figure(extra),
      figure(contestants[at]?.bytesEach ?? 0),
    ];
  });
  return table([bench.name, 'ns each', 'ratio', 'ns more', 'bytes each'], lines);
}

const rounds = Number(values.rounds);
const ms = Number(values['round-ms']);
const chosen = benches.filter(({ name }) => name.includes(values.filter));
if (values.help || chosen.length === 0 || !(rounds >= 3) || !(ms >= 1)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(values.help ? 0 : 64);
}
process.stdout.write(`${machine()}\n${rounds} rounds of ${ms} ms of CPU; a delivery's share of everything\n`);
for (const bench of chosen) process.stdout.write(`\n${run(bench, rounds, ms)}\n`);
