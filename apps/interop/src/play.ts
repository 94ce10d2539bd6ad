/**
 * Plays one scenario with a client against a broker. Answers: did everything arrive as the scenario says, and nothing
 * else? Topics and client ids get a prefix of their own, so that scenarios share a broker without meeting.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { within } from './peers/deadline.ts';
import type { Addresses, Client, Message, Subscriber } from './peers/peer.ts';
import type { LeaveStep, Role, Scenario, Step, SubscribeStep, Words } from './scenarios/scenario.ts';

/** Who plays: `writer` publishes and `reader` subscribes (often the same), `witness` stands in where a step says so. */
export interface Cast {
  readonly writer: Client;
  readonly reader: Client;
  readonly witness: Client;
  /** Milliseconds to wait for a message; default 10,000. */
  readonly patience?: number;
}

const LAST_MESSAGE = 'the last message: nothing may arrive before it';
const utf8 = new TextEncoder();
let played = 0;

/** A message without its payload's bytes, for people. */
function shown(message: Message): object {
  const { payload, ...rest } = message;
  const text = payload.length <= 100 ? Buffer.from(payload).toString('utf8') : `${payload.length} bytes`;
  return { ...rest, payload: text };
}

class Player {
  readonly #at: Addresses;
  readonly #cast: Cast;
  readonly #prefix: string;
  readonly #present = new Map<Role, Subscriber>();

  constructor(at: Addresses, cast: Cast) {
    played += 1;
    this.#at = at;
    this.#cast = cast;
    // MQTT 3.1 client ids have 1 to 23 characters.
    this.#prefix = `i${process.pid.toString(36)}n${played.toString(36)}`;
  }

  /** Does one step. @throws {Error} when what happens is not what it says */
  async step(step: Step): Promise<void> {
    if ('subscribe' in step) await this.#subscribe(step);
    else if ('publish' in step) await this.#publish(step.publish, step.witness === true);
    else if ('receive' in step) await this.#receive(step.receive, step.messages);
    else if ('nothingMore' in step) await this.#nothingMore(step.nothingMore, step.topic);
    else await this.#leave(step);
  }

  /** Those who are still connected leave. */
  async over(): Promise<void> {
    const present = [...this.#present.values()];
    this.#present.clear();
    await Promise.all(present.map((subscriber) => subscriber.end()));
  }

  /** After a failure: they leave in any way they can. */
  async drop(): Promise<void> {
    await Promise.allSettled([...this.#present.values()].map((subscriber) => subscriber.kill()));
  }

  #message(words: Words): Message {
    const payload = typeof words.payload === 'string' ? utf8.encode(words.payload) : words.payload;
    const { qos = 0, retain = false } = words;
    return { topic: `${this.#prefix}/${words.topic}`, payload, qos, retain };
  }

  #who(role: Role): Subscriber {
    const subscriber = this.#present.get(role);
    if (subscriber === undefined) throw new Error(`the scenario names "${role}", who is not there`);
    return subscriber;
  }

  async #subscribe(step: SubscribeStep): Promise<void> {
    const client = step.witness === true ? this.#cast.witness : this.#cast.reader;
    const wish = {
      clientId: `${this.#prefix}${step.clientIdOf ?? step.subscribe}`,
      topicFilter: `${this.#prefix}/${step.topicFilter}`,
      qos: step.qos,
      keep: step.keep ?? false,
      will: step.will === undefined ? undefined : this.#message(step.will),
    };
    this.#present.set(step.subscribe, await client.subscribe(this.#at, wish));
  }

  async #publish(messages: readonly Words[], byWitness: boolean): Promise<void> {
    const client = byWitness ? this.#cast.witness : this.#cast.writer;
    await client.publish(
      this.#at,
      messages.map((words) => this.#message(words)),
    );
  }

  async #receive(role: Role, messages: readonly Words[]): Promise<void> {
    for (const words of messages) {
      const wanted = this.#message(words);
      const got = await this.#who(role).next(this.#cast.patience);
      deepStrictEqual(shown(got), shown(wanted), `${role} received`);
      if (Buffer.compare(got.payload, wanted.payload) !== 0)
        throw new Error(`${role}: the payload was changed`);
    }
  }

  async #nothingMore(role: Role, topic: string): Promise<void> {
    const last = { topic, payload: LAST_MESSAGE, qos: 0 } as const;
    await this.#publish([last], false);
    await this.#receive(role, [last]);
  }

  async #leave(step: LeaveStep): Promise<void> {
    const role = 'end' in step ? step.end : 'kill' in step ? step.kill : step.closed;
    const subscriber = this.#who(role);
    this.#present.delete(role);
    if ('end' in step) return subscriber.end();
    if ('kill' in step) return subscriber.kill();
    const reasonCode = await within(subscriber.closed, `the broker closes ${role}`, {
      patience: this.#cast.patience,
    });
    const { version } = this.#cast.reader.way;
    if (step.reasonCode !== undefined && version === '5.0') deepStrictEqual(reasonCode, step.reasonCode);
  }
}

/** Plays a scenario to its end. @throws {Error} at the first step that does not go as it says */
export async function play(scenario: Scenario, at: Addresses, cast: Cast): Promise<void> {
  const player = new Player(at, cast);
  try {
    for (const [index, step] of scenario.steps.entries()) {
      await player.step(step).catch((cause: unknown) => {
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`step ${index + 1} (${Object.keys(step)[0]}): ${text}`, { cause });
      });
    }
    await player.over();
  } catch (error) {
    await player.drop();
    throw error;
  }
}

/** True when this client can show what the story needs. */
export function plays(client: Client, scenario: Scenario): boolean {
  const { needs } = scenario;
  if (needs === 'endsWithoutWill') return !client.endsWithWill;
  return needs === undefined || client[needs];
}

/** A client and how it speaks. */
export function named({ name, way }: Client): string {
  return `${name} ${way.version} ${way.transport}`;
}

/** The name of a test: statement, client, way, story. */
export function title(scenario: Scenario, client: Client): string {
  const id = scenario.statement?.[client.way.version === '5.0' ? '5.0' : '3.1.1'];
  return `${id === undefined ? '' : `[${id}] `}${named(client)}: ${scenario.name}`;
}
