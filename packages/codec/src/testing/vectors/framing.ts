/**
 * The frame around every packet: type, flags, Remaining Length, size limit, and which packet may come when (§2.1, §4.13).
 * Knows nothing of what stands inside a packet.
 */
import { filled, invalid, join, text, type Vector, valid } from '../vector.ts';

/** `size` bytes of payload for a PUBLISH to `t`, QoS 0, version 4; `header` is the fixed header. */
function publish(header: string, size: number): Uint8Array {
  return join(header, '00 01 "t"', filled(size));
}
const message = (size: number) =>
  ({ type: 'PUBLISH', topic: 't', payload: filled(size), qos: 0, dup: false, retain: false }) as const;

/** Frames. */
export const framing: readonly Vector[] = [
  ...valid(4, [
    ['Remaining Length 127, the largest of one byte', 'A07', publish('30 7f', 124), message(124)],
    ['Remaining Length 128, the smallest of two bytes', 'A07', publish('30 80 01', 125), message(125)],
    ['Remaining Length 16383, the largest of two bytes', 'A07', publish('30 ff 7f', 16_380), message(16_380)],
    [
      'Remaining Length 16384, the smallest of three bytes',
      'A07',
      publish('30 80 80 01', 16_381),
      message(16_381),
    ],
    [
      'Remaining Length 2097151, the largest of three bytes',
      'A07',
      publish('30 ff ff 7f', 2_097_148),
      message(2_097_148),
    ],
    [
      'Remaining Length 2097152, the smallest of four bytes',
      'A07',
      publish('30 80 80 80 01', 2_097_149),
      message(2_097_149),
    ],
    [
      'topic of 65535 bytes',
      'MQTT-4.7.3-3',
      join('30 81 80 04 ff ff', filled(65_535, 0x61)),
      { type: 'PUBLISH', topic: 'a'.repeat(65_535), payload: text(''), qos: 0, dup: false, retain: false },
    ],
    [
      'topic of 65535 bytes in 21845 characters',
      'MQTT-4.7.3-3',
      join('30 81 80 04 ff ff', text('世'.repeat(21_845))),
      { type: 'PUBLISH', topic: '世'.repeat(21_845), payload: text(''), qos: 0, dup: false, retain: false },
    ],
    [
      'topic of 65000 slashes',
      'B10',
      join('30 ea fb 03 fd e8', filled(65_000, 0x2f)),
      { type: 'PUBLISH', topic: '/'.repeat(65_000), payload: text(''), qos: 0, dup: false, retain: false },
    ],
    [
      'client id of 65535 bytes',
      'C11',
      join('10 8b 80 04 00 04 "MQTT" 04 02 00 3c ff ff', filled(65_535, 0x61)),
      { type: 'CONNECT', version: 4, clientId: 'a'.repeat(65_535), cleanStart: true, keepAlive: 60 },
    ],
    [
      'password of 65535 bytes',
      'MQTT-3.1.2-21',
      join('10 95 80 04 00 04 "MQTT" 04 c2 00 3c 00 03 "zen" 00 03 "ann" ff ff', filled(65_535, 0xff)),
      {
        type: 'CONNECT',
        version: 4,
        clientId: 'zen',
        cleanStart: true,
        keepAlive: 60,
        username: 'ann',
        password: filled(65_535, 0xff),
      },
    ],
    [
      'as large as the maximum packet size',
      'A05',
      '30 0e 00 03 "a/b" 00 00 00 00 00 00 00 00 00',
      { type: 'PUBLISH', topic: 'a/b', payload: filled(9, 0), qos: 0, dup: false, retain: false },
      { maximumPacketSize: 16 },
    ],
  ]),
  ...valid(5, [
    [
      'Correlation Data of 65535 bytes',
      'F26',
      join('30 88 80 04 00 01 "t" 82 80 04 09 ff ff', filled(65_535)),
      { ...message(0), properties: { correlationData: filled(65_535) } },
    ],
    [
      'User Property value of 65535 bytes',
      'F26',
      join('30 8b 80 04 00 01 "t" 85 80 04 26 00 01 "k" ff ff', filled(65_535, 0x61)),
      { ...message(0), properties: { userProperties: [['k', 'a'.repeat(65_535)]] } },
    ],
    [
      'property length of two bytes',
      'MQTT-1.5.5-1',
      join('30 84 01 00 01 "t" 7f 03 00 7c', filled(124, 0x61), '00'),
      { ...message(1), payload: filled(1, 0), properties: { contentType: 'a'.repeat(124) } },
    ],
    [
      'property length 128',
      'MQTT-1.5.5-1',
      join('30 85 01 00 01 "t" 80 01 03 00 7d', filled(125, 0x61)),
      { ...message(0), properties: { contentType: 'a'.repeat(125) } },
    ],
  ]),
  ...invalid(4, 0x81, [
    ['packet type 0', 'A18', '00 00', 0],
    ['packet type 0, refused on its first byte', 'A18', '0f', 0],
    ['Remaining Length of five bytes', 'A01', '10 ff ff ff ff 7f', 1],
    ['Remaining Length of five bytes, refused on the fourth', 'A01', '10 80 80 80 80', 1],
    ['Remaining Length 0 in two bytes', 'A02', 'c0 80 00', 1],
    ['Remaining Length 2 in two bytes', 'A02', '40 82 00 00 0a', 1],
    ['Remaining Length 2 in four bytes', 'A02', '40 82 80 80 00 00 0a', 1],
  ]),
  ...invalid(3, 0x81, [
    ['packet type 0', 'A18', '00 00', 0],
    ['packet type 15', 'A18', 'f0 00', 0],
    ['Remaining Length not minimal', 'A02', 'c0 80 00', 1],
  ]),
  ...invalid(5, 0x81, [
    ['packet type 0', 'A18', '00 00', 0],
    ['packet type 0 with flags', 'A18', '05 00', 0],
    ['Remaining Length of five bytes', 'MQTT-1.5.5-1', '30 ff ff ff ff 00', 1],
    ['Remaining Length of five bytes, refused on the fourth', 'MQTT-1.5.5-1', '30 ff ff ff 80', 1],
    ['Remaining Length 2 in two bytes', 'MQTT-1.5.5-1', '40 82 00 00 0a', 1],
    ['Remaining Length 2 in three bytes', 'MQTT-1.5.5-1', '40 82 80 00 00 0a', 1],
    ['TLS ClientHello', 'A28', '16 03 01 02 00 01 00 01 fc 03 03', 0, { role: 'server', first: true }],
  ]),
  ...invalid(4, 0x95, [
    ['one byte over the maximum packet size', 'A05', '30 0f', 1, { maximumPacketSize: 16 }],
    [
      'CONNECT that announces 256 MB',
      'A03',
      '10 ff ff ff 7f',
      1,
      { maximumPacketSize: 16_384, role: 'server', first: true },
    ],
    ['SUBSCRIBE over the maximum packet size', 'A05', '82 80 01', 1, { maximumPacketSize: 128 }],
  ]),
  ...invalid(5, 0x95, [
    [
      'one byte over what the server takes',
      'MQTT-3.2.2-15',
      '30 0f',
      1,
      { maximumPacketSize: 16, role: 'server' },
    ],
    [
      'one byte over what the client takes',
      'MQTT-3.1.2-24',
      '30 0f',
      1,
      { maximumPacketSize: 16, role: 'client' },
    ],
    ['properties of 200 MB', 'A06', '30 84 90 af 5f 00 00 80 90 af 5f', 1, { maximumPacketSize: 1_048_576 }],
  ]),
  ...invalid(4, 0x82, [
    [
      'PUBLISH as the first packet',
      'MQTT-3.1.0-1',
      '30 07 00 03 "a/b" "hi"',
      0,
      { role: 'server', first: true },
    ],
    [
      'PUBLISH of 200 MB as the first packet, refused on its first byte',
      'A04',
      '30',
      0,
      { role: 'server', first: true },
    ],
    ['PINGREQ as the first packet', 'MQTT-3.1.0-1', 'c0 00', 0, { role: 'server', first: true }],
    ['DISCONNECT as the first packet', 'MQTT-3.1.0-1', 'e0 00', 0, { role: 'server', first: true }],
    [
      'SUBSCRIBE as the first packet',
      'MQTT-3.1.0-1',
      '82 06 00 0a 00 01 "a" 00',
      0,
      { role: 'server', first: true },
    ],
    ['second CONNECT', 'MQTT-3.1.0-2', '10 0f 00 04 "MQTT" 04 02 00 3c 00 03 "zen"', 0, { role: 'server' }],
    ['second CONNECT, refused on its first byte', 'MQTT-3.1.0-2', '10', 0, { role: 'server' }],
    ['CONNACK from a client', 'A19', '20 02 00 00', 0, { role: 'server' }],
    ['SUBACK from a client', 'A19', '90 03 00 0a 00', 0, { role: 'server' }],
    ['UNSUBACK from a client', 'A19', 'b0 02 00 0a', 0, { role: 'server' }],
    ['PINGRESP from a client', 'A19', 'd0 00', 0, { role: 'server' }],
    ['CONNECT from a server', 'K06', '10 0f 00 04 "MQTT" 04 02 00 3c 00 03 "zen"', 0, { role: 'client' }],
    ['SUBSCRIBE from a server', 'K06', '82 06 00 0a 00 01 "a" 00', 0, { role: 'client' }],
    ['UNSUBSCRIBE from a server', 'K06', 'a2 05 00 0a 00 01 "a"', 0, { role: 'client' }],
    ['PINGREQ from a server', 'K06', 'c0 00', 0, { role: 'client' }],
  ]),
  ...invalid(3, 0x82, [
    [
      'PUBLISH as the first packet',
      'MQTT-3.1.0-1',
      '30 07 00 03 "a/b" "hi"',
      0,
      { role: 'server', first: true },
    ],
    ['second CONNECT', 'MQTT-3.1.0-2', '10 11 00 06 "MQIsdp" 03 02 00 3c 00 03 "zen"', 0, { role: 'server' }],
    ['PINGRESP from a client', 'A19', 'd0 00', 0, { role: 'server' }],
  ]),
  ...invalid(5, 0x82, [
    [
      'PUBLISH as the first packet',
      'MQTT-3.1.0-1',
      '30 08 00 03 "a/b" 00 "hi"',
      0,
      { role: 'server', first: true },
    ],
    ['HTTP GET', 'A28', '"GET / HTTP/1.1" 0d 0a', 0, { role: 'server', first: true }],
    ['SSH banner', 'A28', '"SSH-2.0-OpenSSH_9.6" 0d 0a', 0, { role: 'server', first: true }],
    [
      'PROXY header',
      'A28',
      '"PROXY TCP4 10.0.0.1 10.0.0.2 5 1883" 0d 0a',
      0,
      { role: 'server', first: true },
    ],
    ['AUTH as the first packet', 'MQTT-3.1.0-1', 'f0 00', 0, { role: 'server', first: true }],
    ['CONNACK as the first packet', 'MQTT-3.1.0-1', '20 03 00 00 00', 0, { role: 'server', first: true }],
    [
      'second CONNECT',
      'MQTT-3.1.0-2',
      '10 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen"',
      0,
      { role: 'server' },
    ],
    [
      'second CONNECT of another version',
      'MQTT-3.1.0-2',
      '10 0f 00 04 "MQTT" 04 02 00 3c 00 03 "zen"',
      0,
      { role: 'server' },
    ],
    ['CONNACK from a client', 'A19', '20 03 00 00 00', 0, { role: 'server' }],
    ['SUBACK from a client', 'A19', '90 04 00 0a 00 00', 0, { role: 'server' }],
    ['UNSUBACK from a client', 'A19', 'b0 04 00 0a 00 00', 0, { role: 'server' }],
    ['PINGRESP from a client', 'A19', 'd0 00', 0, { role: 'server' }],
    ['CONNECT from a server', 'K06', '10 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen"', 0, { role: 'client' }],
    ['SUBSCRIBE from a server', 'K06', '82 07 00 0a 00 00 01 "a" 00', 0, { role: 'client' }],
    ['UNSUBSCRIBE from a server', 'K06', 'a2 06 00 0a 00 00 01 "a"', 0, { role: 'client' }],
    ['PINGREQ from a server', 'K06', 'c0 00', 0, { role: 'client' }],
  ]),
];
