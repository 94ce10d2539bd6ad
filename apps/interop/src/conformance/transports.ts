/**
 * Byte pipes to the address under test: TCP, TLS and WebSocket, by the scheme of its URL. Knows nothing of MQTT
 * beyond the subprotocol's name. Certificates are not judged: that is not what is tested.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';

/** A byte pipe that is open. */
export interface Pipe {
  send(bytes: Uint8Array): void;
  /** A text frame, where there are frames. */
  sendText(text: string): void;
  /** Ends it without a word. */
  cut(): void;
  /** What the server chose of the subprotocols; undefined where there is none. */
  readonly subprotocol: string | undefined;
}

/** What a pipe tells. */
export interface Listener {
  bytes(chunk: Uint8Array): void;
  closed(): void;
}

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };

/** The URL that an address is. @throws {Error} without a host, and for another scheme than mqtt, mqtts, ws and wss */
export function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol in PORTS) || url.hostname === '')
    throw new Error(
      `${text} is no address of a broker: mqtt://host:1883, mqtts://, ws://host:8083/mqtt or wss://`,
    );
  return url;
}

/** Opens a pipe. @throws {Error} when nobody answers */
export function openPipe(url: URL, listener: Listener): Promise<Pipe> {
  return url.protocol.startsWith('ws') ? openWebSocket(url, listener) : openSocket(url, listener);
}

function openSocket(url: URL, listener: Listener): Promise<Pipe> {
  const at = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || PORTS[url.protocol] || 1883,
  };
  const isTls = url.protocol === 'mqtts:';
  // An address is no name that could be asked for (RFC 6066 §3).
  const servername = isIP(at.host) === 0 ? at.host : '';
  return new Promise((resolve, reject) => {
    const socket: Socket = isTls
      ? connectTls({ ...at, rejectUnauthorized: false, servername })
      : connectTcp({ ...at, noDelay: true });
    socket.on('data', (chunk: Uint8Array) => listener.bytes(chunk));
    socket.on('error', (error) => reject(new Error(`${url.href}: ${error.message}`)));
    socket.on('end', () => listener.closed());
    socket.on('close', () => listener.closed());
    socket.once(isTls ? 'secureConnect' : 'connect', () =>
      resolve({
        send: (bytes) => {
          if (socket.writable) socket.write(bytes);
        },
        sendText: () => undefined,
        cut: () => socket.destroy(),
        subprotocol: undefined,
      }),
    );
  });
}

function openWebSocket(url: URL, listener: Listener): Promise<Pipe> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ['mqtt'], { rejectUnauthorized: false, perMessageDeflate: false });
    socket.on('message', (data: Buffer) => listener.bytes(data));
    socket.on('error', (error) => reject(new Error(`${url.href}: ${error.message}`)));
    socket.on('close', () => listener.closed());
    socket.on('open', () =>
      resolve({
        send: (bytes) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
        },
        sendText: (text) => socket.send(text),
        cut: () => socket.terminate(),
        subprotocol: socket.protocol,
      }),
    );
  });
}
