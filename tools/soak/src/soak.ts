/**
 * One soak: starts mqttd, lets every actor play for a time while connections are cut, reads memory and delay each
 * second, asks everybody to be quiet, waits until nothing is owed, and judges.
 */
import type { Actor, Stage } from './actors/actor.ts';
import { mosquittoPrograms, mqttPrograms, ProgramStream } from './actors/command-lines.ts';
import { Group, Noise, Passengers, Requests, Retained, Sleeper, Wills } from './actors/features.ts';
import { MqttJsStream } from './actors/mqtt-js.ts';
import { Stream } from './actors/streams.ts';
import { SoakedBroker, temporaryFolder } from './broker.ts';
import type { Find } from './ledger.ts';
import { Relay } from './relay.ts';
import { quantile, type Sample, type Trend, trendOf } from './samples.ts';

/** How to soak. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Called each second with the seconds that have passed. */
  readonly progress?: (seconds: number, findings: number) => void;
}

/** What a soak came to. */
export interface Outcome {
  readonly findings: readonly string[];
  readonly did: readonly (readonly [name: string, what: string])[];
  readonly cuts: number;
  readonly resident: readonly Sample[];
  readonly heap: readonly Sample[];
  readonly delay: readonly Sample[];
  readonly residentTrend: Trend;
  readonly heapTrend: Trend;
  /** ms, of the seconds' 99th percentiles the median and the largest. */
  readonly delayMedian: number;
  readonly delayMost: number;
}

/** Findings that are written down; more are counted. */
const MOST_FINDINGS = 50;
/** ms that what is owed may take. */
const PATIENCE = 60_000;
/** Bytes that memory may rise over the time looked at before it is a finding: what caches and buffers need to fill. */
const RISE = { heap: 12e6, resident: 60e6 };
const SHARE = 0.15;

/** Chance under a seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

function cast(stage: Stage): Actor[] {
  const streams = ([3, 4, 5] as const).flatMap((version) =>
    ([0, 1, 2] as const).map(
      (qos) =>
        new Stream(stage, {
          qos,
          version,
          transport: qos === 1 ? 'ws' : 'tcp',
          pace: 20,
          size: version === 5 ? 512 : 64,
        }),
    ),
  );
  return [
    ...streams,
    new Stream(stage, { qos: 1, version: 5, transport: 'tcp', pace: 1000, size: 200_000 }),
    new Stream(stage, { qos: 2, version: 5, transport: 'tcp', pace: 50, size: 64, slow: 30 }),
    new MqttJsStream(stage, 4),
    new MqttJsStream(stage, 5),
    new ProgramStream(stage, mosquittoPrograms(), '311', 1, true),
    new ProgramStream(stage, mosquittoPrograms(), '5', 1, true),
    // mosquitto_sub 2.0.11 does not carry QoS 2 over a lost connection: it answers the PUBREL of a message whose PUBCOMP it
    // could not send, and never prints the message; in 5.0 it loses count of its Receive Maximum besides, and ends.
    new ProgramStream(stage, mosquittoPrograms(), '311', 2, false),
    new ProgramStream(stage, mosquittoPrograms(), '5', 2, false),
    new ProgramStream(stage, mqttPrograms(), '311', 1, true),
    new ProgramStream(stage, mqttPrograms(), '5', 2, true),
    new Retained(stage),
    new Wills(stage),
    new Group(stage),
    new Requests(stage),
    new Passengers(stage),
    new Sleeper(stage),
    new Noise(stage),
  ];
}

/** Timers of the actors and of the cuts, which all end together. */
class Clockwork {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #find: Find;

  constructor(find: Find) {
    this.#find = find;
  }

