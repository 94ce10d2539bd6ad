/**
 * A message on its way in, from PUBLISH to its acknowledgement: topic alias, duplicates, our Receive Maximum, and
 * the order in which acknowledgements leave: as the packets came, each when its consumers have finished.
 * Where is PUBREL handled? In `InboundFlows` of @mqtt/session, asked here.
 */
import type { ProtocolVersion, Publish, Pubrel } from '@mqtt/codec';
import { InboundAliases, InboundFlows } from '@mqtt/session';
import { breach, unsendable } from './errors.ts';
import { Fifo } from './fifo.ts';
import { type AcknowledgeReasonCode, type Receipt, Received } from './message.ts';
import { type ClientPacket, type Outbox, sizeOf } from './outbox.ts';
import type { Fact, Keeper } from './store.ts';

/** What a connection lends: gone with it. */
interface Way {
  readonly outbox: Outbox;
  readonly aliases: InboundAliases;
  /** What was received and is not acknowledged, in the order it came [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  readonly order: Fifo<Owed>;
}

/** The acknowledgement of one message. */
class Owed implements Receipt {
  readonly packetId: number;
  readonly type: 'PUBACK' | 'PUBREC';
  reasonCode: AcknowledgeReasonCode = 0;
  isReady = false;
  /** The connection in whose order it stands: it may leave through no other. */
  way: Way;
  readonly #incoming: Incoming;

  constructor(packetId: number, qos: 1 | 2, way: Way, incoming: Incoming) {
    this.packetId = packetId;
    this.type = qos === 1 ? 'PUBACK' : 'PUBREC';
    this.way = way;
    this.#incoming = incoming;
    way.order.push(this);
  }

  settle(check?: AcknowledgeReasonCode): void {
    this.#incoming.settle(this, check);
  }
}

/** All received messages of a client that are not settled. */
export class Incoming {
  readonly #version: ProtocolVersion;
  readonly #deliver: (message: Received) => void;
  readonly #receiveMaximum: number;
  readonly #topicAliasMaximum: number;
  readonly #inbound: InboundFlows;
  /** QoS 2 messages that are not answered: a duplicate waits for the first one's end. */
  readonly #exactlyOnce = new Map<number, Owed>();
  readonly #keeper: Keeper | undefined;
  #way: Way | undefined;

  /** `deliver`: where messages go. Who is not finished with one when it returns holds it. */
  constructor(
    version: ProtocolVersion,
    receiveMaximum: number,
    topicAliasMaximum: number,
    deliver: (message: Received) => void,
    keeper?: Keeper,
  ) {
    this.#version = version;
    this.#receiveMaximum = receiveMaximum;
    this.#topicAliasMaximum = topicAliasMaximum;
    this.#deliver = deliver;
    this.#inbound = new InboundFlows(receiveMaximum);
    this.#keeper = keeper;
    if (keeper !== undefined) this.#inbound.restore(keeper.kept.held);
  }

  /** A connection is ready. Without a session, what a QoS 2 id meant is forgotten [MQTT-3.2.2-5]. */
  attach(outbox: Outbox, sessionPresent: boolean): void {
    this.#way = { outbox, aliases: new InboundAliases(this.#topicAliasMaximum), order: new Fifo() };
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
    const topic = this.#version < 5 ? packet.topic : aliased(packet, way.aliases);
    if (packet.qos === 0) {
      this.#deliver(new Received(packet, topic));
      return;
    }
    const { packetId, qos } = packet;
    const verdict = this.#inbound.publish(packetId, qos);
    const first = this.#exactlyOnce.get(packetId);
    if (verdict === 'exceeded') {
      const most = this.#receiveMaximum;
      throw breach(
        `the server sent more than ${most} messages at once; raise receiveMaximum`,
        '3.3.4-9',
        0x93,
      );
    }
    // [MQTT-4.3.3-10]: PUBREC again, delivered to nobody, and not before the first one is finished with.
    if (verdict === 'duplicate' && first !== undefined) {
      if (first.way !== way) way.order.push(first);
      first.way = way;
      this.#acknowledge();
      return;
    }
    const owed = new Owed(packetId, qos, way, this);
    if (verdict === 'duplicate') {
      owed.settle();
      return;
    }
    if (qos === 2) this.#exactlyOnce.set(packetId, owed);
    const message = new Received(packet, topic, owed);
    this.#deliver(message);
    message.finish();
  }

  /** Everyone has finished with a message. With `check` it is only asked whether it can be sent. @throws MqttError */
  settle(owed: Owed, check?: AcknowledgeReasonCode): void {
    if (check === undefined) {
      owed.isReady = true;
      this.#acknowledge();
      return;
    }
    try {
      sizeOf({ type: owed.type, packetId: owed.packetId, reasonCode: check }, this.#version);
    } catch (error) {
      throw unsendable(owed.type, error);
    }
  }

  /** Whatever is ready leaves, up to the first that is not; what another connection owes never [MQTT-4.4.0-1]. */
  #acknowledge(): void {
    const way = this.#way;
    if (way === undefined) return;
    for (let owed = way.order.peek(); owed?.isReady; owed = way.order.peek()) {
      const { type, packetId, reasonCode } = owed;
      way.order.shift();
      const packet = { type, packetId, reasonCode } as const;
      if (type === 'PUBACK') way.outbox.write(packet);
      else this.#keep(reasonCode < 0x80 ? { fact: 'held', packetId } : undefined, packet);
      this.#exactlyOnce.delete(type === 'PUBREC' ? packetId : 0);
      if (type === 'PUBACK') this.#inbound.settled(packetId, 1);
      else if (reasonCode >= 0x80) this.#inbound.settled(packetId, 2); // [MQTT-4.3.3-9]
    }
  }

  /** PUBREL came [MQTT-4.3.3-11]. false: for no message; 5.0 is told so. */
  pubrel({ packetId }: Pubrel): boolean {
    const settled = this.#inbound.pubrel(packetId) === 'settled';
    const reasonCode = settled || this.#version < 5 ? 0 : 0x92;
    this.#keep({ fact: 'unheld', packetId }, { type: 'PUBCOMP', packetId, reasonCode });
    return settled;
  }

  /** Sends `packet` when the store has `fact`, and at once without a store; but only on the connection of now. */
  #keep(fact: Fact | undefined, packet: ClientPacket): void {
    const way = this.#way;
    const send = (): void => {
      if (way === this.#way) way?.outbox.write(packet);
    };
    if (this.#keeper === undefined) send();
    else this.#keeper.tell(fact, send);
  }
}

function aliased(packet: Publish, aliases: InboundAliases): string {
  const topic = aliases.resolve(packet.topic, packet.properties?.topicAlias);
  if (typeof topic === 'string') return topic;
  const statement = topic === 0x94 ? '3.1.2-26' : '3.3.2-7';
  throw breach('the server sent a topic alias that was not allowed or means nothing', statement, topic); // [K01]
}
