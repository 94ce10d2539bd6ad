/**
 * One end of a Pair: the least a broker or client must do around the session. It sends what the verdicts ask for, keeps
 * what does not fit the window, and lets acknowledgements wait for a store that finishes in any order.
 * Reports all it does to the referees; decides nothing itself.
 */
import { Decoder, encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import type { AckOrder } from '../ack-order.ts';
import type { Inbound } from '../inbound.ts';
import type { Link, LinkHandler } from '../link.ts';
import type { Outbound, OutboundFact, Resend } from '../outbound.ts';
import { type Message, type Referee, Violation } from './referee.ts';

/** What an end is made of; `Outbound` and `Inbound` may be mutants. */
export interface EndParts {
  readonly version: 4 | 5;
  readonly outbound: Outbound<Message>;
  readonly inbound: Inbound;
  readonly order: () => AckOrder<Packet>;
  /** Watches what this end publishes. */
  readonly sending: Referee;
  /** Watches what this end receives. */
  readonly receiving: Referee;
}

interface Pending {
  readonly packetId: number;
  readonly qos: 1 | 2;
  readonly isRefused: boolean;
  /** Where its acknowledgements stand in the order: of this connection, or none when that is gone. */
  places: number[];
}

const NOT_AUTHORIZED = 0x87;

/** The shell around one session. */
export class End implements LinkHandler, Resend<Message> {
  outbound: Outbound<Message>;
  inbound: Inbound;
  readonly #parts: EndParts;
  readonly #waiting: Message[] = [];
  #pending: Pending[] = [];
  #order: AckOrder<Packet>;
  #decoder = new Decoder();
  #link: Link | undefined;
  #received = 0;

  constructor(parts: EndParts) {
    this.#parts = parts;
    this.outbound = parts.outbound;
    this.inbound = parts.inbound;
    this.#order = parts.order();
  }

  /** Messages whose store has not finished: their acknowledgements wait. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Messages that wait for the window. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many messages the application got. */
  get received(): number {
    return this.#received;
  }

  /** A new connection: what is in flight is sent again, then what waits. */
  connect(link: Link, peersReceiveMaximum: number, ownReceiveMaximum: number): void {
    this.#link = link;
    this.#decoder = new Decoder({ version: this.#parts.version });
    this.#order = this.#parts.order();
    for (const pending of this.#pending) pending.places = [];
    this.#parts.sending.connected(peersReceiveMaximum);
    this.inbound.reconnect(ownReceiveMaximum);
    this.outbound.reconnect(peersReceiveMaximum);
    this.#fill();
  }

  /** Sends a message when the window has room, or later. */
  send(message: Message): void {
    this.#parts.sending.published(message);
    this.#waiting.push(message);
    if (this.#link !== undefined) this.#fill();
  }

  /** Sends a SUBSCRIBE, whose id comes from the same ids. */
  subscribe(): void {
    const packetId = this.outbound.allocate();
    this.#parts.sending.sendsRequest(packetId);
    const filter = {
      topicFilter: 'a',
      qos: 1,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
    } as const;
    this.#write({ type: 'SUBSCRIBE', packetId, subscriptions: [filter] });
  }

  /** The store has finished one of the `pending`; what it held back leaves in order. */
  settle(index: number): void {
    const pending = this.#pending[index];
    if (pending === undefined) return;
    this.#pending.splice(index, 1);
    const { packetId, qos, isRefused, places } = pending;
    const reasonCode = isRefused ? NOT_AUTHORIZED : 0;
    for (const place of places) {
      this.#order.ready(place, { type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode });
    }
    if (qos === 1 ? places.length > 0 : isRefused) this.inbound.settled(packetId, qos);
    this.#sendAcks();
  }

  publish(packetId: number, { serial, qos, isRefused }: Message, flow: 1 | 2, dup = true): boolean {
    this.#parts.sending.sendsPublish(packetId, serial, flow, dup);
    if (flow !== qos) throw new Violation('QoS changed', 'MQTT-4.3.3-2', `message ${serial}`);
    const topic = isRefused ? 'refused' : 'a';
    const payload = new TextEncoder().encode(String(serial));
    return this.#write({ type: 'PUBLISH', topic, payload, qos: flow, dup, retain: false, packetId });
  }

  pubrel(packetId: number, isUnknown = false): void {
    this.#parts.sending.sendsPubrel(packetId, isUnknown);
    this.#write({ type: 'PUBREL', packetId, reasonCode: this.#notFound(isUnknown) });
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
      this.handle(packet);
  }

  drained(): void {
    this.#fill();
  }

  closed(): void {
    this.#link = undefined;
  }

  /** The process ends and another one takes up the session from what a store has: everything that was pending. */
  restart(outbound: Outbound<Message>, inbound: Inbound): void {
    while (this.pending > 0) this.settle(0);
    const facts: OutboundFact<Message>[] = JSON.parse(JSON.stringify([...this.outbound.facts()]));
    const held: number[] = JSON.parse(JSON.stringify([...this.inbound.held()]));
    outbound.restore(facts);
    inbound.restore(held);
    this.outbound = outbound;
    this.inbound = inbound;
    this.#parts.sending.restarted();
  }

  /** A packet came; `receive` calls this, and a test that wants a stray one. */
  handle(packet: Packet): void {
    this.#parts.sending.senderGets(packet);
    this.#parts.receiving.receiverGets(packet);
    switch (packet.type) {
      case 'PUBLISH':
        if (packet.qos !== 0) this.#take(packet.packetId, packet.qos, packet);
        break;
      case 'PUBACK':
        if (this.outbound.puback(packet.packetId) === 'settled') this.#fill();
        break;
      case 'PUBREC':
        this.#released(packet.packetId, packet.reasonCode ?? 0);
        break;
      case 'PUBCOMP':
        if (this.outbound.pubcomp(packet.packetId) === 'settled') this.#fill();
        break;
      case 'PUBREL':
        this.#complete(packet.packetId, this.inbound.pubrel(packet.packetId) === 'unknown');
        break;
      case 'SUBSCRIBE':
        this.#write({ type: 'SUBACK', packetId: packet.packetId, reasonCodes: [1] });
        break;
      case 'SUBACK':
        if (!this.outbound.free(packet.packetId))
          throw new Violation('lost request', 'MQTT-2.2.1-6', 'SUBACK');
    }
  }

  #take(packetId: number, qos: 1 | 2, { topic, payload }: { topic: string; payload: Uint8Array }): void {
    const verdict = this.inbound.publish(packetId, qos);
    if (verdict === 'exceeded') throw new Violation('wrong 0x93', 'MQTT-3.3.4-9', `packet id ${packetId}`);
    const place = this.#order.reserve();
    const isRefused = topic === 'refused';
    if (verdict === 'new') {
      if (!isRefused) this.#deliver(Number(new TextDecoder().decode(payload)), qos);
      this.#pending.push({ packetId, qos, isRefused, places: [place] });
      return;
    }
    const first = this.#pending.find((pending) => pending.packetId === packetId && pending.qos === 2);
    if (first !== undefined) first.places.push(place);
    else {
      this.#order.ready(place, { type: 'PUBREC', packetId, reasonCode: 0 });
      this.#sendAcks();
    }
  }

  #deliver(serial: number, qos: 1 | 2): void {
    this.#received += 1;
    this.#parts.receiving.delivered(serial, qos);
  }

  #released(packetId: number, reasonCode: number): void {
    const verdict = this.outbound.pubrec(packetId, reasonCode);
    if (verdict === 'release') this.pubrel(packetId);
    if (verdict === 'unknown' && reasonCode < 0x80) this.pubrel(packetId, true);
    if (verdict === 'settled') this.#fill();
  }

  #complete(packetId: number, isUnknown: boolean): void {
    const packet: Packet = { type: 'PUBCOMP', packetId, reasonCode: this.#notFound(isUnknown) };
    this.#parts.receiving.receiverAnswers(packet);
    this.#write(packet);
  }

  /** 3.1.1 has no reason codes. */
  #notFound(isUnknown: boolean): 0 | 0x92 {
    return isUnknown && this.#parts.version === 5 ? 0x92 : 0;
  }

  #sendAcks(): void {
    for (let ack = this.#order.next(); ack !== undefined; ack = this.#order.next()) {
      this.#parts.receiving.receiverAnswers(ack);
      this.#write(ack);
    }
  }

  #fill(): void {
    this.outbound.resend(this);
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      const packetId = this.outbound.send(message, message.qos);
      if (packetId === 0) return;
      this.#waiting.shift();
      if (!this.publish(packetId, message, message.qos, false)) return;
    }
  }

  /** False: the link wants no more until it has drained. */
  #write(packet: Packet): boolean {
    return this.#link?.write(encode<ProtocolVersion>(packet, this.#parts.version)) !== false;
  }
}
