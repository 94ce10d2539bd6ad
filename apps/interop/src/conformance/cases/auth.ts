/** Enhanced authentication (§3.15, §4.12), with SCRAM-SHA-256: for a server that has it and a user who may. */
import type { Case, Expected, Step } from '../case.ts';
import { accepted, connect, refused } from '../packets.ts';

const method = 'SCRAM-SHA-256';
const properties = { authenticationMethod: method, authenticationData: { keep: 'challenge' } } as const;
const challenge: Expected = { type: 'AUTH', reasonCode: 0x18, properties, bytes: { atMost: 300 } };

/** CONNECT with the method; the server asks for more. */
const asked: readonly Step[] = [
  { on: 'a', open: true },
  {
    on: 'a',
    first: connect({ clientId: 'a', properties: { authenticationMethod: method, maximumPacketSize: 300 } }),
  },
  {
    either: [
      [{ on: 'a', expect: challenge }],
      [
        { on: 'a', closes: { may: [refused()] } },
        { notApplicable: 'the server does not serve SCRAM-SHA-256' },
      ],
    ],
  },
];
const letIn: readonly Step[] = [
  ...asked,
  { on: 'a', proof: 'right' },
  { on: 'a', expect: { ...accepted(), properties: { authenticationMethod: method } } },
];

/** Cases of enhanced authentication. */
export const authCases: readonly Case[] = (
  [
    {
      name: 'a CONNECT with SCRAM-SHA-256 is answered with AUTH 0x18 of that method',
      statements: '5.0 [MQTT-4.12.0-2] [MQTT-4.12.0-5] [MQTT-3.15.2-1] [MQTT-3.15.2-2] [MQTT-3.15.2-3]',
      steps: asked,
    },
    {
      name: 'a right proof is answered with a CONNACK that names the method',
      statements: '5.0 [MQTT-4.12.0-5]',
      steps: letIn,
    },
    {
      name: 'a wrong proof ends the connection',
      statements: '5.0 [MQTT-4.12.0-4]',
      steps: [...asked, { on: 'a', proof: 'wrong' }, { on: 'a', closes: { may: [refused()] } }],
    },
    {
      name: 'authentication again is answered with AUTH of the same method, and with 0x00 at its end',
      statements: '5.0 [MQTT-4.12.0-5] [MQTT-3.15.2-1]',
      steps: [
        ...letIn,
        { on: 'a', first: { type: 'AUTH', reasonCode: 0x19, properties: { authenticationMethod: method } } },
        { on: 'a', expect: challenge },
        { on: 'a', proof: 'right' },
        { on: 'a', expect: { type: 'AUTH', reasonCode: 0x00, properties: { authenticationMethod: method } } },
      ],
    },
    {
      name: 'authentication again that fails ends the connection with a reason',
      statements: '5.0 [MQTT-4.12.1-2]',
      steps: [
        ...letIn,
        { on: 'a', first: { type: 'AUTH', reasonCode: 0x19, properties: { authenticationMethod: method } } },
        { on: 'a', expect: challenge },
        { on: 'a', proof: 'wrong' },
        { on: 'a', closes: {} },
      ],
    },
  ] satisfies readonly Case[]
).map((one: Case) => ({ ...one, needs: ['a user name and password to try'] as const }));
