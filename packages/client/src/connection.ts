/**
 * One network connection from CONNECT to its end: handshake, the switch on packet type, keep-alive. Knows nothing of
 * other connections, of reconnecting, or of who consumes messages. Back-pressure on reading is
 * `features/holding-connection.ts`, enhanced authentication `features/proving-connection.ts`.
 */
import {
  ClientDecoder,
  type ClientDecoderOptions,
  type Connack,
  type Connect,
  type Disconnect,
  type Packet,
  ProtocolError,
  type ReasonCodeOf,
  type Writer,
} from '@mqtt/codec';
import { closeDeadline, type LinkHandler, pingreqDeadline } from '@mqtt/session';
import type { Cancel } from './clock.ts';
import { breach, MqttError, RefusedError } from './errors.ts';
import { limitsOf, type ServerLimits } from './limits.ts';
import type { CoreLink } from './link.ts';
import { Outbox } from './outbox.ts';
import type { CorePlatform } from './platform.ts';
import type { Rooms } from './rooms.ts';
import * as words from './words.ts';

/** Where a connection goes and what it says first. */
export interface Opening {
  readonly endpoint: { readonly href: string };
  readonly connect: Connect;
}

/** What a connection is made of, and who is told. */
export interface ConnectionParts extends CorePlatform {
  /** Called once. What it throws is the end of the connection. */
  opening(signal: AbortSignal): Opening | Promise<Opening>;
  /** Bytes; larger packets end the connection. */
  readonly maximumPacketSize: number;
  /** Milliseconds until CONNACK. */
  readonly connectTimeout: number;
  /** How packets are read beyond what the core needs: faster, stricter. */
  readonly reading?: Pick<ClientDecoderOptions, 'texts' | 'checkCode' | 'readAuth'> | undefined;
  /** Writes Topic Names faster. */
  readonly writeName?: Writer['writeName'] | undefined;
  readonly rooms: Rooms;
  /** CONNACK accepted. The listener attaches the rooms. */
  connected(connack: Connack, limits: ServerLimits, outbox: Outbox): void;
  /** The connection is over or was never there; once, last of all. `undefined`: `disconnect` ended it. */
  closed(error: MqttError | undefined): void;
}

/** A payload that is kept holds so many times its size of what the network gave at most; a smaller one is copied. */
const MOST_KEPT = 8;
/** Longest time, ms, between our closing and the peer's: after it the link is aborted. */
const CLOSE_TIMEOUT = 2000;
/** A timer that comes this late, ms, means that the machine or the page slept. */
const SLEPT = 1000;
/** ms that a server has to answer after such a sleep, at most. */
const AWAKE_TIMEOUT = 10_000;

