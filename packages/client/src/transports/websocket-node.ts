/**
 * Bytes over WebSocket in Node, by the package `ws`. Frames are bytes of one stream: packets need not align with them
 * [MQTT-6.0.0-2].
 */
import type { Link, LinkHandler } from '@mqtt/session';
import { type ClientOptions, WebSocket } from 'ws';
import { inWords } from './tls-failure.ts';
import { SUBPROTOCOL, type Transport } from './transport.ts';

/** Bytes that may wait before `write` gives false. */
const HIGH_WATER_MARK = 65_536;

/** WebSocket (`ws:`, `wss:`), with options of `ws`: `headers`, `ca`, … */
export function webSocketNode(options: ClientOptions): Transport {
  return ({ href }, handler, signal) =>
    new Promise<Link>((resolve, reject) => {
      const socket = new WebSocket(href, SUBPROTOCOL, { perMessageDeflate: false, ...options }); // [MQTT-6.0.0-3]
      const abort = (): void => {
        socket.terminate();
        reject(new Error('aborted'));
      };
      const fail = (error: Error): void => {
        signal.removeEventListener('abort', abort);
        reject(inWords(error));
      };
      socket.on('error', fail);
      socket.once('open', () => {
        signal.removeEventListener('abort', abort);
        socket.off('error', fail);
        resolve(linkOf(socket, handler));
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
}

function linkOf(socket: WebSocket, handler: LinkHandler): Link {
  let fault: Error | undefined;
  let isFull = false;
  const sent = (): void => {
    if (!isFull || socket.bufferedAmount > 0) return;
    isFull = false;
    handler.drained();
  };
  socket.on('error', (error) => {
    fault = inWords(error);
  });
  socket.on('close', (code) =>
    handler.closed(fault ?? (code === 1000 || code === 1005 ? undefined : closedWith(code))),
  );
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary)
      socket.close(1003); // [MQTT-6.0.0-1]
    else if (data.length > 0) handler.receive(data);
  });
  return {
    write(bytes) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(bytes, sent);
      isFull ||= socket.bufferedAmount > HIGH_WATER_MARK;
      return !isFull;
    },
    hold: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
    abort: () => socket.terminate(),
    peer: socket.url,
  };
}

function closedWith(code: number): Error {
  return new Error(`the WebSocket closed with ${code}`);
}
