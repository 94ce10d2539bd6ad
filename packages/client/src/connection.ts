/**
 * One network connection from CONNECT to its end: handshake, authentication, the switch on packet type, keep-alive,
 * back-pressure on reading. Knows nothing of other connections, of reconnecting, or of who consumes messages.
 */
import {
  type Auth,
  ClientDecoder,
  type Connack,
  type Connect,
  type Disconnect,
  type Packet,
  ProtocolError,
  type ReasonCodeOf,
} from '@mqtt/codec';
import { closeDeadline, type Link, type LinkHandler, pingreqDeadline } from '@mqtt/session';
import type { AuthenticationExchange } from './authentication.ts';
import type { Cancel, Clock } from './clock.ts';
import { breach, MqttError, RefusedError, wordsOf } from './errors.ts';
import { limitsOf, type ServerLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { Pending } from './pending.ts';
import type { Platform } from './platform.ts';
import type { Rooms } from './rooms.ts';
import type { Transport } from './transports/transport.ts';
import type { Endpoint } from './url.ts';

/** Where a connection goes and what it says first. */
export interface Opening {
  readonly endpoint: Endpoint;
  readonly connect: Connect;
  /** Its first data is in `connect`. */
  readonly exchange: AuthenticationExchange | undefined;
}

/** What a connection is made of. */
export interface ConnectionParts {
  /** Called once. What it throws is the end of the connection. */
  opening(signal: AbortSignal): Promise<Opening>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** ms that a timer of the platform may be late. */
  readonly timerLag: number;
  /** Bytes; larger packets end the connection. */
  readonly maximumPacketSize: number;
  /** Milliseconds until CONNACK. */
  readonly connectTimeout: number;
  readonly rooms: Rooms;
  readonly refusalWords?: Platform['refusalWords'];
}

/** Who is told. */
export interface ConnectionEvents {
  /** CONNACK accepted. The listener attaches the rooms. */
  connected(connack: Connack, limits: ServerLimits, outbox: Outbox): void;
  /** The connection is over or was never there; once, last of all. `undefined`: `disconnect` ended it. */
  closed(error: MqttError | undefined): void;
  /** An acknowledgement for nothing came [K05]. */
  stray(packet: Packet): void;
}

/** Longest time, ms, between our closing and the peer's: after it the link is aborted. */
const CLOSE_TIMEOUT = 2000;
/** A timer that comes this late, ms, means that the machine or the page slept. */
const SLEPT = 1000;
/** ms that a server has to answer after such a sleep, at most. */
const AWAKE_TIMEOUT = 10_000;

/** One network connection. */
export class Connection implements LinkHandler {
  readonly #parts: ConnectionParts;
  readonly #events: ConnectionEvents;
  readonly #abort = new AbortController();
  #opening: Opening | undefined;
  #decoder: ClientDecoder | undefined;
  #link: Link | undefined;
  /** There is a way for packets: from the network connection to the first sign of its end. */
  #outbox: Outbox | undefined;
  /** Seconds; undefined before CONNACK. */
  #keepAlive: number | undefined;
  #isClosing = false;
  #isOver = false;
  #timer: Cancel = () => {};
  #lastReceived = 0;
  #lastPingreq = 0;
  #exchange: AuthenticationExchange | undefined;
  #reauthentication: Pending<void> | undefined;
  /** CONNACK came, and whether it is the server's is not proven yet. */
  #isProving = false;
  /** The link is not read. */
  #held = false;
  /** `#read` is on the stack: a handler that publishes must not make it read within itself. */
  #reading = false;

  constructor(parts: ConnectionParts, events: ConnectionEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Opens the network connection and sends CONNECT. */
  async open(): Promise<void> {
    const { opening, transport, clock, connectTimeout, maximumPacketSize } = this.#parts;
    const { signal } = this.#abort;
    this.#timer = clock.after(connectTimeout, () => {
      const where = this.#outbox === undefined ? 'was not reached' : 'sent no CONNACK';
      this.fail(new MqttError('CONNECT_TIMEOUT', `${this.#href} ${where} within ${connectTimeout} ms`)); // [K13]
    });
    try {
      this.#opening = await opening(signal);
      const { connect, endpoint, exchange } = this.#opening;
      this.#exchange = exchange;
      if (signal.aborted) return;
      const link = await transport(endpoint, this, signal);
      if (this.#isClosing) {
        link.abort();
        return;
      }
      const { version } = connect;
      this.#link = link;
      this.#decoder = new ClientDecoder({ role: 'client', version, maximumPacketSize });
      this.#outbox = new Outbox(link, version, clock);
      this.#outbox.write(connect); // [MQTT-3.1.0-1]
    } catch (cause) {
      this.#close(unreachable(this.#href, cause));
    }
  }

  get #href(): string {
    return this.#opening?.endpoint.href ?? 'the server';
  }

  receive(chunk: Uint8Array): void {
    if (this.#outbox === undefined) return;
    this.#lastReceived = this.#parts.clock.now();
    this.#decoder?.push(chunk);
    this.#read();
  }

  /** Takes packets until there is none, or until nobody has room for one. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#held && this.#outbox !== undefined) {
        const packet = this.#decoder?.next();
        if (packet === undefined) break;
        this.#handle(packet, this.#outbox);
        this.pace();
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#reading = false;
    }
  }

  #broken(error: unknown): void {
    if (error instanceof MqttError) this.fail(error);
    else if (error instanceof ProtocolError) {
      const { reasonCode, statement } = error;
      const hint = error.code === 'PACKET_TOO_LARGE' ? '; raise maximumPacketSize' : '';
      const message = `the server sent what is not MQTT: ${error.message}${hint}`;
      this.fail(new MqttError('PROTOCOL_ERROR', message, { reasonCode, statement, cause: error }));
    } else throw error;
  }

  #handle(packet: Packet, outbox: Outbox): void {
    const { type } = packet;
    if (this.#keepAlive === undefined && type !== 'CONNACK' && type !== 'AUTH')
      throw breach(`the server sent ${type} before CONNACK`, '3.2.0-1'); // [K06]
    const { publisher, requests, incoming } = this.#parts.rooms;
    let known = true;
    switch (type) {
      case 'PUBLISH':
        incoming.publish(packet);
        break;
      case 'PUBACK':
        known = publisher.puback(packet);
        break;
      case 'PUBREC':
        known = publisher.pubrec(packet);
        break;
      case 'PUBREL':
        known = incoming.pubrel(packet);
        break;
      case 'PUBCOMP':
        known = publisher.pubcomp(packet);
        break;
      case 'SUBACK':
      case 'UNSUBACK':
        requests.answered(packet);
        break;
      case 'PINGRESP':
        break;
      case 'DISCONNECT':
        this.#refused('DISCONNECTED', 'the server disconnected', packet);
        break;
      case 'AUTH':
        this.#auth(packet);
        break;
      case 'CONNACK':
        this.#connack(packet, outbox);
        break;
    }
    if (!known) this.#events.stray(packet);
  }

  #connack(packet: Connack, outbox: Outbox): void {
    if (this.#keepAlive !== undefined) throw breach('the server sent a second CONNACK', '3.2.0-2');
    if (packet.reasonCode !== 0) {
      this.#refused('CONNECT_REFUSED', `${this.#href} refused the connection`, packet);
      return;
    }
    const connect = this.#opening?.connect;
    if (packet.sessionPresent && connect?.cleanStart)
      throw breach('the server says it has a session, and a new one was asked for', '3.2.2-2'); // [K02]
    this.#checkMethod(packet);
    const connected = (): void => {
      this.#timer();
      const limits = limitsOf(packet, connect?.keepAlive ?? 0);
      this.#keepAlive = limits.keepAlive;
      this.#watch();
      this.#events.connected(packet, limits, outbox);
    };
    if (this.#exchange === undefined) {
      connected();
      return;
    }
    // Nothing behind CONNACK is read before the server is known to be the right one.
    this.#isProving = true;
    this.#step(packet).then((isProven) => {
      this.#isProving = false;
      if (isProven) connected();
      this.pace();
    });
  }

  #refused(
    code: 'CONNECT_REFUSED' | 'DISCONNECTED',
    what: string,
    { reasonCode = 0, properties }: Connack | Disconnect,
  ): void {
    const words = this.#parts.refusalWords?.(reasonCode, properties?.serverReference);
    this.#close(new RefusedError(code, what, reasonCode, properties, words));
  }

  #checkMethod({ properties }: Auth | Connack): void {
    const method = this.#opening?.connect.properties?.authenticationMethod;
    if (properties?.authenticationMethod === method) return;
    const section = method === undefined ? '4.12.0-6' : '4.12.0-5';
    throw breach('the server named another authentication method', section);
  }

  #auth(packet: Auth): void {
    const { reasonCode } = packet;
    // An AUTH that says Success may leave everything out (§3.15.2.1).
    if (reasonCode !== 0 || packet.properties !== undefined) this.#checkMethod(packet);
    const isExpected = this.#keepAlive === undefined ? reasonCode === 0x18 : this.#reauthentication?.open;
    if (!isExpected || this.#exchange === undefined) throw breach('the server sent AUTH unasked', '4.12.0-2');
    this.#step(packet).then((isProven) => {
      if (isProven && reasonCode === 0) this.#reauthentication?.resolve();
    });
  }

  /** Hands the server's data to the exchange, sends its answer, and gives whether all is well so far. */
  async #step({ reasonCode, properties }: Auth | Connack): Promise<boolean> {
    try {
      const step = await this.#exchange?.next(properties?.authenticationData);
      const isSuccess = reasonCode === 0;
      if (step?.done !== isSuccess) {
        const what = isSuccess
          ? 'ended the exchange before it was proven'
          : 'asks for more than the method has';
        throw new MqttError('AUTHENTICATION_FAILED', `the server ${what}`);
      }
      if (!isSuccess) this.#sendAuth(0x18, step.value as Uint8Array | undefined); // [MQTT-4.12.0-3]
      return !this.#isClosing;
    } catch (cause) {
      this.fail(unreachable(this.#href, cause));
      return false;
    }
  }

  #sendAuth(reasonCode: 0x18 | 0x19, authenticationData: Uint8Array | undefined): void {
    const authenticationMethod = this.#opening?.connect.properties?.authenticationMethod;
    this.#outbox?.write({
      type: 'AUTH',
      reasonCode,
      properties: { authenticationMethod, authenticationData },
    });
  }

  /** Authenticates again (§4.12.1); rejects when that fails or the connection ends. One at a time. */
  async reauthenticate(begin: (signal: AbortSignal) => AuthenticationExchange): Promise<void> {
    if (!this.#reauthentication?.open) {
      const exchange = begin(this.#abort.signal);
      const pending = new Pending<void>();
      this.#exchange = exchange;
      this.#reauthentication = pending;
      try {
        const { value } = await exchange.next();
        this.#sendAuth(0x19, value as Uint8Array | undefined); // [MQTT-4.12.1-1]
      } catch (cause) {
        pending.reject(unreachable(this.#href, cause));
      }
    }
    return this.#reauthentication.promise;
  }

  /**
   * Holds reading while a consumer has no room, and lets it go on when there is. While the server owes an answer,
   * reading goes on: a handler may be waiting for that answer, and would wait for ever.
   */
  pace(): void {
    const link = this.#link;
    if (link === undefined || this.#outbox === undefined) return;
    const { publisher, requests, isFull } = this.#parts.rooms;
    const hold =
      this.#isProving ||
      (this.#keepAlive !== undefined && isFull() && publisher.inflight === 0 && requests.inflight === 0);
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) link.hold();
    else {
      this.#read();
      if (!this.#held) link.resume();
    }
  }

  /** Keep-alive: one timer, set to whatever is due first (§3.1.2.10). */
  #watch(): void {
    const { clock, timerLag } = this.#parts;
    const outbox = this.#outbox;
    const keepAlive = this.#keepAlive ?? 0;
    if (outbox === undefined || keepAlive === 0) return;
    const now = clock.now();
    if (this.#held) this.#lastReceived = now;
    const dead = closeDeadline(this.#lastReceived, keepAlive);
    if (now >= dead) {
      const message = `nothing came from the server for ${keepAlive * 1.5} s`;
      this.fail(new MqttError('KEEP_ALIVE_TIMEOUT', message)); // [K13]
      return;
    }
    // Where timers come late, PINGREQ must leave early: the server counts from what it got.
    const interval = keepAlive - Math.min(timerLag / 1000, keepAlive / 2);
    const pingreqDue = (): number =>
      pingreqDeadline(outbox.lastSent, this.#lastReceived, this.#lastPingreq, interval);
    if (now >= pingreqDue()) {
      this.#lastPingreq = now;
      outbox.write({ type: 'PINGREQ' }); // [MQTT-3.1.2-20]
      outbox.flush();
    }
    const due = Math.min(dead, pingreqDue());
    this.#timer = clock.after(due - now, () => {
      // After a sleep every deadline is past: the server is asked once more before it is given up.
      const awake = clock.now();
      if (awake - due > SLEPT) {
        const grace = Math.min(AWAKE_TIMEOUT, keepAlive * 500);
        this.#lastReceived = Math.max(this.#lastReceived, awake - keepAlive * 1500 + grace);
      }
      this.#watch();
    });
  }

  drained(): void {
    this.#outbox?.drained();
    if (this.#keepAlive !== undefined) this.#parts.rooms.publisher.start();
  }

  closed(error?: Error): void {
    if (this.#isClosing) {
      this.#timer();
      this.#over(undefined);
      return;
    }
    const why = error?.message ?? 'the server closed the connection';
    this.#link = undefined;
    this.#close(
      this.#keepAlive === undefined
        ? unreachable(
            this.#href,
            new Error(`${why} before CONNACK; is it MQTT of this version?`, { cause: error }),
          )
        : new MqttError('CONNECTION_LOST', `the connection to ${this.#href} was lost: ${why}`, {
            cause: error,
          }),
    );
  }

  /** Ends the connection because of `error`; a 5.0 server is told its reason code. */
  fail(error: MqttError): void {
    const isTold = /^(PRO|AUT)/.test(error.code) && this.#opening?.connect.version === 5;
    const reasonCode = (error.reasonCode ?? 0x80) as ReasonCodeOf<'DISCONNECT_CLIENT'>;
    this.#close(error, isTold ? { type: 'DISCONNECT', reasonCode } : undefined);
  }

  /** Ends the connection in order: DISCONNECT, then the network [MQTT-3.14.4-2]. `closed(undefined)` follows. */
  disconnect(packet: Disconnect): void {
    this.#close(undefined, packet);
  }

  /** Sends what was written, gives the link up, and tells: an error at once, an orderly end when it has come. */
  #close(error: MqttError | undefined, packet?: Disconnect): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const link = this.#link;
    const outbox = this.#outbox;
    if (packet !== undefined && this.#keepAlive !== undefined) outbox?.write(packet);
    outbox?.close();
    this.#outbox = undefined;
    this.#timer();
    this.#abort.abort();
    if (error !== undefined || link === undefined) this.#over(error);
    if (link === undefined) return;
    if (error?.code.endsWith('TIMEOUT')) {
      link.abort();
      return;
    }
    this.#timer = this.#parts.clock.after(CLOSE_TIMEOUT, () => {
      link.abort();
      this.#over(undefined);
    });
    link.close();
  }

  #over(error: MqttError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reauthentication?.reject(error ?? new MqttError('CLOSED', 'the connection was ended'));
    this.#events.closed(error);
  }
}

/** What a callback, a transport or the peer did to an attempt; errors of this client stay what they are. */
function unreachable(href: string, cause: unknown): MqttError {
  if (cause instanceof MqttError) return cause;
  return new MqttError('CONNECT_FAILED', `${href} cannot be reached: ${wordsOf(cause)}`, { cause });
}
