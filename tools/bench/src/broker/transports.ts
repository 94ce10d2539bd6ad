/**
 * A load process's byte pipe to a broker: TCP, TLS or WebSocket. Knows no packets.
 * TCP and TLS read into the buffer of who reads (`space`), so that the load itself allocates nothing.
 */
import type { Buffer } from 'node:buffer';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Frames, frame, UPGRADE } from './web-socket.ts';
import type { Version } from './wire.ts';

/** What a broker is spoken to over. */
export type Transport = 'tcp' | 'tls' | 'ws';

/** Where a broker listens, and how it is spoken to. */
export interface Address {
  readonly port: number;
  readonly over: Transport;
  readonly version: Version;
  /** 3.1.1 only: the session outlives the connection; otherwise it is clean. */
  readonly keepsSession?: boolean;
}

/** Who reads. */
export interface Reader {
  opened(): void;
  /** Where the next bytes may be put. */
  space(): Uint8Array;
  /** So many were put there. */
  received(count: number): void;
  /** Bytes that lie elsewhere. */
  take(bytes: Uint8Array): void;
  /** What there was to read is read. */
  drained(): void;
  ended(why: string): void;
}

/** An open pipe. */
export interface Pipe {
  readonly socket: Socket;
  /** `bytes` as they go through the pipe. What `write` gets must have been made by it. */
  framed(bytes: Uint8Array): Uint8Array;
}

const HOST = '127.0.0.1';

const asTheyAre = (bytes: Uint8Array): Uint8Array => bytes;

/** Opens a pipe; `opened` when bytes may be written. */
export function openPipe({ port, over }: Address, reader: Reader): Pipe {
  const onread = {
    buffer: () => reader.space(),
    callback: (count: number) => {
      reader.received(count);
      reader.drained();
      return true;
    },
  };
  switch (over) {
    case 'tcp': {
      const socket = connectTcp({ host: HOST, port, noDelay: true, onread });
      socket.on('connect', () => reader.opened());
      return { socket, framed: asTheyAre };
    }
    case 'tls': {
      // The certificate was made for this run alone; what is measured is the same whether it is checked or not.
      const options = { host: HOST, port, rejectUnauthorized: false, onread };
      const socket = connectTls(options, () => {
        socket.setNoDelay(true);
        reader.opened();
      });
      return { socket, framed: asTheyAre };
    }
    case 'ws':
      return { socket: openWebSocket(port, reader), framed: (bytes: Uint8Array): Buffer => frame(bytes) };
  }
}

function openWebSocket(port: number, reader: Reader): Socket {
  const frames = new Frames(
    (bytes) => reader.take(bytes),
    () => reader.opened(),
    (why) => reader.ended(why),
  );
  const socket = connectTcp({ host: HOST, port, noDelay: true });
  socket.on('connect', () => socket.write(UPGRADE));
  socket.on('data', (chunk) => {
    frames.received(chunk);
    reader.drained();
  });
  return socket;
}
