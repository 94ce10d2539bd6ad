/**
 * The least that a client in Node can cost: a bare `net.Socket` that knows its packets beforehand. It writes bytes made
 * once, reads into one buffer, finds packets by their length and answers a chunk in one write. No client: it checks
 * nothing, keeps nothing and makes no message of what comes.
 */
import { connect } from 'node:net';

const [PUBACK, PUBREC, PUBREL, PUBCOMP] = [0x40, 0x50, 0x62, 0x70];
/** This much is written at once, and this much may wait in the socket. */
const BATCH_BYTES = 65_536;
const HELD_AT_MOST = 1_048_576;
/** A payload this large is not copied. */
const LARGE = 16_384;

/** A packet of `first` and what `parts` hold. */
function packetOf(first, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = [];
  for (let rest = body.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) return Buffer.concat([Buffer.from([first, ...length]), body]);
  }
}

const text = (value) => [value.length >> 8, value.length & 255, ...Buffer.from(value)];

/** Answers of one chunk, for one write. */
class Answers {
  #bytes = Buffer.allocUnsafe(65_536);
  #filled = 0;

  add(first, high, low) {
    const at = this.#filled;
    this.#bytes[at] = first;
    this.#bytes[at + 1] = 2;
    this.#bytes[at + 2] = high;
    this.#bytes[at + 3] = low;
    this.#filled += 4;
  }

  send(socket) {
    if (this.#filled > 0) socket.write(Buffer.from(this.#bytes.subarray(0, this.#filled)));
    this.#filled = 0;
  }
}

class Bare {
  #socket;
  #load;
  #five;
  #answers = new Answers();
  /** Bytes of the packet that goes on in the next chunk; of its head what has come. */
  #skip = 0;
  #rest = Buffer.alloc(0);
  /** Calls that wait for their end, oldest first. */
  #open = [];
  #openFrom = 0;
  /** Packets of one write at most, and so many of them in a row; where the packet id lies; what comes before the payload. */
  #batch;
  #packets;
  #packetBytes;
  #idAt;
  #pending = 0;
  #nextId = 0;
  #onMessage = () => {};
  #waiting = new Map();

  constructor(load) {
    this.#load = load;
    this.#five = load.version === 5 ? [0] : [];
    const packet = this.#publish(load.topic, load.qos, 'x'.repeat(load.bytes));
    this.#packetBytes = packet.length;
    this.#idAt = packet.length - load.bytes - this.#five.length - 2;
    this.#batch = Math.max(1, Math.floor(BATCH_BYTES / packet.length));
    this.#packets = Buffer.concat(Array.from({ length: this.#batch }, () => packet));
  }

  #publish(topic, qos, payload, id = 0) {
    const ids = qos === 0 ? [] : [id >> 8, id & 255];
    return packetOf(0x30 | (qos << 1), text(topic), ids, this.#five, payload);
  }

  open() {
    const { port, version } = this.#load;
    return new Promise((resolve) => {
      this.#waiting.set(0x20, resolve);
      const buffer = Buffer.allocUnsafeSlow(65_536);
      const callback = (length) => {
        this.#chunk(buffer.subarray(0, length));
        return true;
      };
      const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } });
      this.#socket = socket;
      socket.on('drain', () => this.#settle());
      socket.write(packetOf(0x10, text('MQTT'), [version, 2, 0, 0], this.#five, text(`bare${process.pid}`)));
    });
  }

