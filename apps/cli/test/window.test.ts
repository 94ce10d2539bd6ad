/** How many messages of `-l` are open at a time, counted by a server of the test's own. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Decoder, encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { shell } from './shell.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface CountingServer {
  readonly port: string;
  /** Messages that came. */
  count: number;
  /** Most that were not yet acknowledged to the end. */
  most: number;
}

function answerTo(packet: Packet): Packet | undefined {
  if (packet.type === 'CONNECT') return { type: 'CONNACK', sessionPresent: false, reasonCode: 0 };
  if (packet.type === 'PUBREL') return { type: 'PUBCOMP', packetId: packet.packetId, reasonCode: 0 };
  if (packet.type !== 'PUBLISH' || packet.packetId === undefined) return undefined;
  const type = packet.qos === 2 ? 'PUBREC' : 'PUBACK';
  return { type, packetId: packet.packetId, reasonCode: 0 };
}

/** Acknowledges nothing before `wanted` messages are open, or all of `total` have come. */
async function countingServer(
  version: ProtocolVersion,
  wanted: number,
  total: number,
): Promise<CountingServer> {
  const server = createServer((socket) => {
    const decoder = new Decoder({ role: 'server', copy: true });
    let open = 0;
    let held: Packet[] = [];
    const answer = (packet: Packet): void => {
      if (packet.type === 'PUBCOMP' || packet.type === 'PUBACK') open -= 1;
      socket.write(encode(packet, version));
    };
    const take = (packet: Packet): void => {
      const reply = answerTo(packet);
      if (packet.type !== 'PUBLISH') {
        if (reply !== undefined) answer(reply);
        return;
      }
      at.count += 1;
      open += 1;
      at.most = Math.max(at.most, open);
      if (reply !== undefined) held.push(reply);
    };
    socket.on('data', (bytes) => {
      decoder.push(bytes);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) take(packet);
      if (open < wanted && at.count < total) return;
      for (const packet of held) answer(packet);
      held = [];
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const at = { port: String((server.address() as AddressInfo).port), count: 0, most: 0 };
  return at;
}

describe('mqtt pub -l', () => {
  const total = 1100;
  const stdin = Array.from({ length: total }, (_, index) => `line ${index}\n`).join('');

  it.each([
    { name: '31', version: 3, qos: '2', more: [], most: 20 },
    { name: '311', version: 4, qos: '2', more: [], most: 20 },
    { name: '311', version: 4, qos: '2', more: ['-M', '50'], most: 50 },
    { name: '311', version: 4, qos: '1', more: [], most: 1000 },
    { name: '5', version: 5, qos: '2', more: [], most: 1000 },
  ] as const)(
    '-V $name -q $qos $more: $most are open at a time',
    async ({ name, version, qos, more, most }) => {
      const at = await countingServer(version, most, total);
      const args = ['pub', '-h', '127.0.0.1', '-p', at.port, '-V', name, '-t', 'a', '-q', qos, '-l', ...more];
      expect(await shell(args, { stdin })).toEqual({ code: 0, out: '', err: '' });
      expect(at).toMatchObject({ count: total, most });
    },
  );
});
