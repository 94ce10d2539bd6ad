/**
 * Typed topics: a template of a topic, whose parameters are levels, and a codec for the payload. Gives `publish` and
 * `subscribe` the types of both. An entry of its own; uses nothing of the client that a user could not.
 */
import type { Client, SubscribeOptions } from './client.ts';
import { type Grant, invalid } from './errors.ts';
import type { PublishOptions } from './features/keeping-publisher.ts';
import type { Message } from './message.ts';
import type { PublishResult } from './publisher.ts';
import type { Payload } from './settings.ts';

/** Values as payloads, and back. What either throws is the error of `publish`, or an invalid payload of `subscribe`. */
export interface PayloadCodec<In, Out = In> {
  encode(value: In): Payload | PromiseLike<Payload>;
  decode(payload: Uint8Array): Out | PromiseLike<Out>;
}

/** What is used of a Standard Schema validator (standardschema.dev): zod, valibot, arktype and others are one. */
export interface Validator<In = unknown, Out = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => Verdict<Out> | PromiseLike<Verdict<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

type Verdict<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

type Level<T extends string> = T extends `${infer First}/${infer Rest}` ? First | Level<Rest> : T;
type NameIn<L extends string> = L extends `{${infer Name}}`
  ? Name extends `${infer Many}#`
    ? Many
    : Name
  : never;

/** The names of a template's parameters: `'room'` of `'sensors/{room}/temperature'`. */
export type ParameterNames<Template extends string> = NameIn<Level<Template>>;

/** Values for the parameters of a template. */
export type TopicParameters<Template extends string, Value = string | number> = {
  readonly [Name in ParameterNames<Template>]: Value;
};

type WrongLevel<L extends string> = L extends `{${infer Name}}`
  ? Name extends '' | '#' | `${string}${'{' | '}'}${string}` | `${string}#${string}#`
    ? L
    : never
  : L extends `${string}${'{' | '}' | '+' | '#'}${string}`
    ? L
    : never;
type WrongRest<T extends string> = T extends `${string}#}/${string}` ? T : never;
/** Names that stand in more than one level. */
type Repeated<T extends string, Before extends string = never> = T extends `${infer First}/${infer Rest}`
  ? (NameIn<First> & Before) | Repeated<Rest, Before | NameIn<First>>
  : NameIn<T> & Before;

/** `Template` itself when it is legal, else a text that says what is wrong, which no template is. */
export type LegalTemplate<Template extends string> = Template extends ''
  ? 'a template is not empty'
  : [WrongLevel<Level<Template>> | WrongRest<Template> | Repeated<Template>] extends [never]
    ? Template
    : 'a parameter is a whole level, {name}, once; {name#} is the last one; no + and #';

/** A message of a typed topic. */
export interface TypedMessage<Template extends string, Out> {
  /** What stood in the topic for each parameter. */
  readonly params: TopicParameters<Template, string>;
  /** The payload, decoded. */
  readonly value: Out;
  readonly message: Message;
}

/** How a typed topic is subscribed. */
export interface TypedSubscribeOptions<Template extends string, Out>
  extends Omit<SubscribeOptions, 'onMessage'> {
  readonly onMessage?: ((message: TypedMessage<Template, Out>) => unknown) | undefined;
  /** Subscribes `$share/{shareName}/…`: each message goes to one client of the group (§4.8.2). */
  readonly shareName?: string | undefined;
  /**
   * Takes a message whose payload the codec refuses; the message is passed over. Without it the refusal is an error of
   * the handler (the client's `error` event, and the next message comes), or is thrown by the loop.
   */
  readonly onInvalid?: ((error: unknown, message: Message) => unknown) | undefined;
}

/** What `TypedTopic.subscribe` gives: `await` it for the grants, `for await` over it for the messages. */
export interface TypedSubscribed<Template extends string, Out>
  extends Promise<readonly Grant[]>,
    AsyncIterable<TypedMessage<Template, Out>> {}

/** A topic with types. */
export interface TypedTopic<Template extends string, In, Out> {
  readonly template: Template;
  /** The Topic Name with these values. @throws MqttError INVALID_OPTION for a value that is no level of a topic */
  name(params: TopicParameters<Template>): string;
  /** The Topic Filter with these values, and `+` or `#` for those that are missing. @throws as `name` */
  filter(params?: Partial<TopicParameters<Template>>): string;
  /** Publishes a value. Rejects as `client.publish`, and with what the codec says to the value. */
  publish<ResponseTopic extends string = string>(
    client: Pick<Client, 'publish'>,
    params: TopicParameters<Template>,
    value: In,
    options?: PublishOptions<ResponseTopic>,
  ): Promise<PublishResult>;
  /** Subscribes to every topic that has these values; parameters that are missing may be anything. */
  subscribe(
    client: Pick<Client, 'subscribe'>,
    params?: Partial<TopicParameters<Template>>,
    options?: TypedSubscribeOptions<Template, Out>,
  ): TypedSubscribed<Template, Out>;
}

/**
 * Makes a typed topic of a template and a codec: a Standard Schema validator for JSON, or `{ encode, decode }`.
 *
 *     const temperature = topic('sensors/{room}/temperature', z.object({ celsius: z.number() }));
 *     await temperature.publish(client, { room: 'kitchen' }, { celsius: 21 });
 *
 * `{name}` stands for one level, `{name#}` at the end for all that follow, none included.
 * @throws MqttError INVALID_OPTION for a template that is not legal
 */
