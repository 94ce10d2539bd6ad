/**
 * Events of a running broker, for listeners that come and go: the same occurrences as the hooks of the same names, told
 * after them. What nobody listens to has no hook, so it costs what an absent hook costs. Decides nothing.
 */
import { BrokerError } from './errors.ts';
import { type Hooks, tell } from './hooks.ts';
import type { Metrics } from './metrics.ts';

/** Event -> the hook that stands for it. */
interface HookOf {
  readonly connect: 'onConnect';
  readonly refuse: 'onRefuse';
  readonly disconnect: 'onDisconnect';
  readonly packet: 'onPacket';
  readonly subscribe: 'onSubscribe';
  readonly unsubscribe: 'onUnsubscribe';
  readonly drop: 'onDrop';
  readonly store: 'onStore';
  readonly damage: 'onDamage';
  readonly overload: 'onOverload';
  readonly hookFailed: 'onHookFailed';
  readonly error: 'onError';
}

const HOOK_OF: HookOf = {
  connect: 'onConnect',
  refuse: 'onRefuse',
  disconnect: 'onDisconnect',
  packet: 'onPacket',
  subscribe: 'onSubscribe',
  unsubscribe: 'onUnsubscribe',
  drop: 'onDrop',
  store: 'onStore',
  damage: 'onDamage',
  overload: 'onOverload',
  hookFailed: 'onHookFailed',
  error: 'onError',
};

/** An event's name. */
export type EventName = keyof HookOf;
/** What listens to an event: called as the hook is. One that throws or rejects is counted, and harms nobody. */
export type EventListener<N extends EventName> = NonNullable<Hooks[HookOf[N]]>;

/** Any listener, as its event calls it. */
type Listener = (...details: readonly unknown[]) => unknown;

/** The hooks of a broker, with whoever listens beside them. */
export class Events {
  /** What the broker tells: changes while it runs. */
  readonly hooks: Hooks;
  readonly #given: Hooks;
  readonly #metrics: Metrics;
  readonly #listeners = new Map<EventName, Set<Listener>>();

  constructor(given: Hooks, metrics: Metrics) {
    this.#given = given;
    this.#metrics = metrics;
    this.hooks = { ...given };
  }

  /** Adds a listener; what is returned takes it away. The same function twice is one listener. @throws {BrokerError} INVALID_OPTION */
  on<N extends EventName>(name: N, listener: EventListener<N>): () => void {
    if (!Object.hasOwn(HOOK_OF, name)) {
      const names = Object.keys(HOOK_OF).join(', ');
      throw new BrokerError('INVALID_OPTION', `there is no event ${String(name)}; there are ${names}`);
    }
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener);
    this.#install(name, listeners);
    return () => {
      listeners.delete(listener as Listener);
      this.#install(name, listeners);
    };
  }

  #install(name: EventName, listeners: ReadonlySet<Listener>): void {
    const hook = HOOK_OF[name];
    const given = this.#given[hook] as Listener | undefined;
    const told = (...details: readonly unknown[]): void => {
      tell(this.#metrics, given, ...details);
      // A copy: whoever listens may end it while it is told.
      for (const listener of [...listeners]) tell(this.#metrics, listener, ...details);
    };
    Object.assign(this.hooks, { [hook]: listeners.size === 0 ? given : told });
  }
}