  every(ms: number, act: () => void | Promise<void>): void {
    const run = async (): Promise<void> => {
      try {
        await act();
      } catch (error) {
        this.#find(error instanceof Error ? error.message : String(error));
      }
    };
    this.#timers.add(setInterval(() => void run(), ms));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Soaks. @throws when mqttd does not start */
export async function soak({ seconds, seed, progress }: SoakOptions): Promise<Outcome> {
  const folder = await temporaryFolder();
  const broker = await SoakedBroker.start(folder.path);
  const findings: string[] = [];
  let more = 0;
  const find: Find = (what) => {
    if (findings.length < MOST_FINDINGS) findings.push(what);
    else more += 1;
  };
  let isOver = false;
  void broker.ended.then((how) => {
    if (!isOver) find(`mqttd ended by itself: ${how}\n${broker.complaints.join('\n')}`);
  });
  const random = chance(seed);
  const clockwork = new Clockwork(find);
  const shaky: Relay[] = [];
  const stage: Stage = {
    tcp: broker.tcp,
    ws: broker.ws,
    random,
    find,
    relay: (port) => Relay.open(port),
    shaky: async (port) => {
      const relay = await Relay.open(port);
      shaky.push(relay);
      return relay;
    },
    every: (ms, act) => clockwork.every(ms, act),
  };
  const actors = cast(stage);
  for (const actor of actors) await actor.begin();
  clockwork.every(250, () => shaky[Math.floor(random() * shaky.length)]?.cut());
  const samples = await watch(broker, seconds, find, (at) => progress?.(at, findings.length + more));
  clockwork.stop();
  const until = performance.now() + PATIENCE;
  while (performance.now() < until && !actors.every(({ isSettled }) => isSettled)) await pause(100);
  for (const actor of actors)
    await actor.end().catch((error: Error) => find(`${actor.name}: ${error.message}`));
  await Promise.all(shaky.map((relay) => relay.close()));
  isOver = true;
  const code = await broker.stop();
  if (code !== 0) find(`mqttd ended with ${code}`);
  for (const line of broker.complaints) find(`mqttd said: ${line}`);
  await folder.remove();
  if (more > 0) findings.push(`and ${more} more findings`);
  return judged(samples, findings, actors, shaky);
}

interface Samples {
  readonly resident: Sample[];
  readonly heap: Sample[];
  readonly delay: Sample[];
}

/** Reads the broker's numbers each second. */
async function watch(
  broker: SoakedBroker,
  seconds: number,
  find: Find,
  tell: (at: number) => void,
): Promise<Samples> {
  const samples: Samples = { resident: [], heap: [], delay: [] };
  const start = performance.now();
  for (let at = 0; at < seconds; at = (performance.now() - start) / 1000) {
    await pause(1000);
    try {
      // Once more after a second: one answer that is lost is not the end of half an hour.
      const { resident, heap, delay } = await broker
        .read()
        .catch(() => pause(1000).then(() => broker.read()));
      samples.resident.push({ at, value: resident });
      samples.heap.push({ at, value: heap });
      samples.delay.push({ at, value: delay });
    } catch (error) {
      find(`the admin listener does not answer: ${error instanceof Error ? error.message : String(error)}`);
      return samples;
    }
    tell(Math.round(at));
  }
  return samples;
}

function judged(
  samples: Samples,
  findings: string[],
  actors: readonly Actor[],
  shaky: readonly Relay[],
): Outcome {
  const residentTrend = trendOf(samples.resident);
  const heapTrend = trendOf(samples.heap);
  for (const [name, trend, most] of [
    ['heap', heapTrend, RISE.heap],
    ['resident memory', residentTrend, RISE.resident],
  ] as const) {
    if (trend.rise > Math.max(most, trend.from * SHARE))
      findings.push(
        `${name} is not flat: ${(trend.rise / 1e6).toFixed(1)} MB more than ${(trend.from / 1e6).toFixed(1)} MB`,
      );
  }
  return {
    findings,
    did: actors.map(({ name, did }) => [name, did] as const),
    cuts: shaky.reduce((sum, { cuts }) => sum + cuts, 0),
    ...samples,
    residentTrend,
    heapTrend,
    delayMedian: quantile(samples.delay, 0.5),
    delayMost: quantile(samples.delay, 1),
  };
}