/** One network connection. */
export class Connection implements LinkHandler {
  declare protected readonly parts: ConnectionParts;
  protected readonly abort: AbortController = new AbortController();
  /** Once it is known. */
  opening: Opening | undefined;
  protected decoder: ClientDecoder | undefined;
  protected link: CoreLink | undefined;
  /** There is a way for packets: from the network connection to the first sign of its end. */
  outbox: Outbox | undefined;
  /** Seconds; undefined before CONNACK. */
  protected keepAlive: number | undefined;
  protected isClosing = false;
  #isOver = false;
  #timer: Cancel = () => {};
  protected lastReceived = 0;
  #lastPingreq = 0;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
  }

  /** Opens the network connection and sends CONNECT. */
  async open(): Promise<void> {
    const { opening, transport, clock, connectTimeout, maximumPacketSize, reading, writeName } = this.parts;
    const { signal } = this.abort;
    this.#timer = clock.after(connectTimeout, () => {
      this.fail(new MqttError('CONNECT_TIMEOUT', words.late(this, connectTimeout))); // [K13]
    });
    try {
      this.opening = await opening(signal);
      const { connect, endpoint } = this.opening;
      if (signal.aborted) return;
      const link = await transport(endpoint, this, signal);
      if (this.isClosing) {
        link.abort();
        return;
      }
      const { version } = connect;
      this.link = link;
      this.decoder = new ClientDecoder({
        role: 'client',
        version,
        maximumPacketSize,
        copy: MOST_KEPT,
        ...reading,
      });
      this.outbox = new Outbox(link, version, clock, writeName);
      this.outbox.write(connect); // [MQTT-3.1.0-1]
    } catch (cause) {
      this.#close(unreachable(this, cause));
    }
  }

  receive(chunk: Uint8Array): void {
    if (this.outbox === undefined) return;
    this.lastReceived = this.parts.clock.now();
    this.decoder?.push(chunk);
    this.read();
  }

  /** Takes packets until there is none. */
  protected read(): void {
    try {
      do {
        const packet = this.decoder?.next();
        if (packet === undefined || this.outbox === undefined) return;
        this.handle(packet, this.outbox);
      } while (this.outbox !== undefined && this.mayGoOn());
    } catch (error) {
      this.#broken(error);
    }
  }

  /** Asked after each packet: whether the next one may be read. */
  protected mayGoOn(): boolean {
    return true;
  }

  #broken(error: unknown): void {
    if (error instanceof MqttError) this.fail(error);
    else if (error instanceof ProtocolError) {
      const { reasonCode, statement } = error;
      const message = words.malformed(error, reasonCode);
      this.fail(new MqttError('PROTOCOL_ERROR', message, { reasonCode, statement, cause: error }));
    } else throw error;
  }

  /** false: an acknowledgement for nothing [K05]. */
  protected handle(packet: Packet, outbox: Outbox): unknown {
    const { type } = packet;
    if (this.keepAlive === undefined && type !== 'CONNACK')
      throw breach(words.beforeConnack(type), '3.2.0-1'); // [K06]
    const { publisher, requests, incoming } = this.parts.rooms;
    switch (type) {
      case 'PUBLISH':
        return incoming.publish(packet);
      case 'PUBACK':
        return publisher.puback(packet);
      case 'PUBREC':
        return publisher.pubrec(packet);
      case 'PUBREL':
        return incoming.pubrel(packet);
      case 'PUBCOMP':
        return publisher.pubcomp(packet);
      case 'SUBACK':
      case 'UNSUBACK':
        return requests.answered(packet);
      case 'DISCONNECT':
        return this.#refused('DISCONNECTED', words.disconnected, packet);
      case 'CONNACK':
        return this.#connack(packet, outbox);
      default:
        return undefined; // PINGRESP, AUTH
    }
  }

  #connack(packet: Connack, outbox: Outbox): void {
    if (this.keepAlive !== undefined) throw breach(words.secondConnack, '3.2.0-2');
    if (packet.reasonCode !== 0) {
      this.#refused('CONNECT_REFUSED', words.connectRefused(this), packet);
      return;
    }
    if (packet.sessionPresent && this.opening?.connect.cleanStart)
      throw breach(words.sessionUnasked, '3.2.2-2'); // [K02]
    this.accepted(packet, outbox);
  }

  /** The server took CONNECT. */
  protected accepted(packet: Connack, outbox: Outbox): void {
    this.#timer();
    const limits = limitsOf(packet, this.opening?.connect.keepAlive ?? 0);
    this.keepAlive = limits.keepAlive;
    this.watch();
    this.parts.connected(packet, limits, outbox);
  }

  #refused(
    code: 'CONNECT_REFUSED' | 'DISCONNECTED',
    what: string,
    { reasonCode = 0, properties }: Connack | Disconnect,
  ): void {
    const advice = this.parts.refusalWords?.(reasonCode, properties?.serverReference);
    this.#close(new RefusedError(code, what, reasonCode, properties, { [reasonCode]: advice }));
  }

  /** Keep-alive: one timer, set to whatever is due first (§3.1.2.10). */
  protected watch(): void {
    const { clock, timerLag = 0 } = this.parts;
    const outbox = this.outbox;
    const keepAlive = this.keepAlive ?? 0;
    if (outbox === undefined || keepAlive === 0) return;
    const now = clock.now();
    const dead = closeDeadline(this.lastReceived, keepAlive);
    if (now >= dead) {
      this.fail(new MqttError('KEEP_ALIVE_TIMEOUT', words.silent(keepAlive))); // [K13]
      return;
    }
    // Where timers come late, PINGREQ must leave early: the server counts from what it got.
    const interval = keepAlive - Math.min(timerLag / 1000, keepAlive / 2);
    const pingreqDue = pingreqDeadline(outbox.lastSent, this.lastReceived, this.#lastPingreq, interval);
    if (now >= pingreqDue) {
      this.#lastPingreq = now;
      outbox.write({ type: 'PINGREQ' }); // [MQTT-3.1.2-20]
      outbox.flush();
      this.watch();
      return;
    }
    const due = Math.min(dead, pingreqDue);
    this.#timer = clock.after(due - now, () => {
      // After a sleep every deadline is past: the server is asked once more before it is given up.
      const awake = clock.now();
      if (awake - due > SLEPT) {
        const grace = Math.min(AWAKE_TIMEOUT, keepAlive * 500);
        this.lastReceived = Math.max(this.lastReceived, awake - keepAlive * 1500 + grace);
      }
      this.watch();
    });
  }

  drained(): void {
    this.outbox?.drained();
    if (this.keepAlive !== undefined) this.parts.rooms.publisher.advance();
  }

  closed(error?: Error): void {
    if (this.isClosing) {
      this.#timer();
      this.over(undefined);
      return;
    }
    this.link = undefined;
    this.#close(
      this.keepAlive === undefined
        ? unreachable(this, new Error(words.early(error), { cause: error }))
        : new MqttError('CONNECTION_LOST', words.lost(this, error), { cause: error }),
    );
  }

  /** Ends the connection because of `error`; a 5.0 server is told its reason code. */
  fail(error: MqttError): void {
    const isTold = /^(PRO|AUT)/.test(error.code) && this.opening?.connect.version === 5;
    const reasonCode = (error.reasonCode ?? 0x80) as ReasonCodeOf<'DISCONNECT_CLIENT'>;
    this.#close(error, isTold ? { type: 'DISCONNECT', reasonCode } : undefined);
  }

  /** Ends the connection in order: DISCONNECT, then the network [MQTT-3.14.4-2]. `closed(undefined)` follows. */
  disconnect(packet: Disconnect): void {
    this.#close(undefined, packet);
  }

  /** Sends what was written, gives the link up, and tells: an error at once, an orderly end when it has come. */
  #close(error: MqttError | undefined, packet?: Disconnect): void {
    if (this.isClosing) return;
    this.isClosing = true;
    const link = this.link;
    const outbox = this.outbox;
    if (packet !== undefined && this.keepAlive !== undefined) outbox?.write(packet);
    outbox?.close();
    this.outbox = undefined;
    this.#timer();
    this.abort.abort();
    if (error !== undefined || link === undefined) this.over(error);
    if (link === undefined) return;
    if (error?.code.endsWith('TIMEOUT')) {
      link.abort();
      return;
    }
    this.#timer = this.parts.clock.after(CLOSE_TIMEOUT, () => {
      link.abort();
      this.over(undefined);
    });
    link.close();
  }

  protected over(error: MqttError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.parts.closed(error);
  }
}

/** What a callback, a transport or the peer did to an attempt; errors of this client stay what they are. */
export function unreachable(way: words.Way, cause: unknown): MqttError {
  if (cause instanceof MqttError) return cause;
  return new MqttError('CONNECT_FAILED', words.unreachable(way, cause), { cause });
}
