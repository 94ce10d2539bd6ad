/**
 * One publisher of the load: numbered messages from a block of ready frames, as many as window and back-pressure let.
 */
import { Buffer } from 'node:buffer';
import { payloadOf, setNumber, setTime } from './payload.ts';
import { setTopic, type Topics, topic, topicOf } from './topics.ts';
import type { Address } from './transports.ts';
import {
  type Extras,
  PINGREQ,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  publish,
  type QoS,
} from './wire.ts';
import { Wired } from './wired.ts';

const BLOCK_BYTES = 64 * 1024;
const READ_BYTES = 16 * 1024;
const TOPIC_BYTES = topic(0).length;

/** What a publisher publishes. */
export interface Publishing {
  readonly number: number;
  readonly address: Address;
  readonly topics: Topics;
  readonly qos: QoS;
  readonly retain: boolean;
  /** 5.0 with user properties; after the first message a topic alias stands for the topic. */
  readonly usesAlias: boolean;
  readonly payloadBytes: number;
  readonly window: number;
  readonly now: () => number;
}

/** Told of a publisher's life. */
export interface PublisherWatch {
  opened(): void;
  /**
   * So many more messages are done with: taken by the system at QoS 0 (retained ones: by the broker), acknowledged for
   * good at QoS 1 and 2.
   */
  settled(count: number): void;
  ended(why: string): void;
}

/** A connection that publishes. */
export class Publisher {
  #sent = 0;
  #settled = 0;
  /** Settled in the chunk that is being read, and not yet told. */
  #news = 0;
  /** Retained messages that the system has taken; whether the broker has, PINGRESP says. */
  #unconfirmed = 0;
  readonly #wired: Wired;
  readonly #publishing: Publishing;
  readonly #watch: PublisherWatch;
  readonly #block: Buffer;
  readonly #frameBytes: number;
  readonly #frames: number;
  /** With an alias: the message that sets it, the first of every start. */
  readonly #opening: Buffer | undefined;
  #wanted = 0;
  #isWriting = false;

  constructor(publishing: Publishing, watch: PublisherWatch) {
    const { number, address, topics } = publishing;
    this.#publishing = publishing;
    this.#watch = watch;
    this.#wired = new Wired(address, `bench-p${number}`, READ_BYTES, {
      accepted: () => watch.opened(),
      packet: (bytes, at, body) => this.#answer(bytes[at] ?? 0, bytes[body] ?? 0, bytes[body + 1] ?? 0),
      drained: () => this.#tell(),
      ended: (why) => watch.ended(why),
    });
    if (topics.each > 1 && address.version === 5) throw new RangeError('many topics are for 3.1.1 only');
    const name = topic(topics.first);
    const alias = publishing.usesAlias ? { alias: 1 } : {};
    const frame = this.#frame(publishing.usesAlias ? '' : name, alias);
    this.#opening = publishing.usesAlias ? this.#frame(name, alias) : undefined;
    this.#frameBytes = frame.length;
    this.#frames = Math.max(1, Math.floor(BLOCK_BYTES / frame.length));
    this.#block = Buffer.concat(Array.from({ length: this.#frames }, () => frame));
  }

  #frame(name: string, alias: Extras): Buffer {
    const { number, qos, retain, payloadBytes, address } = this.#publishing;
    const extras = { ...alias, retain, version: address.version };
    return Buffer.from(this.#wired.framed(publish(name, qos, payloadOf(number, payloadBytes), extras)));
  }

  /** Sends so many messages, as fast as it may. */
  start(messages: number): void {
    this.#sent = this.#settled = 0;
    this.#wanted = messages;
    this.#pump();
  }

  /** Sends one message now, in a write of its own: for paced loads, at QoS 0. */
  sendOne(): void {
    const frame = Buffer.from(this.#block.subarray(0, this.#frameBytes));
    this.#stamp(frame, frame.length);
    this.#wired.socket.write(frame);
  }

  close(gone: () => void): void {
    this.#wired.close(gone);
  }

  /** Writes number, time, topic and packet id of the next message into the frame that ends at `end`. */
  #stamp(block: Uint8Array, end: number): void {
    const { payloadBytes, qos, now, topics } = this.#publishing;
    const payload = end - payloadBytes;
    setNumber(block, payload, this.#sent);
    setTime(block, payload, now());
    if (topics.each > 1) {
      const at = payload - TOPIC_BYTES - (qos > 0 ? 2 : 0);
      setTopic(block, at, topicOf(topics, this.#sent));
    }
    if (qos > 0) {
      const id = 1 + (this.#sent % 65_535);
      block[payload - 2] = id >> 8;
      block[payload - 1] = id;
    }
    this.#sent++;
  }

  #pump(): void {
    if (this.#isWriting) return;
    const { qos, window } = this.#publishing;
    const room = qos === 0 ? this.#frames : window - (this.#sent - this.#settled);
    const count = Math.min(room, this.#frames, this.#wanted - this.#sent);
    if (count <= 0) return;
    if (this.#opening !== undefined && this.#sent === 0) {
      this.#stamp(this.#opening, this.#opening.length);
      this.#write(this.#opening, 1);
      return;
    }
    for (let i = 1; i <= count; i++) this.#stamp(this.#block, i * this.#frameBytes);
    this.#write(this.#block.subarray(0, count * this.#frameBytes), count);
  }

  #write(frames: Uint8Array, count: number): void {
    const { qos, retain } = this.#publishing;
    this.#isWriting = true;
    // The block is written over only when the system has taken all of it: that is the back-pressure.
    this.#wired.socket.write(frames, () => {
      this.#isWriting = false;
      if (qos > 0) this.#pump();
      else if (retain && this.#sent === this.#wanted) {
        this.#unconfirmed = count;
        this.#wired.write(PINGREQ); // its answer says that all before it was read
      } else {
        this.#news = count;
        this.#tell();
      }
    });
  }

  #tell(): void {
    const count = this.#news;
    this.#news = 0;
    this.#settled += count;
    if (count > 0) this.#watch.settled(count);
    this.#pump();
  }

  #answer(first: number, idHigh: number, idLow: number): void {
    if (first === PUBREC) this.#wired.acknowledge(PUBREL, idHigh, idLow);
    else if (first === PUBACK || first === PUBCOMP) this.#news++;
    else if (first === PINGRESP) {
      this.#news += this.#unconfirmed;
      this.#unconfirmed = 0;
    }
  }
}
