/**
 * What one client has sent and is not handled yet: how much of it one turn reads, how much all clients may have of it
 * together, how long half a packet may stay, and how much may come in a second. Knows no packet's meaning.
 */
import type { Packet } from '@mqtt/codec';
import type { Link } from '@mqtt/session';
import type { Flushable } from '../outbox.ts';
import type { Publisher } from '../overload/overload.ts';
import { Timer } from '../timer-wheel.ts';
import { disconnect, finish } from './disconnect.ts';
import { Peer } from './peer.ts';
import { ClientRate } from './rate.ts';
import type { Rooms } from './rooms.ts';

/** The receiving half of a connection, up to its packets. */
export abstract class Intake extends Peer implements Flushable, Publisher {
  /** Bytes read in the turn of that number. */
  #spent = 0;
  #spentIn = 0;
  #isResting = false;
  /** Bytes of this connection in a total, and in which. */
  #counted = 0;
  #isCountedBefore = false;
  /** When the packet began of which only a part is here; -1: there is none. */
  #partialSince = -1;
  #packetTimer: Timer | undefined;
  /** What it may send a second; undefined: anything. */
  protected readonly rate: ClientRate | undefined;
  #paceTimer: Timer | undefined;
  #isPaused = false;

  constructor(rooms: Rooms, link: Link) {
    super(rooms, link);
    const { maximumMessageRate, maximumByteRate } = rooms.limits;
    if (maximumMessageRate > 0 || maximumByteRate > 0) {
      this.rate = new ClientRate(maximumMessageRate, maximumByteRate, rooms.wheel.now);
    }
  }

  /** One turn reads so much of one client; then the others are served before it goes on [G08]. */
  protected spend(bytes: number): void {
    const { turn, limits, metrics } = this.rooms;
    if (this.#spentIn !== turn.number) {
      this.#spentIn = turn.number;
      this.#spent = 0;
    }
    this.#spent += bytes;
    if (this.#spent < limits.maximumReadBytes || this.#isResting) return;
    this.#isResting = true;
    metrics.readsInterrupted++;
    this.hold();
    turn.add(this);
  }

  /** The turn is over: this client is read again. */
  flush(): void {
    this.#isResting = false;
    this.release();
  }

  /** After so many packets: what is left of the bytes is counted, and a packet of which only a part is here has a deadline. */
  protected account(handled: number): void {
    const { wheel, limits } = this.rooms;
    const left = this.phase === 'ended' ? 0 : this.decoder.buffered;
    if (left === 0 && this.#counted === 0) return;
    this.count(left);
    if (left === 0 || this.isHeld) {
      this.#partialSince = -1;
      return;
    }
    if (handled > 0 || this.#partialSince < 0) this.#partialSince = wheel.now;
    if (this.phase === 'connected') {
      this.#packetTimer ??= new Timer(() => this.#packetTimedOut());
      if (this.#packetTimer.due < 0) wheel.set(this.#packetTimer, limits.packetTimeout);
    }
    this.#refuseTooMuch();
  }

  /** `bytes` of this connection wait to be handled. */
  protected count(bytes: number): void {
    const { totals } = this.rooms;
    if (this.#isCountedBefore) totals.bytesBeforeConnect -= this.#counted;
    else totals.receivedBytes -= this.#counted;
    this.#counted = bytes;
    this.#isCountedBefore = this.phase === 'opened' || this.phase === 'asked';
    if (this.#isCountedBefore) totals.bytesBeforeConnect += bytes;
    else totals.receivedBytes += bytes;
  }

  /** All together have sent too much that is no whole packet: who adds to it goes. */
  #refuseTooMuch(): void {
    const { totals, limits, metrics } = this.rooms;
    const isTooMuch = this.#isCountedBefore
      ? totals.bytesBeforeConnect > limits.maximumTotalBytesBeforeConnect
      : totals.receivedBytes > limits.maximumTotalReceivedBytes;
    if (!isTooMuch) return;
    metrics.receivedBytesExceeded++;
    if (this.phase === 'connected') {
      disconnect(this, 0x97);
      return;
    }
    finish(this, { reasonCode: 0x97, byBroker: true });
    this.link.abort();
  }

  #packetTimedOut(): void {
    if (this.phase !== 'connected' || this.#partialSince < 0 || this.#packetTimer === undefined) return;
    const { wheel, limits, metrics } = this.rooms;
    const left = this.#partialSince + limits.packetTimeout - wheel.now;
    if (left > 0 || this.isHeld) {
      wheel.set(this.#packetTimer, this.isHeld ? limits.packetTimeout : left);
      return;
    }
    metrics.packetTimeouts++;
    disconnect(this, 0x83, undefined, {
      reasonString: 'the packet was not whole within packetTimeout',
    });
  }

  /** The process is overloaded and this client publishes: it is read when it is its turn. */
  protected pause(): void {
    if (this.#isPaused || this.phase !== 'connected') return;
    this.#isPaused = true;
    this.hold();
    this.rooms.overload.pause(this);
  }

  unpause(): void {
    this.#isPaused = false;
    this.release();
  }

  override stopTimers(): void {
    super.stopTimers();
    if (this.#isPaused) this.rooms.overload.forget(this);
    const { wheel } = this.rooms;
    if (this.#packetTimer !== undefined) wheel.clear(this.#packetTimer);
    if (this.#paceTimer !== undefined) wheel.clear(this.#paceTimer);
  }

  /** A packet was handled: the client is not read before its rate allows more. */
  protected pace(rate: ClientRate, packet: Packet): void {
    const { wheel, metrics } = this.rooms;
    const wait = rate.spend(packet.type === 'PUBLISH', this.decoder.end - this.decoder.start, wheel.now);
    if (wait <= 0 || this.phase !== 'connected') return;
    metrics.publishersPaced++;
    this.hold();
    this.#paceTimer ??= new Timer(() => this.release());
    wheel.set(this.#paceTimer, wait);
  }
}
