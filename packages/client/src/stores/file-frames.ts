/**
 * The bytes of a store file: a head, then one frame for each batch of facts, with its length and checksum.
 * Which part of a file is whole, and what do its facts say? Knows no disk.
 *
 * A frame is `length (4) crc32 (4) facts`; a fact is its number (1), its id (6 for a key, 2 for a packet id) and, where
 * it has one, a text or a PUBLISH packet of 5.0 behind its length (4). A message that expires is a fact of its own
 * (`expiring`) with the deadline (6) before that length; earlier versions wrote it as `queued`. Numbers are big endian.
 */
import { crc32 } from 'node:zlib';
import { Decoder, encode } from '@mqtt/codec';
import type { Fact, StoredMessage } from '../store.ts';

/** How a store file begins: its kind and its format. */
const MAGIC = 'mqtt-client-store 1\n';
const FRAME_HEAD = 8;

const FACTS = ['session', 'queued', 'sent', 'released', 'settled', 'held', 'unheld', 'expiring'] as const;

/** A file that holds `server`'s facts begins with this. */
export function fileHead(server: string): Buffer {
  return Buffer.from(`${MAGIC}${server}\n`);
}

/** One frame with these facts. */
export function frameOf(facts: Iterable<Fact>): Buffer {
  const parts: Uint8Array[] = [];
  for (const fact of facts) writeFact(parts, fact);
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt32BE(body.length, 0);
  head.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([head, body]);
}

function writeFact(parts: Uint8Array[], fact: Fact): void {
  const head = Buffer.alloc(9);
  head[0] = FACTS.indexOf(fact.fact);
  const isKeyed = 'key' in fact;
  if (isKeyed) head.writeUIntBE(fact.key, 1, 6);
  if (fact.fact === 'session') {
    head[1] = fact.isNew ? 1 : 0;
    parts.push(head.subarray(0, 2), ...counted(Buffer.from(fact.clientId)));
  } else if (fact.fact === 'queued') {
    const { expiresAt, ...message } = fact.message;
    const packet = { type: 'PUBLISH', dup: false, packetId: 1, ...message } as const;
    parts.push(head.subarray(0, 7));
    if (expiresAt !== undefined) {
      head[0] = FACTS.indexOf('expiring');
      parts.push(deadline(expiresAt));
    }
    parts.push(...counted(encode(packet, 5)));
  } else if (!isKeyed) {
    head.writeUInt16BE(fact.packetId, 1);
    parts.push(head.subarray(0, 3));
  } else if (fact.fact === 'sent') {
    head.writeUInt16BE(fact.packetId, 7);
    parts.push(head);
  } else parts.push(head.subarray(0, 7));
}

/** ms since 1970. */
function deadline(expiresAt: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(Math.max(0, Math.round(expiresAt)), 0, 6);
  return bytes;
}

function counted(bytes: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** What a file holds. */
export interface Contents {
  readonly server: string;
  readonly facts: readonly Fact[];
  /** Bytes that are whole; behind them is at most a frame that was not written to its end. */
  readonly length: number;
}

/**
 * Reads a file. What a torn last write left is passed over; damage before the end is an error, for facts that were
 * kept are behind it.
 * @throws Error
 */
export function readContents(file: Buffer): Contents {
  const end = file.indexOf('\n', MAGIC.length);
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC || end === -1)
    throw new Error('it is no client store');
  const facts: Fact[] = [];
  let at = end + 1;
  for (let next = frameEnd(file, at); next !== undefined; next = frameEnd(file, at)) {
    readFacts(file.subarray(at + FRAME_HEAD, next), facts);
    at = next;
  }
  if (isWholeBehind(file, at)) {
    throw new Error(`it is damaged at byte ${at}; restore a copy, or remove it to give up what it holds`);
  }
  return { server: file.toString('utf8', MAGIC.length, end), facts, length: at };
}

/** Where the frame that begins here ends; undefined: it is not whole. */
function frameEnd(file: Buffer, at: number): number | undefined {
  if (at + FRAME_HEAD > file.length) return undefined;
  const length = file.readUInt32BE(at);
  const end = at + FRAME_HEAD + length;
  if (length === 0 || end > file.length) return undefined;
  return crc32(file.subarray(at + FRAME_HEAD, end)) === file.readUInt32BE(at + 4) ? end : undefined;
}

/** Whether a whole frame follows the broken one that begins here: then it is no torn write. */
function isWholeBehind(file: Buffer, at: number): boolean {
  for (let next = at + 1; next + FRAME_HEAD < file.length; next += 1) {
    if (frameEnd(file, next) !== undefined) return true;
  }
  return false;
}

function readFacts(body: Buffer, facts: Fact[]): void {
  for (let at = 0; at < body.length; ) {
    const fact = FACTS[body.readUInt8(at)];
    if (fact === undefined) throw new Error('it was written by a later version');
    if (fact === 'session') {
      const end = at + 6 + body.readUInt32BE(at + 2);
      facts.push({ fact, clientId: body.toString('utf8', at + 6, end), isNew: body[at + 1] === 1 });
      at = end;
    } else if (fact === 'held' || fact === 'unheld') {
      facts.push({ fact, packetId: body.readUInt16BE(at + 1) });
      at += 3;
    } else {
      const key = body.readUIntBE(at + 1, 6);
      at += 7;
      if (fact === 'queued' || fact === 'expiring') {
        const expiresAt = fact === 'expiring' ? body.readUIntBE(at, 6) : undefined;
        if (fact === 'expiring') at += 6;
        const end = at + 4 + body.readUInt32BE(at);
        const message = { ...readMessage(body.subarray(at + 4, end)), expiresAt };
        facts.push({ fact: 'queued', key, message });
        at = end;
      } else if (fact === 'sent') {
        facts.push({ fact, key, packetId: body.readUInt16BE(at) });
        at += 2;
      } else facts.push({ fact, key });
    }
  }
}

function readMessage(bytes: Buffer): StoredMessage {
  const decoder = new Decoder({ version: 5, copy: true });
  decoder.push(bytes);
  const packet = decoder.next();
  if (packet?.type !== 'PUBLISH' || packet.qos === 0) throw new Error('it holds what is no message');
  const { topic, payload, qos, retain, properties } = packet;
  return { topic, payload, qos, retain, properties };
}
