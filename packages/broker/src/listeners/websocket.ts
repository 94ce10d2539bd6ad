/**
 * MQTT over WebSocket (§6): upgrades, and what is refused before one; binary frames as a stream of bytes, subprotocol
 * `mqtt`. Knows no packets. Headers that name other addresses (`X-Forwarded-For`) are not believed [D15].
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Link, LinkHandler, LinkOrigin } from '@mqtt/session';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { type Behind, HIGH_WATER_MARK, urlHost } from './entrance.ts';
import { Frames } from './frames.ts';
import { type Handshake, Handshakes } from './handshakes.ts';
import type { Arrival, PortOptions } from './listener.ts';
import { endFailed, reloader, type SecureBehind, type Security, secured, secureOptions } from './tls.ts';

const UNSUPPORTED_DATA = 1003;
/** `mqtt` is the specification's [MQTT-6.0.0-4]; `mqttv3.1` is what clients of 3.1 ask for. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'];
/** Most bytes of a request's headers, and most of them. */
const MAXIMUM_HEADER_SIZE = 16_384;
const MAXIMUM_HEADERS = 100;
/** One above the bound: the parser leaves out what is beyond its own count, and that must not go unseen. */
const HTTP_LIMITS = { maxHeaderSize: MAXIMUM_HEADER_SIZE, maxHeadersCount: MAXIMUM_HEADERS + 1 };

/** Where to listen, and for whom. */
export interface WebSocketOptions extends PortOptions {
  /** Default `/mqtt`; other paths get 404. `*`: every path is served. */
  readonly path?: string | undefined;
  /** Origins of pages that may connect, e.g. `https://example.org`; without a list, all [H04]. */
  readonly origins?: readonly string[] | undefined;
}

/** Bounds in bytes. */
export interface FrameLimits {
  /** Largest message, in one frame or many. */
  readonly maximumFrame: number;
  /** Most that comes on a connection before CONNECT was understood, frames and pings included. */
  readonly maximumBeforeConnect: number;
}

/** What a WebSocket listener has behind its port. */
export function behindWebSocket(options: WebSocketOptions, limits: FrameLimits): Behind {
  const server = Object.assign(createServer(HTTP_LIMITS, answerPlain), HTTP_LIMITS);
  return behind(server, new Handshakes(), options, limits, 'ws');
}

/** What a WebSocket listener over TLS has behind its port. @throws {ListenerFault} */
export function behindSecureWebSocket(
  options: WebSocketOptions & Security,
  limits: FrameLimits,
): SecureBehind {
  const handshakes = new Handshakes();
  const secure = { ...secureOptions(options), ...HTTP_LIMITS };
  const server = Object.assign(createSecureServer(secure, answerPlain), HTTP_LIMITS);
  endFailed(server, handshakes);
  server.on('secureConnection', (socket) => {
    handshakes.secured(socket)?.arrival.wait(() => refuse(socket, '408 Request Timeout'));
  });
  return { ...behind(server, handshakes, options, limits, 'wss'), reload: reloader(server, options) };
}

function answerPlain(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' }).end('WebSocket only\n');
}

/** `server` never listens itself: it is given the sockets that were let in. */
function behind(
  server: Server,
  handshakes: Handshakes,
  options: WebSocketOptions & Pick<Security, 'psk'>,
  limits: FrameLimits,
  scheme: 'ws' | 'wss',
): Behind {
  const { path = '/mqtt' } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    autoPong: false,
    perMessageDeflate: false, // compression before authentication is a bomb [H05]
    maxPayload: limits.maximumFrame, // fragments are bounded by `ws` itself: 16,384 [H06]
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  sockets.on('wsClientError', (_error: Error, socket: Socket) => {
    handshakes.get(socket)?.arrival.refused(); // a wrong key or version
    refuse(socket, '400 Bad Request');
  });
  server.on('upgrade', (request: IncomingMessage, _stream: Socket, head: Buffer) => {
    const { socket } = request;
    const status = refusal(request, path, options.origins);
    if (status !== undefined) {
      handshakes.get(socket)?.arrival.refused();
      refuse(socket, status);
      return;
    }
    sockets.options.maxPayload = limits.maximumFrame; // it may be another one by now
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const handshake = handshakes.take(socket);
      const go = ({ arrival, origin }: Handshake): void => {
        const link = new WebSocketLink(webSocket, socket, arrival.peer, origin);
        link.attach(arrival.accept(link));
        boundOpening(socket, arrival, link, limits.maximumBeforeConnect);
      };
      if (scheme === 'wss') secured(socket as TLSSocket, handshake, options, go);
      else if (handshake !== undefined) go(handshake);
      else socket.destroy();
    });
  });
  return {
    stage: (socket, arrival, origin) => {
      handshakes.start(socket, arrival, origin, scheme === 'wss');
      if (scheme === 'ws') arrival.wait(() => refuse(socket, '408 Request Timeout'));
      server.emit('connection', socket);
    },
    allowHalfOpen: scheme === 'ws', // HTTP answers a client that has closed its side
    url: (port, host) => `${scheme}://${urlHost(host)}:${port}${path === '*' ? '/' : path}`,
  };
}

