/**
 * Plays one scenario with a client against a broker. Answers: did everything arrive as the scenario says, and nothing
 * else? Topics and client ids get a prefix of their own, so that scenarios share a broker without meeting.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { differenceOf, shownMessage } from './message-difference.ts';
import { Network, type Place, type Tape } from './network.ts';
import { PATIENCE, within } from './peers/deadline.ts';
import type { Client, Message, Subscriber } from './peers/peer.ts';
import type {
  AnswerStep,
  AskStep,
  LeaveStep,
  PublishStep,
  Role,
  Scenario,
  Step,
  SubscribeStep,
  WillWords,
  Words,
} from './scenarios/scenario.ts';
import { packetsOf } from './tape.ts';

/** Who plays: `writer` publishes and `reader` subscribes (often the same), `witness` stands in where a step says so. */
export interface Cast {
  readonly writer: Client;
  readonly reader: Client;
  readonly witness: Client;
  /** Milliseconds to wait for a message; default 10,000. */
  readonly patience?: number;
  /** Milliseconds that a publisher may take; as many as its client allows unless it is said. */
  readonly publishPatience?: number | undefined;
}

/** A scenario that did not go as it says: where, and what passed. */
export class PlayError extends Error {
  readonly tapes: readonly Tape[];

  constructor(message: string, tapes: readonly Tape[], cause: unknown) {
    super(message, { cause });
    this.tapes = tapes;
  }
}

/** Somebody who is connected. */
interface Present {
  readonly subscriber: Subscriber;
  readonly tape: Tape;
  /** The next message, once somebody asked for it and until somebody takes it. */
  coming: Promise<Message> | undefined;
}

const LAST_MESSAGE = 'the last message: nothing may arrive before it';
/** ms between two messages that are to reach somebody who comes back. */
const PROBING = { first: 150, longest: 1000 };
/** ms after which a play is taken for one that never ends. */
const LONGEST_PLAY = 120_000;
const utf8 = new TextEncoder();
let played = 0;

class Player {
  readonly network: Network;
  readonly #place: Place;
  readonly #cast: Cast;
  readonly #isTimed: boolean;
  readonly #prefix: string;
  readonly #present = new Map<Role, Present>();
  readonly #asked = new Map<Role, Promise<Message>>();

  constructor({ isTimed }: Scenario, place: Place, cast: Cast) {
    played += 1;
    this.network = new Network(place);
    this.#place = place;
    this.#cast = cast;
    this.#isTimed = isTimed === true;
    // MQTT 3.1 client ids have 1 to 23 characters.
    this.#prefix = `i${process.pid.toString(36)}n${played.toString(36)}`;
  }

  /** Does one step. @throws {Error} when what happens is not what it says */
  async step(step: Step): Promise<void> {
    if ('subscribe' in step) await this.#subscribe(step);
    else if ('publish' in step) await this.#publish(step);
    else if ('receive' in step) await this.#receive(step.receive, step.messages);
    else if ('receiveAmong' in step) await this.#receiveAmong(step.receiveAmong, step.messages);
    else if ('nothingMore' in step) await this.#nothingMore(step.nothingMore, step.topic);
    else if ('freeze' in step) this.#who(step.freeze).tape.relay.freeze();
    else if ('restart' in step) await this.#restart();
    else if ('reach' in step) await this.#reach(step.reach, step.topic);
    else if ('wait' in step) await wait(step.wait);
    else if ('ask' in step) await this.#ask(step);
    else if ('answer' in step) await this.#answer(step);
    else if ('answered' in step) await this.#answered(step.answered, step.payload);
    else await this.#leave(step);
  }

  /** Those who are still connected leave. */
  async over(): Promise<void> {
    const present = [...this.#present.values()];
    this.#present.clear();
    await within(Promise.all(present.map(({ subscriber }) => subscriber.end())), 'that all leave');
    await within(this.network.close(), 'the end of the network');
  }

  /** After a failure: they leave in any way they can. */
  async drop(): Promise<void> {
    const present = [...this.#present.values()];
    const gone = this.network
      .close()
      .then(() => Promise.allSettled(present.map(({ subscriber }) => subscriber.kill())));
    // What cannot even leave then has failed already, and is said to have.
    await within(gone, 'that all are gone').catch(() => undefined);
  }

  get #patience(): number {
    return this.#cast.patience ?? PATIENCE;
  }

  #message(words: Words): Message {
    const payload = typeof words.payload === 'string' ? utf8.encode(words.payload) : words.payload;
    const { qos = 0, retain = false, properties } = words;
    const topic = `${this.#prefix}/${words.topic}`;
    return { topic, payload, qos, retain, ...(properties === undefined ? {} : { properties }) };
  }

