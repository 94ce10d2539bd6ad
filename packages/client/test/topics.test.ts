/** Typed topics: templates, parameters, codecs; in types too, where `tsc` is the judge. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { type PayloadCodec, topic } from '../src/topics.ts';
import { bytes, failure, lab, quiet } from './lab.ts';

const reading = z.object({ celsius: z.number(), at: z.string().transform((text) => new Date(text)) });
const text: PayloadCodec<string> = {
  encode: (value) => value,
  decode: (payload) => new TextDecoder().decode(payload),
};
const temperature = topic('sensors/{room}/temperature', reading);
const file = topic('files/{volume}/{path#}', text);

const message = (name: string, payload: string) =>
  ({
    type: 'PUBLISH',
    topic: name,
    payload: bytes(payload),
    qos: 1,
    packetId: 1,
    dup: false,
    retain: false,
  }) as const;

describe('a template', () => {
  it.each([
    [{ room: 'kitchen' }, 'sensors/kitchen/temperature'],
    [{ room: 7 }, 'sensors/7/temperature'],
    [{ room: '' }, 'sensors//temperature'],
    [{ room: 'é😀 {x}' }, 'sensors/é😀 {x}/temperature'],
  ])('gives the Topic Name with %j', (params, name) => {
    expect(temperature.name(params)).toBe(name);
    expect(temperature.filter(params)).toBe(name);
  });

  it('[MQTT-4.7.1-1] [MQTT-4.7.1-2] gives the Topic Filter with wildcards for what is missing', () => {
    expect(temperature.filter()).toBe('sensors/+/temperature');
    expect(file.filter()).toBe('files/+/#');
    expect(file.filter({ volume: 'c' })).toBe('files/c/#');
    expect(file.filter({ path: 'a/b' })).toBe('files/+/a/b');
    expect(file.filter({ path: '' })).toBe('files/+');
    expect(file.name({ volume: 'c', path: 'a/b/' })).toBe('files/c/a/b/');
    expect(file.name({ volume: 'c', path: '' })).toBe('files/c');
  });

  it.each(['a/b', 'a+', '#', '+', 'a\0'])(
    '[MQTT-3.3.2-2] refuses the value %j, which is no level',
    (room) => {
      expect(() => temperature.name({ room })).toThrow('{room}');
      expect(() => temperature.filter({ room })).toThrow('{room}');
    },
  );

  it('[MQTT-4.7.2-1] refuses missing values in a name, and values that make it a topic of the server', () => {
    expect(() => temperature.name({} as never)).toThrow('{room}');
    expect(() => file.name({ volume: 'c', path: 'a/#' })).toThrow('{path}');
    expect(() => topic('{tenant}/x', text).name({ tenant: '$SYS' })).toThrow('$');
    expect(() => topic('{all#}', text).name({ all: '$SYS/x' })).toThrow('$');
    expect(() => temperature.name({ toString: 'x' } as never)).toThrow('{room}');
  });

  it.each([
    '',
    'a/#',
    '+/a',
    'a/x{b}',
    'a/{b}x',
    'a/{}',
    'a/{#}',
    'a/{b}/{b}',
    '{a#}/b',
    'a/{b',
    'a/}b',
    '{a{b}}',
    'a\0',
  ])('refuses %j, which is none', (wrong) => {
    expect(() => topic(wrong as never, text)).toThrow('is no template');
  });
});

describe('a typed topic', () => {
  it('publishes what the validator lets through, as it was given', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const value = { celsius: 21, at: '2026-01-01T00:00:00Z' };
    await temperature.publish(client, { room: 'kitchen' }, value, { qos: 1, retain: true });
    const sent = await (await server.peer(0)).first('PUBLISH');
    expect(sent).toMatchObject({ topic: 'sensors/kitchen/temperature', qos: 1, retain: true });
    expect(JSON.parse(new TextDecoder().decode(sent.payload))).toEqual(value);
    const wrong = temperature.publish(client, { room: 'kitchen' }, { celsius: 'hot' as never, at: '' });
    expect(await failure(wrong)).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await failure(temperature.publish(client, { room: 'a/b' }, value))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect((await server.peer(0)).all('PUBLISH')).toHaveLength(1);
  });

  it('gives handlers the output of the validator, and the parameters', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const got: unknown[] = [];
    await temperature.subscribe(
      client,
      {},
      {
        qos: 1,
        onMessage: ({ params, value, message: { qos } }) => got.push(params, value, qos),
      },
    );
    const peer = await server.peer(0);
    expect((await peer.first('SUBSCRIBE')).subscriptions[0]).toMatchObject({
      topicFilter: 'sensors/+/temperature',
      qos: 1,
    });
    peer.send(message('sensors/attic/temperature', '{"celsius":3,"at":"2026-01-01T00:00:00Z"}'));
    await peer.first('PUBACK');
    expect(got).toEqual([{ room: 'attic' }, { celsius: 3, at: new Date('2026-01-01T00:00:00Z') }, 1]);
  });

  it('[MQTT-4.8.2-1] iterates, in a shared group too; leaving the loop unsubscribes', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const got: [string, string, string][] = [];
    const loop = (async () => {
      for await (const { params, value } of file.subscribe(client, { volume: 'c' }, { shareName: 'g' })) {
        got.push([params.volume, params.path, value]);
        if (value === 'last') break;
      }
    })();
    const peer = await server.peer(0);
    await peer.first('SUBSCRIBE');
    peer.send(message('files/c/a/b', 'one'));
    peer.send(message('files/c', 'last'));
    await loop;
    expect(got).toEqual([
      ['c', 'a/b', 'one'],
      ['c', '', 'last'],
    ]);
    expect(await peer.first('UNSUBSCRIBE')).toMatchObject({ topicFilters: ['$share/g/files/c/#'] });
  });

  it.each(['automatic', 'manual'] as const)(
    '[K11] a payload that is refused is an error of the handler, and is acknowledged (%s)',
    async (acknowledge) => {
      const { connect, server, reported } = lab();
      const client = await connect();
      const got: unknown[] = [];
      const onMessage = (typed: { value: unknown }) => got.push(typed.value);
      await temperature.subscribe(client, {}, { acknowledge, onMessage });
      const peer = await server.peer(0);
      peer.send(message('sensors/attic/temperature', '{"celsius":"hot"}'));
      await peer.first('PUBACK');
      peer.send(message('sensors/attic/temperature', 'not JSON'));
      await peer.nth('PUBACK', 1);
      expect([got, reported]).toMatchObject([[], [{ code: 'HANDLER_FAILED' }, { code: 'HANDLER_FAILED' }]]);
    },
  );

  it('a payload that is refused ends a loop, unless onInvalid takes it', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const peer = await server.peer(0);
    const refused: string[] = [];
    const onInvalid = (error: unknown, { payload }: { payload: Uint8Array }) =>
      refused.push(`${error instanceof Error ? error.name : error} ${payload.length}`);
    const patient = temperature.subscribe(client, {}, { onInvalid })[Symbol.asyncIterator]();
    const strict = temperature.subscribe(client)[Symbol.asyncIterator]();
    const [first, second] = [patient.next(), failure(strict.next())];
    await quiet();
    peer.send(message('sensors/attic/temperature', '{'));
    peer.send(message('sensors/attic/temperature', '{"celsius":3,"at":"2026-01-01T00:00:00Z"}'));
    expect((await first).value?.value.celsius).toBe(3);
    expect(refused).toEqual(['SyntaxError 1']);
    expect(await second).toBeInstanceOf(SyntaxError);
    expect(await strict.next()).toMatchObject({ done: true });
  });
});

describe('types', () => {
  it('parameters and values come from the template and the codec', () => {
    const use = async (client: Client): Promise<void> => {
      await temperature.publish(client, { room: 'a' }, { celsius: 1, at: '' });
      // @ts-expect-error no such parameter
      temperature.publish(client, { rom: 'a' }, { celsius: 1, at: '' });
      // @ts-expect-error a parameter too many
      temperature.publish(client, { room: 'a', floor: 1 }, { celsius: 1, at: '' });
      // @ts-expect-error every parameter is needed to publish
      temperature.publish(client, {}, { celsius: 1, at: '' });
      // @ts-expect-error text and numbers only
      temperature.publish(client, { room: true }, { celsius: 1, at: '' });
      // @ts-expect-error the input of the schema, not its output
      temperature.publish(client, { room: 'a' }, { celsius: 1, at: new Date() });
      // @ts-expect-error no such parameter
      temperature.subscribe(client, { rom: 'a' });
      for await (const { params, value } of temperature.subscribe(client)) {
        expectTypeOf(params).toEqualTypeOf<{ readonly room: string }>();
        expectTypeOf(value).toEqualTypeOf<{ celsius: number; at: Date }>();
      }
      file.subscribe(
        client,
        { volume: 'c' },
        {
          onMessage: ({ params, value }) => {
            expectTypeOf(params).toEqualTypeOf<{ readonly volume: string; readonly path: string }>();
            expectTypeOf(value).toEqualTypeOf<string>();
          },
        },
      );
      await topic('plain/topic', text).publish(client, {}, 'x');
      // @ts-expect-error a text codec
      topic('plain/topic', text).publish(client, {}, 7);
    };
    expectTypeOf(use).toBeFunction();
  });

  it('a template that is none does not compile', () => {
    const wrong = [
      // @ts-expect-error a wildcard
      () => topic('a/+/b', text),
      // @ts-expect-error a wildcard
      () => topic('a/#', text),
      // @ts-expect-error a parameter is a whole level
      () => topic('a/x{b}', text),
      // @ts-expect-error a parameter has a name
      () => topic('a/{}', text),
      // @ts-expect-error the rest is the last
      () => topic('a/{b#}/c', text),
      // @ts-expect-error the same name twice
      () => topic('a/{b}/{c}/{b}', text),
      // @ts-expect-error the same name twice
      () => topic('a/{b}/{b#}', text),
      // @ts-expect-error not closed
      () => topic('a/{b', text),
      // @ts-expect-error empty
      () => topic('', text),
    ];
    for (const make of wrong) expect(make).toThrow('is no template');
  });
});
