/**
 * Clients in other languages, the command `mqtt` and a page: what each of them sends and gets in every way it speaks, with
 * mqttd between. That they do so in every story is the matrix's affair.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserClient, closeBrowser } from '../src/peers/browser-client.ts';
import { makeCertificates } from '../src/peers/certificates.ts';
import { LineDesk } from '../src/peers/line-desk.ts';
import { mosquittoClients } from '../src/peers/mosquitto-clients.ts';
import { mqttCommand } from '../src/peers/mqtt-command.ts';
import { mqttdInMemory } from '../src/peers/mqttd-matrix.ts';
import { pahoC } from '../src/peers/paho-c.ts';
import { pahoPython } from '../src/peers/paho-python.ts';
import type { Certificates, Client, Door, Message, RunningBroker } from '../src/peers/peer.ts';
import { killPrograms } from '../src/peers/program.ts';

const WAYS = [
  ['3.1', 'tcp'],
  ['3.1.1', 'tls'],
  ['5.0', 'tcp'],
  ['5.0', 'mtls'],
] as const;
const clients: readonly Client[] = [
  ...[pahoPython, pahoC, mqttCommand].flatMap((make) =>
    WAYS.map(([version, transport]) => make(version, transport)),
  ),
  ...[pahoPython, pahoC, mqttCommand].map((make) => make('5.0', 'ws')),
  browserClient('3.1'),
  browserClient('5.0'),
];

let broker: RunningBroker;
let certificates: Certificates;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interop-peers-'));
  certificates = await makeCertificates(folder);
  broker = await mqttdInMemory.start(certificates);
});

afterAll(async () => {
  await closeBrowser();
  await broker.stop();
  killPrograms();
  await rm(folder, { recursive: true, force: true });
});

function door({ way }: Client): Door {
  const url = broker.addresses[way.transport];
  if (url === undefined) throw new Error(`no ${way.transport}`);
  return { url, certificates };
}

const utf8 = new TextEncoder();
/** In UTF-8 and in JSON, two units and an escape. */
const TEXT = '\u{1f600} "\\\u0001';

describe('a client', { concurrent: true }, () => {
  it.each(clients.map((client) => [`${client.name} ${client.way.version} ${client.way.transport}`, client]))(
    '%s gets what it published',
    async (_name, client) => {
      const at = door(client);
      const clientId = `p${clients.indexOf(client)}`;
      const properties = {
        userProperties: [['a', 'b']] as const,
        contentType: 'text/plain',
        responseTopic: 'answer',
        correlationData: utf8.encode('1'),
        messageExpiryInterval: 60,
        payloadFormatIndicator: 1 as const,
      };
      const more = client.way.version === '5.0' ? { properties } : {};
      const message: Message = {
        topic: `${clientId}/é`,
        payload: utf8.encode(TEXT),
        qos: 2,
        retain: false,
        ...more,
      };
      const subscriber = await client.subscribe(at, {
        clientId,
        topicFilters: [`${clientId}/#`],
        qos: 2,
        keep: false,
      });
      await client.publish(at, [message]);
      const { payload, properties: got, ...rest } = await subscriber.next();
      expect(new TextDecoder().decode(payload)).toBe(TEXT);
      expect(rest).toEqual({ topic: message.topic, qos: 2, retain: false });
      if (client.way.version === '5.0') {
        const { correlationData = new Uint8Array(), ...others } = got ?? {};
        expect(others).toEqual({ ...properties, correlationData: undefined });
        expect([...correlationData]).toEqual([...properties.correlationData]);
      }
      await subscriber.end();
    },
  );

  const asking = [mosquittoClients('5.0', 'tcp'), mqttCommand('5.0', 'tcp'), pahoPython('5.0', 'tcp')];
  it.each(asking.map((client) => [client.name, client] as const))(
    '%s gets its answer',
    async (_name, client) => {
      const at = door(client);
      const topic = `double/${asking.indexOf(client)}`;
      const responder = pahoC('5.0', 'tcp');
      const wish = {
        clientId: `r${asking.indexOf(client)}`,
        topicFilters: [topic],
        qos: 1,
        keep: false,
      } as const;
      const subscriber = await responder.subscribe(at, wish);
      const answering = client.request?.(at, {
        topic,
        payload: utf8.encode('21'),
        responseTopic: `${topic}/answer`,
        qos: 1,
      });
      const { properties = {}, payload } = await subscriber.next();
      expect(new TextDecoder().decode(payload)).toBe('21');
      const { responseTopic = '', correlationData } = properties;
      const answer = { topic: responseTopic, payload: utf8.encode('42'), qos: 1, retain: false } as const;
      await responder.publish(at, [{ ...answer, properties: { correlationData } }]);
      expect(new TextDecoder().decode((await answering)?.payload)).toBe('42');
      await subscriber.end();
    },
  );

  it.each([pahoPython, pahoC].map((make) => [make('3.1.1', 'tcp').name, make('3.1.1', 'tcp')] as const))(
    '%s says what went wrong',
    async (_name, client) => {
      const wish = { clientId: 'wrong', topicFilters: ['a/#/b'], qos: 0, keep: false } as const;
      await expect(client.subscribe(door(client), wish)).rejects.toThrow(/^subscribe: /);
      await expect(client.subscribe({ url: 'mqtt://127.0.0.1:1' }, wish)).rejects.toThrow(/^connect: /);
    },
  );
});

describe('the line protocol', () => {
  function deskWith(answer: (order: { id: number; do: string }) => object): LineDesk {
    const desk = new LineDesk((line) => desk.take(JSON.stringify(answer(JSON.parse(line)))));
    return desk;
  }

  it('gives each order its own answer', async () => {
    const desk = deskWith(({ id }) => ({ id, reasonCodes: [id] }));
    const order = { do: 'unsubscribe', topicFilter: 'a' } as const;
    const answers = await Promise.all([desk.order('a', order), desk.order('b', order)]);
    expect(answers.map(({ reasonCodes }) => reasonCodes)).toEqual([[1], [2]]);
  });

  it('tells what is not possible, and what went wrong', async () => {
    const desk = deskWith(({ id, do: what }) => ({ id, [what === 'drop' ? 'cannot' : 'error']: 'why' }));
    await expect(desk.order('a', { do: 'drop' })).rejects.toThrow('drop: not possible: why');
    await expect(desk.order('a', { do: 'disconnect' })).rejects.toThrow('disconnect: why');
  });

  it('gives events to their connection, and an end to all when the program ends', () => {
    const desk = deskWith(({ id }) => ({ id }));
    const seen: string[] = [];
    for (const name of ['a', 'b']) desk.listen(name, ({ event }) => seen.push(`${name} ${event}`));
    desk.take('{"client":"b","event":"closed","reasonCode":142}');
    desk.take('{"client":"c","event":"closed"}');
    desk.over(new Error('ended'));
    expect(seen).toEqual(['b closed', 'a closed', 'b closed']);
  });
});
