/**
 * The load of `mqtt bench`: publishers that send as fast as they may or at a rate, subscribers that count and time
 * what comes. A payload begins with the time it was sent, so one clock measures both ends.
 */
import type { Client, QoS } from '@mqtt/client';
import { type CommandClock, pause } from '../world.ts';
import { Histogram } from './histogram.ts';

/** Bytes of a payload that the load needs for itself. */
export const LEAST_SIZE = 16;
/** QoS 0: messages between two waits for the network. */
const BATCH = 64;

/** How to load. */
export interface LoadOptions {
  readonly topic: string;
  readonly qos: QoS;
  readonly size: number;
  readonly window: number;
  /** Each publisher; undefined: until the time is up. */
  readonly messages: number | undefined;
  readonly seconds: number;
  /** Messages a second of all publishers; undefined: as fast as it goes. */
  readonly rate: number | undefined;
}

/** What has happened so far. */
export class Tally {
  sent = 0;
  done = 0;
  received = 0;
  readonly latency: Histogram = new Histogram();
}

/** Counts a message that came; those of other senders are too short or carry another mark. */
export function receive(tally: Tally, payload: Uint8Array, mark: number, now: number): void {
  if (payload.length < LEAST_SIZE) return;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (view.getUint32(8) !== mark) return;
  tally.received += 1;
  tally.latency.add(Math.max(0, (now - view.getFloat64(0)) * 1000));
}

/** One publisher. */
export class LoadPublisher {
  readonly #client: Client;
  readonly #topic: string;
  readonly #options: LoadOptions;
  readonly #tally: Tally;
  readonly #clock: CommandClock;
  readonly #mark: number;
  #open = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(
    client: Client,
    number: number,
    options: LoadOptions,
    tally: Tally,
    clock: CommandClock,
    mark: number,
  ) {
    this.#client = client;
    this.#topic = options.topic.replaceAll('%i', String(number));
    this.#options = options;
    this.#tally = tally;
    this.#clock = clock;
    this.#mark = mark;
  }

  /** Sends until its messages are sent, `isOver` says so, or one is refused; resolves when all are acknowledged. */
  async run(share: number, isOver: () => boolean): Promise<void> {
    const { messages = Number.POSITIVE_INFINITY, rate } = this.#options;
    const start = this.#clock.now();
    for (let count = 0; count < messages && !isOver() && this.#failure === undefined; ) {
      const due =
        rate === undefined ? count + BATCH : Math.floor(((this.#clock.now() - start) / 1000) * rate * share);
      const until = Math.min(messages, due, count + BATCH);
      let last: Promise<void> | undefined;
      for (; count < until && this.#open < this.#options.window; count++) last = this.#send();
      if (last !== undefined && this.#options.qos === 0) await last;
      else if (this.#open >= this.#options.window) await this.#room();
      if (rate !== undefined && count >= due) await pause(this.#clock, 5);
    }
    while (this.#open > 0 && this.#failure === undefined && !this.#isGone()) await this.#room();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #isGone(): boolean {
    return this.#client.state.status === 'ended';
  }

  #send(): Promise<void> {
    const payload = new Uint8Array(this.#options.size);
    const view = new DataView(payload.buffer);
    view.setUint32(8, this.#mark);
    view.setUint32(12, this.#tally.sent % 2 ** 32);
    view.setFloat64(0, this.#clock.now());
    this.#tally.sent += 1;
    this.#open += 1;
    return this.#client.publish(this.#topic, payload, { qos: this.#options.qos }).then(
      () => this.#settled(),
      (error: Error) => {
        this.#failure ??= error;
        this.#settled();
      },
    );
  }

  #settled(): void {
    this.#open -= 1;
    if (this.#failure === undefined) this.#tally.done += 1;
    this.#wake?.();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
