/**
 * A stream in which every control packet comes equally often: the load that a codec tuned for PUBLISH alone fails.
 * One cycle holds each packet type once (PUBLISH once for each QoS); ids, topics and payloads vary from cycle to cycle.
 */
import type { Packet, Publish, QoS } from '@mqtt/codec';

type Roll = (bound: number) => number;

const bytes = (roll: Roll, length: number): Uint8Array => Uint8Array.from({ length }, () => roll(256));
const unit = (roll: Roll): string => `bench/f1/unit/${String(roll(100)).padStart(4, '0')}/pressure`;
const id = (roll: Roll): number => 1 + roll(65_535);

function publish(roll: Roll, qos: QoS): Publish<4> {
  const [topic, payload, retain] = [unit(roll), bytes(roll, 32), roll(8) === 0];
  if (qos === 0) return { type: 'PUBLISH', topic, payload, retain, dup: false, qos };
  return { type: 'PUBLISH', topic, payload, retain, dup: roll(16) === 0, qos, packetId: id(roll) };
}

function cycle311(roll: Roll): readonly Packet<4>[] {
  return [
    {
      type: 'CONNECT',
      version: 4,
      clientId: `sensor-${roll(10_000)}`,
      cleanStart: roll(2) === 0,
      keepAlive: 60,
      username: 'plant-7',
      password: bytes(roll, 16),
      will: { topic: unit(roll), payload: bytes(roll, 8), qos: 1, retain: true },
    },
    { type: 'CONNACK', sessionPresent: roll(2) === 0, reasonCode: 0 },
    {
      type: 'SUBSCRIBE',
      packetId: id(roll),
      subscriptions: [
        { topicFilter: 'bench/f1/unit/+/pressure', qos: 1 },
        { topicFilter: 'alarm/#', qos: 2 },
      ],
    },
    { type: 'SUBACK', packetId: id(roll), reasonCodes: [1, 2] },
    publish(roll, 0),
    publish(roll, 1),
    publish(roll, 2),
    { type: 'PUBACK', packetId: id(roll) },
    { type: 'PUBREC', packetId: id(roll) },
    { type: 'PUBREL', packetId: id(roll) },
    { type: 'PUBCOMP', packetId: id(roll) },
    { type: 'UNSUBSCRIBE', packetId: id(roll), topicFilters: ['alarm/#', unit(roll)] },
    { type: 'UNSUBACK', packetId: id(roll) },
    { type: 'PINGREQ' },
    { type: 'PINGRESP' },
    { type: 'DISCONNECT' },
  ];
}

function publish5(roll: Roll, qos: QoS): Publish<5> {
  const { topic, payload, retain, dup, packetId } = publish(roll, qos);
  const properties = {
    messageExpiryInterval: 60 + roll(3_600),
    contentType: 'application/json',
    userProperties: [['gateway', `gw-${10 + roll(90)}`]],
  } as const;
  if (qos === 0) return { type: 'PUBLISH', topic, payload, retain, dup: false, qos, properties };
  return { type: 'PUBLISH', topic, payload, retain, dup, qos, packetId: packetId ?? 1, properties };
}

function handshake5(roll: Roll): readonly Packet<5>[] {
  return [
    {
      type: 'CONNECT',
      version: 5,
      clientId: `sensor-${roll(10_000)}`,
      cleanStart: roll(2) === 0,
      keepAlive: 60,
      username: 'plant-7',
      password: bytes(roll, 16),
      will: {
        topic: unit(roll),
        payload: bytes(roll, 8),
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 5 },
      },
      properties: { sessionExpiryInterval: 3_600, receiveMaximum: 20, topicAliasMaximum: 10 },
    },
    {
      type: 'CONNACK',
      sessionPresent: roll(2) === 0,
      reasonCode: 0,
      properties: {
        receiveMaximum: 100,
        topicAliasMaximum: 16,
        serverKeepAlive: 30,
        assignedClientIdentifier: `c-${roll(10_000)}`,
      },
    },
    {
      type: 'AUTH',
      reasonCode: 0x18,
      properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: bytes(roll, 24) },
    },
  ];
}

function cycle5(roll: Roll): readonly Packet<5>[] {
  return [
    ...handshake5(roll),
    {
      type: 'SUBSCRIBE',
      packetId: id(roll),
      subscriptions: [
        {
          topicFilter: 'bench/f1/unit/+/pressure',
          qos: 1,
          noLocal: false,
          retainAsPublished: true,
          retainHandling: 1,
        },
        { topicFilter: 'alarm/#', qos: 1, noLocal: false, retainAsPublished: true, retainHandling: 1 },
      ],
      properties: { subscriptionIdentifier: 1 + roll(1_000) },
    },
    {
      type: 'SUBACK',
      packetId: id(roll),
      reasonCodes: [1, 0x87],
      properties: { reasonString: 'alarm is for operators' },
    },
    publish5(roll, 0),
    publish5(roll, 1),
    publish5(roll, 2),
    { type: 'PUBACK', packetId: id(roll), reasonCode: 0 },
    { type: 'PUBREC', packetId: id(roll), reasonCode: 0x10 },
    { type: 'PUBREL', packetId: id(roll), reasonCode: 0 },
    { type: 'PUBCOMP', packetId: id(roll), reasonCode: 0x92, properties: { reasonString: 'unknown here' } },
    { type: 'UNSUBSCRIBE', packetId: id(roll), topicFilters: ['alarm/#', unit(roll)] },
    { type: 'UNSUBACK', packetId: id(roll), reasonCodes: [0, 0x11] },
    { type: 'PINGREQ' },
    { type: 'PINGRESP' },
    { type: 'DISCONNECT', reasonCode: 0x04, properties: { sessionExpiryInterval: 60 } },
  ];
}

/** `cycles` times every packet of 3.1.1. */
export function mixed311(roll: Roll, cycles: number): readonly Packet<4>[] {
  return Array.from({ length: cycles }, () => cycle311(roll)).flat();
}

/** `cycles` times every packet of 5.0. */
export function mixed5(roll: Roll, cycles: number): readonly Packet<5>[] {
  return Array.from({ length: cycles }, () => cycle5(roll)).flat();
}
