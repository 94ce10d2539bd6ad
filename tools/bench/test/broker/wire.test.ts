/** The hand-made frames are MQTT, and are found again however the stream is cut. */
import { Buffer } from 'node:buffer';
import { Decoder, type Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { connect, DISCONNECT, Incoming, publish, subscribe } from '../../src/broker/wire.ts';

function decoded(...frames: readonly Uint8Array[]): Packet[] {
  const decoder = new Decoder({ version: 4 });
  decoder.push(Buffer.concat(frames));
  const found: Packet[] = [];
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) found.push(packet);
  return found;
}

describe('hand-made frames', () => {
  it('are what they say', () => {
    const publishing = publish('a/b', 1, new Uint8Array(200));
    publishing[publishing.length - 201] = 9; // the packet id is written where it lies
    const packets = decoded(connect('c1'), subscribe(7, ['a/+'], 1), publishing, DISCONNECT);
    expect(packets.map(({ type }) => type)).toEqual(['CONNECT', 'SUBSCRIBE', 'PUBLISH', 'DISCONNECT']);
    expect(packets[0]).toMatchObject({ clientId: 'c1', cleanStart: true, keepAlive: 0 });
    expect(packets[1]).toMatchObject({ packetId: 7, subscriptions: [{ topicFilter: 'a/+', qos: 1 }] });
    expect(packets[2]).toMatchObject({ topic: 'a/b', qos: 1, packetId: 9 });
  });
});

describe('hand-made frames of 5.0', () => {
  it('are what they say', () => {
    const decoder = new Decoder({ version: 5 });
    const users = [
      ['source', 'plant-7/line-3'],
      ['unit', 'kPa'],
    ];
    decoder.push(connect('c1', 5));
    expect(decoder.next()).toMatchObject({
      clientId: 'c1',
      version: 5,
      properties: { topicAliasMaximum: 16 },
    });
    decoder.push(subscribe(7, ['a/+', 'b'], 0, 5));
    expect(decoder.next()).toMatchObject({
      subscriptions: [
        { topicFilter: 'a/+', qos: 0 },
        { topicFilter: 'b', qos: 0 },
      ],
    });
    decoder.push(publish('a', 0, new Uint8Array(64), { version: 5, alias: 1 }));
    decoder.push(publish('', 0, new Uint8Array(64), { version: 5, alias: 1, retain: true }));
    const properties = { topicAlias: 1, userProperties: users };
    expect(decoder.next()).toMatchObject({ topic: 'a', retain: false, properties });
    expect(decoder.next()).toMatchObject({ topic: '', retain: true, properties });
  });
});

describe('Incoming', () => {
  const frames = [
    publish('t', 0, new Uint8Array(20)),
    Buffer.of(0xd0, 0),
    publish('t', 1, new Uint8Array(300)),
  ];
  const stream = Buffer.concat([...frames, ...frames]);

  it.each([1, 2, 3, 7, 64, 1000])('gives every packet whole from chunks of %i bytes', (size) => {
    const found: string[] = [];
    const incoming = new Incoming(512, {
      packet: (bytes, at, _body, end) => found.push(Buffer.from(bytes.subarray(at, end)).toString('hex')),
    });
    for (let at = 0; at < stream.length; ) {
      const space = incoming.space();
      const count = Math.min(size, space.length, stream.length - at);
      space.set(stream.subarray(at, at + count));
      incoming.received(count);
      at += count;
    }
    expect(found).toEqual([...frames, ...frames].map((frame) => frame.toString('hex')));
  });

  it('refuses a packet that its buffer can never hold', () => {
    const incoming = new Incoming(32, { packet: () => {} });
    incoming.space().set(publish('t', 0, new Uint8Array(100)).subarray(0, 32));
    expect(() => incoming.received(32)).toThrow(RangeError);
  });
});