  #will(words: WillWords | undefined) {
    if (words === undefined) return {};
    return { will: { ...this.#message(words), delay: words.delay } };
  }

  #filter(text: string): string {
    const [, group, filter] = /^\$share\/([^/]+)\/(.*)$/.exec(text) ?? [];
    return group === undefined
      ? `${this.#prefix}/${text}`
      : `$share/${this.#prefix}${group}/${this.#prefix}/${filter}`;
  }

  #who(role: Role): Present {
    const present = this.#present.get(role);
    if (present === undefined) throw new Error(`the scenario names "${role}", who is not there`);
    return present;
  }

  async #subscribe(step: SubscribeStep): Promise<void> {
    const client = step.witness === true ? this.#cast.witness : this.#cast.reader;
    const { qos, keep = false, sessionExpiry, keepAlive, topicAliasMaximum, reconnect } = step;
    const wish = {
      clientId: `${this.#prefix}${step.clientIdOf ?? step.subscribe}`,
      topicFilters: [step.topicFilter].flat().map((filter) => this.#filter(filter)),
      ...{ qos, keep, sessionExpiry, keepAlive, topicAliasMaximum, reconnect },
      ...this.#will(step.will),
    };
    const { door, tape } = await this.network.open(step.subscribe, client);
    const subscriber = await this.#start(client, tape, () => client.subscribe(door, wish));
    this.#present.set(step.subscribe, { subscriber, tape, coming: undefined });
  }

  async #publish({ publish, topicAliases = false, witness = false }: PublishStep): Promise<void> {
    const messages = publish.map((words) => this.#message(words));
    const tape = await this.#send(witness ? this.#cast.witness : this.#cast.writer, messages, topicAliases);
    if (topicAliases && tape.isReadable) expectAliases(tape, messages);
  }

  async #send(client: Client, messages: readonly Message[], topicAliases = false): Promise<Tape> {
    const { door, tape } = await this.network.open('publisher', client);
    const { publishPatience: patience } = this.#cast;
    await this.#start(client, tape, () => {
      const publishing = client.publish(door, messages, { topicAliases });
      return patience === undefined ? publishing : within(publishing, 'what was published', { patience });
    });
    return tape;
  }

  /** A program that is dear to start has a turn until it connects, or fails to. */
  async #start<T>({ isDear }: Client, { relay }: Tape, call: () => Promise<T>): Promise<T> {
    const { starts } = this.#place;
    if (isDear !== true || starts === undefined) return call();
    const end = await starts.take(this.#isTimed);
    const called = call();
    Promise.race([relay.reached, called]).then(end, end);
    return called;
  }

  /** The next message of a role; it stays its next one until `#taken`. */
  #coming(role: Role, patience = this.#patience): Promise<Message> {
    const present = this.#who(role);
    present.coming ??= present.subscriber.next(patience);
    return present.coming;
  }

  #taken(role: Role): void {
    this.#who(role).coming = undefined;
  }

  async #receive(role: Role, messages: readonly Words[]): Promise<void> {
    for (const words of messages) {
      const got = await this.#coming(role);
      this.#taken(role);
      const wrong = differenceOf(got, this.#message(words));
      if (wrong !== undefined) throw new Error(`${role} received ${wrong}`);
    }
  }

  async #receiveAmong(roles: readonly Role[], messages: readonly Words[]): Promise<void> {
    const wanted = messages.map((words) => this.#message(words));
    while (wanted.length > 0) {
      const { role, got } = await Promise.any(
        roles.map(async (role) => ({ role, got: await this.#coming(role) })),
      ).catch(() => {
        throw new Error(`none of ${roles.join(', ')} received ${wanted.map(shownMessage).join('; ')}`);
      });
      this.#taken(role);
      const found = wanted.findIndex((message) => differenceOf(got, message) === undefined);
      if (found === -1)
        throw new Error(`${role} received ${shownMessage(got)}, which is none of those that are left`);
      wanted.splice(found, 1);
    }
  }

  async #nothingMore(role: Role, topic: string): Promise<void> {
    const last = { topic, payload: LAST_MESSAGE, qos: 0 } as const;
    await this.#publish({ publish: [last] });
    await this.#receive(role, [last]);
  }

  async #restart(): Promise<void> {
    if (this.#place.restart === undefined) throw new Error('this broker is not started again: others play');
    const relays = [...this.#present.values()].map(({ tape }) => tape.relay);
    // Where a broker listened nobody answers while it is away; a relay that took connections would hide that.
    for (const relay of relays) relay.refuse();
    await this.#place.restart();
    await Promise.all(relays.map((relay) => relay.open()));
  }

  /** Sends until one arrives, then until the last one that was sent has: nothing of this is left. */
  async #reach(role: Role, topic: string): Promise<void> {
    const until = performance.now() + this.#patience;
    const sent: Message[] = [];
    let isThere = false;
    const arriving = this.#coming(role).then(() => {
      isThere = true;
    });
    arriving.catch(() => undefined);
    while (!isThere) {
      if (performance.now() > until) throw new Error(`${role} was not reached within ${this.#patience} ms`);
      const probe = this.#message({ topic, payload: `probe ${sent.length + 1}` });
      await this.#send(this.#cast.witness, [probe]);
      sent.push(probe);
      await Promise.race([arriving, wait(Math.min(PROBING.first * sent.length, PROBING.longest))]);
    }
    const last = sent.at(-1);
    for (;;) {
      const got = await this.#coming(role);
      this.#taken(role);
      if (last !== undefined && Buffer.compare(got.payload, last.payload) === 0) return;
    }
  }

  async #ask({ ask, topic, payload, witness = false }: AskStep): Promise<void> {
    const client = witness ? this.#cast.witness : this.#cast.writer;
    const { request } = client;
    if (request === undefined) throw new Error(`${client.name} has no request`);
    const { door, tape } = await this.network.open(ask, client);
    const message = this.#message({ topic, payload, qos: 1 });
    const responseTopic = `${this.#prefix}/answers/${ask}`;
    const answer = this.#start(client, tape, () => request(door, { ...message, responseTopic }));
    answer.catch(() => undefined);
    this.#asked.set(ask, answer);
  }

  async #answer({ answer, payload }: AnswerStep): Promise<void> {
    const request = await this.#coming(answer);
    this.#taken(answer);
    const { responseTopic, correlationData } = request.properties ?? {};
    if (responseTopic === undefined)
      throw new Error(`${answer} received ${shownMessage(request)}: no request`);
    const properties = correlationData === undefined ? {} : { correlationData };
    const message = { topic: responseTopic, payload: utf8.encode(payload), qos: 1, retain: false } as const;
    await this.#send(this.#cast.writer, [{ ...message, properties }]);
  }

  async #answered(role: Role, payload: string): Promise<void> {
    const asked = this.#asked.get(role);
    if (asked === undefined) throw new Error(`the scenario names "${role}", who did not ask`);
    const { payload: got } = await within(asked, `the answer for ${role}`, { patience: this.#patience });
    deepStrictEqual(Buffer.from(got).toString('utf8'), payload, `the answer for ${role}`);
  }

  async #leave(step: LeaveStep): Promise<void> {
    const role = 'end' in step ? step.end : 'kill' in step ? step.kill : step.closed;
    const { subscriber, tape } = this.#who(role);
    this.#present.delete(role);
    if ('end' in step) return subscriber.end();
    if ('kill' in step) {
      await tape.relay.cut();
      return subscriber.kill();
    }
    const reasonCode = await within(subscriber.closed, `the broker closes ${role}`, {
      patience: this.#patience,
    });
    const { version } = this.#cast.reader.way;
    if (step.reasonCode !== undefined && version === '5.0')
      deepStrictEqual(reasonCode, step.reasonCode, `${role} was closed with ${reasonCode}`);
    // Whatever it still holds goes; it has no connection.
    await tape.relay.cut();
    await subscriber.kill();
  }
}

