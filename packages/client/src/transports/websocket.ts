/**
 * Bytes over the platform's own WebSocket: browsers, workers, Deno, Bun. It has no back-pressure in either direction,
 * so what waits to be sent is watched with the clock, and what comes while held is kept.
 */
import type { Link, LinkHandler } from '@mqtt/session';
import type { Cancel, Clock } from '../clock.ts';
import { SUBPROTOCOL, type Transport } from './transport.ts';

/** Bytes that may wait in the WebSocket before `write` gives false, and how often to look, ms. */
const HIGH_WATER_MARK = 1_048_576;
const LOOK_EVERY = 20;

/** WebSocket (`ws:`, `wss:`) by the constructor `WebSocket`. */
export function webSocket(clock: Clock): Transport {
  return ({ href }, handler, signal) =>
    new Promise<Link>((resolve, reject) => {
      const socket = new WebSocket(href, [SUBPROTOCOL]); // [MQTT-6.0.0-3]
      socket.binaryType = 'arraybuffer';
      socket.onerror = () => {}; // says nothing; `close` follows
      const abort = (): void => {
        socket.onopen = socket.onclose = null;
        socket.close();
        reject(new Error('aborted'));
      };
      socket.onopen = () => {
        signal.removeEventListener('abort', abort);
        resolve(linkOf(socket, handler, clock));
      };
      socket.onclose = ({ code, reason }) => {
        signal.removeEventListener('abort', abort);
        reject(new Error(`the WebSocket closed with ${code} ${reason}`));
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
}

function linkOf(socket: WebSocket, handler: LinkHandler, clock: Clock): Link {
  let held: Uint8Array[] | undefined;
  let looking: Cancel | undefined;
  const look = (): void => {
    looking = undefined;
    if (socket.bufferedAmount > 0) looking = clock.after(LOOK_EVERY, look);
    else handler.drained();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (!(data instanceof ArrayBuffer)) {
      socket.close(1003); // [MQTT-6.0.0-1]
      return;
    }
    if (data.byteLength === 0) return;
    if (held === undefined) handler.receive(new Uint8Array(data));
    else held.push(new Uint8Array(data));
  };
  socket.onclose = ({ code, wasClean }) => {
    looking?.();
    handler.closed(wasClean ? undefined : new Error(`the WebSocket closed with ${code}`));
  };
  return {
    write(bytes) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(bytes as Uint8Array<ArrayBuffer>);
      if (socket.bufferedAmount <= HIGH_WATER_MARK) return true;
      looking ??= clock.after(LOOK_EVERY, look);
      return false;
    },
    hold() {
      held ??= [];
    },
    resume() {
      const chunks = held ?? [];
      held = undefined;
      clock.defer(() => {
        for (const chunk of chunks) handler.receive(chunk);
      });
    },
    close: () => socket.close(),
    abort: () => socket.close(),
    peer: socket.url,
  };
}
