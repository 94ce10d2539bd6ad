/**
 * The broker's own topics, `$SYS/broker/...`, under the names that Mosquitto gave them, so that dashboards for it work.
 * Published retained at an interval, and only what has changed. Reads the counters; knows no client.
 */
import { Message } from './message.ts';
import type { Metrics } from './metrics.ts';
import { Timer, type TimerWheel } from './timer-wheel.ts';

/** What there is at a moment, beside the counters. */
export interface SysSizes {
  readonly connections: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly retained: number;
  readonly retainedBytes: number;
}

/** What a broker says of itself. */
export interface SysSource {
  /** Told as `$SYS/broker/version`. */
  readonly version: string;
  readonly metrics: Readonly<Metrics>;
  sizes(): SysSizes;
}

/** Sums whose rate per minute is told as an average over 1, 5 and 15 minutes. */
const LOADS = [
  ['connections', 'connectionsAccepted'],
  ['messages/received', 'packetsReceived'],
  ['bytes/received', 'bytesReceived'],
  ['bytes/sent', 'bytesSent'],
  ['publish/received', 'messagesReceived'],
  ['publish/sent', 'messagesSent'],
] as const;
const MINUTES = [1, 5, 15];

/** Publishes `$SYS/broker/...`. */
export class SysTopics {
  readonly #source: SysSource;
  readonly #publish: (message: Message) => void;
  readonly #wheel: TimerWheel;
  #interval = 0;
  readonly #started: number;
  readonly #said = new Map<string, string>();
  readonly #averages = new Map<string, number>();
  readonly #before = new Map<string, number>();
  readonly #timer: Timer;
  #most = 0;

  constructor(source: SysSource, wheel: TimerWheel, publish: (message: Message) => void) {
    this.#source = source;
    this.#wheel = wheel;
    this.#publish = publish;
    this.#started = wheel.now;
    this.#timer = new Timer(() => this.#tell());
  }

  /** So many seconds between two rounds from now on, the first one now; 0: no more, and what is retained of them goes. */
  every(interval: number): void {
    if (interval === this.#interval) return;
    this.#interval = interval;
    this.#averages.clear();
    this.#before.clear();
    if (interval > 0) this.#tell();
    else {
      this.#wheel.clear(this.#timer);
      for (const name of this.#said.keys()) this.#send(name, '');
      this.#said.clear();
    }
  }

  #tell(): void {
    const uptime = Math.floor((this.#wheel.now - this.#started) / 1000);
    this.#say('version', this.#source.version);
    this.#say('uptime', `${uptime} seconds`);
    for (const [name, value] of this.#values()) this.#say(name, String(value));
    this.#sayLoads();
    this.#wheel.set(this.#timer, this.#interval * 1000);
  }

  #values(): (readonly [string, number])[] {
    const { metrics } = this.#source;
    const { connections, sessions, subscriptions, retained, retainedBytes } = this.#source.sizes();
    this.#most = Math.max(this.#most, connections);
    const dropped = metrics.messagesDroppedOffline + metrics.messagesDroppedSlow + metrics.messagesOverflowed;
    return [
      ['clients/total', sessions],
      ['clients/connected', connections],
      ['clients/active', connections],
      ['clients/disconnected', Math.max(0, sessions - connections)],
      ['clients/inactive', Math.max(0, sessions - connections)],
      ['clients/expired', metrics.sessionsExpired],
      ['clients/maximum', this.#most],
      ['messages/received', metrics.packetsReceived],
      ['messages/stored', retained],
      ['store/messages/count', retained],
      ['store/messages/bytes', retainedBytes],
      ['publish/messages/received', metrics.messagesReceived],
      ['publish/messages/sent', metrics.messagesSent],
      ['publish/messages/dropped', dropped],
      ['bytes/received', metrics.bytesReceived],
      ['bytes/sent', metrics.bytesSent],
      ['subscriptions/count', subscriptions],
      ['retained messages/count', retained],
    ];
  }

  /** A moving average of each rate, per minute, that forgets over 1, 5 and 15 minutes. */
  #sayLoads(): void {
    const { metrics } = this.#source;
    for (const [name, counter] of LOADS) {
      const sum = metrics[counter];
      const perMinute = ((sum - (this.#before.get(name) ?? sum)) * 60) / this.#interval;
      this.#before.set(name, sum);
      for (const minutes of MINUTES) {
        const topic = `load/${name}/${minutes}min`;
        const weight = Math.exp(-this.#interval / (60 * minutes));
        const average = perMinute + weight * ((this.#averages.get(topic) ?? perMinute) - perMinute);
        this.#averages.set(topic, average);
        this.#say(topic, average.toFixed(2));
      }
    }
  }

  #say(name: string, text: string): void {
    if (this.#said.get(name) === text) return;
    this.#said.set(name, text);
    this.#send(name, text);
  }

  #send(name: string, text: string): void {
    const payload = new TextEncoder().encode(text);
    this.#publish(new Message({ topic: `$SYS/broker/${name}`, payload, qos: 0, retain: true }));
  }
}
