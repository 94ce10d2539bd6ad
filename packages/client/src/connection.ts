/**
 * One network connection from CONNECT to its end: handshake, the switch on packet type, keep-alive, back-pressure on
 * reading. Knows nothing of other connections, of reconnecting, or of who consumes messages.
 */
import {
  type Connack,
  type Connect,
  Decoder,
  type Disconnect,
  type Packet,
  ProtocolError,
  type ReasonCodeOf,
} from '@mqtt/codec';
import { closeDeadline, type Link, type LinkHandler, pingreqDeadline } from '@mqtt/session';
import type { Cancel, Clock } from './clock.ts';
import { breach, MqttError, RefusedError, unsendable, wordsOf } from './errors.ts';
import { limitsOf, type ServerLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { connectAdvice } from './refusal.ts';
import type { Rooms } from './rooms.ts';
import type { Transport } from './transports/transport.ts';
import type { Endpoint } from './url.ts';

/** What a connection is made of. */
export interface ConnectionParts {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly connect: Connect;
  /** Bytes; larger packets end the connection. */
  readonly maximumPacketSize: number;
  /** Milliseconds until CONNACK. */
  readonly connectTimeout: number;
  readonly rooms: Rooms;
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

/** One state of five. */
type Phase =
  | { readonly name: 'opening'; readonly abort: AbortController }
  | { readonly name: 'handshake'; readonly link: Link; readonly outbox: Outbox }
  | { readonly name: 'open'; readonly link: Link; readonly outbox: Outbox; readonly keepAlive: number }
  | { readonly name: 'closing'; readonly link: Link }
  | { readonly name: 'closed' };

/** Longest time, ms, between our closing and the peer's: after it the link is aborted. */
const CLOSE_TIMEOUT = 2000;

/** One network connection. */
export class Connection implements LinkHandler {
  readonly #parts: ConnectionParts;
  readonly #events: ConnectionEvents;
  readonly #decoder: Decoder;
  #phase: Phase;
  #timer: Cancel = () => {};
  #lastReceived = 0;
  #lastPingreq = 0;
  /** The link is not read. */
  #held = false;
  /** `#read` is on the stack: a handler that publishes must not make it read within itself. */
  #reading = false;

  constructor(parts: ConnectionParts, events: ConnectionEvents) {
    this.#parts = parts;
    this.#events = events;
    const { maximumPacketSize } = parts;
    this.#decoder = new Decoder({ role: 'client', version: parts.connect.version, maximumPacketSize });
    this.#phase = { name: 'opening', abort: new AbortController() };
  }

  /** Opens the network connection and sends CONNECT. */
  open(): void {
    if (this.#phase.name !== 'opening') return;
    const { endpoint, transport, clock, connectTimeout } = this.#parts;
    const { signal } = this.#phase.abort;
    this.#timer = clock.after(connectTimeout, () => {
      const where = this.#phase.name === 'opening' ? 'was not reached' : 'sent no CONNACK';
      this.fail(new MqttError('CONNECT_TIMEOUT', `${endpoint.href} ${where} within ${connectTimeout} ms`)); // [K13]
    });
    transport(endpoint, this, signal).then(
      (link) => this.#opened(link),
      (error: unknown) => this.#unreachable(error),
    );
  }

  #opened(link: Link): void {
    if (this.#phase.name !== 'opening') {
      link.abort();
      return;
    }
    const { connect, clock } = this.#parts;
    const outbox = new Outbox(link, connect.version, clock);
    this.#phase = { name: 'handshake', link, outbox };
    try {
      outbox.write(connect); // [MQTT-3.1.0-1]
    } catch (error) {
      this.fail(unsendable('CONNECT', error));
    }
  }

  #unreachable(cause: unknown): void {
    const message = `${this.#parts.endpoint.href} cannot be reached: ${wordsOf(cause)}; check host, port and that the server runs`;
    this.#close(new MqttError('CONNECT_FAILED', message, { cause }));
  }

  receive(chunk: Uint8Array): void {
    const { name } = this.#phase;
    if (name !== 'handshake' && name !== 'open') return;
    this.#lastReceived = this.#parts.clock.now();
    this.#decoder.push(chunk);
    this.#read();
  }

  /** Takes packets until there is none, or until nobody has room for one. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#held) {
        const packet = this.#decoder.next();
        if (packet === undefined) break;
        this.#handle(packet);
        if (this.#phase.name !== 'open') break;
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

  #handle(packet: Packet): void {
    const phase = this.#phase;
    if (phase.name === 'handshake') {
      if (packet.type === 'CONNACK') this.#connack(packet, phase);
      else throw breach(`the server sent ${packet.type} before CONNACK`, '3.2.0-1'); // [K06]
      return;
    }
    const { publisher, requests, incoming } = this.#parts.rooms;
    let known = true;
    switch (packet.type) {
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
        this.#disconnected(packet);
        break;
      default:
        throw breach(
          `the server sent ${packet.type}, which it may not now`,
          packet.type === 'AUTH' ? '4.12.0-6' : '3.2.0-2',
        );
    }
    if (!known) this.#events.stray(packet);
  }

  #connack(packet: Connack, { link, outbox }: Phase & { name: 'handshake' }): void {
    const { connect } = this.#parts;
    const { reasonCode, properties } = packet;
    if (reasonCode !== 0) {
      const what = `${this.#parts.endpoint.href} refused the connection`;
      const advice = connectAdvice(reasonCode, properties?.serverReference);
      this.#close(new RefusedError('CONNECT_REFUSED', what, reasonCode, properties, advice));
      return;
    }
    if (packet.sessionPresent && connect.cleanStart) {
      throw breach('the server says it has a session, and a new one was asked for', '3.2.2-2'); // [K02]
    }
    this.#timer();
    const limits = limitsOf(packet, connect.keepAlive);
    this.#phase = { name: 'open', link, outbox, keepAlive: limits.keepAlive };
    this.#watch();
    this.#events.connected(packet, limits, outbox);
  }

  #disconnected({ reasonCode = 0, properties }: Disconnect): void {
    const advice = connectAdvice(reasonCode, properties?.serverReference);
    this.#close(new RefusedError('DISCONNECTED', 'the server disconnected', reasonCode, properties, advice));
  }

  /**
   * Holds reading while a consumer has no room, and lets it go on when there is. While the server owes an answer,
   * reading goes on: a handler may be waiting for that answer, and would wait for ever.
   */
  pace(): void {
    const phase = this.#phase;
    if (phase.name !== 'open') return;
    const { rooms } = this.#parts;
    const hold = rooms.isFull() && rooms.publisher.inflight === 0 && rooms.requests.inflight === 0;
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) {
      phase.link.hold();
      return;
    }
    this.#read();
    if (!this.#held && this.#phase.name === 'open') phase.link.resume();
  }

  /** Keep-alive: one timer, set to whatever is due first (§3.1.2.10). */
  #watch(): void {
    const phase = this.#phase;
    if (phase.name !== 'open' || phase.keepAlive === 0) return;
    const { clock } = this.#parts;
    const now = clock.now();
    if (this.#held) this.#lastReceived = now;
    const dead = closeDeadline(this.#lastReceived, phase.keepAlive);
    if (now >= dead) {
      const seconds = phase.keepAlive * 1.5;
      this.fail(new MqttError('KEEP_ALIVE_TIMEOUT', `nothing came from the server for ${seconds} s`)); // [K13]
      return;
    }
    if (now >= this.#pingreqDue(phase)) {
      this.#lastPingreq = now;
      phase.outbox.write({ type: 'PINGREQ' }); // [MQTT-3.1.2-20]
      phase.outbox.flush();
    }
    const due = Math.min(dead, this.#pingreqDue(phase));
    this.#timer = clock.after(due - now, () => {
      // A machine that slept wakes up with every deadline past: the server is asked once more before it is given up.
      const late = clock.now() - due;
      if (late > 1000)
        this.#lastReceived = Math.max(this.#lastReceived, clock.now() - phase.keepAlive * 1000);
      this.#watch();
    });
  }

  #pingreqDue({ outbox, keepAlive }: Phase & { name: 'open' }): number {
    return pingreqDeadline(outbox.lastSent, this.#lastReceived, this.#lastPingreq, keepAlive);
  }

  drained(): void {
    const phase = this.#phase;
    if (phase.name !== 'open') return;
    phase.outbox.drained();
    this.#parts.rooms.publisher.start();
  }

  closed(error?: Error): void {
    const phase = this.#phase;
    if (phase.name === 'closed') this.#timer();
    if (phase.name === 'closing') this.#over(undefined);
    if (phase.name === 'closed' || phase.name === 'closing') return;
    const { href } = this.#parts.endpoint;
    const why = error === undefined ? 'the server closed the connection' : error.message;
    const [code, what] =
      phase.name === 'open'
        ? (['CONNECTION_LOST', `the connection to ${href} was lost: ${why}`] as const)
        : ([
            'CONNECT_FAILED',
            `${href} ended the connection before CONNACK: ${why}; is it an MQTT server, and of this version?`,
          ] as const);
    this.#over(new MqttError(code, what, { cause: error }));
  }

  /** Ends the connection because of `error`; a 5.0 server is told its reason code. */
  fail(error: MqttError): void {
    const phase = this.#phase;
    if (phase.name === 'open' && this.#parts.connect.version === 5 && error.code === 'PROTOCOL_ERROR') {
      const reasonCode = (error.reasonCode ?? 0x82) as ReasonCodeOf<'DISCONNECT_CLIENT'>;
      phase.outbox.write({ type: 'DISCONNECT', reasonCode });
    }
    this.#close(error);
  }

  /** Ends the connection in order: DISCONNECT, then the network [MQTT-3.14.4-2]. `closed(undefined)` follows. */
  disconnect(packet: Disconnect): void {
    const phase = this.#phase;
    if (phase.name === 'closing') return;
    if (phase.name !== 'open') {
      this.#close(undefined);
      return;
    }
    phase.outbox.write(packet);
    phase.outbox.close();
    this.#timer();
    this.#phase = { name: 'closing', link: phase.link };
    this.#timer = this.#parts.clock.after(CLOSE_TIMEOUT, () => {
      phase.link.abort();
      this.#over(undefined);
    });
    phase.link.close();
  }

  /** Gives the link up, after what was written has left, and tells. */
  #close(error: MqttError | undefined): void {
    const phase = this.#phase;
    if (phase.name === 'closed') return;
    this.#over(error);
    if (phase.name === 'opening') phase.abort.abort();
    if (phase.name === 'handshake' || phase.name === 'open') this.#giveUp(phase, error);
  }

  #giveUp({ link, outbox }: Phase & { name: 'handshake' | 'open' }, error: MqttError | undefined): void {
    if (error?.code === 'KEEP_ALIVE_TIMEOUT' || error?.code === 'CONNECT_TIMEOUT') {
      link.abort();
      return;
    }
    outbox.close();
    link.close();
    this.#timer = this.#parts.clock.after(CLOSE_TIMEOUT, () => link.abort());
  }

  #over(error: MqttError | undefined): void {
    this.#timer();
    this.#phase = { name: 'closed' };
    this.#events.closed(error);
  }
}
