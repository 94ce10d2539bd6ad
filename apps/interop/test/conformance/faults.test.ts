/** The runner with a server that is broken: a case that must fail does fail, and says what came. */
import type { Packet } from '@mqtt/codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCases } from '../../src/conformance/cases/all.ts';
import type { Outcome } from '../../src/conformance/outcome.ts';
import { play } from '../../src/conformance/play.ts';
import { failureText } from '../../src/conformance/report.ts';
import { newRunName, run } from '../../src/conformance/run.ts';
import { startMqttd } from '../../src/peers/mqttd.ts';
import { type Instead, openPacketRelay, type PacketRelay } from '../../src/peers/packet-relay.ts';
import type { RunningBroker } from '../../src/peers/peer.ts';

const PATIENCE = 400;

/** What becomes of a packet from the broker. */
type Fault = (packet: Packet) => Instead;

/** A relay that spoils what the broker says. */
function openFaultyRelay(fault: Fault): Promise<PacketRelay> {
  return openPacketRelay(
    () => broker.addresses.tcp,
    () => ({ fromClient: (packet) => [packet], fromBroker: fault }),
  );
}

let broker: RunningBroker;
beforeAll(async () => {
  broker = await startMqttd();
});
afterAll(() => broker.stop());

async function played(name: string, fault: Fault): Promise<Outcome> {
  const found = allCases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case is called ${name}`);
  const relay = await openFaultyRelay(fault);
  try {
    const target = { url: new URL(relay.url), credentials: {}, patience: PATIENCE, run: newRunName() };
    return await play(found, '3.1.1', 1, target);
  } finally {
    await relay.stop();
  }
}

/** Case, fault, what the failure says. */
const faults: readonly (readonly [name: string, what: string, fault: Fault, says: RegExp])[] = [
  [
    'SUBACK and UNSUBACK carry the packet id of their request',
    'another packet id in UNSUBACK',
    (packet) => [packet.type === 'UNSUBACK' ? { ...packet, packetId: 1 } : packet],
    /UNSUBACK packetId 1 came; packetId: 1, not 65534/,
  ],
  [
    'a PINGREQ in time keeps the connection',
    'no PINGRESP',
    (packet) => (packet.type === 'PINGRESP' ? [] : [packet]),
    /nothing came in time; PINGRESP must come/,
  ],
  [
    'a retained message waits for later subscribers, with its QoS and RETAIN 1',
    'RETAIN 0',
    (packet) => [packet.type === 'PUBLISH' ? { ...packet, retain: false } : packet],
    /retain: false, not true/,
  ],
  [
    'QoS 2: the same packet id before PUBREL gets PUBREC and is not delivered twice',
    'every message twice',
    (packet) => (packet.type === 'PUBLISH' ? [packet, packet] : [packet]),
    /PUBLISH topic .* came; topic/,
  ],
  [
    'messages of QoS 1 of one client and topic come in their order',
    'one payload for another',
    (packet) => [
      packet.type === 'PUBLISH' && packet.payload[0] === 0x33
        ? { ...packet, payload: new TextEncoder().encode('4') }
        : packet,
    ],
    /payload: "4", not "3"/,
  ],
  [
    'DISCONNECT discards the will',
    'a message that nobody sent',
    (packet) =>
      packet.type === 'PINGRESP'
        ? [
            { type: 'PUBLISH', topic: 'will', payload: new Uint8Array(), qos: 0, dup: false, retain: false },
            packet,
          ]
        : [packet],
    /PUBLISH topic "will" qos 0 came; a PINGRESP must come/,
  ],
];

describe('a broken server', () => {
  it.each(faults)('%s: fails for %s', async (name, _, fault, says) => {
    const outcome = await played(name, fault);
    expect(outcome.verdict).toBe('failed');
    expect(outcome.reason).toMatch(says);
    expect((await played(name, (packet) => [packet])).verdict).toBe('passed');
  });

  it('that refuses everybody: the cases are not reached, or do not apply', async () => {
    const refuse: Fault = (packet) => [
      packet.type === 'CONNACK' ? { type: 'CONNACK', reasonCode: 5, sessionPresent: false } : packet,
    ];
    const outcome = await played('a PINGREQ in time keeps the connection', refuse);
    expect([outcome.verdict, outcome.reason]).toEqual([
      'not reached',
      'a: CONNACK 0x05 came; reasonCode: 5, not 0'.replace('reasonCode', 'returnCode'),
    ]);
  });

  it('that sends what is illegal: the failure says so', async () => {
    const outcome = await played('a PINGREQ in time keeps the connection', (packet) => [
      packet.type === 'PINGRESP' ? Uint8Array.of(0xd1, 0) : packet,
    ]);
    expect([outcome.verdict, outcome.reason]).toEqual([
      'failed',
      expect.stringMatching(/what came is illegal \(MALFORMED_PACKET: .* PINGRESP must come/),
    ]);
  });

  it('that nobody answers for is an error', async () => {
    const relay = await openFaultyRelay((packet) => [packet]);
    await relay.stop();
    const target = { url: new URL(relay.url), credentials: {}, patience: PATIENCE, run: newRunName() };
    await expect(run({ target, versions: ['5.0'], parallel: 1 })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a failure in words', () => {
  it('has the statement, the reason and every packet with its bytes', async () => {
    const outcome = await played('a PINGREQ in time keeps the connection', (packet) =>
      packet.type === 'PINGRESP' ? [] : [packet],
    );
    const text = failureText(outcome);
    expect(text).toContain('FAILED 3.1.1: a PINGREQ in time keeps the connection');
    expect(text).toContain('[MQTT-3.12.4-1] PINGREQ is answered with PINGRESP.');
    expect(text).toMatch(/a -> CONNECT version 4 .* {2}\| 10 [0-9a-f ]+\n/);
    expect(text).toMatch(/a <- CONNACK 0x00 Success {2}\| 20 02 00 00\n/);
    expect(text).toMatch(/a -> PINGREQ {2}\| c0 00$/);
  });
});
