/**
 * The floor for Node: a relay that frames PUBLISH and hands its bytes on to whoever subscribed to exactly that topic, in
 * one write for each chunk and receiver. It is no broker: 3.1.1 and QoS 0 only, nothing is checked, held back or kept.
 */
import { createServer } from 'node:net';
import process from 'node:process';

const TYPE = { connect: 1, publish: 3, subscribe: 8, ping: 12, disconnect: 14 };
const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const PINGRESP = Uint8Array.of(0xd0, 0);

/** topic -> sockets */
const subscribers = new Map();

/** Where the packet at `at` begins behind its length, and where it ends; nothing while its length is not there. */
function frameAt(bytes, at) {
  let length = 0;
  for (let i = 1, factor = 1; at + i < bytes.length; i++, factor *= 128) {
    length += (bytes[at + i] & 127) * factor;
    if (bytes[at + i] < 128) return { body: at + i + 1, end: at + i + 1 + length };
  }
  return undefined;
}

function textAt(bytes, at) {
  return bytes.latin1Slice(at + 2, at + 2 + bytes.readUInt16BE(at));
}

/** One filter, no wildcard. */
function subscribe(socket, bytes, body) {
  const topic = textAt(bytes, body + 2);
  const sockets = subscribers.get(topic);
  if (sockets === undefined) subscribers.set(topic, [socket]);
  else sockets.push(socket);
  socket.write(Uint8Array.of(0x90, 3, bytes[body], bytes[body + 1], 0));
}

function serve(socket) {
  let rest;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const outgoing = new Map();
    let at = 0;
    for (let frame = frameAt(bytes, 0); frame !== undefined && frame.end <= bytes.length; ) {
      const type = bytes[at] >> 4;
      if (type === TYPE.publish) {
        const packet = bytes.subarray(at, frame.end);
        for (const to of subscribers.get(textAt(bytes, frame.body)) ?? []) {
          const waiting = outgoing.get(to);
          if (waiting === undefined) outgoing.set(to, [packet]);
          else waiting.push(packet);
        }
      } else if (type === TYPE.connect) socket.write(CONNACK);
      else if (type === TYPE.subscribe) subscribe(socket, bytes, frame.body);
      else if (type === TYPE.ping) socket.write(PINGRESP);
      else if (type === TYPE.disconnect) socket.end();
      at = frame.end;
      frame = frameAt(bytes, at);
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
    for (const [to, packets] of outgoing)
      to.write(packets.length === 1 ? packets[0] : Buffer.concat(packets));
  });
  socket.on('close', () => {
    for (const [topic, sockets] of subscribers) {
      const left = sockets.filter((one) => one !== socket);
      if (left.length === 0) subscribers.delete(topic);
      else subscribers.set(topic, left);
    }
  });
}

createServer(serve).listen(Number(process.argv[2]), '127.0.0.1');
