/**
 * A server that is never what a client waits for. It takes and answers all that has come in one write; whoever subscribes
 * is sent one message again and again, at QoS 1 and 2 with 256 open, as fast as the client takes them. It is no broker:
 * nothing is checked, routed or kept. Word: the port.
 */
import { createServer } from 'node:net';
import process from 'node:process';

const PUBLISH = 0x30;
const [PUBACK, PUBREC, PUBREL, PUBCOMP] = [0x40, 0x50, 0x62, 0x70];
const WINDOW = 256;
/** Of a source, this much is written at once. */
const BATCH_BYTES = 65_536;
/** In `source/BYTES/…`, the topic that is subscribed to, stands how large a message is. */
const SIZE = /^source\/(\d+)\//;

/** Length as a Variable Byte Integer. */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** Where the body of the packet at `at` begins and ends; nothing while its length is not there. */
function frameAt(bytes, at) {
  let length = 0;
  for (let i = 1, factor = 1; at + i < bytes.length; i++, factor *= 128) {
    length += (bytes[at + i] & 127) * factor;
    if (bytes[at + i] < 128) return { body: at + i + 1, end: at + i + 1 + length };
  }
  return undefined;
}

/** The messages that a subscriber is sent. */
class Source {
  #socket;
  #qos;
  #packet;
  /** Where the packet id lies. */
  #idAt;
  #free = Array.from({ length: WINDOW }, (_, at) => at + 1);

  constructor(socket, topic, qos, version, identifier) {
    const name = Buffer.from(topic);
    const payload = Buffer.alloc(Number(SIZE.exec(topic)?.[1] ?? 64), 0x78);
    const id = qos === 0 ? [] : [0, 0];
    const properties = version < 5 ? [] : [identifier.length, ...identifier];
    const length = 2 + name.length + id.length + properties.length + payload.length;
    const head = [PUBLISH | (qos << 1), ...varint(length), 0, name.length];
    this.#packet = Buffer.concat([Buffer.from(head), name, Buffer.from([...id, ...properties]), payload]);
    this.#idAt = head.length + name.length;
    this.#socket = socket;
    this.#qos = qos;
    socket.on('drain', () => this.flow());
    this.flow();
  }

  /** An acknowledgement has ended a flow. */
  ended(id) {
    this.#free.push(id);
  }

  /** Writes what may leave. */
  flow() {
    const packet = this.#packet;
    const most = Math.max(1, Math.floor(BATCH_BYTES / packet.length));
    if (this.#qos === 0) {
      const batch = Buffer.concat(Array.from({ length: most }, () => packet));
      while (this.#socket.write(batch));
      return;
    }
    while (this.#free.length > 0 && !this.#socket.writableNeedDrain) {
      const ids = this.#free.splice(0, most);
      const batch = Buffer.allocUnsafe(packet.length * ids.length);
      for (const [at, id] of ids.entries()) {
        packet.copy(batch, at * packet.length);
        batch.writeUInt16BE(id, at * packet.length + this.#idAt);
      }
      this.#socket.write(batch);
    }
  }
}

/** SUBSCRIBE with one filter: answers it, and gives its source. */
function subscribed(socket, version, body) {
  let at = 2;
  let identifier = [];
  if (version === 5) {
    const end = at + 1 + body[at];
    if (body[at + 1] === 0x0b) identifier = [...body.subarray(at + 1, end)]; // a server gives it back
    at = end;
  }
  const end = at + 2 + body.readUInt16BE(at);
  const topic = body.toString('utf8', at + 2, end);
  const qos = body[end] & 3;
  socket.write(Buffer.from([0x90, version < 5 ? 3 : 4, body[0], body[1], ...(version < 5 ? [] : [0]), qos]));
  return new Source(socket, topic, qos, version, identifier);
}

/** Answers of one chunk, for one write. */
class Answers {
  #bytes = Buffer.allocUnsafe(65_536);
  #filled = 0;

  add(first, high, low) {
    const at = this.#filled;
    if (at + 4 > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(at)]);
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

/** One client. */
class Connection {
  #socket;
  #version = 4;
  #source;
  #answers = new Answers();
  /** The beginning of a packet whose end has not come. */
  #rest;
  /** Bytes still to come of a packet that is answered already. */
  #skip = 0;

  constructor(socket) {
    this.#socket = socket;
  }

  chunk(chunk) {
    let at = Math.min(this.#skip, chunk.length);
    this.#skip -= at;
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    while (at < bytes.length) {
      const frame = frameAt(bytes, at);
      const isPublish = (bytes[at] & 0xf0) === PUBLISH;
      // The topic of a load is shorter than 100 bytes: behind it a payload is only counted.
      const isKnown = frame !== undefined && isPublish && frame.body + 128 < bytes.length;
      if (frame === undefined || (frame.end > bytes.length && !isKnown)) {
        this.#rest = bytes.subarray(at);
        break;
      }
      this.#take(bytes, bytes[at], frame.body, frame.end);
      this.#skip = Math.max(0, frame.end - bytes.length);
      at = frame.end;
    }
    this.#answers.send(this.#socket);
    this.#source?.flow();
  }

  /** A packet that is whole, or of a PUBLISH everything before its payload. */
  #take(bytes, first, body, end) {
    const [high, low] = [bytes[body], bytes[body + 1]];
    switch (first & 0xf0) {
      case PUBLISH: {
        const qos = (first >> 1) & 3;
        const id = body + 2 + ((high << 8) | low);
        if (qos > 0) this.#answers.add(qos === 1 ? PUBACK : PUBREC, bytes[id], bytes[id + 1]);
        break;
      }
      case PUBACK:
      case PUBCOMP:
        this.#source?.ended((high << 8) | low);
        break;
      case PUBREC:
        this.#answers.add(PUBREL, high, low);
        break;
      case PUBREL & 0xf0:
        this.#answers.add(PUBCOMP, high, low);
        break;
      case 0x10:
        this.#version = bytes[body + 6];
        this.#socket.write(Buffer.from(this.#version < 5 ? [0x20, 2, 0, 0] : [0x20, 3, 0, 0, 0]));
        break;
      case 0x80:
        this.#source = subscribed(this.#socket, this.#version, bytes.subarray(body, end));
        break;
      case 0xc0:
        this.#socket.write(Buffer.from([0xd0, 0]));
        break;
      case 0xe0:
        this.#socket.end();
        break;
    }
  }
}

function serve(socket) {
  const connection = new Connection(socket);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => connection.chunk(chunk));
}

createServer(serve).listen(Number(process.argv[2]), '127.0.0.1');
