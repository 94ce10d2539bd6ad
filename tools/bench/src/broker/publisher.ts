/**
 * One publisher of the load: numbered messages from a block of ready frames, as many as window and back-pressure let.
 */
import { Buffer } from 'node:buffer';
import { payloadOf, setNumber, setTime } from './payload.ts';
import { PUBACK, PUBCOMP, PUBREC, PUBREL, publish, type QoS } from './wire.ts';
import { Wired } from './wired.ts';

const BLOCK_BYTES = 64 * 1024;
const READ_BYTES = 16 * 1024;

/** What a publisher publishes. */
export interface Publishing {
  readonly number: number;
  readonly port: number;
  readonly topic: string;
  readonly qos: QoS;
  readonly payloadBytes: number;
  readonly window: number;
  readonly now: () => number;
}

/** Told of a publisher's life. */
export interface PublisherWatch {
  opened(): void;
  /** So many more messages are done with: taken by the system at QoS 0, acknowledged for good at QoS 1 and 2. */
  settled(count: number): void;
  ended(why: string): void;
}

/** A connection that publishes. */
export class Publisher {
  #sent = 0;
  #settled = 0;
  /** Settled in the chunk that is being read, and not yet told. */
  #news = 0;
  readonly #wired: Wired;
  readonly #publishing: Publishing;
  readonly #watch: PublisherWatch;
  readonly #block: Buffer;
  readonly #frameBytes: number;
  readonly #frames: number;
  #wanted = 0;
  #isWriting = false;

  constructor(publishing: Publishing, watch: PublisherWatch) {
    const { number, port, topic, qos, payloadBytes } = publishing;
    this.#publishing = publishing;
    this.#watch = watch;
    const frame = publish(topic, qos, payloadOf(number, payloadBytes));
    this.#frameBytes = frame.length;
    this.#frames = Math.max(1, Math.floor(BLOCK_BYTES / frame.length));
    this.#block = Buffer.concat(Array.from({ length: this.#frames }, () => frame));
    this.#wired = new Wired(port, `bench-p${number}`, READ_BYTES, {
      accepted: () => watch.opened(),
      packet: (bytes, at, body) =>
        this.#acknowledgement(bytes[at] ?? 0, bytes[body] ?? 0, bytes[body + 1] ?? 0),
      drained: () => this.#tell(),
      ended: (why) => watch.ended(why),
    });
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
    this.#stamp(frame, 0);
    this.#wired.socket.write(frame);
  }

  close(gone: () => void): void {
    this.#wired.close(gone);
  }

  /** Writes number, time and packet id of the next message into the frame at `at`. */
  #stamp(block: Uint8Array, at: number): void {
    const { payloadBytes, qos, now } = this.#publishing;
    const payload = at + this.#frameBytes - payloadBytes;
    setNumber(block, payload, this.#sent);
    setTime(block, payload, now());
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
    for (let i = 0; i < count; i++) this.#stamp(this.#block, i * this.#frameBytes);
    this.#isWriting = true;
    // The block is written over only when the system has taken all of it: that is the back-pressure.
    this.#wired.socket.write(this.#block.subarray(0, count * this.#frameBytes), () => {
      this.#isWriting = false;
      if (qos === 0) {
        this.#news = count;
        this.#tell();
      } else this.#pump();
    });
  }

  #tell(): void {
    const count = this.#news;
    this.#news = 0;
    this.#settled += count;
    if (count > 0) this.#watch.settled(count);
    this.#pump();
  }

  #acknowledgement(first: number, idHigh: number, idLow: number): void {
    if (first === PUBREC) this.#wired.acknowledge(PUBREL, idHigh, idLow);
    else if (first === PUBACK || first === PUBCOMP) this.#news++;
  }
}
