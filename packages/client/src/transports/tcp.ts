/**
 * Bytes over TCP and Unix sockets in Node, and what TLS shares with them. Knows sockets, nothing of MQTT.
 */
import { connect, type Socket } from 'node:net';
import type { Link, LinkHandler } from '@mqtt/session';
import type { Transport } from './transport.ts';

/** TCP (`mqtt:`) and Unix sockets (`unix:`). */
export const tcp: Transport = ({ scheme, host, port, path }, handler, signal) => {
  const socket =
    scheme === 'unix' ? connect({ path }) : connect({ host, port, noDelay: true, keepAlive: true });
  return openSocket(socket, 'connect', handler, signal);
};

/** Waits for `ready`, then makes the socket a Link. */
export function openSocket(
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
      reject(error);
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
  socket.on('error', (error) => {
    fault = error;
  });
  socket.on('close', () => handler.closed(fault));
  socket.on('drain', () => handler.drained());
  socket.on('data', (chunk: Buffer) => handler.receive(chunk));
  return {
    write: (bytes) => (socket.writable ? socket.write(bytes) : false),
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
