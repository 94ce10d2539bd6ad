/** The onPacket hook: what passes a connection is seen as packets, and nothing else changes. */
import { encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import type { Link } from '@mqtt/session';
import { describe, expect, it } from 'vitest';
import { createBroker } from '../src/index.ts';

/** What the hook saw, one word a packet. */
interface Seen {
  readonly words: string[];
  readonly written: Uint8Array[];
  readonly receive: (chunk: Uint8Array) => void;
  readonly failures: () => number;
}

function connected(onSeen?: () => void): Seen {
  const words: string[] = [];
  const written: Uint8Array[] = [];
  const deferred: (() => void)[] = [];
  const link: Link = {
    peer: '192.0.2.1:4711',
    write: (bytes) => {
      written.push(bytes);
      return true;
    },
    hold: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    abort: () => undefined,
  };
  const broker = createBroker({
    clock: {
      now: () => 0,
      after: () => () => undefined,
      defer: (run) => deferred.push(run),
      wallTime: () => 0,
    },
    hooks: {
      onPacket: ({ peer, clientId }, direction, packet) => {
        words.push(`${peer} ${clientId} ${direction} ${packet.type}`);
        onSeen?.();
      },
    },
  });
  const handler = broker.accept(link);
  /** One turn of the event loop: what is received is answered in the end. */
  const receive = (chunk: Uint8Array): void => {
    handler.receive(chunk);
    for (const run of deferred.splice(0)) run();
  };
  return { words, written, receive, failures: () => broker.metrics.hooksFailed };
}

function connect(version: ProtocolVersion, clientId: string): Uint8Array {
  const packet = { type: 'CONNECT', version, clientId, cleanStart: true, keepAlive: 0 } as Packet;
  return encode<ProtocolVersion>(packet, version);
}

describe('onPacket', () => {
  for (const version of [3, 4, 5] as const) {
    it(`sees what is received and sent in level ${version}, in order`, () => {
      const { words, receive, written } = connected();
      receive(connect(version, 'door'));
      receive(Uint8Array.of(0xc0, 0x00));
      expect(words).toEqual([
        '192.0.2.1:4711 door received CONNECT',
        '192.0.2.1:4711 door sent CONNACK',
        '192.0.2.1:4711 door received PINGREQ',
        '192.0.2.1:4711 door sent PINGRESP',
      ]);
      expect(written).toHaveLength(2);
    });
  }

  it('5.0 [MQTT-3.1.3-7] names a client by the id that CONNACK assigned', () => {
    const { words, receive } = connected();
    receive(connect(5, ''));
    receive(Uint8Array.of(0xc0, 0x00));
    expect(words[0]).toBe('192.0.2.1:4711  received CONNECT');
    expect(words[2]).toMatch(/^192\.0\.2\.1:4711 \S+ received PINGREQ$/);
  });

  it('sees a packet once however its bytes are cut', () => {
    const { words, receive } = connected();
    for (const byte of connect(4, 'door')) receive(Uint8Array.of(byte));
    expect(words).toEqual(['192.0.2.1:4711 door received CONNECT', '192.0.2.1:4711 door sent CONNACK']);
  });

  it('shows nothing after bytes that are no packet, and the client is answered as without it', () => {
    const { words, receive, written } = connected();
    receive(connect(5, 'door'));
    receive(Uint8Array.of(0x00, 0x00, 0xc0, 0x00));
    expect(words.slice(2)).toEqual(['192.0.2.1:4711 door sent DISCONNECT']);
    expect(written.at(-1)?.[2]).toBe(0x81);
  });

  it('a hook that throws is counted and harms nobody', () => {
    const { receive, written, failures } = connected(() => {
      throw new Error('hook');
    });
    receive(connect(4, 'door'));
    expect(written).toHaveLength(1);
    expect(failures()).toBe(2);
  });
});
