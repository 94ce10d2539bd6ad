/**
 * Bytes over the platform's own WebSocket: browsers, workers, Deno, Bun. It has no back-pressure in either direction:
 * what waits to be sent is watched with the clock, and what comes is handed on at once (`features/holding-link.ts`
 * keeps it back).
 */
import type { LinkHandler } from '@mqtt/session';
import type { Cancel, Clock } from '../clock.ts';
import type { CoreLink } from '../link.ts';
import * as words from '../words.ts';
import { SUBPROTOCOL } from './transport.ts';

/** Bytes that may wait in the WebSocket before `write` gives false, and how often to look, ms. */
const HIGH_WATER_MARK = 1_048_576;
const LOOK_EVERY = 20;

/** WebSocket (`ws:`, `wss:`) by the constructor `WebSocket`. */
export function webSocket(
  clock: Clock,
): (endpoint: { readonly href: string }, handler: LinkHandler, signal: AbortSignal) => Promise<CoreLink> {
  return ({ href }, handler, signal) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(href, [SUBPROTOCOL]); // [MQTT-6.0.0-3]
      let isOpen = false;
      let looking: Cancel | undefined;
      let fault: Error | undefined;
      const close = (): void => socket.close();
      const look = (): void => {
        looking = undefined;
        if (socket.bufferedAmount > 0) looking = clock.after(LOOK_EVERY, look);
        else handler.drained();
      };
      const write = (bytes: Uint8Array): boolean => {
        if (socket.readyState !== WebSocket.OPEN) return false;
        socket.send(bytes as Uint8Array<ArrayBuffer>);
        if (socket.bufferedAmount <= HIGH_WATER_MARK) return true;
        looking ??= clock.after(LOOK_EVERY, look);
        return false;
      };
      socket.binaryType = 'arraybuffer';
      socket.onerror = () => {}; // says nothing; `close` follows
      socket.onopen = () => {
        isOpen = true;
        resolve({ write, close, abort: close });
      };
      socket.onclose = ({ code, reason, wasClean }) => {
        const error = fault ?? new Error(words.socketClosed(code, reason));
        looking?.();
        if (isOpen) handler.closed(fault || !wasClean ? error : undefined);
        else reject(error);
      };
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (fault !== undefined) return;
        if (data instanceof ArrayBuffer) handler.receive(new Uint8Array(data));
        else {
          fault = new Error(words.notBinary); // [MQTT-6.0.0-1]
          close();
        }
      };
      // Once it is open there is nothing to reject, and closing is what whoever aborts does next.
      const abort = (): void => {
        reject(new Error(words.aborted));
        close();
      };
      signal.onabort = abort;
      if (signal.aborted) abort();
    });
}
