/**
 * What the broker does when the process is overloaded, in levels: 1 reads publishers in turn only, 2 refuses CONNECT
 * too, 3 sheds QoS 0 too. Who pauses, refuses and sheds reads `level`; this file decides it, and whose turn it is.
 * Knows no clock and no process: a probe is given, and the timer wheel says when to ask it.
 */
import { type Hooks, type OverloadLevel, tell } from '../hooks.ts';
import type { Metrics } from '../metrics.ts';
import type { LimitName, Limits } from '../options.ts';
import { Timer, type TimerWheel } from '../timer-wheel.ts';
import type { Load, Probe } from './probe.ts';

/** ms between two samples. */
const INTERVAL = 200;
/** A level is reached when so many samples in a row ask for it: one long turn alone is no overload. */
const RISE_AFTER = 2;
/** It is left when so many in a row are below CALM of its thresholds. */
const FALL_AFTER = 5;
const CALM = 0.75;
/** Of the paused publishers, one in so many is read at each sample. */
const TURNS = 4;

/** What makes each level. */
const BOUNDS = {
  1: ['pauseDelay', 'pauseHeap'],
  2: ['refuseDelay', 'refuseHeap'],
  3: ['shedDelay', 'shedHeap'],
} as const;

/** A publisher that can be made to wait. */
export interface Publisher {
  /** It is its turn: it is read again. */
  unpause(): void;
}

/** Watches the load of the process while there are connections. */
export class Overload {
  level: OverloadLevel = 0;
  readonly #probe: Probe | undefined;
  readonly #limits: Limits;
  readonly #wheel: TimerWheel;
  readonly #metrics: Metrics;
  readonly #hooks: Hooks;
  readonly #timer: Timer = new Timer(() => this.#sample());
  /** Paused publishers, the longest first. */
  readonly #paused = new Set<Publisher>();
  #isWatching = false;
  #isNeeded = false;
  #rising = 0;
  #risingTo: OverloadLevel = 0;
  #falling = 0;
  #fallingTo: OverloadLevel = 0;

  /** @param probe undefined: the load is not watched, the level stays 0 */
  constructor(probe: Probe | undefined, limits: Limits, wheel: TimerWheel, metrics: Metrics, hooks: Hooks) {
    this.#probe = probe;
    this.#limits = limits;
    this.#wheel = wheel;
    this.#metrics = metrics;
    this.#hooks = hooks;
  }

  /** How many publishers are paused. */
  get paused(): number {
    return this.#paused.size;
  }

  /** There are connections: the load matters. */
  start(): void {
    this.#isNeeded = true;
    if (this.#isWatching || this.#probe === undefined) return;
    this.#isWatching = true;
    this.#probe.start();
    this.#wheel.set(this.#timer, INTERVAL);
  }

  /** There are no connections. A level that is reached is watched until it is left. */
  stop(): void {
    this.#isNeeded = false;
  }

  /** The broker ends. */
  close(): void {
    this.stop();
    if (this.#isWatching) this.#probe?.stop();
    this.#isWatching = false;
    this.#wheel.clear(this.#timer);
    this.#resume(this.#paused.size);
  }

  /** A publisher is not read any more until it is its turn. */
  pause(publisher: Publisher): void {
    this.#metrics.publishersPaused++;
    this.#paused.add(publisher);
  }

  /** A publisher is gone. */
  forget(publisher: Publisher): void {
    this.#paused.delete(publisher);
  }

  #sample(): void {
    if (this.#probe === undefined) return;
    const load = this.#probe.sample();
    this.#judge(load);
    this.#resume(this.level === 0 ? this.#paused.size : Math.ceil(this.#paused.size / TURNS));
    if (this.#isNeeded || this.level > 0) {
      this.#wheel.set(this.#timer, INTERVAL);
      return;
    }
    this.#isWatching = false;
    this.#probe.stop();
  }

  #judge(load: Load): void {
    const wanted = this.#levelOf(load, 1);
    this.#risingTo = this.#rising === 0 || wanted < this.#risingTo ? wanted : this.#risingTo;
    this.#rising = wanted > this.level ? this.#rising + 1 : 0;
    if (this.#rising >= RISE_AFTER) {
      this.#metrics.overloads++;
      this.#change(this.#risingTo, load);
      return;
    }
    const calm = this.#levelOf(load, CALM);
    this.#fallingTo = this.#falling === 0 || calm > this.#fallingTo ? calm : this.#fallingTo;
    this.#falling = calm < this.level ? this.#falling + 1 : 0;
    if (this.#falling >= FALL_AFTER) this.#change(this.#fallingTo, load);
  }

  #change(level: OverloadLevel, load: Load): void {
    this.level = level;
    this.#rising = 0;
    this.#falling = 0;
    tell(this.#metrics, this.#hooks.onOverload, level, load, this.#reached(level, load));
  }

  /** Which bounds of that level the load reaches. */
  #reached(level: OverloadLevel, load: Load): readonly LimitName[] {
    if (level === 0) return [];
    return BOUNDS[level].filter((name) => {
      const bound = this.#limits[name];
      return name.endsWith('Delay') ? this.#reaches(load, bound, 0) : this.#reaches(load, 0, bound);
    });
  }

  /** The highest level that has a threshold, times `part`, which the load reaches. */
  #levelOf(load: Load, part: number): OverloadLevel {
    const { pauseDelay, pauseHeap, refuseDelay, refuseHeap, shedDelay, shedHeap } = this.#limits;
    if (this.#reaches(load, shedDelay * part, shedHeap * part)) return 3;
    if (this.#reaches(load, refuseDelay * part, refuseHeap * part)) return 2;
    return this.#reaches(load, pauseDelay * part, pauseHeap * part) ? 1 : 0;
  }

  #reaches({ delay, heapUsed, heapLimit }: Load, ms: number, percent: number): boolean {
    const most = this.#limits.maximumHeap > 0 ? this.#limits.maximumHeap : heapLimit;
    return (ms > 0 && delay >= ms) || (percent > 0 && heapUsed * 100 >= percent * most);
  }

  #resume(count: number): void {
    if (count === 0) return;
    const next: Publisher[] = [];
    for (const publisher of this.#paused) if (next.push(publisher) === count) break;
    for (const publisher of next) this.#paused.delete(publisher);
    for (const publisher of next) publisher.unpause();
  }
}
