/** Section 4.2 of 5.0, 7.1.1 of 3.1.1, and section 6: TCP and WebSocket, over sockets of this machine. */
import { connect as connectTcp, type Socket } from 'node:net';
import { Decoder, encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, createBroker } from '../../src/index.ts';
import { connect, short } from '../wire/house.ts';
import { type Numbered, packet, text, VERSIONS } from './recorder.ts';

/** A CONNECT as bytes. */
function hello(version: Numbered): Uint8Array {
  return encode<ProtocolVersion>(connect({ version, clientId: `v${version}` }), version);
}

let broker: Broker;
const closing: (() => void)[] = [];

beforeEach(() => {
  broker = createBroker();
});

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await broker.close({ drain: 0 });
});

/** Reads packets as they come. */
class Inbox {
  readonly #decoder: Decoder;
  readonly #packets: Packet[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(version: Numbered) {
    this.#decoder = new Decoder({ version, role: 'client', copy: true });
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next())
      this.#packets.push(next);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next `count` packets. */
  async packets(count: number): Promise<Packet[]> {
    while (this.#packets.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#packets.splice(0, count);
  }

  /** The next `count` packets, in few words. */
  async take(count: number): Promise<string[]> {
    return (await this.packets(count)).map(short);
  }
}

async function tcp(version: Numbered): Promise<{ socket: Socket; inbox: Inbox }> {
  const { port } = await broker.listen({ type: 'tcp', port: 0 });
  const socket = connectTcp(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  const inbox = new Inbox(version);
  socket.on('data', (chunk) => inbox.push(new Uint8Array(chunk)));
  return { socket, inbox };
}

describe('TCP', () => {
  it('5.0 [MQTT-4.2-1] 3.1.1 [MQTT-7.1.1-1] carries an ordered, lossless stream both ways: a megabyte comes back as it went', async () => {
    for (const version of VERSIONS) {
      const { socket, inbox } = await tcp(version);
      socket.write(hello(version));
      socket.write(packet(0x82, '00 01', version === 5 ? [0] : [], text('t'), [1]));
      expect(await inbox.take(2)).toEqual(['CONNACK', 'SUBACK 1']);
      const five = version === 5 ? [0] : [];
      const payloads = Array.from({ length: 100 }, (_, n) =>
        Uint8Array.from({ length: 10_240 }, (_, at) => n + at * at),
      );
      for (const payload of payloads) socket.write(packet(0x30, text('t'), five, [...payload]));
      const back = await inbox.packets(100);
      back.forEach((publish, n) => {
        const same =
          publish.type === 'PUBLISH' && Buffer.compare(publish.payload, payloads[n] ?? publish.payload);
        expect(same, `message ${n}`).toBe(0);
      });
    }
  });
});

describe('WebSocket', () => {
  interface Socketed {
    readonly socket: WebSocket;
    readonly inbox: Inbox;
    readonly closed: Promise<number>;
  }

  async function open(version: Numbered, offered: string[] = ['mqtt']): Promise<Socketed> {
    const { url } = await broker.listen({ type: 'ws', port: 0 });
    const socket = new WebSocket(url, offered);
    closing.push(() => socket.terminate());
    const inbox = new Inbox(version);
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) throw new Error('a text frame from the broker');
      inbox.push(new Uint8Array(data));
    });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    return { socket, inbox, closed };
  }

  it('5.0 [MQTT-6.0.0-1] 3.1.1 [MQTT-6.0.0-1] packets travel in binary frames both ways', async () => {
    for (const version of VERSIONS) {
      const { socket, inbox } = await open(version);
      socket.send(hello(version));
      expect(await inbox.take(1)).toEqual(['CONNACK']);
      socket.send(Uint8Array.of(0xc0, 0));
      expect(await inbox.take(1)).toEqual(['PINGRESP']);
    }
  });

  it('5.0 [MQTT-6.0.0-1] 3.1.1 [MQTT-6.0.0-1] a text frame closes the connection, before CONNECT and after it', async () => {
    for (const version of VERSIONS)
      for (const isConnected of [false, true]) {
        const { socket, inbox, closed } = await open(version);
        if (isConnected) {
          socket.send(hello(version));
          await inbox.take(1);
        }
        socket.send('\u00c0\u0000');
        expect(await closed).toBe(1003);
      }
  });

  it('5.0 [MQTT-6.0.0-2] 3.1.1 [MQTT-6.0.0-2] a frame may hold a byte, or several packets and a half', async () => {
    for (const version of VERSIONS) {
      const { socket, inbox } = await open(version);
      for (const byte of hello(version)) socket.send(Uint8Array.of(byte));
      expect(await inbox.take(1)).toEqual(['CONNACK']);
      socket.send(Uint8Array.of(0xc0, 0, 0xc0, 0, 0xc0));
      expect(await inbox.take(2)).toEqual(['PINGRESP', 'PINGRESP']);
      socket.send(new Uint8Array());
      socket.send(Uint8Array.of(0));
      expect(await inbox.take(1)).toEqual(['PINGRESP']);
    }
  });

  it('5.0 [MQTT-6.0.0-3] [MQTT-6.0.0-4] 3.1.1 [MQTT-6.0.0-3] [MQTT-6.0.0-4] the subprotocol is mqtt, wherever it stands in the offer; without it there is no WebSocket', async () => {
    for (const offered of [['mqtt'], ['other', 'mqtt'], ['mqttv3.1', 'mqtt']]) {
      const { socket } = await open(5, offered);
      expect(socket.protocol, offered.join()).toBe('mqtt');
    }
    for (const offered of [[], ['other'], ['MQTT5']]) await expect(open(5, offered)).rejects.toThrow('400');
  });
});
