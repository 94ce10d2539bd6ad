/**
 * What reads which packet, as the lists that a decoder is given: a bundle that needs fewer packets holds fewer readers.
 */
import type { Packet } from './packet.ts';
import { readAcknowledgement } from './packets/acknowledge.ts';
import { readConnack } from './packets/connack.ts';
import { readConnect } from './packets/connect.ts';
import { readAuth, readDisconnect } from './packets/disconnect.ts';
import { readPublish } from './packets/publish.ts';
import { readSuback, readUnsuback } from './packets/suback.ts';
import { readSubscribe } from './packets/subscribe.ts';
import { readUnsubscribe } from './packets/unsubscribe.ts';
import type { Reader } from './reader.ts';

/** Packet number - 1 -> what reads it; those that several packets share are given the name. */
export type PacketReaders = readonly (((r: Reader, type: never) => Packet) | undefined)[];

function readPing(_: Reader, type: 'PINGREQ' | 'PINGRESP'): Packet {
  return { type };
}

/** Every packet. */
export const allReaders: PacketReaders = [
  readConnect,
  readConnack,
  readPublish,
  readAcknowledgement,
  readAcknowledgement,
  readAcknowledgement,
  readAcknowledgement,
  readSubscribe,
  readSuback,
  readUnsubscribe,
  readUnsuback,
  readPing,
  readPing,
  readDisconnect,
  readAuth,
];

/** What servers send, but AUTH; only with `role: 'client'`, which refuses the rest before it is read. */
export const clientReaders: PacketReaders = [
  undefined,
  readConnack,
  readPublish,
  readAcknowledgement,
  readAcknowledgement,
  readAcknowledgement,
  readAcknowledgement,
  undefined,
  readSuback,
  undefined,
  readUnsuback,
  undefined,
  readPing,
  readDisconnect,
];
