/**
 * A relay for tests: answers CONNECT and SUBSCRIBE, hands every PUBLISH to every subscriber, as `meddle` would have it.
 * Acknowledges QoS 1 and 2 towards publishers; so little of a broker that every fault in it is one the test put there.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Incoming, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL } from '../../src/broker/wire.ts';

/** What becomes of the message that comes as number `count`: the frames to deliver instead. */
export type Meddle = (frame: Buffer, count: number) => readonly Buffer[];

const CONNECT = 0x10;
const SUBSCRIBE = 0x82;

/** Answers one frame of `socket`. */
function answer(
  frame: Buffer,
  body: number,
  socket: Socket,
  subscribers: Set<Socket>,
  deliver: (frame: Buffer) => void,
): void {
  const first = frame[0] ?? 0;
  const id = (at: number): number[] => [frame[at] ?? 0, frame[at + 1] ?? 0];
  if (first === CONNECT) socket.write(Buffer.of(0x20, 2, 0, 0));
  else if (first === PUBREL) socket.write(Buffer.of(PUBCOMP, 2, ...id(body)));
  else if (first === SUBSCRIBE) {
    subscribers.add(socket);
    socket.write(Buffer.of(0x90, 3, ...id(body), frame.at(-1) ?? 0));
  } else if ((first & 0xf0) === PUBLISH) {
    const qos = (first >> 1) & 3;
    if (qos > 0)
      socket.write(Buffer.of(qos === 1 ? PUBACK : PUBREC, 2, ...id(body + 2 + frame.readUInt16BE(body))));
    deliver(frame);
  }
}

/** Starts a relay on a free port. */
export async function relay(meddle: Meddle = (frame) => [frame]): Promise<{ port: number; close(): void }> {
  const subscribers = new Set<Socket>();
  const sockets = new Set<Socket>();
  let count = 0;
  const deliver = (frame: Buffer): void => {
    const frames = Buffer.concat(meddle(frame, count++));
    for (const subscriber of subscribers) subscriber.write(frames);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    const incoming = new Incoming(64 * 1024, {
      packet: (bytes, at, body, end) =>
        answer(Buffer.from(bytes.slice(at, end)), body - at, socket, subscribers, deliver),
    });
    socket.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const space = incoming.space();
        const part = chunk.subarray(at, at + space.length);
        space.set(part);
        incoming.received(part.length);
        at += part.length;
      }
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: address.port, close };
}
