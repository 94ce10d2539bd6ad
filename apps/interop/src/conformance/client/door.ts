/**
 * Where a client knocks: a listener on a free loopback port, TCP or WebSocket, that gives each connection as a pipe.
 * Knows nothing of MQTT beyond the subprotocol's name.
 */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Listener, Pipe } from '../transports.ts';

/** A connection that came; nothing is read before `listen`. */
export interface Knock {
  listen(listener: Listener): Pipe;
}

/** An open listener. */
export interface Door {
  readonly url: URL;
  close(): Promise<void>;
}

/** Opens it; `onKnock` is called for each connection. */
export async function openDoor(over: 'tcp' | 'ws', onKnock: (knock: Knock) => void): Promise<Door> {
  const sockets = new Set<Socket>();
  const server: Server =
    over === 'ws' ? createHttpServer() : createServer({ noDelay: true, pauseOnConnect: true });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (over === 'tcp') onKnock(ofSocket(socket));
  });
  if (over === 'ws') {
    const frames = new WebSocketServer({
      server: server as ReturnType<typeof createHttpServer>,
      handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
      perMessageDeflate: false,
    });
    frames.on('connection', (socket) => onKnock(ofWebSocket(socket)));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(over === 'ws' ? `ws://127.0.0.1:${port}/mqtt` : `mqtt://127.0.0.1:${port}`),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function ofSocket(socket: Socket): Knock {
  return {
    listen(listener) {
      socket.on('data', (chunk: Uint8Array) => listener.bytes(chunk));
      socket.on('end', () => listener.closed());
      socket.on('close', () => listener.closed());
      socket.resume();
      return {
        send: (bytes) => {
          if (socket.writable) socket.write(bytes);
        },
        sendText: () => undefined,
        cut: () => socket.destroy(),
        subprotocol: undefined,
      };
    },
  };
}

function ofWebSocket(socket: WebSocket): Knock {
  socket.on('error', () => undefined);
  socket.pause();
  return {
    listen(listener) {
      socket.on('message', (data: Buffer) => listener.bytes(data));
      socket.on('close', () => listener.closed());
      socket.resume();
      return {
        send: (bytes) => {
          if (socket.readyState === socket.OPEN) socket.send(bytes);
        },
        sendText: (text) => socket.send(text),
        cut: () => socket.terminate(),
        subprotocol: socket.protocol,
      };
    },
  };
}
