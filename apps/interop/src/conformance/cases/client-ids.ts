/** Client ids (§3.1.3.1, §3.1.4): which are served, what they name, and who was there before. */
import type { Case, Step } from '../case.ts';
import { accepted, connect, KEPT, rawConnect, refused } from '../packets.ts';

/** Cases of client ids. */
export const clientIdCases: readonly Case[] = [
  {
    name: 'client ids of 23 letters and digits are served',
    statements: '3.1.1 [MQTT-3.1.3-5] 5.0 [MQTT-3.1.3-5]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'aZ09' }) },
      { on: 'a', expect: accepted(false) },
      ...['0', '0123456789abcdefghijklm', 'nopqrstuvwxyzABCDEFGHIJ', 'KLMNOPQRSTUVWXYZ'].flatMap(
        (id, i): Step[] => [
          { on: `b${i}`, open: true },
          { on: `b${i}`, send: connect({ clientId: `=${id}` }) },
          { on: `b${i}`, expect: accepted() },
        ],
      ),
    ],
  },
  {
    name: 'an empty client id with Clean Session 1 gets one of its own',
    statements: '3.1.1 [MQTT-3.1.3-6]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: '' }) },
      {
        either: [
          [{ on: 'a', expect: accepted(false) }],
          [
            { on: 'a', closes: { may: [refused([2])] } },
            { notApplicable: 'the server does not allow an empty client id' },
          ],
        ],
      },
      { on: 'b', open: true },
      { on: 'b', send: connect({ clientId: '' }) },
      { on: 'b', expect: accepted(false) },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'an empty client id gets one that no other session has, and CONNACK tells it',
    statements: '5.0 [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: '' }) },
      {
        either: [
          [
            {
              on: 'a',
              expect: { ...accepted(false), properties: { assignedClientIdentifier: { keep: 'first' } } },
            },
          ],
          [
            { on: 'a', closes: { may: [refused(undefined, [0x85])] } },
            { notApplicable: 'the server does not allow an empty client id' },
          ],
        ],
      },
      { on: 'b', open: true },
      { on: 'b', send: connect({ clientId: '' }) },
      {
        on: 'b',
        expect: {
          ...accepted(false),
          properties: { assignedClientIdentifier: { keep: 'second', unlike: ['first'] } },
        },
      },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'an empty client id with Clean Session 0 gets CONNACK 0x02 and a close',
    statements: '3.1.1 [MQTT-3.1.3-8] [MQTT-3.1.3-9] [MQTT-3.2.2-4] [MQTT-3.2.2-5]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('without client id, Clean Session 0', { level: 4, flags: '00', fields: ['0000'] }),
      },
      {
        on: 'a',
        expect: { type: 'CONNACK', returnCode: 2, sessionPresent: false },
        proves: ['MQTT-3.1.3-8'],
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a client id of 65,535 bytes is served, or refused with 0x85 and a close',
    statements: '5.0 [MQTT-3.1.3-8] [MQTT-3.2.2-6] [MQTT-3.2.2-7]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: `=${'x'.repeat(65_535)}` }) },
      {
        either: [
          [{ on: 'a', closes: { may: [refused(undefined, [0x85, 0x95])] } }],
          [{ on: 'a', expect: accepted() }, { notApplicable: 'the server serves such a client id' }],
        ],
      },
    ],
  },
  {
    name: 'the client id names the session',
    statements: '3.1.1 [MQTT-3.1.3-2] 5.0 [MQTT-3.1.3-2]',
    steps: [
      { on: 'a', connect: KEPT },
      { on: 'a', subscribe: [{ topicFilter: 'mine', qos: 1 }] },
      { on: 'a', disconnect: true },
      { on: 'b', open: true },
      { on: 'b', send: connect({ clientId: 'A', ...KEPT }) },
      { on: 'b', expect: accepted(false) },
      { on: 'c', open: true },
      { on: 'c', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'c', expect: accepted(true) },
    ],
  },
  {
    name: 'a client that connects again ends its earlier connection',
    statements: '3.1.1 [MQTT-3.1.4-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'b', connect: { clientId: 'a' } },
      { on: 'a', closes: {} },
      { on: 'b', quiet: true },
    ],
  },
  {
    name: 'a client that connects again ends its earlier connection, which is told 0x8E',
    statements: '5.0 [MQTT-3.1.4-3]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'b', connect: { clientId: 'a' } },
      { on: 'a', expect: { type: 'DISCONNECT', reasonCode: 0x8e } },
      { on: 'a', closes: { may: [] } },
      { on: 'b', quiet: true },
    ],
  },
];
