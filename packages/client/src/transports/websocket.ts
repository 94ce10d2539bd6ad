/**
 * Bytes over the platform's own WebSocket: browsers, workers, Deno, Bun. It has no back-pressure in either direction,
 * so what waits to be sent is watched with the clock, and what comes while held is kept, up to a bound that ends the link.
 */
import type { Link, LinkHandler } from '@mqtt/session';
import type { Cancel, Clock } from '../clock.ts';
import { Fifo } from '../fifo.ts';
import { SUBPROTOCOL, type Transport } from './transport.ts';

/** Bytes that may come while reading is held; the server sends again what was not acknowledged. */
const MOST_HELD = 67_108_864;

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
  const waiting = new Fifo<ArrayBuffer>();
  let waitingBytes = 0;
  let isHeld = false;
  let looking: Cancel | undefined;
  let fault: Error | undefined;
  const end = (why: string): void => {
    fault = new Error(why);
    socket.close();
  };
  const look = (): void => {
    looking = undefined;
    if (socket.bufferedAmount > 0) looking = clock.after(LOOK_EVERY, look);
    else handler.drained();
  };
  const deliver = (): void => {
    while (!isHeld) {
      const data = waiting.shift();
      if (data === undefined) return;
      waitingBytes -= data.byteLength;
      handler.receive(new Uint8Array(data));
    }
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (fault !== undefined) return;
    if (!(data instanceof ArrayBuffer)) {
      end('a WebSocket frame was not binary'); // [MQTT-6.0.0-1]
      return;
    }
    waitingBytes += data.byteLength;
    if (data.byteLength > 0) waiting.push(data);
    if (isHeld && waitingBytes > MOST_HELD) end(`over ${MOST_HELD} bytes wait for a consumer`);
    else deliver();
  };
  socket.onclose = ({ code, wasClean }) => {
    looking?.();
    handler.closed(fault ?? (wasClean ? undefined : new Error(`the WebSocket closed with ${code}`)));
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
      isHeld = true;
    },
    resume() {
      isHeld = false;
      clock.defer(deliver);
    },
    close: () => socket.close(),
    abort: () => socket.close(),
    peer: socket.url,
  };
}
