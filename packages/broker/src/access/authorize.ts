/**
 * The one door: every question "may it?" goes through here, and everything but a clear yes is no.
 * A hook that throws, rejects, answers nonsense or does not answer in time has said no. With no hook installed the
 * answer is yes at once, and costs a comparison. Knows no packets.
 */
import type { QoS } from '@mqtt/codec';
import type { Metrics } from '../metrics.ts';
import { Timer, type TimerWheel } from '../timer-wheel.ts';
import type {
  Acceptance,
  Access,
  Answer,
  Client,
  Credentials,
  Exchange,
  ExchangeOpening,
  ExchangeStep,
} from './access.ts';
import { isAcceptance, isExchangeStep } from './exchange.ts';
import { isRefusal, type Refusal } from './refusal.ts';

/** Whoever comes where nobody asks. */
const NOBODY: Acceptance = { identity: '' };
/** What a no without a reason means at CONNECT. */
const BAD_CREDENTIALS: Refusal = { reasonCode: 0x86 };
/** The same in an exchange, and where a method is needed and none was named. */
const NOT_AUTHORIZED: Refusal = { reasonCode: 0x87 };

/** Asks the hooks. */
export class Door {
  readonly #access: Access;
  readonly #wheel: TimerWheel;
  readonly #metrics: Metrics;
  readonly #timeout: number;
  /** Whether anything is asked about publishing: the hot path looks here first. */
  readonly guardsPublish: boolean;
  readonly guardsReceive: boolean;

  constructor(access: Access, wheel: TimerWheel, metrics: Metrics, timeout: number) {
    this.#access = access;
    this.#wheel = wheel;
    this.#metrics = metrics;
    this.#timeout = timeout;
    this.guardsPublish = access.authorizePublish !== undefined;
    this.guardsReceive = access.authorizeReceive !== undefined;
  }

  /** Who is behind these credentials, or why nobody is. */
  authenticate(credentials: Credentials): Answer<Acceptance | Refusal> {
    const { authenticate, enhanced } = this.#access;
    if (authenticate === undefined) return enhanced === undefined ? NOBODY : NOT_AUTHORIZED;
    const decide = (answer: unknown): Acceptance | Refusal => {
      if (answer === true) return { identity: credentials.username ?? '' };
      if (typeof answer === 'string') return { identity: answer };
      if (isAcceptance(answer) || isRefusal(answer)) return answer;
      this.#deny(answer);
      return BAD_CREDENTIALS;
    };
    return this.ask(() => authenticate(credentials), decide, BAD_CREDENTIALS);
  }

  /** An exchange of the method of this name; undefined: there is no such method. */
  exchange(method: string, opening: ExchangeOpening): Exchange | undefined {
    const { enhanced } = this.#access;
    if (enhanced === undefined || !Object.hasOwn(enhanced, method)) return undefined;
    let exchange: Exchange | undefined;
    const decide = (answer: unknown): ExchangeStep => {
      if (isExchangeStep(answer)) return answer;
      this.#deny(answer);
      return NOT_AUTHORIZED;
    };
    return (data) =>
      this.ask(
        () => {
          exchange ??= enhanced[method]?.(opening);
          return exchange?.(data);
        },
        decide,
        NOT_AUTHORIZED,
      );
  }

  /** May `client` publish to `topic`? */
  publish(client: Client, topic: string, qos: QoS, retain: boolean): Answer<boolean> {
    const { authorizePublish } = this.#access;
    if (authorizePublish === undefined) return true;
    return this.ask(() => authorizePublish(client, topic, qos, retain), this.#isYes, false);
  }

  /** May `client` subscribe to `topicFilter`? */
  subscribe(client: Client, topicFilter: string, qos: QoS): Answer<boolean> {
    const { authorizeSubscribe } = this.#access;
    if (authorizeSubscribe === undefined) return true;
    return this.ask(() => authorizeSubscribe(client, topicFilter, qos), this.#isYes, false);
  }

  /** May `client` receive a message of `topic`? */
  receive(client: Client, topic: string): boolean {
    const { authorizeReceive } = this.#access;
    if (authorizeReceive === undefined) return true;
    try {
      return this.#isYes(authorizeReceive(client, topic));
    } catch {
      this.#metrics.hooksFailed++;
      return false;
    }
  }

  readonly #isYes = (answer: unknown): boolean => {
    if (answer !== true) this.#deny(answer);
    return answer === true;
  };

  /** A plain false is a decision; anything else that is not a yes is a broken hook. */
  #deny(answer: unknown): void {
    if (answer !== false) this.#metrics.hooksFailed++;
  }

  /** What a hook answers, as `decide` reads it, and `no` when it throws, rejects or does not answer in time. */
  ask<T>(hook: () => unknown, decide: (answer: unknown) => T, no: T): Answer<T> {
    let answer: unknown;
    try {
      answer = hook();
    } catch {
      this.#metrics.hooksFailed++;
      return no;
    }
    return isThenable(answer) ? this.#await(answer, decide, no) : decide(answer);
  }

  #await<T>(answer: PromiseLike<unknown>, decide: (answer: unknown) => T, no: T): Promise<T> {
    return new Promise<T>((resolve) => {
      const refuse = (): void => {
        this.#wheel.clear(timer);
        this.#metrics.hooksFailed++;
        resolve(no);
      };
      const timer = new Timer(refuse);
      this.#wheel.set(timer, this.#timeout);
      answer.then((value) => {
        this.#wheel.clear(timer);
        resolve(decide(value));
      }, refuse);
    });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
