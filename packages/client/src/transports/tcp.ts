/**
 * Bytes over TCP and Unix sockets in Node, and what TLS shares with them. Knows sockets, nothing of MQTT.
 */
import { connect, type NetConnectOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { nextTick } from 'node:process';
import type { Link, LinkHandler } from '@mqtt/session';
import type { Endpoint } from '../url.ts';
import { ReadMemory } from './read-memory-node.ts';
import { REST, Rests } from './rest.ts';
import { inWords } from './tls-failure.ts';
import type { Transport } from './transport.ts';

/**
 * Bytes that a socket may hold before its client waits. Node's own limit, 16 KB, is one large message: then each has a
 * turn of the event loop and a system call of its own.
 */
const HELD_AT_MOST = 1_048_576;

/** Opens a TCP connection in place of `net.connect`: through a proxy, a tunnel. Resolves when bytes may be written. */
export type OpenSocket = (
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Socket>;

/** TCP (`mqtt:`) and Unix sockets (`unix:`), with options of `net.connect`: `localAddress`, `family`, … */
export const tcp =
  (options: Partial<TcpNetConnectOpts> = {}, open?: OpenSocket): Transport =>
  async (endpoint, handler, signal) => {
    const { scheme, host, port } = endpoint;
    if (open === undefined || scheme === 'unix') return direct(options, endpoint, handler, signal);
    const socket = await open({ host, port }, signal);
    if (!signal.aborted) return linkOf(socket, handler);
    socket.destroy();
    throw new Error('aborted');
  };

function direct(
  options: Partial<TcpNetConnectOpts>,
  { scheme, host, port, path }: Endpoint,
  handler: LinkHandler,
  signal: AbortSignal,
): Promise<Link> {
  const rests = new Rests();
  const memory = new ReadMemory();
  const onread = {
    buffer: () => memory.room(),
    callback: (length: number, bytes: Uint8Array) => {
      handler.receive(memory.take(length, bytes)); // nothing is a sign of life, too
      const isResting = rests.read(length, performance.now(), memory.isFull(length, bytes));
      if (isResting) setTimeout(() => socket.isPaused() || socket.resume(), REST);
      return !isResting;
    },
  };
  const address = scheme === 'unix' ? { path } : { noDelay: true, keepAlive: true, ...options, host, port };
  const socket: Socket = connect({ ...address, onread } as NetConnectOpts);
  return whenReady(socket, 'connect', handler, signal);
}

/** Waits for `ready`, then makes the socket a Link. */
export function whenReady(
  socket: Socket,
  ready: string,
  handler: LinkHandler,
  signal: AbortSignal,
): Promise<Link> {
  return new Promise<Link>((resolve, reject) => {
    const abort = (): void => {
      socket.destroy();
      reject(new Error('aborted'));
    };
    const settled = (): void => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.off('close', ended);
    };
    const fail = (error: Error): void => {
      settled();
      socket.on('error', () => {});
      socket.destroy();
      reject(inWords(error));
    };
    const ended = (): void => fail(new Error('the connection was closed'));
    socket.once('error', fail);
    socket.once('close', ended);
    socket.once(ready, () => {
      settled();
      resolve(linkOf(socket, handler));
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

function linkOf(socket: Socket, handler: LinkHandler): Link {
  let fault: Error | undefined;
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  socket.on('error', (error) => {
    fault = inWords(error);
  });
  socket.on('close', () => handler.closed(fault));
  socket.on('drain', () => handler.drained());
  socket.on('data', (chunk: Buffer) => handler.receive(chunk));
  socket.resume(); // who opened it may have paused it
  return {
    write(bytes) {
      if (!socket.writable) return false;
      // Heads and large payloads, each a write of its own, leave in one system call.
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        nextTick(uncork);
      }
      return socket.write(bytes) || socket.writableLength < HELD_AT_MOST;
    },
    hold: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    close: () => {
      socket.end();
    },
    abort: () => {
      socket.destroy();
    },
    peer: `${socket.remoteAddress ?? 'unix'}:${socket.remotePort ?? ''}`,
  };
}
