/** The packets that this client sends, byte for byte, and what it refuses to send. */
import { describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/options.ts';
import { failure, lab, onEachClient, quiet } from '../lab.ts';

const hexOf = (chunks: readonly Uint8Array[]): string =>
  chunks
    .flatMap((chunk) => [...chunk])
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');

/** What a client sends while `act` runs, or until it is connected. */
async function sent(
  options: ConnectOptions,
  act?: (client: Awaited<ReturnType<ReturnType<typeof lab>['connect']>>) => unknown,
) {
  const { connect, server } = lab();
  const client = await connect({ clientId: 'c', ...options });
  const peer = await server.peer(0);
  if (act !== undefined) {
    await quiet();
    peer.chunks.length = 0;
    await act(client);
  }
  await quiet();
  return hexOf(peer.chunks);
}

const words = (text: string): string => hexOf([new TextEncoder().encode(text)]);
const will = { topic: 'é', payload: new Uint8Array([0, 255]), qos: 2, retain: true } as const;

onEachClient((whole) => {
  describe('CONNECT', () => {
    it('3.1.1 [MQTT-3.1.0-1] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] [MQTT-3.1.2-18] [MQTT-3.1.2-20] [MQTT-3.1.2-22] [MQTT-3.1.3-3] is first, with nothing that was not asked for', async () => {
      expect(await sent({ version: 4 })).toBe('10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 63');
    });

    it('5.0 [MQTT-3.1.0-1] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.3-3] is first, with nothing that was not asked for', async () => {
      const bytes = await sent({ version: 5 });
      expect(bytes).toMatch(
        /^10 16 00 04 4d 51 54 54 05 02 00 3c 08 (21 03 e8 27 01 00 00 00|27 01 00 00 00 21 03 e8) 00 01 63$/,
      );
    });

    it('3.1.1 [MQTT-3.1.2-9] [MQTT-3.1.2-14] [MQTT-3.1.2-19] [MQTT-3.1.2-21] [MQTT-3.1.3-1] [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11] has flags and fields that belong together, in order, as UTF-8', async () => {
      const bytes = await sent({ version: 4, clientId: 'ü', username: 'ñ', password: 'p', will });
      expect(bytes).toBe(
        '10 1d 00 04 4d 51 54 54 04 f6 00 3c 00 02 c3 bc 00 02 c3 a9 00 02 00 ff 00 02 c3 b1 00 01 70',
      );
    });

    it('5.0 [MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT-3.1.2-17] [MQTT-3.1.2-19] [MQTT-3.1.3-1] [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] has flags and fields that belong together, in order, as UTF-8', async () => {
      const properties = { willDelayInterval: 5 };
      const bytes = await sent({
        clientId: 'ü',
        username: 'ñ',
        password: 'p',
        will: { ...will, properties },
      });
      expect(bytes).toContain('00 04 4d 51 54 54 05 f6 00 3c');
      expect(bytes).toContain('00 02 c3 bc 05 18 00 00 00 05 00 02 c3 a9 00 02 00 ff 00 02 c3 b1 00 01 70');
    });

    it.each([
      ['3.1.1 [MQTT-3.1.2-14] 5.0 [MQTT-3.1.2-12] a will with QoS 3', { will: { ...will, qos: 3 as never } }],
      [
        '3.1.1 [MQTT-3.1.3-10] 5.0 [MQTT-3.1.3-11] a will topic that is no text',
        { will: { ...will, topic: '\ud800' } },
      ],
      ['3.1.1 [MQTT-3.1.3-11] 5.0 [MQTT-3.1.3-12] a user name that is no text', { username: '\ud800' }],
      ['3.1.1 [MQTT-3.1.3-4] 5.0 [MQTT-3.1.3-4] a client id that is no text', { clientId: '\ud800' }],
      ['3.1.1 [MQTT-1.5.3-2] 5.0 [MQTT-1.5.4-2] a client id with U+0000', { clientId: 'a\0' }],
    ] as const)('never with %s', async (_, options) => {
      for (const version of [4, 5] as const) {
        const { connect, server } = lab();
        const wrong = { clientId: 'c', reconnect: false, ...options, version } as ConnectOptions;
        expect(await failure(connect(wrong))).toMatchObject({ code: 'INVALID_OPTION' });
        expect(server.peers.flatMap((peer) => peer.packets)).toEqual([]);
      }
    });

    it('3.1.1 [MQTT-3.1.2-22] never with a password alone; 3.1.1 [MQTT-3.1.3-7] never with an empty client id that keeps its session', async () => {
      const { connect } = lab();
      expect(await failure(connect({ version: 4, password: 'p' }))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await failure(connect({ version: 4, clientId: '', cleanStart: false }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(await sent({ version: 4, clientId: '' })).toContain('04 02 00 3c 00 00');
    });
  });

  describe('SUBSCRIBE and UNSUBSCRIBE', () => {
    it('3.1.1 [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-2.3.1-1] SUBSCRIBE has its flags, an id above 0 and filters in UTF-8', async () => {
      expect(await sent({ version: 4 }, (client) => client.subscribe('é/#', { qos: 1 }))).toBe(
        `82 09 00 01 00 04 ${words('é/#')} 01`,
      );
    });

    whole.it(
      '5.0 [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-2.2.1-3] SUBSCRIBE has its flags, an id above 0 and filters in UTF-8',
      async () => {
        expect(await sent({}, (client) => client.subscribe('é/#', { qos: 1 }))).toBe(
          `82 0c 00 01 02 0b 01 00 04 ${words('é/#')} 01`,
        );
      },
    );

    it('3.1.1 [MQTT-3.10.1-1] [MQTT-3.10.3-1] UNSUBSCRIBE has its flags, and filters in UTF-8', async () => {
      expect(await sent({ version: 4 }, (client) => client.unsubscribe('é'))).toBe('a2 06 00 01 00 02 c3 a9');
    });

    it('5.0 [MQTT-3.10.1-1] [MQTT-3.10.3-1] [MQTT-2.2.2-1] UNSUBSCRIBE has its flags, and a property length of 0', async () => {
      expect(await sent({}, (client) => client.unsubscribe('é'))).toBe('a2 07 00 01 00 00 02 c3 a9');
    });

    it.each([
      ['3.1.1 [MQTT-3.8.3-3] [MQTT-3.10.3-2] 5.0 [MQTT-3.8.3-2] [MQTT-3.10.3-2] no filter', []],
      ['3.1.1 [MQTT-4.7.3-1] 5.0 [MQTT-4.7.3-1] an empty one', ['']],
      ['3.1.1 [MQTT-4.7.3-2] 5.0 [MQTT-4.7.3-2] U+0000', ['a\0']],
      ['3.1.1 [MQTT-4.7.3-3] 5.0 [MQTT-4.7.3-3] more than 65,535 bytes', ['é'.repeat(32_768)]],
      ['3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1] a # that is not last, or not alone', ['a/#/b']],
      ['3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1] a # that is not alone', ['a#']],
      ['3.1.1 [MQTT-4.7.1-3] 5.0 [MQTT-4.7.1-2] a + that is no whole level', ['a+/b']],
      ['3.1.1 [MQTT-1.5.3-1] [MQTT-3.8.3-1] [MQTT-3.10.3-1] 5.0 [MQTT-1.5.4-1] what is no text', ['\udc00']],
    ])('refuses %s', async (_, filters) => {
      for (const version of [4, 5] as const) {
        const { connect, server } = lab();
        const client = await connect({ version });
        expect(await failure(client.subscribe(filters))).toMatchObject({ code: 'INVALID_OPTION' });
        expect(await failure(client.unsubscribe(filters))).toMatchObject({ code: 'INVALID_OPTION' });
        expect((await server.peer(0)).packets).toHaveLength(1);
      }
    });
  });

  describe('PUBLISH', () => {
    it('3.1.1 [MQTT-2.3.1-5] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-4.3.1-1] at QoS 0 has no packet id and no DUP, and its topic first', async () => {
      expect(await sent({ version: 4 }, (client) => client.publish('é', 'x'))).toBe('30 05 00 02 c3 a9 78');
    });

    it('5.0 [MQTT-2.2.1-2] [MQTT-2.2.2-1] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-4.3.1-1] at QoS 0 has no packet id and no DUP, and its topic first', async () => {
      expect(await sent({}, (client) => client.publish('é', 'x'))).toBe('30 06 00 02 c3 a9 00 78');
    });

    it('3.1.1 [MQTT-1.5.3-3] 5.0 [MQTT-1.5.4-3] U+FEFF stays where it stands, on its way out and in', async () => {
      for (const version of [4, 5] as const) {
        const { connect, server } = lab();
        const client = await connect({ version });
        const got: string[] = [];
        await client.subscribe('\ufeffa', { onMessage: ({ topic }) => got.push(topic) });
        const peer = await server.peer(0);
        peer.sendHex(version === 4 ? '30 06 00 04 ef bb bf 61' : '30 07 00 04 ef bb bf 61 00');
        await client.publish('\ufeffa', '\ufeff');
        await quiet();
        expect(got).toEqual(['\ufeffa']);
        expect(hexOf(peer.chunks)).toContain(
          version === 4 ? '00 04 ef bb bf 61 ef bb bf' : '00 04 ef bb bf 61 00 ef bb bf',
        );
      }
    });

    it.each([
      ['3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] 5.0 [MQTT-3.3.2-2] [MQTT-4.7.0-1] a wildcard', 'a/+', {}],
      ['3.1.1 [MQTT-4.7.3-1] 5.0 [MQTT-4.7.3-1] an empty topic', '', {}],
      ['3.1.1 [MQTT-4.7.3-2] 5.0 [MQTT-4.7.3-2] U+0000', 'a\0', {}],
      ['3.1.1 [MQTT-4.7.3-3] 5.0 [MQTT-4.7.3-3] more than 65,535 bytes', 'é'.repeat(32_768), {}],
      ['3.1.1 [MQTT-1.5.3-1] [MQTT-3.3.2-1] 5.0 [MQTT-1.5.4-1] [MQTT-3.3.2-1] what is no text', '\ud800', {}],
      ['3.1.1 [MQTT-3.3.1-4] 5.0 [MQTT-3.3.1-4] QoS 3', 'a', { qos: 3 as never }],
    ] as const)('refuses %s', async (_, topic, options) => {
      for (const version of [4, 5] as const) {
        const { connect, server } = lab();
        const client = await connect({ version });
        expect(await failure(client.publish(topic, 'x', options))).toMatchObject({ code: 'INVALID_OPTION' });
        expect((await server.peer(0)).packets).toHaveLength(1);
      }
    });

    it.each([
      ['[MQTT-1.5.7-1] a user property that is no text', { userProperties: [['a', '\ud800']] }],
      ['[MQTT-3.3.2-8] Topic Alias 0', { topicAlias: 0 }],
      ['[MQTT-3.3.2-13] a Response Topic that is no text', { responseTopic: '\ud800' }],
      ['[MQTT-3.3.2-14] a Response Topic with a wildcard', { responseTopic: 'a/#' as string }],
      ['[MQTT-3.3.2-19] a Content Type that is no text', { contentType: '\ud800' }],
    ] as const)('5.0 refuses %s', async (_, properties) => {
      const { connect, server } = lab();
      const client = await connect();
      expect(await failure(client.publish('a', 'x', { properties }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect((await server.peer(0)).packets).toHaveLength(1);
    });
  });
});