/** Why an upgrade is refused: an HTTP status line. */
function refusal(
  request: IncomingMessage,
  path: string,
  origins: readonly string[] | undefined,
): string | undefined {
  const { headers, httpVersion, method, rawHeaders, url: target = '' } = request;
  if (rawHeaders.length > 2 * MAXIMUM_HEADERS) return '431 Request Header Fields Too Large'; // [H07]
  const query = target.indexOf('?');
  if (path !== '*' && (query < 0 ? target : target.slice(0, query)) !== path) return '404 Not Found';
  if (method !== 'GET' || httpVersion !== '1.1') return '400 Bad Request'; // [H09], RFC 6455 §4.1
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.some((name) => SUBPROTOCOLS.includes(name))) return '400 Bad Request'; // [MQTT-6.0.0-3]
  const { origin } = headers;
  if (origins !== undefined && (origin === undefined || !origins.includes(origin))) return '403 Forbidden';
  return undefined;
}

function refuse(socket: Socket, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Pings and unfinished messages never reach the broker, so their bytes are counted here until CONNECT came [H10]. */
function boundOpening(socket: Socket, arrival: Arrival, link: Link, most: number): void {
  let bytes = 0;
  const count = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (!arrival.isOpening) socket.off('data', count);
    else if (bytes > most) {
      socket.off('data', count);
      arrival.oversized();
      link.abort();
    }
  };
  socket.on('data', count);
}

/** A WebSocket as a link. Frames that come and packets need not align [MQTT-6.0.0-2]; how they go out is `frames.ts`. */
class WebSocketLink implements Link {
  readonly peer: string;
  readonly origin: LinkOrigin;
  readonly #webSocket: WebSocket;
  /** Below it: without compression `ws` writes to it at once, so that frames of our own come between its frames. */
  readonly #socket: Socket;
  readonly #frames = new Frames();
  #handler: LinkHandler | undefined;
  #isClosing = false;
  #isBehind = false;
  #error: Error | undefined;

  constructor(webSocket: WebSocket, socket: Socket, peer: string, origin: LinkOrigin) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.peer = peer;
    this.origin = origin;
  }

  attach(handler: LinkHandler): void {
    this.#handler = handler;
    this.#webSocket.on('error', (error) => {
      this.#error = error;
    });
    this.#webSocket.on('close', () => handler.closed(this.#error));
    this.#webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#webSocket.on('ping', (data) => this.#answer(data));
  }

  write(bytes: Uint8Array): boolean {
    const webSocket = this.#webSocket;
    if (this.#isClosing || webSocket.readyState !== WebSocket.OPEN) return false;
    const frames = this.#frames.of(bytes);
    if (frames === undefined) webSocket.send(bytes, this.#sent);
    else this.#socket.write(frames, this.#sent);
    if (webSocket.bufferedAmount < HIGH_WATER_MARK) return true;
    this.#isBehind = true;
    return false;
  }

  hold(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#webSocket.close(1000);
    this.#webSocket.resume(); // a held socket would never see the peer's end
  }

  abort(): void {
    this.#isClosing = true;
    this.#webSocket.terminate();
  }

  readonly #sent = (): void => {
    if (!this.#isBehind || this.#webSocket.bufferedAmount > 0) return;
    this.#isBehind = false;
    this.#handler?.drained();
  };

  /** Not every ping of one who takes no answers: they would be our memory. */
  #answer(data: Uint8Array): void {
    const webSocket = this.#webSocket;
    const isOpen = webSocket.readyState === WebSocket.OPEN;
    if (isOpen && webSocket.bufferedAmount < HIGH_WATER_MARK) webSocket.pong(data, false, ignore);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!isBinary) {
      this.#isClosing = true;
      this.#webSocket.close(UNSUPPORTED_DATA); // [MQTT-6.0.0-1]
      return;
    }
    // binaryType stays 'nodebuffer', so a message is one Buffer however many fragments it came in.
    if (data instanceof Uint8Array && data.length > 0) this.#handler?.receive(data);
  }
}

function ignore(): void {
  // an error of the socket is told by its close
}
