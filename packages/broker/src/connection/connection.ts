/**
 * One network connection: bytes in, one switch on the packet type, and the deadlines. Every packet's meaning stands
 * in the file of its name beside this one. Whatever goes wrong here ends this connection and no other.
 */
import { type Packet, ProtocolError, type ReasonCode } from '@mqtt/codec';
import type { LinkHandler } from '@mqtt/session';
import { tell } from '../hooks.ts';
import type { Ticket } from '../store/store.ts';
import { TICK } from '../timer-wheel.ts';
import { acknowledgeRelease, mark, releasePending, sendAcknowledgement } from './acknowledgements.ts';
import { receiveAuth } from './authenticate.ts';
import { receiveConnect, refuse } from './connect.ts';
import { type Details, disconnect, finish, receiveDisconnect } from './disconnect.ts';
import { Intake } from './intake.ts';
import { Violation } from './peer.ts';
import { receivePublish } from './publish.ts';
import { receiveSubscribe, receiveUnsubscribe } from './subscribe.ts';

const PINGRESP = new Uint8Array([0xd0, 0x00]);
/** Bytes of a first chunk that are kept until CONNECT is understood: its protocol level is within them. */
const HELLO = 32;

/** Reads one client. */
export class Connection extends Intake implements LinkHandler {
  #isProcessing = false;
  /** What came last before CONNECT was understood; tells the protocol level of one that was not. */
  #hello: Uint8Array | undefined;
  /** It was silent for too long, unless what it said lies unread because we were busy. */
  #isDoubted = false;

  /** The link is open: CONNECT must come in time, counted from when it was accepted, in ms of the clock. */
  open(since: number): void {
    const { rooms } = this;
    rooms.metrics.connectionsAccepted++;
    const left = since + rooms.limits.connectTimeout - rooms.wheel.now;
    rooms.wheel.set(this.timer, left); // absolute: bytes do not move it [C02]
  }

  receive(chunk: Uint8Array): void {
    if (this.phase === 'ended') return;
    const { metrics, traffic } = this.rooms;
    metrics.bytesReceived += chunk.length;
    traffic.received += chunk.length;
    if (this.phase === 'opened') this.#hello = chunk.length > HELLO ? chunk.slice(0, HELLO) : chunk;
    this.spend(chunk.length);
    this.decoder.push(chunk);
    this.process();
  }

  drained(): void {
    this.outbox.drained();
    this.#readOn();
  }

  closed(): void {
    this.outbox.discard();
    finish(this, { reasonCode: 0x80, byBroker: false });
    this.stopTimers();
    this.count(0);
    this.rooms.gone(this);
  }

