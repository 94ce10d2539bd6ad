/**
 * A clock that a test moves by hand. It has the shape of the clocks that @mqtt/broker and @mqtt/client take; no real
 * time passes. What is deferred runs as a microtask, or at once with `turn()`.
 */

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** Time in ms that stands still until `advance`. */
export class ManualClock {
  #now: number;
  readonly #alarms = new Set<Alarm>();
  #deferred: (() => void)[] = [];
  /** What the wall clock is ahead of `now`. */
  #wallOffset: number;

  /** `now`: ms at the start; `wall`: ms since 1970 then. */
  constructor(now = 0, wall = 1_700_000_000_000) {
    this.#now = now;
    this.#wallOffset = wall - now;
  }

  /** ms since 1970; moves with `now`. */
  readonly wallTime = (): number => this.#now + this.#wallOffset;

  /** Somebody sets the wall clock: `now` stays as it is. */
  setWallTime(wall: number): void {
    this.#wallOffset = wall - this.#now;
  }

  /** ms; `now` is a function that may be handed on alone. */
  readonly now = (): number => this.#now;

  /** Calls `run` once, when `delay` ms have been advanced. Returns what takes it back. */
  readonly after = (delay: number, run: () => void): (() => void) => {
    const alarm: Alarm = { at: this.#now + delay, run };
    this.#alarms.add(alarm);
    return () => {
      this.#alarms.delete(alarm);
    };
  };

  /** Calls `run` once, after the code that runs now. */
  readonly defer = (run: () => void): void => {
    this.#deferred.push(run);
    if (this.#deferred.length === 1) queueMicrotask(() => this.turn());
  };

  /** How many alarms are set. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** When the next alarm is due, ms; Infinity when none is set. */
  get next(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const alarm of this.#alarms) at = Math.min(at, alarm.at);
    return at;
  }

  /** Runs what was deferred until now, and what that defers. */
  turn(): void {
    for (let runs = this.#take(); runs.length > 0; runs = this.#take()) for (const run of runs) run();
  }

  /** Lets `ms` pass: alarms run in the order they are due, each at its own time, and what they set runs as well. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.turn();
    for (let alarm = this.#dueBy(end); alarm !== undefined; alarm = this.#dueBy(end)) {
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.run();
      this.turn();
    }
    this.#now = end;
  }

  #dueBy(end: number): Alarm | undefined {
    let due: Alarm | undefined;
    for (const alarm of this.#alarms)
      if (alarm.at <= end && (due === undefined || alarm.at < due.at)) due = alarm;
    return due;
  }

  #take(): (() => void)[] {
    const runs = this.#deferred;
    this.#deferred = [];
    return runs;
  }
}
