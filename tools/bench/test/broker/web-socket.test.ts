/** The hand-made WebSocket is one: a server of `ws` takes its upgrade and its frames, and its answers are found again. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openPipe } from '../../src/broker/transports.ts';
import { Frames, frame } from '../../src/broker/web-socket.ts';

/** What `Frames` finds in `bytes`, cut into pieces of `size`. */
function found(bytes: Uint8Array, size: number): { payload: string; opened: number; failures: string[] } {
  const parts: Uint8Array[] = [];
  const failures: string[] = [];
  let opened = 0;
  const frames = new Frames(
    (part) => parts.push(part),
    () => opened++,
    (why) => failures.push(why),
  );
  for (let at = 0; at < bytes.length; at += size) frames.received(bytes.subarray(at, at + size));
  return { payload: Buffer.concat(parts).toString(), opened, failures };
}

const GRANTED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

describe('Frames', () => {
  const long = 'x'.repeat(70_000);
  const stream = Buffer.concat([
    Buffer.from(GRANTED),
    Buffer.of(0x82, 3),
    Buffer.from('abc'),
    Buffer.of(0x89, 1, 0x21), // a ping is no data
    Buffer.of(0x82, 126, 1, 0),
    Buffer.from('y'.repeat(256)),
    Buffer.of(0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70),
    Buffer.from(long),
  ]);

  it.each([1, 2, 7, 1000, 100_000])('finds every payload in chunks of %i bytes', (size) => {
    expect(found(stream, size)).toEqual({ payload: `abc${'y'.repeat(256)}${long}`, opened: 1, failures: [] });
  });

  it('says when the upgrade is refused, and when the server closes', () => {
    expect(found(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 9).failures).toHaveLength(1);
    const closed = Buffer.concat([Buffer.from(GRANTED), Buffer.of(0x88, 2, 3, 232)]);
    expect(found(closed, 9).failures).toEqual(['the broker closed the WebSocket']);
  });
});

describe('a pipe over WebSocket', () => {
  it.each([5, 125, 126, 65_535])('carries %i bytes there and back', async (size) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const sent = Buffer.alloc(size, 7);
    const parts: Uint8Array[] = [];
    const received = new Promise<Buffer>((resolve, reject) => {
      const where = { port: address.port, over: 'ws', version: 4 } as const;
      const pipe = openPipe(where, {
        opened: () => pipe.socket.write(frame(sent)),
        space: () => new Uint8Array(0),
        received: () => undefined,
        take: (bytes) => parts.push(Buffer.from(bytes)),
        drained: () => {
          const all = Buffer.concat(parts);
          if (all.length < size) return;
          pipe.socket.destroy();
          resolve(all);
        },
        ended: (why) => reject(new Error(why)),
      });
    });
    expect((await received).equals(sent)).toBe(true);
    server.close();
  });
});