  process(): void {
    if (this.#isProcessing) return;
    this.#isProcessing = true;
    const { metrics, overload } = this.rooms;
    const messages = metrics.messagesReceived;
    let handled = 0;
    try {
      handled = this.#handleAll();
    } catch (error) {
      this.#failed(error);
    }
    this.#isProcessing = false;
    if (handled > 0) {
      this.lastReceived = this.rooms.wheel.now; // whole packets keep a client alive, bytes do not [MQTT-3.1.2-22]
      this.#isDoubted = false;
    }
    this.account(handled);
    if (overload.level > 0 && metrics.messagesReceived > messages) this.pause();
  }

  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof ProtocolError || error instanceof Violation) this.#violated(error);
    else {
      tell(this.rooms.metrics, this.rooms.hooks.onError, error);
      this.#end(0x83);
    }
  }

  takenOver(): void {
    this.rooms.metrics.sessionsTakenOver++;
    disconnect(this, 0x8e);
  }

  overflowed(): void {
    disconnect(this, 0x97);
  }

  stored(durable: Ticket): boolean {
    return releasePending(this, durable);
  }

  protected timedOut(): void {
    const { wheel, metrics } = this.rooms;
    if (this.phase === 'ended') {
      this.link.abort();
    } else if (this.phase !== 'connected') {
      metrics.connectTimeouts++;
      finish(this, { reasonCode: 0x80, byBroker: true });
      this.link.abort();
    } else {
      const left = this.lastReceived + this.silence - wheel.now;
      if (left > 0) wheel.set(this.timer, left);
      else if (this.isHeld)
        wheel.set(this.timer, this.silence); // it may have spoken: we did not listen
      else if (!this.#isDoubted) {
        // After a turn that took long, timers come before what lies unread: that is read first [G05].
        this.#isDoubted = true;
        wheel.set(this.timer, TICK);
      } else {
        metrics.keepAliveTimeouts++;
        disconnect(this, 0x8d, this.version === 5 ? 'MQTT-3.1.2-22' : 'MQTT-3.1.2-24');
      }
    }
  }

  /** A client that does not read its answers is not read either: its own bytes would be our memory. */
  #isChoked = false;

  /** Returns how many packets it handled. */
  #handleAll(): number {
    let handled = 0;
    while (!this.isHeld) {
      const packet = this.decoder.next();
      if (packet === undefined) return handled;
      handled++;
      this.rooms.metrics.packetsReceived++;
      if (this.tap !== undefined) this.tap.received(packet);
      this.#handle(packet);
      if (this.phase === 'ended') return handled;
      if (this.rate !== undefined) this.pace(this.rate, packet);
      if (this.outbox.isBlocked && !this.#isChoked && this.outbox.isFull(0)) {
        this.#isChoked = true;
        this.hold();
      }
    }
    return handled;
  }

  #readOn(): void {
    if (!this.#isChoked || this.outbox.isFull(0)) return;
    this.#isChoked = false;
    this.release();
  }

  #handle(packet: Packet): void {
    if (this.phase === 'asked' && packet.type !== 'AUTH' && packet.type !== 'DISCONNECT') {
      throw new Violation(0x82, 'MQTT-3.1.2-30', `${packet.type} before authentication was complete`);
    }
    switch (packet.type) {
      case 'PUBLISH':
        receivePublish(this, packet);
        break;
      case 'PUBACK':
        this.session?.puback(packet.packetId);
        break;
      case 'PUBREC':
        this.#pubrec(packet.packetId, packet.reasonCode ?? 0);
        break;
      case 'PUBREL':
        this.#pubrel(packet.packetId);
        break;
      case 'PUBCOMP':
        this.session?.pubcomp(packet.packetId);
        break;
      case 'SUBSCRIBE':
        receiveSubscribe(this, packet);
        break;
      case 'UNSUBSCRIBE':
        receiveUnsubscribe(this, packet);
        break;
      case 'PINGREQ':
        this.outbox.write(PINGRESP); // [MQTT-3.12.4-1]
        break;
      case 'CONNECT':
        this.#hello = undefined;
        receiveConnect(this, packet); // the decoder refuses a second one [MQTT-3.1.0-2]
        break;
      case 'DISCONNECT':
        receiveDisconnect(this, packet);
        break;
      case 'AUTH':
        receiveAuth(this, packet);
        break;
      default:
        throw new Violation(0x82, 'MQTT-4.13.1-1', `a client may not send ${packet.type}`);
    }
  }

  #pubrec(packetId: number, reasonCode: number): void {
    const isRelease = this.session?.pubrec(packetId, reasonCode);
    if (isRelease === true)
      sendAcknowledgement(this, 'PUBREL', packetId, 0); // [MQTT-4.3.3-4]
    else if (isRelease === undefined && this.version === 5)
      sendAcknowledgement(this, 'PUBREL', packetId, 0x92);
  }

  #pubrel(packetId: number): void {
    const since = mark(this.rooms);
    const isKnown = this.session?.inbound.pubrel(packetId) === 'settled';
    if (isKnown) this.session?.record?.unheld(packetId);
    const reasonCode = isKnown || this.version < 5 ? 0 : 0x92; // [MQTT-4.3.3-11] [F06]
    acknowledgeRelease(this, packetId, reasonCode, since);
  }

  #violated(error: ProtocolError | Violation): void {
    const { metrics } = this.rooms;
    metrics.protocolErrors++;
    if (error.reasonCode === 0x95) metrics.packetsTooLarge++;
    const level = error instanceof ProtocolError ? this.#hello?.[error.offset ?? -1] : undefined;
    // To be answered its own way [C05]. A bridge of Mosquitto sets a bit in 3.x's levels, and drops it when told 0x01.
    if (error.reasonCode === 0x84 && level !== undefined && level > 5 && level !== 0x83 && level !== 0x84)
      this.version = 5;
    this.#end(error.reasonCode as ReasonCode, error.statement, { reasonString: error.message });
  }

  /** 5.0 is told why; 3.x is closed, before CONNACK too, unless its version was the fault (§4.13, 3.1.1 §4.8). */
  #end(reasonCode: ReasonCode, statement?: string, details?: Details): void {
    if (this.phase !== 'opened') {
      if (this.phase === 'asked') this.phase = 'opened';
      else {
        disconnect(this, reasonCode, statement, details);
        return;
      }
    }
    const { version } = this.decoder;
    if (version !== undefined) this.version = version;
    // Another protocol's name: no form of CONNACK would be its own [MQTT-3.1.2-1].
    const isAnswered = version === 5 || (reasonCode === 0x84 && statement !== 'MQTT-3.1.2-1');
    if (isAnswered) refuse(this, connackCode(reasonCode), statement, details);
    else disconnect(this, reasonCode, statement);
  }
}

/** DISCONNECT has codes that CONNACK has not; before CONNACK they become the nearest one. */
function connackCode(reasonCode: ReasonCode): 0x80 | 0x81 | 0x82 | 0x83 | 0x84 | 0x85 | 0x90 | 0x95 {
  switch (reasonCode) {
    case 0x81:
    case 0x82:
    case 0x83:
    case 0x84:
    case 0x85:
    case 0x90:
    case 0x95:
      return reasonCode;
    default:
      return 0x80;
  }
}
