/**
 * The one door: every question "may it?" goes through here, and everything but a clear yes is no.
 * A hook that throws, rejects, answers nonsense or does not answer in time has said no. With no hook installed the
 * answer is yes at once, and costs a comparison. Knows no packets.
 */
import type { QoS } from '@mqtt/codec';
import { BrokerError } from '../errors.ts';
import type { MessageOrigin } from '../store/facts.ts';
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

/** What is asked about when a message is delivered. */
interface Received {
  readonly topic: string;
  /** Client id of who published it; undefined for the broker itself. */
  readonly publisher: string | undefined;
  /** The rest of that, of a retained message. */
  readonly source: MessageOrigin | undefined;
}

function isReceivingGuarded({ authorizeReceive, authorizeRetained }: Access): boolean {
  return authorizeReceive !== undefined || authorizeRetained !== undefined;
}

/** Asks the hooks. */
export class Door {
  #access: Access;
  readonly #wheel: TimerWheel;
  /** ms */
  timeout: number;
  readonly #failed: (error: unknown) => void;
  /** Whether anything is asked about publishing: the hot path looks here first. */
  guardsPublish: boolean;
  guardsReceive: boolean;

  /** @param timeout ms @param failed is told of each hook that threw, rejected, hung or answered nonsense */
  constructor(access: Access, wheel: TimerWheel, timeout: number, failed: (error: unknown) => void) {
    this.#access = access;
    this.#wheel = wheel;
    this.timeout = timeout;
    this.#failed = failed;
    this.guardsPublish = access.authorizePublish !== undefined;
    this.guardsReceive = isReceivingGuarded(access);
  }

  /** Other hooks are asked from now on. */
  change(access: Access): void {
    this.#access = access;
    this.guardsPublish = access.authorizePublish !== undefined;
    this.guardsReceive = isReceivingGuarded(access);
  }

  /** Who published it, where anybody will be asked about that when it is retained. */
  originOf({ identity, listener }: Client): MessageOrigin | undefined {
    return this.#access.authorizeRetained === undefined ? undefined : { identity, listener };
  }

  /** Who is behind these credentials, or why nobody is. */
  authenticate(credentials: Credentials): Answer<Acceptance | Refusal> {
    const { authenticate, enhanced } = this.#access;
    if (authenticate === undefined) return enhanced === undefined ? NOBODY : NOT_AUTHORIZED;
    const decide = (answer: unknown): Acceptance | Refusal => {
      if (answer === true) return { identity: credentials.username ?? '' };
      if (typeof answer === 'string') return { identity: answer };
      if (isAcceptance(answer) || isRefusal(answer)) return answer;
      this.#deny('authenticate', answer);
      return BAD_CREDENTIALS;
    };
    return this.ask('authenticate', () => authenticate(credentials), decide, BAD_CREDENTIALS);
  }

  /** An exchange of the method of this name; undefined: there is no such method. */
  exchange(method: string, opening: ExchangeOpening): Exchange | undefined {
    const { enhanced } = this.#access;
    if (enhanced === undefined || !Object.hasOwn(enhanced, method)) return undefined;
    let exchange: Exchange | undefined;
    const decide = (answer: unknown): ExchangeStep => {
      if (isExchangeStep(answer)) return answer;
      this.#deny(`enhanced ${method}`, answer);
      return NOT_AUTHORIZED;
    };
    return (data) =>
      this.ask(
        `enhanced ${method}`,
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
    return this.ask(
      'authorizePublish',
      () => authorizePublish(client, topic, qos, retain),
      (answer) => this.#isYes('authorizePublish', answer),
      false,
    );
  }

  /** May `client` subscribe to `topicFilter`? */
  subscribe(client: Client, topicFilter: string, qos: QoS): Answer<boolean> {
    const { authorizeSubscribe } = this.#access;
    if (authorizeSubscribe === undefined) return true;
    return this.ask(
      'authorizeSubscribe',
      () => authorizeSubscribe(client, topicFilter, qos),
      (answer) => this.#isYes('authorizeSubscribe', answer),
      false,
    );
  }

  /** May `client` receive this message? */
  receive(client: Client, { topic, source, publisher }: Received): boolean {
    const { authorizeReceive, authorizeRetained } = this.#access;
    try {
      if (source !== undefined && publisher !== undefined && authorizeRetained !== undefined) {
        const answer = authorizeRetained({ clientId: publisher, ...source }, topic);
        if (!this.#isYes('authorizeRetained', answer)) return false;
      }
      return (
        authorizeReceive === undefined || this.#isYes('authorizeReceive', authorizeReceive(client, topic))
      );
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #isYes(hook: string, answer: unknown): boolean {
    if (answer !== true) this.#deny(hook, answer);
    return answer === true;
  }

  /** A plain false is a decision; anything else that is not a yes is a broken hook. */
  #deny(hook: string, answer: unknown): void {
    if (answer !== false) this.nonsense(hook, answer);
  }

  /** A hook answered what is no answer. */
  nonsense(hook: string, answer: unknown): void {
    this.#failed(new BrokerError('HOOK_FAILED', `${hook} answered ${inspect(answer)}: that means no`));
  }

  /** What a hook answers, as `decide` reads it, and `no` when it throws, rejects or does not answer in time. */
  ask<T>(name: string, hook: () => unknown, decide: (answer: unknown) => T, no: T): Answer<T> {
    let answer: unknown;
    try {
      answer = hook();
    } catch (error) {
      this.#failed(error);
      return no;
    }
    return isThenable(answer) ? this.#await(name, answer, decide, no) : decide(answer);
  }

  #await<T>(name: string, answer: PromiseLike<unknown>, decide: (answer: unknown) => T, no: T): Promise<T> {
    return new Promise<T>((resolve) => {
      const refuse = (error: unknown): void => {
        this.#wheel.clear(timer);
        this.#failed(error);
        resolve(no);
      };
      const late = `${name} did not answer within ${this.timeout} ms: that means no`;
      const timer = new Timer(() => refuse(new BrokerError('HOOK_FAILED', late)));
      this.#wheel.set(timer, this.timeout);
      answer.then((value) => {
        this.#wheel.clear(timer);
        resolve(decide(value));
      }, refuse);
    });
  }
}

/** A few characters of whatever a hook answered. */
function inspect(answer: unknown): string {
  return typeof answer === 'object' && answer !== null ? 'an object' : String(answer).slice(0, 80);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
