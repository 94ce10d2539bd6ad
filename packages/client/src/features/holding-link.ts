/**
 * Back-pressure where the platform has none, as a browser's WebSocket: what comes while reading is held is kept, up to a
 * bound that ends the link.
 */
import type { LinkHandler } from '@mqtt/session';
import type { Clock } from '../clock.ts';
import { Fifo } from '../fifo.ts';
import type { CorePlatform } from '../platform.ts';
import type { Transport } from '../transports/transport.ts';

/** Bytes that may come while reading is held; the server sends again what was not acknowledged. */
const MOST_HELD = 67_108_864;

/** The same transport, whose links can be held. */
export function holding(transport: CorePlatform['transport'], clock: Clock): Transport {
  return async (endpoint, handler, signal) => {
    const waiting = new Fifo<Uint8Array>();
    let waitingBytes = 0;
    let isHeld = false;
    let fault: Error | undefined;
    const deliver = (): void => {
      while (!isHeld && fault === undefined) {
        const chunk = waiting.shift();
        if (chunk === undefined) return;
        waitingBytes -= chunk.length;
        handler.receive(chunk);
      }
    };
    const keeper: LinkHandler = {
      receive(chunk) {
        if (fault !== undefined) return;
        waitingBytes += chunk.length;
        waiting.push(chunk);
        if (!isHeld) deliver();
        else if (waitingBytes > MOST_HELD) {
          fault = new Error(`over ${MOST_HELD} bytes wait for a consumer`);
          link.close();
        }
      },
      drained: () => handler.drained(),
      closed: (error) => handler.closed(fault ?? error),
    };
    const link = await transport(endpoint, keeper, signal);
    return {
      write: (bytes) => link.write(bytes),
      hold() {
        isHeld = true;
      },
      resume() {
        isHeld = false;
        clock.defer(deliver);
      },
      close: () => link.close(),
      abort: () => link.abort(),
      peer: endpoint.href,
    };
  };
}
