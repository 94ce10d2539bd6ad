/**
 * CONNECT of MQTT 5.0, byte by byte, with every property of its own and of its will (§3.1).
 * Knows nothing of what a broker then decides (client ids, credentials, limits).
 */
import type { Connect } from '../../packet.ts';
import { binary, invalid, text, type Vector, valid } from '../vector.ts';

const v5: Connect<5> = { type: 'CONNECT', version: 5, clientId: 'zen', cleanStart: true, keepAlive: 60 };
const will = { topic: 'w/t', payload: text('gone'), qos: 0, retain: false } as const;

/** CONNECT, version 5. */
export const connect5: readonly Vector[] = [
  ...valid(5, [
    ['MQTT, level 5', 'MQTT-3.1.0-1', '10 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen"', v5],
    [
      'clean start 0',
      'MQTT-3.1.2-5',
      '10 10 00 04 "MQTT" 05 00 00 3c 00 00 03 "zen"',
      { ...v5, cleanStart: false },
    ],
    [
      'no keep alive',
      'MQTT-3.1.2-22',
      '10 10 00 04 "MQTT" 05 02 00 00 00 00 03 "zen"',
      { ...v5, keepAlive: 0 },
    ],
    [
      'longest keep alive',
      'MQTT-3.1.2-22',
      '10 10 00 04 "MQTT" 05 02 ff ff 00 00 03 "zen"',
      { ...v5, keepAlive: 65_535 },
    ],
    ['empty client id', 'MQTT-3.1.3-6', '10 0d 00 04 "MQTT" 05 02 00 3c 00 00 00', { ...v5, clientId: '' }],
    [
      'empty client id, clean start 0',
      'MQTT-3.1.3-6',
      '10 0d 00 04 "MQTT" 05 00 00 3c 00 00 00',
      { ...v5, clientId: '', cleanStart: false },
    ],
    [
      'client id that begins with U+FEFF',
      'MQTT-1.5.4-3',
      '10 13 00 04 "MQTT" 05 02 00 3c 00 00 06 ef bb bf "zen"',
      { ...v5, clientId: '\uFEFFzen' },
    ],
    [
      'client id of four-byte characters',
      'MQTT-3.1.3-4',
      '10 11 00 04 "MQTT" 05 02 00 3c 00 00 04 f0 9f 91 bb',
      { ...v5, clientId: '👻' },
    ],
    [
      'client id constructor',
      'B14',
      '10 18 00 04 "MQTT" 05 02 00 3c 00 00 0b "constructor"',
      { ...v5, clientId: 'constructor' },
    ],
    [
      'will of QoS 0',
      'MQTT-3.1.2-9',
      '10 1c 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gone"',
      { ...v5, will },
    ],
    [
      'will of QoS 1',
      'MQTT-3.1.2-12',
      '10 1c 00 04 "MQTT" 05 0e 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, qos: 1 } },
    ],
    [
      'will of QoS 2',
      'MQTT-3.1.2-12',
      '10 1c 00 04 "MQTT" 05 16 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, qos: 2 } },
    ],
    [
      'will that is retained',
      'MQTT-3.1.2-15',
      '10 1c 00 04 "MQTT" 05 26 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, retain: true } },
    ],
    [
      'empty will payload',
      'MQTT-3.1.2-9',
      '10 18 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 00',
      { ...v5, will: { ...will, payload: binary() } },
    ],
    [
      'user name alone',
      'MQTT-3.1.2-17',
      '10 15 00 04 "MQTT" 05 82 00 3c 00 00 03 "zen" 00 03 "ann"',
      { ...v5, username: 'ann' },
    ],
    [
      'password alone',
      'MQTT-3.1.2-19',
      '10 18 00 04 "MQTT" 05 42 00 3c 00 00 03 "zen" 00 06 "secret"',
      { ...v5, password: text('secret') },
    ],
    [
      'user name and password',
      'MQTT-3.1.2-19',
      '10 1d 00 04 "MQTT" 05 c2 00 3c 00 00 03 "zen" 00 03 "ann" 00 06 "secret"',
      { ...v5, username: 'ann', password: text('secret') },
    ],
    [
      'empty user name and empty password',
      'MQTT-3.1.2-17',
      '10 14 00 04 "MQTT" 05 c2 00 3c 00 00 03 "zen" 00 00 00 00',
      { ...v5, username: '', password: binary() },
    ],
    [
      'password that is not text',
      'B05',
      '10 15 00 04 "MQTT" 05 42 00 3c 00 00 03 "zen" 00 03 c0 ff 00',
      { ...v5, password: binary(0xc0, 0xff, 0) },
    ],
    [
      'Session Expiry Interval 0',
      'MQTT-3.1.2-23',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 11 00 00 00 00 00 03 "zen"',
      { ...v5, properties: { sessionExpiryInterval: 0 } },
    ],
    [
      'Session Expiry Interval for ever',
      'MQTT-3.1.2-23',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 11 ff ff ff ff 00 03 "zen"',
      { ...v5, properties: { sessionExpiryInterval: 0xffff_ffff } },
    ],
    [
      'Session Expiry Interval 2^31',
      'MQTT-3.1.2-23',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 11 80 00 00 00 00 03 "zen"',
      { ...v5, properties: { sessionExpiryInterval: 0x8000_0000 } },
    ],
    [
      'Receive Maximum 1',
      'MQTT-3.3.4-9',
      '10 13 00 04 "MQTT" 05 02 00 3c 03 21 00 01 00 03 "zen"',
      { ...v5, properties: { receiveMaximum: 1 } },
    ],
    [
      'Receive Maximum 65535',
      'MQTT-3.3.4-9',
      '10 13 00 04 "MQTT" 05 02 00 3c 03 21 ff ff 00 03 "zen"',
      { ...v5, properties: { receiveMaximum: 65_535 } },
    ],
    [
      'Maximum Packet Size 1',
      'MQTT-3.1.2-24',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 27 00 00 00 01 00 03 "zen"',
      { ...v5, properties: { maximumPacketSize: 1 } },
    ],
    [
      'Maximum Packet Size 2^32-1',
      'MQTT-3.1.2-24',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 27 ff ff ff ff 00 03 "zen"',
      { ...v5, properties: { maximumPacketSize: 0xffff_ffff } },
    ],
    [
      'Topic Alias Maximum 0',
      'MQTT-3.1.2-27',
      '10 13 00 04 "MQTT" 05 02 00 3c 03 22 00 00 00 03 "zen"',
      { ...v5, properties: { topicAliasMaximum: 0 } },
    ],
    [
      'Topic Alias Maximum 65535',
      'MQTT-3.1.2-26',
      '10 13 00 04 "MQTT" 05 02 00 3c 03 22 ff ff 00 03 "zen"',
      { ...v5, properties: { topicAliasMaximum: 65_535 } },
    ],
    [
      'Request Response Information 0',
      'MQTT-3.1.2-28',
      '10 12 00 04 "MQTT" 05 02 00 3c 02 19 00 00 03 "zen"',
      { ...v5, properties: { requestResponseInformation: false } },
    ],
    [
      'Request Response Information 1',
      'MQTT-3.1.2-28',
      '10 12 00 04 "MQTT" 05 02 00 3c 02 19 01 00 03 "zen"',
      { ...v5, properties: { requestResponseInformation: true } },
    ],
    [
      'Request Problem Information 0',
      'MQTT-3.1.2-29',
      '10 12 00 04 "MQTT" 05 02 00 3c 02 17 00 00 03 "zen"',
      { ...v5, properties: { requestProblemInformation: false } },
    ],
    [
      'Request Problem Information 1',
      'MQTT-3.1.2-29',
      '10 12 00 04 "MQTT" 05 02 00 3c 02 17 01 00 03 "zen"',
      { ...v5, properties: { requestProblemInformation: true } },
    ],
    [
      'User Property',
      'MQTT-1.5.7-1',
      '10 17 00 04 "MQTT" 05 02 00 3c 07 26 00 01 "k" 00 01 "v" 00 03 "zen"',
      { ...v5, properties: { userProperties: [['k', 'v']] } },
    ],
    [
      'User Properties in order, duplicates kept',
      'MQTT-1.5.7-1',
      '10 25 00 04 "MQTT" 05 02 00 3c 15 26 00 01 "a" 00 01 "1" 26 00 01 "b" 00 01 "2" 26 00 01 "a" 00 01 "1" 00 03 "zen"',
      {
        ...v5,
        properties: {
          userProperties: [
            ['a', '1'],
            ['b', '2'],
            ['a', '1'],
          ],
        },
      },
    ],
    [
      'User Property without name and value',
      'MQTT-1.5.7-1',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 26 00 00 00 00 00 03 "zen"',
      { ...v5, properties: { userProperties: [['', '']] } },
    ],
    [
      'User Property __proto__',
      'B14',
      '10 1f 00 04 "MQTT" 05 02 00 3c 0f 26 00 09 "__proto__" 00 01 "x" 00 03 "zen"',
      { ...v5, properties: { userProperties: [['__proto__', 'x']] } },
    ],
    [
      'Authentication Method',
      'MQTT-4.12.0-1',
      '10 1e 00 04 "MQTT" 05 02 00 3c 0e 15 00 0b "SCRAM-SHA-1" 00 03 "zen"',
      { ...v5, properties: { authenticationMethod: 'SCRAM-SHA-1' } },
    ],
    [
      'Authentication Method and Data',
      'MQTT-4.12.0-1',
      '10 1c 00 04 "MQTT" 05 02 00 3c 0c 15 00 03 "GS2" 16 00 03 00 ff 80 00 03 "zen"',
      { ...v5, properties: { authenticationMethod: 'GS2', authenticationData: binary(0, 0xff, 0x80) } },
    ],
    [
      'Authentication Data before its Method',
      'MQTT-4.12.0-1',
      '10 18 00 04 "MQTT" 05 02 00 3c 08 16 00 01 "d" 15 00 01 "m" 00 03 "zen"',
      { ...v5, properties: { authenticationData: text('d'), authenticationMethod: 'm' } },
    ],
    [
      'User Properties around another property',
      'MQTT-1.5.7-1',
      '10 21 00 04 "MQTT" 05 02 00 3c 11 26 00 01 "a" 00 01 "1" 21 00 09 26 00 01 "b" 00 01 "2" 00 03 "zen"',
      {
        ...v5,
        properties: {
          userProperties: [
            ['a', '1'],
            ['b', '2'],
          ],
          receiveMaximum: 9,
        },
      },
      {
        canonical:
          '10 21 00 04 "MQTT" 05 02 00 3c 11 26 00 01 "a" 00 01 "1" 26 00 01 "b" 00 01 "2" 21 00 09 00 03 "zen"',
      },
    ],
    [
      'will with Will Delay Interval',
      'MQTT-3.1.2-8',
      '10 21 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 05 18 00 00 0e 10 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { willDelayInterval: 3600 } } },
    ],
    [
      'will with Payload Format Indicator 0',
      'MQTT-3.1.2-9',
      '10 1e 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 02 01 00 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { payloadFormatIndicator: 0 } } },
    ],
    [
      'will with Payload Format Indicator 1',
      'MQTT-3.1.2-9',
      '10 1e 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 02 01 01 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { payloadFormatIndicator: 1 } } },
    ],
    [
      'will with Message Expiry Interval',
      'MQTT-3.3.2-5',
      '10 21 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 05 02 00 00 00 05 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { messageExpiryInterval: 5 } } },
    ],
    [
      'will with Content Type',
      'MQTT-3.3.2-19',
      '10 22 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 06 03 00 03 "a/b" 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { contentType: 'a/b' } } },
    ],
    [
      'will with Response Topic',
      'MQTT-3.3.2-13',
      '10 22 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 06 08 00 03 "r/t" 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { responseTopic: 'r/t' } } },
    ],
    [
      'will with Correlation Data',
      'MQTT-3.1.2-9',
      '10 21 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 05 09 00 02 00 ff 00 03 "w/t" 00 04 "gone"',
      { ...v5, will: { ...will, properties: { correlationData: binary(0, 0xff) } } },
    ],
    [
      'will with User Properties',
      'MQTT-1.5.7-1',
      '10 2a 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 0e 26 00 01 "k" 00 01 "v" 26 00 01 "k" 00 01 "v" 00 03 "w/t" 00 04 "gone"',
      {
        ...v5,
        will: {
          ...will,
          properties: {
            userProperties: [
              ['k', 'v'],
              ['k', 'v'],
            ],
          },
        },
      },
    ],
    [
      'everything',
      'MQTT-3.1.3-1',
      '10 36 00 04 "MQTT" 05 f6 00 3c 08 11 00 00 00 0a 21 00 14 00 03 "zen" 05 18 00 00 00 05 00 03 "w/t" 00 04 "gone" 00 03 "ann" 00 06 "secret"',
      {
        ...v5,
        properties: { sessionExpiryInterval: 10, receiveMaximum: 20 },
        will: { ...will, qos: 2, retain: true, properties: { willDelayInterval: 5 } },
        username: 'ann',
        password: text('secret'),
      },
    ],
  ]),
  ...invalid(5, 0x81, [
    [
      'empty will topic',
      'MQTT-4.7.3-1',
      '10 19 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 00 00 04 "gone"',
    ],
    ['reserved flag', 'MQTT-3.1.2-3', '10 10 00 04 "MQTT" 05 03 00 3c 00 00 03 "zen"'],
    ['will QoS 1 without will', 'MQTT-3.1.2-11', '10 10 00 04 "MQTT" 05 0a 00 3c 00 00 03 "zen"'],
    ['will QoS 3 without will', 'MQTT-3.1.2-12', '10 10 00 04 "MQTT" 05 1a 00 3c 00 00 03 "zen"'],
    ['will retain without will', 'MQTT-3.1.2-13', '10 10 00 04 "MQTT" 05 22 00 3c 00 00 03 "zen"'],
    [
      'will of QoS 3',
      'MQTT-3.1.2-12',
      '10 1c 00 04 "MQTT" 05 1e 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gone"',
    ],
    ['no level', 'A09', '10 06 00 04 "MQTT"'],
    ['no flags', 'A09', '10 07 00 04 "MQTT" 05'],
    ['no keep alive field', 'A09', '10 08 00 04 "MQTT" 05 02'],
    ['half a keep alive', 'A09', '10 09 00 04 "MQTT" 05 02 00'],
    ['no property length', 'A12', '10 0a 00 04 "MQTT" 05 02 00 3c'],
    ['property length past the end', 'A12', '10 0b 00 04 "MQTT" 05 02 00 3c 0a'],
    [
      'property length of four bytes past the end',
      'A06',
      '10 13 00 04 "MQTT" 05 02 00 3c ff ff ff 7f 00 03 "zen"',
    ],
    ['property length of five bytes', 'A01', '10 14 00 04 "MQTT" 05 02 00 3c 80 80 80 80 01 00 03 "zen"'],
    ['property length not minimal', 'MQTT-1.5.5-1', '10 11 00 04 "MQTT" 05 02 00 3c 80 00 00 03 "zen"'],
    ['property length that never ends', 'A12', '10 0b 00 04 "MQTT" 05 02 00 3c 80'],
    ['no client id', 'A09', '10 0b 00 04 "MQTT" 05 02 00 3c 00'],
    ['half a client id length', 'A09', '10 0c 00 04 "MQTT" 05 02 00 3c 00 00'],
    ['client id cut short', 'A09', '10 0f 00 04 "MQTT" 05 02 00 3c 00 00 03 "ze"'],
    ['will flag, no will properties', 'A12', '10 10 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen"'],
    ['will properties past the end', 'A12', '10 11 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 09'],
    ['will flag, no will topic', 'A09', '10 11 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00'],
    ['will topic cut short', 'A09', '10 15 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 03 "w/"'],
    ['will flag, no will payload', 'A09', '10 16 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 03 "w/t"'],
    [
      'will payload cut short',
      'A09',
      '10 1b 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 03 "w/t" 00 04 "gon"',
    ],
    ['user name flag, no user name', 'A09', '10 10 00 04 "MQTT" 05 82 00 3c 00 00 03 "zen"'],
    ['user name cut short', 'A09', '10 14 00 04 "MQTT" 05 82 00 3c 00 00 03 "zen" 00 03 "an"'],
    ['password flag, no password', 'A09', '10 10 00 04 "MQTT" 05 42 00 3c 00 00 03 "zen"'],
    ['password cut short', 'A09', '10 1c 00 04 "MQTT" 05 c2 00 3c 00 00 03 "zen" 00 03 "ann" 00 06 "secre"'],
    ['a byte after the client id', 'A26', '10 11 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen" 00'],
    ['a user name without its flag', 'A26', '10 15 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen" 00 03 "ann"'],
    [
      'a password without its flag',
      'A26',
      '10 1d 00 04 "MQTT" 05 82 00 3c 00 00 03 "zen" 00 03 "ann" 00 06 "secret"',
    ],
    ['fixed-header flags 0001', 'A17', '11 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen"'],
    ['fixed-header flags 0010', 'MQTT-2.1.3-1', '12 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "zen"'],
    ['unknown property 0x00', 'A14', '10 11 00 04 "MQTT" 05 02 00 3c 01 00 00 03 "zen"'],
    ['unknown property 0x7f', 'A14', '10 12 00 04 "MQTT" 05 02 00 3c 02 7f 00 00 03 "zen"'],
    ['unknown property of two bytes', 'A14', '10 13 00 04 "MQTT" 05 02 00 3c 03 80 01 00 00 03 "zen"'],
    [
      'property identifier not minimal',
      'A14',
      '10 16 00 04 "MQTT" 05 02 00 3c 06 91 00 00 00 00 00 00 03 "zen"',
    ],
    ['Session Expiry Interval cut short', 'A13', '10 14 00 04 "MQTT" 05 02 00 3c 04 11 00 00 00 00 03 "zen"'],
    [
      'User Property value past the properties',
      'A13',
      '10 17 00 04 "MQTT" 05 02 00 3c 07 26 00 01 "k" 00 05 "v" 00 03 "zen"',
    ],
    [
      'Authentication Method past the properties',
      'A13',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 15 00 09 "ab" 00 03 "zen"',
    ],
    ['client id of ill-formed UTF-8', 'MQTT-1.5.4-1', '10 11 00 04 "MQTT" 05 02 00 3c 00 00 04 f5 80 80 80'],
    ['client id with U+0000', 'MQTT-1.5.4-2', '10 0e 00 04 "MQTT" 05 02 00 3c 00 00 01 00'],
    [
      'a packet shorter than its strings',
      'A12',
      '10 18 00 04 "MQTT" 05 c2 00 3c 00 00 00 04 "test" 00 04 "te" 82 06',
    ],
  ]),
  ...invalid(5, 0x82, [
    ['Receive Maximum 0', 'C21', '10 13 00 04 "MQTT" 05 02 00 3c 03 21 00 00 00 03 "zen"'],
    ['Maximum Packet Size 0', 'C21', '10 15 00 04 "MQTT" 05 02 00 3c 05 27 00 00 00 00 00 03 "zen"'],
    ['Request Problem Information 2', 'C22', '10 12 00 04 "MQTT" 05 02 00 3c 02 17 02 00 03 "zen"'],
    ['Request Response Information 2', 'C22', '10 12 00 04 "MQTT" 05 02 00 3c 02 19 02 00 03 "zen"'],
    [
      'will with Payload Format Indicator 2',
      'C22',
      '10 1e 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 02 01 02 00 03 "w/t" 00 04 "gone"',
    ],
    [
      'Session Expiry Interval twice',
      'A16',
      '10 1a 00 04 "MQTT" 05 02 00 3c 0a 11 00 00 00 01 11 00 00 00 01 00 03 "zen"',
    ],
    [
      'Authentication Method twice',
      'A16',
      '10 18 00 04 "MQTT" 05 02 00 3c 08 15 00 01 "a" 15 00 01 "a" 00 03 "zen"',
    ],
    ['Receive Maximum twice', 'A16', '10 16 00 04 "MQTT" 05 02 00 3c 06 21 00 01 21 00 02 00 03 "zen"'],
    [
      'Will Delay Interval twice',
      'A16',
      '10 26 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 0a 18 00 00 00 01 18 00 00 00 01 00 03 "w/t" 00 04 "gone"',
    ],
    ['Server Keep Alive', 'A15', '10 13 00 04 "MQTT" 05 02 00 3c 03 13 00 0a 00 03 "zen"'],
    [
      'Will Delay Interval outside the will',
      'A15',
      '10 15 00 04 "MQTT" 05 02 00 3c 05 18 00 00 00 01 00 03 "zen"',
    ],
    [
      'Session Expiry Interval in the will',
      'A15',
      '10 21 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 05 11 00 00 00 01 00 03 "w/t" 00 04 "gone"',
    ],
    [
      'Topic Alias in the will',
      'A15',
      '10 1f 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 03 23 00 01 00 03 "w/t" 00 04 "gone"',
    ],
    ['Reason String', 'A15', '10 14 00 04 "MQTT" 05 02 00 3c 04 1f 00 01 "x" 00 03 "zen"'],
    ['Subscription Identifier', 'A15', '10 12 00 04 "MQTT" 05 02 00 3c 02 0b 01 00 03 "zen"'],
    [
      'Authentication Data without Method',
      'C23',
      '10 14 00 04 "MQTT" 05 02 00 3c 04 16 00 01 "d" 00 03 "zen"',
    ],
    [
      'will with an empty Response Topic',
      'B08',
      '10 1f 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 03 08 00 00 00 03 "w/t" 00 04 "gone"',
    ],
    [
      'will with Response Topic a/#',
      'MQTT-3.3.2-14',
      '10 22 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 06 08 00 03 "a/#" 00 03 "w/t" 00 04 "gone"',
    ],
  ]),
  ...invalid(5, 0x90, [
    ['will topic #', 'B07', '10 1a 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 01 "#" 00 04 "gone"'],
    [
      'will topic a/+/b',
      'B07',
      '10 1e 00 04 "MQTT" 05 06 00 3c 00 00 03 "zen" 00 00 05 "a/+/b" 00 04 "gone"',
    ],
  ]),
  ...invalid(5, 0x84, [
    ['MQTT, level 6', 'MQTT-3.1.2-2', '10 10 00 04 "MQTT" 06 02 00 3c 00 00 03 "zen"'],
    ['MQTT, level 133', 'MQTT-3.1.2-2', '10 10 00 04 "MQTT" 85 02 00 3c 00 00 03 "zen"'],
    ['MQTX, level 5', 'MQTT-3.1.2-1', '10 10 00 04 "MQTX" 05 02 00 3c 00 00 03 "zen"'],
    ['MQTT5, level 5', 'MQTT-3.1.2-1', '10 11 00 05 "MQTT5" 05 02 00 3c 00 00 03 "zen"'],
  ]),
];
