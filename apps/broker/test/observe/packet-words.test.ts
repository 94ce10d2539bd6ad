/** Which fields of a packet stand in the log. */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { packetWords } from '../../src/observe/packet-words.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe('the words of a packet', () => {
  it('CONNECT: no password, the will without its payload, no client id twice', () => {
    const packet: Packet = {
      type: 'CONNECT',
      version: 5,
      clientId: 'door',
      cleanStart: true,
      keepAlive: 60,
      username: 'u',
      password: bytes(8),
      will: { topic: 'w', payload: bytes(3), qos: 1, retain: false },
      properties: { authenticationMethod: 'SCRAM', authenticationData: bytes(4) },
    };
    expect(packetWords(packet)).toEqual({
      version: 5,
      cleanStart: true,
      keepAlive: 60,
      username: 'u',
      password: '(not shown)',
      will: { topic: 'w', payload: '3 bytes', qos: 1, retain: false },
      properties: { authenticationMethod: 'SCRAM', authenticationData: '(not shown)' },
    });
  });

  it('PUBLISH: the payload is its length', () => {
    const packet: Packet = {
      type: 'PUBLISH',
      topic: 'a',
      payload: bytes(9),
      qos: 0,
      dup: false,
      retain: true,
    };
    expect(packetWords(packet)).toEqual({ topic: 'a', payload: '9 bytes', qos: 0, dup: false, retain: true });
  });

  it('a long list is cut, and says how long it was', () => {
    const userProperties = Array.from({ length: 1000 }, () => ['k', 'v'] as const);
    const packet: Packet<5> = { type: 'DISCONNECT', reasonCode: 0, properties: { userProperties } };
    const { properties } = packetWords(packet) as { properties: { userProperties: unknown[] } };
    expect(properties.userProperties).toHaveLength(21);
    expect(properties.userProperties.at(-1)).toBe('1000 in all');
  });
});