/** Each topic went out whole once and then empty, by its alias. @throws {Error} when it did not */
function expectAliases(tape: Tape, messages: readonly Message[]): void {
  const topics = packetsOf(tape).flatMap(({ way, packet }) =>
    way === '->' && packet.type === 'PUBLISH' ? [packet.topic] : [],
  );
  const whole = topics.filter((topic) => topic !== '');
  const different = new Set(messages.map(({ topic }) => topic)).size;
  if (topics.length !== messages.length || whole.length !== different)
    throw new Error(`${topics.length} messages went out, ${whole.length} with their topic, not ${different}`);
}

/** Every step of a scenario, and the end. */
async function playSteps(
  player: Player,
  { steps }: Scenario,
  onStep: (index: number) => void,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    onStep(index);
    await player.step(step).catch((cause: unknown) => {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`step ${index + 1} (${Object.keys(step)[0]}): ${text}`, { cause });
    });
  }
  onStep(steps.length);
  await player.over();
}

/** Plays a scenario to its end. @throws {PlayError} at the first step that does not go as it says */
export async function play(scenario: Scenario, place: Place, cast: Cast): Promise<void> {
  const player = new Player(scenario, place, cast);
  let at = 0;
  const steps = playSteps(player, scenario, (index) => {
    at = index;
  });
  try {
    const detail = (): string => `; it is at step ${at + 1} of ${scenario.steps.length}`;
    await within(steps, 'the end of the play', { patience: LONGEST_PLAY, detail });
  } catch (error) {
    await player.drop();
    const text = error instanceof Error ? error.message : String(error);
    throw new PlayError(text, player.network.tapes, error);
  }
}