export function topic<const Template extends string, Schema extends Validator>(
  template: LegalTemplate<Template>,
  schema: Schema,
): TypedTopic<
  Template,
  NonNullable<Schema['~standard']['types']>['input'],
  NonNullable<Schema['~standard']['types']>['output']
>;
export function topic<const Template extends string, In, Out>(
  template: LegalTemplate<Template>,
  codec: PayloadCodec<In, Out>,
): TypedTopic<Template, In, Out>;
export function topic(template: string, given: Validator | PayloadCodec<unknown>): Untyped {
  const codec = '~standard' in given ? jsonOf(given) : given;
  const levels = levelsOf(template);
  const name = (params: object): string => fill(levels, params, false);
  const filter = (params: object = {}): string => fill(levels, params, true);
  /** undefined: the payload was refused, and that was told. */
  const open = async (
    message: Message,
    onInvalid: Refused,
  ): Promise<TypedMessage<string, unknown> | undefined> => {
    try {
      const value = await codec.decode(message.payload);
      return { params: paramsOf(levels, message.topic), value, message };
    } catch (error) {
      message.acknowledge(); // nobody else will, if that is manual
      if (onInvalid === undefined) throw error;
      await onInvalid(error, message);
      return undefined;
    }
  };
  return {
    template,
    name,
    filter,
    async publish(client, params, value, options) {
      return client.publish(name(params), await codec.encode(value), options);
    },
    subscribe(client, params, { onMessage, onInvalid, shareName, ...options } = {}) {
      const group = shareName === undefined ? '' : `$share/${shareName}/`;
      const handler = async (message: Message): Promise<void> => {
        const typed = await open(message, onInvalid);
        if (typed !== undefined) await onMessage?.(typed);
      };
      const subscribed = client.subscribe(group + filter(params), {
        ...options,
        onMessage: onMessage && handler,
      });
      const messages = { [Symbol.asyncIterator]: subscribed[Symbol.asyncIterator] };
      async function* iterate(): AsyncGenerator<TypedMessage<string, unknown>, void, void> {
        for await (const message of messages) {
          const typed = await open(message, onInvalid);
          if (typed !== undefined) yield typed;
        }
      }
      return Object.assign(subscribed, { [Symbol.asyncIterator]: iterate });
    },
  };
}

type Untyped = TypedTopic<string, unknown, unknown>;
type Refused = TypedSubscribeOptions<string, unknown>['onInvalid'];

interface Parameter {
  readonly name: string;
  /** All levels that follow, too. */
  readonly isRest: boolean;
}

function levelsOf(template: string): (string | Parameter)[] {
  const names = new Set<string>();
  return template.split('/').map((level, index, { length }) => {
    const [, name, hash] = /^\{([^{}+#]+)(#?)\}$/.exec(level) ?? [];
    const isWrong =
      name === undefined
        ? template === '' || /[{}+#\0]/.test(level)
        : names.has(name) || (hash !== '' && index < length - 1);
    if (isWrong)
      throw invalid(
        `"${template}" is no template: a parameter is a whole level, {name}, once; {name#} is the last one`,
      );
    if (name === undefined) return level;
    names.add(name);
    return { name, isRest: hash !== '' };
  });
}

function fill(levels: readonly (string | Parameter)[], params: object, isFilter: boolean): string {
  const given = new Map<string, string | number | undefined>(Object.entries(params));
  const filled = levels.map((level, index) =>
    typeof level === 'string' ? level : levelOf(level, given.get(level.name), index, isFilter),
  );
  const last = levels.at(-1);
  if (typeof last === 'object' && last.isRest && filled.at(-1) === '') filled.pop();
  return filled.join('/');
}

function levelOf(
  { name, isRest }: Parameter,
  value: string | number | undefined,
  index: number,
  isFilter: boolean,
): string {
  if (value === undefined && isFilter) return isRest ? '#' : '+';
  if (value === undefined) throw invalid(`the topic needs a value for {${name}}`);
  const text = String(value);
  if (/[+#\0]/.test(text) || (!isRest && text.includes('/')))
    throw invalid(`the value of {${name}} may not hold ${isRest ? '+ or #' : '/, + or #'}`);
  // A topic of the server's own [MQTT-4.7.2-1] is not reached by way of a parameter.
  if (index === 0 && text.startsWith('$')) throw invalid(`the value of {${name}} may not begin with $`);
  return text;
}

function paramsOf(levels: readonly (string | Parameter)[], topicName: string): Record<string, string> {
  const given = topicName.split('/');
  const params: Record<string, string> = {};
  for (const [index, level] of levels.entries()) {
    if (typeof level === 'string') continue;
    const value = level.isRest ? given.slice(index).join('/') : (given[index] ?? '');
    Object.defineProperty(params, level.name, { value, enumerable: true });
  }
  return params;
}

/** JSON that the validator has seen, in both directions; what is sent is what was given, what comes is its output. */
function jsonOf(schema: Validator): PayloadCodec<unknown> {
  const check = async (value: unknown): Promise<unknown> => {
    const verdict = await schema['~standard'].validate(value);
    if (verdict.issues === undefined) return verdict.value;
    throw invalid(`the payload is not valid: ${verdict.issues.map(({ message }) => message).join('; ')}`);
  };
  return {
    async encode(value) {
      await check(value);
      return JSON.stringify(value);
    },
    decode: (payload) => check(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))),
  };
}
