/**
 * A message on its way in, from PUBLISH to its acknowledgement: topic alias, duplicates, our Receive Maximum, and
 * the order in which acknowledgements leave: as the packets came, each when its consumers have finished.
 * Where is PUBREL handled? In `Inbound` of @mqtt/session, asked here.
 */
import type { ProtocolVersion, Publish, Pubrel } from '@mqtt/codec';
import { AckOrder, Inbound, InboundAliases } from '@mqtt/session';
import { breach } from './errors.ts';
import { Message } from './message.ts';
import type { Outbox } from './outbox.ts';
import { Ticket } from './ticket.ts';

/** Where messages go. Who is not finished when it returns holds the ticket. */
export type Deliver = (message: Message, ticket: Ticket | undefined) => void;

/** What a connection lends: gone with it. */
interface Way {
  readonly outbox: Outbox;
  readonly aliases: InboundAliases;
  readonly order: AckOrder<Ticket>;
}

/** All received messages of a client that are not settled. */
export class Incoming {
  readonly #version: ProtocolVersion;
  readonly #deliver: Deliver;
  readonly #receiveMaximum: number;
  readonly #topicAliasMaximum: number;
  readonly #inbound: Inbound;
  /** QoS 2 messages that consumers work on: a duplicate waits for the first one's end. */
  readonly #exactlyOnce = new Map<number, Ticket>();
  #way: Way | undefined;

  constructor(version: ProtocolVersion, receiveMaximum: number, topicAliasMaximum: number, deliver: Deliver) {
    this.#version = version;
    this.#receiveMaximum = receiveMaximum;
    this.#topicAliasMaximum = topicAliasMaximum;
    this.#deliver = deliver;
    this.#inbound = new Inbound(receiveMaximum);
  }

  /** A connection is ready. Without a session, what a QoS 2 id meant is forgotten [MQTT-3.2.2-5]. */
  attach(outbox: Outbox, sessionPresent: boolean): void {
    this.#way = { outbox, aliases: new InboundAliases(this.#topicAliasMaximum), order: new AckOrder() };
    if (!sessionPresent) {
      this.#inbound.clear();
      this.#exactlyOnce.clear();
    }
    this.#inbound.reconnect(this.#receiveMaximum);
  }

  /** The connection is gone, and with it every acknowledgement that was not sent: the server sends those again. */
  detach(): void {
    this.#way = undefined;
  }

  /** PUBLISH came. @throws MqttError PROTOCOL_ERROR */
  publish(packet: Publish): void {
    const way = this.#way;
    if (way === undefined) return;
    const topic = this.#topicOf(packet, way);
    if (packet.qos === 0) {
      this.#deliver(new Message(packet, topic), undefined);
      return;
    }
    const verdict = this.#inbound.publish(packet.packetId, packet.qos);
    if (verdict === 'exceeded') {
      const most = this.#receiveMaximum;
      throw breach(
        `the server sent more than ${most} messages at once; raise receiveMaximum`,
        '3.3.4-9',
        0x93,
      );
    }
    if (verdict === 'duplicate') {
      this.#repeat(packet.packetId, way);
      return;
    }
    const ticket = new Ticket(packet.packetId, packet.qos, way, this.#finished);
    this.#deliver(new Message(packet, topic), ticket);
    ticket.finish();
    if (ticket.done) return;
    ticket.place = way.order.reserve();
    if (ticket.qos === 2) this.#exactlyOnce.set(ticket.packetId, ticket);
  }

  /** [MQTT-4.3.3-10]: PUBREC again, delivered to nobody, and not before the first one is finished with. */
  #repeat(packetId: number, way: Way): void {
    const first = this.#exactlyOnce.get(packetId);
    if (first === undefined) {
      new Ticket(packetId, 2, way, this.#finished).finish();
    } else if (first.way !== way) {
      first.way = way;
      first.place = way.order.reserve();
    }
  }

  #topicOf(packet: Publish, way: Way): string {
    if (this.#version < 5) return packet.topic;
    const topic = way.aliases.resolve(packet.topic, packet.properties?.topicAlias);
    if (typeof topic === 'string') return topic;
    const statement = topic === 0x94 ? '3.1.2-26' : '3.3.2-7';
    throw breach('the server sent a topic alias that was not allowed or means nothing', statement, topic); // [K01]
  }

  /** Everyone has finished with a message: its acknowledgement leaves when those before it have [MQTT-4.6.0-2]. */
  readonly #finished = (ticket: Ticket): void => {
    if (this.#exactlyOnce.get(ticket.packetId) === ticket) this.#exactlyOnce.delete(ticket.packetId);
    const way = this.#way;
    if (way === undefined || ticket.way !== way) return; // [MQTT-4.4.0-1]: the server sends it again
    if (ticket.place === undefined) {
      if (way.order.size === 0) {
        this.#acknowledge(ticket, way);
        return;
      }
      ticket.place = way.order.reserve();
    }
    way.order.ready(ticket.place, ticket);
    for (let next = way.order.next(); next !== undefined; next = way.order.next())
      this.#acknowledge(next, way);
  };

  #acknowledge({ packetId, qos }: Ticket, { outbox }: Way): void {
    outbox.write({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
    if (qos === 1) this.#inbound.settled(packetId, 1);
  }

  /** PUBREL came [MQTT-4.3.3-11]. false: for no message; 5.0 is told so. */
  pubrel({ packetId }: Pubrel): boolean {
    const settled = this.#inbound.pubrel(packetId) === 'settled';
    const reasonCode = settled || this.#version < 5 ? 0 : 0x92;
    this.#way?.outbox.write({ type: 'PUBCOMP', packetId, reasonCode });
    return settled;
  }
}
