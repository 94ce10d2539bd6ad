/** The packets that `-d` shows: the words of mosquitto_pub -d and mosquitto_sub -d, as 2.0.11 prints them. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect } from '@mqtt/client';
import type { Packet } from '@mqtt/codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Direction, packetLines } from '../src/print/packet.ts';
import { shell, start, startBroker } from './shell.ts';

let at: Awaited<ReturnType<typeof startBroker>>;
let leave: () => Promise<void>;
beforeAll(async () => {
  at = await startBroker();
  // To whom it may go: 5.0 has a reason code of its own for messages that nobody gets.
  const reader = await connect(at.url);
  await reader.subscribe('a/#');
  leave = () => reader.end();
});
afterAll(async () => {
  await leave();
  await at.broker.close();
});

const p = (): string[] => ['-h', '127.0.0.1', '-p', at.port];

/** The packets among what a command said. */
function packets(err: string): string[] {
  return err
    .split('\n')
    .filter((line) => line.startsWith('mqtt: Client '))
    .map((line) => line.slice('mqtt: '.length));
}

const QOS_2 = ['received PUBREC (Mid: 1)', 'sending PUBREL (m1)', 'received PUBCOMP (Mid: 1, RC:0)'];

describe('-d', () => {
  it.each([
    { qos: '0', id: 0, answers: [] },
    { qos: '1', id: 1, answers: ['received PUBACK (Mid: 1, RC:0)'] },
    { qos: '2', id: 1, answers: QOS_2 },
  ])('shows what pub sends and gets at QoS $qos', async ({ qos, id, answers }) => {
    for (const version of ['31', '311', '5']) {
      const args = ['pub', ...p(), '-V', version, '-i', 'me', '-t', 'a/b', '-m', 'é', '-r', '-q', qos, '-d'];
      const { code, out, err } = await shell(args);
      expect({ code, out }).toEqual({ code: 0, out: '' });
      const words = [
        'sending CONNECT',
        'received CONNACK (0)',
        `sending PUBLISH (d0, q${qos}, r1, m${id}, 'a/b', ... (2 bytes))`,
        ...answers,
        'sending DISCONNECT',
      ];
      expect(packets(err)).toEqual(words.map((line) => `Client me ${line}`));
    }
  });

  it('shows what sub sends and gets, and keeps it apart from the messages', async () => {
    const args = ['-t', 'd/#', '-t', 'e', '-U', 'f', '-q', '2', '-C', '3', '-d'];
    const sub = start(['sub', ...p(), '-i', 'you', ...args]);
    await sub.says(/received UNSUBACK/);
    await shell(['pub', ...p(), '-t', 'd/1', '-m', 'one', '-q', '1']);
    await shell(['pub', ...p(), '-t', 'd/2', '-m', 'three', '-q', '2']);
    await sub.says(/sending PUBCOMP/);
    await shell(['pub', ...p(), '-t', 'e', '-m', 'end']);
    const { out, err } = await sub.ended;
    expect(out).toBe('one\nthree\nend\n');
    const words = [
      'sending CONNECT',
      'received CONNACK (0)',
      'sending SUBSCRIBE (Mid: 1, Topic: d/#, QoS: 2, Options: 0x00)',
      'sending SUBSCRIBE (Mid: 1, Topic: e, QoS: 2, Options: 0x00)',
      'received SUBACK',
      'sending UNSUBSCRIBE (Mid: 2, Topic: f)',
      'received UNSUBACK',
      "received PUBLISH (d0, q1, r0, m1, 'd/1', ... (3 bytes))",
      'sending PUBACK (m1, rc0)',
      "received PUBLISH (d0, q2, r0, m2, 'd/2', ... (5 bytes))",
      'sending PUBREC (m2, rc0)',
      'received PUBREL (Mid: 2)',
      'sending PUBCOMP (m2)',
      "received PUBLISH (d0, q0, r0, m0, 'e', ... (3 bytes))",
      'sending DISCONNECT',
    ];
    expect(packets(err).filter((line) => line.startsWith('Client you '))).toEqual(
      words.map((line) => `Client you ${line}`),
    );
  });

  it('shows them over WebSocket, under the client id that the server gave', async () => {
    const { port } = await at.broker.listen({ type: 'ws', port: 0 });
    const { err } = await shell(['pub', '-L', `ws://127.0.0.1:${port}/mqtt`, '-t', 't', '-m', 'x', '-d']);
    const [first, second] = packets(err);
    expect(first).toMatch(/^Client \S* sending CONNECT$/);
    expect(second).toMatch(/^Client \S+ received CONNACK \(0\)$/);
    const id = /^mqtt: connected as "(.+)"$/m.exec(err)?.[1];
    expect(second).toBe(`Client ${id} received CONNACK (0)`);
  });

  it('shows nothing of it without -d, and nothing with --quiet', async () => {
    expect(await shell(['pub', ...p(), '-t', 'a', '-m', 'x'])).toEqual({ code: 0, out: '', err: '' });
    expect((await shell(['pub', ...p(), '-t', 'a', '-m', 'x', '-d', '--quiet'])).err).toBe('');
  });

  it('leaves it to the client to say that a server speaks no MQTT', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const { code, err } = await shell([
      'pub',
      '-h',
      '127.0.0.1',
      '-p',
      port,
      '-t',
      'a',
      '-m',
      'x',
      '-d',
      '-i',
      'me',
    ]);
    server.close();
    expect(code).not.toBe(0);
    expect(packets(err)).toEqual(['Client me sending CONNECT']);
    expect(err.split('\n').length).toBeGreaterThan(2);
  });
});

describe('words for packets', () => {
  const rows: readonly (readonly [Direction, Packet, string])[] = [
    ['received', { type: 'DISCONNECT', reasonCode: 0x8e }, 'DISCONNECT (142)'],
    ['received', { type: 'PUBREC', packetId: 7, reasonCode: 0x97 }, 'PUBREC (Mid: 7, RC:151)'],
    ['sending', { type: 'PUBCOMP', packetId: 7, reasonCode: 0x92 }, 'PUBCOMP (m7, rc146)'],
    ['sending', { type: 'PINGREQ' }, 'PINGREQ'],
    [
      'sending',
      {
        type: 'SUBSCRIBE',
        packetId: 2,
        subscriptions: [
          { topicFilter: 'a', qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 },
        ],
      },
      'SUBSCRIBE (Mid: 2, Topic: a, QoS: 1, Options: 0x2c)',
    ],
  ];
  it.each(rows)('%s %o', (direction, packet, words) => {
    expect(packetLines(packet, direction, 'me')).toEqual([`Client me ${direction} ${words}`]);
  });
});
