/** Every rule of the referee: one packet too many, in the wrong place, or missing, and it says which rule was broken. */
import type { Packet } from '@mqtt/codec';
import { type Message, Referee, Violation } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';

/** A referee of a connection with this window, to which messages 1 to 9 were published: odd at QoS 1, even at QoS 2. */
function referee(window = 10): Referee {
  const judge = new Referee();
  for (let serial = 1; serial <= 9; serial++) {
    const message: Message = { serial, qos: serial % 2 === 1 ? 1 : 2, isRefused: false };
    judge.published(message);
  }
  judge.connected(window);
  return judge;
}

const puback = (packetId: number): Packet => ({ type: 'PUBACK', packetId });
const pubrec = (packetId: number): Packet => ({ type: 'PUBREC', packetId });
const pubrel = (packetId: number): Packet => ({ type: 'PUBREL', packetId });
const pubcomp = (packetId: number): Packet => ({ type: 'PUBCOMP', packetId });
const publish = {
  type: 'PUBLISH',
  topic: 'a',
  payload: new Uint8Array(),
  retain: false,
  dup: false,
} as const;

const offences: readonly (readonly [rule: string, offence: (judge: Referee) => void])[] = [
  ['no packet id', (judge) => judge.sendsPublish(0, 1, 1, false)],
  ['no packet id', (judge) => judge.sendsRequest(65_536)],
  [
    'packet id in use',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.sendsRequest(1);
    },
  ],
  [
    'packet id in use',
    (judge) => {
      judge.sendsRequest(1);
      judge.sendsPublish(1, 1, 1, false);
    },
  ],
  [
    'packet id reused in a burst',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.senderGets(puback(1));
      judge.sendsPublish(1, 3, 1, false);
    },
  ],
  [
    'sent twice',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.sendsPublish(2, 1, 1, false);
    },
  ],
  [
    'lost resend',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.connected(10);
      judge.sendsPublish(2, 2, 2, false);
    },
  ],
  ['wrong resend', (judge) => judge.sendsPublish(1, 1, 1, true)],
  [
    'resend after PUBREL',
    (judge) => {
      judge.sendsPublish(1, 2, 2, false);
      judge.senderGets(pubrec(1));
      judge.connected(10);
      judge.sendsPublish(1, 2, 2, true);
    },
  ],
  [
    'needless resend',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.sendsPublish(1, 1, 1, true);
    },
  ],
  [
    'wrong order on resend',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.sendsPublish(2, 2, 2, false);
      judge.connected(10);
      judge.sendsPublish(2, 2, 2, true);
    },
  ],
  [
    'window exceeded',
    (judge) => {
      judge.connected(1);
      judge.sendsPublish(1, 2, 2, false);
      judge.senderGets(pubrec(1));
      judge.sendsPublish(2, 3, 1, false);
    },
  ],
  ['PUBREL without PUBREC', (judge) => judge.sendsPubrel(1, false)],
  [
    'forgotten PUBREC',
    (judge) => {
      judge.sendsPublish(1, 2, 2, false);
      judge.senderGets(pubrec(1));
      judge.sendsPubrel(1, true);
    },
  ],
  [
    'wrong order of PUBREL',
    (judge) => {
      judge.sendsPublish(1, 2, 2, false);
      judge.sendsPublish(2, 4, 2, false);
      judge.senderGets(pubrec(1));
      judge.senderGets(pubrec(2));
      judge.sendsPubrel(2, false);
      judge.sendsPubrel(1, false);
    },
  ],
  ['wrong order of acknowledgements', (judge) => judge.receiverAnswers(puback(1))],
  [
    'wrong order of acknowledgements',
    (judge) => {
      judge.receiverGets({ ...publish, qos: 2, packetId: 1 });
      judge.receiverGets({ ...publish, qos: 2, packetId: 2 });
      judge.receiverAnswers(pubrec(2));
    },
  ],
  ['delivered what nobody published', (judge) => judge.delivered(10, 1)],
  ['delivered what nobody published', (judge) => judge.delivered(1, 2)],
  [
    'QoS 2 delivered twice',
    (judge) => {
      judge.delivered(2, 2);
      judge.delivered(2, 2);
    },
  ],
  [
    'wrong order of messages',
    (judge) => {
      judge.delivered(3, 1);
      judge.delivered(1, 1);
    },
  ],
  [
    'flow never ended',
    (judge) => {
      judge.sendsPublish(1, 1, 1, false);
      judge.checkAtRest();
    },
  ],
  [
    'answer never came',
    (judge) => {
      judge.receiverGets(pubrel(1));
      judge.checkAtRest();
    },
  ],
  ['message lost', (judge) => judge.checkAtRest()],
];

describe('the referee', () => {
  it.each(offences)('does not let pass: %s', (rule, offence) => {
    let violation: unknown;
    try {
      offence(referee());
    } catch (error) {
      violation = error;
    }
    expect(violation).toBeInstanceOf(Violation);
    expect(violation).toMatchObject({ name: 'Violation', rule });
  });

  it('says that a refused message was delivered', () => {
    const judge = new Referee();
    judge.published({ serial: 1, qos: 1, isRefused: true });
    judge.delivered(1, 1);
    expect(() => judge.checkAtRest()).toThrow('refused and yet delivered');
  });

  it('lets pass what the specification allows', () => {
    const judge = referee(2);
    judge.sendsPublish(65_535 - 65_534, 1, 1, false);
    judge.sendsPublish(2, 2, 2, false);
    judge.senderGets(pubrec(1));
    judge.senderGets(puback(2));
    judge.senderGets(pubcomp(2));
    judge.senderGets(pubcomp(9));
    judge.sendsPubrel(7, true);
    judge.delivered(1, 1);
    judge.delivered(1, 1);
    judge.connected(2);
    judge.sendsPublish(1, 1, 1, true);
    judge.sendsPublish(2, 2, 2, true);
    judge.senderGets(puback(1));
    judge.senderGets({ type: 'PUBREC', packetId: 2, reasonCode: 0x87 });
    judge.restarted();
    judge.sendsPublish(1, 3, 1, false);
    expect(judge.expects('PUBACK', 1)).toBe(true);
    expect(['PUBREC', 'PUBCOMP', 'PUBREL'].map((type) => judge.expects(type as 'PUBREC', 1))).toEqual([
      false,
      false,
      true,
    ]);
    expect(judge.expects('PUBACK', 2)).toBe(false);
  });
});