  subscribe(onMessage) {
    this.#onMessage = onMessage;
    const { topic, qos } = this.#load;
    this.#socket.write(packetOf(0x82, [0, 1], this.#five, text(topic), [qos]));
    return new Promise((resolve) => this.#waiting.set(0x90, resolve));
  }

  /** Resolves when the server has taken all that came before. */
  last() {
    this.#flush();
    this.#socket.write(this.#publish(`${this.#load.topic}/last`, 1, '', 65_535));
    return new Promise((resolve) => this.#waiting.set(PUBACK, resolve));
  }

  publish(done) {
    this.#open.push(done);
    this.#pending += 1;
    if (this.#pending === 1) setImmediate(() => this.#flush());
    if (this.#pending === this.#batch) this.#flush();
  }

  #flush() {
    const count = this.#pending;
    if (count === 0) return;
    this.#pending = 0;
    const { qos, bytes } = this.#load;
    const socket = this.#socket;
    if (qos === 0) socket.write(this.#packets.subarray(0, count * this.#packetBytes));
    else if (bytes < LARGE) socket.write(this.#numbered(count));
    else {
      socket.cork();
      for (let at = 0; at < count; at += 1) {
        const head = this.#numbered(1, this.#packetBytes - bytes);
        socket.write(head);
        socket.write(this.#packets.subarray(head.length, this.#packetBytes));
      }
      socket.uncork();
    }
    if (qos === 0 && socket.writableLength < HELD_AT_MOST) queueMicrotask(() => this.#settle());
  }

  /** A copy of so many packets, or of the head of one, with packet ids of their own. */
  #numbered(count, length = count * this.#packetBytes) {
    const bytes = Buffer.from(this.#packets.subarray(0, length));
    for (let at = 0; at < count; at += 1) {
      this.#nextId = (this.#nextId % 60_000) + 1;
      bytes.writeUInt16BE(this.#nextId, at * this.#packetBytes + this.#idAt);
    }
    return bytes;
  }

  /** QoS 0: all that was handed over is done. */
  #settle() {
    if (this.#load.qos > 0) return;
    const done = this.#open;
    this.#open = [];
    for (const one of done) one();
  }

  /** QoS 1 and 2: the oldest is done. */
  #ended() {
    const done = this.#open[this.#openFrom];
    this.#openFrom += 1;
    if (this.#openFrom > 4096) this.#open = this.#open.slice(this.#openFrom);
    if (this.#openFrom > 4096) this.#openFrom = 0;
    done();
  }

  #chunk(chunk) {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = Buffer.alloc(0);
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (at < bytes.length) {
      const end = this.#end(bytes, at);
      if (end === undefined) {
        this.#rest = Buffer.from(bytes.subarray(at));
        break;
      }
      this.#take(bytes, at, end);
      this.#skip = Math.max(0, end - bytes.length);
      at = end;
    }
    this.#answers.send(this.#socket);
  }

  /** Where a packet ends, once its head is here: of PUBLISH its packet id too. */
  #end(bytes, at) {
    let length = 0;
    for (let i = 1; at + i < bytes.length && i < 5; i += 1) {
      length |= (bytes[at + i] & 127) << (7 * (i - 1));
      if (bytes[at + i] > 127) continue;
      const body = at + i + 1;
      const isPublish = (bytes[at] & 0xf0) === 0x30;
      const head = isPublish ? body + 4 + (bytes[body] << 8) + bytes[body + 1] : body + length;
      return head <= bytes.length ? body + length : undefined;
    }
    return undefined;
  }

  #take(bytes, at, end) {
    const first = bytes[at];
    switch (first & 0xf0) {
      case 0x30: {
        this.#onMessage();
        const qos = (first >> 1) & 3;
        if (qos === 0) break;
        let body = at + 2;
        while (bytes[body - 1] > 127) body += 1;
        const id = body + 2 + ((bytes[body] << 8) | bytes[body + 1]);
        this.#answers.add(qos === 1 ? PUBACK : PUBREC, bytes[id], bytes[id + 1]);
        break;
      }
      case PUBREC:
        this.#answers.add(PUBREL, bytes[at + 2], bytes[at + 3]);
        break;
      case PUBREL & 0xf0:
        this.#answers.add(PUBCOMP, bytes[at + 2], bytes[at + 3]);
        break;
      case PUBACK:
      case PUBCOMP:
        if (bytes[at + 2] < 255) this.#ended();
        else this.#waiting.get(PUBACK)?.();
        break;
      default:
        this.#waiting.get(first & 0xf0)?.(end);
    }
  }

  end() {
    this.#socket.destroy();
  }
}

/** A socket that is connected as a client would be, and that works under the load. */
export async function bare(load) {
  const one = new Bare(load);
  await one.open();
  return one;
}
