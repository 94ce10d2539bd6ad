/** The platform's WebSocket as a link, with a socket that a test plays: order, holding, its bound, what waits to go. */
import type { Link } from '@mqtt/session';
import { ManualClock } from '@mqtt/session/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { holding } from '../src/features/holding-link.ts';
import { webSocket } from '../src/transports/websocket.ts';
import { parseUrl } from '../src/url.ts';
import { failure, quiet } from './lab.ts';

class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket | undefined;
  readonly url: string;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = '';
  isClosed = false;
  sent = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string) {
    this.url = url;
    FakeSocket.last = this;
  }
  send(bytes: Uint8Array): void {
    this.sent += bytes.length;
    this.bufferedAmount += bytes.length;
  }
  close(): void {
    this.isClosed = true;
  }
  comes(...bytes: number[]): void {
    this.onmessage?.({ data: Uint8Array.from(bytes).buffer });
  }
}

afterEach(() => vi.unstubAllGlobals());

async function open() {
  vi.stubGlobal('WebSocket', FakeSocket);
  const clock = new ManualClock();
  const got: number[] = [];
  const told: (Error | undefined | 'drained')[] = [];
  let link: Link | undefined;
  let isHolding = false;
  const handler = {
    receive: (chunk: Uint8Array) => {
      got.push(...chunk.subarray(0, 3));
      if (isHolding) link?.hold();
    },
    drained: () => told.push('drained'),
    closed: (error?: Error) => told.push(error),
  };
  const { endpoint } = parseUrl('ws://host/mqtt');
  const controller = new AbortController();
  const opening = holding(webSocket(clock), clock)(endpoint, handler, controller.signal);
  const socket = FakeSocket.last as FakeSocket;
  socket.readyState = 1;
  socket.onopen?.();
  link = await opening;
  const holdAtNext = (): void => {
    isHolding = true;
  };
  const readOn = (): void => {
    isHolding = false;
  };
  return { socket, link, clock, got, told, holdAtNext, readOn };
}

describe('the WebSocket of a browser', () => {
  it('keeps what comes while it is held, and gives it in order', async () => {
    const { socket, link, got, holdAtNext, readOn } = await open();
    socket.comes(1);
    link.hold();
    socket.comes(2);
    socket.comes(3);
    expect(got).toEqual([1]);
    holdAtNext();
    link.resume();
    socket.comes(4);
    await quiet();
    expect(got).toEqual([1, 2]);
    readOn();
    link.resume();
    socket.comes(5);
    await quiet();
    expect(got).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends the link when too much comes while it is held', async () => {
    const { socket, link, told } = await open();
    link.hold();
    const data = new ArrayBuffer(16_777_216);
    for (let count = 0; count < 4; count += 1) socket.onmessage?.({ data });
    expect(socket.isClosed).toBe(false);
    socket.onmessage?.({ data });
    expect(socket.isClosed).toBe(true);
    socket.onclose?.({ code: 1000, reason: '', wasClean: true });
    expect(told).toMatchObject([{ message: expect.stringContaining('wait for a consumer') }]);
  });

  it('5.0 [MQTT-6.0.0-1] 3.1.1 [MQTT-6.0.0-1] ends the link on a text frame, and says why', async () => {
    const { socket, told, got } = await open();
    socket.onmessage?.({ data: 'text' });
    socket.comes(1);
    socket.onclose?.({ code: 1005, reason: '', wasClean: true });
    expect(told).toMatchObject([{ message: expect.stringContaining('not binary') }]);
    expect(got).toEqual([]);
  });

  it('says when what waited has gone, and takes nothing after the end', async () => {
    const { socket, link, clock, told } = await open();
    expect(link.write(new Uint8Array(1000))).toBe(true);
    expect(link.write(new Uint8Array(2_000_000))).toBe(false);
    clock.advance(20);
    expect(told).toEqual([]);
    socket.bufferedAmount = 0;
    clock.advance(20);
    expect(told).toEqual(['drained']);
    socket.readyState = 3;
    expect(link.write(new Uint8Array(1))).toBe(false);
    expect(socket.sent).toBe(2_001_000);
    socket.onclose?.({ code: 1006, reason: '', wasClean: false });
    expect(told.at(-1)).toMatchObject({ message: expect.stringContaining('1006') });
    expect(clock.pending).toBe(0);
  });

  it('an attempt that ends or is aborted rejects', async () => {
    vi.stubGlobal('WebSocket', FakeSocket);
    const { endpoint } = parseUrl('ws://host/mqtt');
    const handler = { receive: () => {}, drained: () => {}, closed: () => {} };
    const controller = new AbortController();
    const refused = failure(webSocket(new ManualClock())(endpoint, handler, controller.signal));
    FakeSocket.last?.onclose?.({ code: 1006, reason: '', wasClean: false });
    expect(await refused).toMatchObject({ message: expect.stringContaining('1006') });
    const aborted = failure(webSocket(new ManualClock())(endpoint, handler, controller.signal));
    controller.abort();
    expect(await aborted).toMatchObject({ message: 'aborted' });
    expect(FakeSocket.last?.isClosed).toBe(true);
    expect(await failure(webSocket(new ManualClock())(endpoint, handler, controller.signal))).toMatchObject({
      message: 'aborted',
    });
  });
});
