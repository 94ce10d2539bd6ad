/** How bytes leave a TCP link: in how many system calls, and that none is lost at the end. */
import { type AddressInfo, createServer, connect as openTcp, type Server, type Socket } from 'node:net';
import type { Link } from '@mqtt/session';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tcp } from '../src/transports/tcp.ts';
import { once } from './tcp-server.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A link, its socket, and all bytes that its server had got when it ended. */
async function linked(): Promise<{ link: Link; socket: Socket; received: Promise<Buffer> }> {
  const listener = createServer();
  server = listener;
  const received = new Promise<Buffer>((resolve) => {
    listener.on('connection', (socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks)));
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = openTcp({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const endpoint = { scheme: 'tcp', host: '127.0.0.1', port, path: '', href: '' } as const;
  const handler = { receive: () => {}, drained: () => {}, closed: () => {} };
  const link = await tcp({}, async () => socket)(endpoint, handler, new AbortController().signal);
  return { link, socket, received };
}

describe('a TCP link', () => {
  it('hands all that is written in one turn to the system at once', async () => {
    const { link, socket, received } = await linked();
    const together = vi.spyOn(socket, '_writev' as 'write');
    const alone = vi.spyOn(socket, '_write');
    const expected: Buffer[] = [];
    for (let n = 0; n < 20; n += 1) {
      const [head, payload] = [Buffer.from(`head ${n}`), Buffer.alloc(16_384, n)];
      expected.push(head, payload);
      expect([link.write(head), link.write(payload)]).toEqual([true, true]);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect([together.mock.calls.length, alone.mock.calls.length]).toEqual([1, 0]);
    link.close();
    expect(Buffer.concat(expected).equals(await received)).toBe(true);
  });

  it('says when a socket holds enough, whatever it was given in one turn', async () => {
    const { link, received } = await linked();
    const half = new Uint8Array(524_288);
    expect([link.write(half), link.write(half)]).toEqual([true, false]);
    link.close();
    expect((await received).length).toBe(1_048_576);
  });

  it('loses nothing that was written just before its end', async () => {
    const { link, received } = await linked();
    link.write(Buffer.from('last'));
    link.close();
    expect(String(await received)).toBe('last');
  });
});
