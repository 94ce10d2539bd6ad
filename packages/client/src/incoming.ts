/**
 * A message on its way in, from PUBLISH to its acknowledgement: duplicates, our Receive Maximum, and the order in which
 * acknowledgements leave: as the packets came, each when its consumers have finished.
 * Where is PUBREL handled? In `InboundFlows` of @mqtt/session, asked here. Topic aliases, manual acknowledgement and a
 * store are `features/keeping-incoming.ts`.
 */
import type { ProtocolVersion, Puback, Pubcomp, Publish, Pubrec, Pubrel, ReasonCodeOf } from '@mqtt/codec';
import { InboundFlows } from '@mqtt/session';
import { breach } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { Outbox } from './outbox.ts';
import { type Receipt, Received } from './received.ts';
import type { CoreSettings } from './settings.ts';
import * as words from './words.ts';

/** What a connection lends: gone with it. */
interface Way {
  readonly outbox: Outbox;
  /** What was received and is not acknowledged, in the order it came [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  readonly order: Fifo<Owed>;
}

/** The acknowledgement of one message. */
export class Owed implements Receipt {
  declare readonly packetId: number;
  declare readonly type: 'PUBACK' | 'PUBREC';
  reasonCode: ReasonCodeOf<'PUBACK'> = 0;
  isReady = false;
  /** The connection in whose order it stands: it may leave through no other. */
  way: Way;
  declare readonly incoming: Incoming;

  constructor(packetId: number, qos: 1 | 2, way: Way, incoming: Incoming) {
    this.packetId = packetId;
    this.type = qos === 1 ? 'PUBACK' : 'PUBREC';
    this.way = way;
    this.incoming = incoming;
    way.order.push(this);
  }

  settle(): void {
    this.isReady = true;
    this.incoming.acknowledge();
  }
}

/** Where messages go. Who is not finished with one when it returns holds it. */
export interface Consumers {
  deliver(message: Received): void;
}

/** All received messages of a client that are not settled. */
export class Incoming {
  declare protected readonly version: ProtocolVersion;
  declare protected readonly inbound: InboundFlows;
  readonly #consumers: Consumers;
  readonly #receiveMaximum: number;
  /** QoS 2 messages that are not answered: a duplicate waits for the first one's end. */
  readonly #exactlyOnce = new Map<number, Owed>();
  protected way: Way | undefined;

  constructor({ version, properties }: CoreSettings, consumers: Consumers) {
    this.version = version;
    this.#consumers = consumers;
    this.#receiveMaximum = properties?.receiveMaximum ?? 65_535;
    this.inbound = new InboundFlows(this.#receiveMaximum);
  }

  /** A connection is ready. Without a session, what a QoS 2 id meant is forgotten [MQTT-3.2.2-5]. */
  attach(outbox: Outbox, sessionPresent: boolean): void {
    this.way = { outbox, order: new Fifo() };
    if (!sessionPresent) {
      this.inbound.clear();
      this.#exactlyOnce.clear();
    }
    this.inbound.reconnect(this.#receiveMaximum);
  }

  /** The connection is gone, and with it every acknowledgement that was not sent: the server sends those again. */
  detach(): void {
    this.way = undefined;
  }

  /** PUBLISH came. @throws MqttError PROTOCOL_ERROR */
  publish(packet: Publish): void {
    const { way } = this;
    if (way === undefined) return;
    const topic = this.topicOf(packet);
    const { qos, packetId } = packet;
    if (qos === 0) {
      this.#consumers.deliver(this.received(packet, topic));
      return;
    }
    const verdict = this.inbound.publish(packetId, qos);
    const first = this.#exactlyOnce.get(packetId);
    if (verdict === 'exceeded') {
      const most = this.#receiveMaximum;
      throw breach(words.tooManyAtOnce(most), '3.3.4-9', 0x93);
    }
    // [MQTT-4.3.3-10]: PUBREC again, delivered to nobody, and not before the first one is finished with.
    if (verdict === 'duplicate' && first !== undefined) {
      if (first.way !== way) way.order.push(first);
      first.way = way;
      this.acknowledge();
      return;
    }
    const owed = new Owed(packetId, qos, way, this);
    if (verdict === 'duplicate') {
      owed.settle();
      return;
    }
    if (qos === 2) this.#exactlyOnce.set(packetId, owed);
    const message = this.received(packet, topic, owed);
    this.#consumers.deliver(message);
    message.finish();
  }

  /** The topic of a message. No alias is allowed, for none was (Topic Alias Maximum). */
  protected topicOf({ topic, properties }: Publish): string {
    if (properties?.topicAlias !== undefined) throw breach(words.badAlias, '3.1.2-26', 0x94);
    return topic;
  }

  protected received(packet: Publish, topic: string, owed?: Owed): Received {
    return new Received(packet, topic, owed);
  }

  /** Whatever is ready leaves, up to the first that is not; what another connection owes never [MQTT-4.4.0-1]. */
  acknowledge(): void {
    const { way } = this;
    if (way === undefined) return;
    for (let owed = way.order.peek(); owed?.isReady; owed = way.order.peek()) {
      const { type, packetId, reasonCode } = owed;
      way.order.shift();
      this.answer(owed as Puback | Pubrec);
      this.#exactlyOnce.delete(type === 'PUBREC' ? packetId : 0);
      if (type === 'PUBACK') this.inbound.settled(packetId, 1);
      else if (reasonCode >= 0x80) this.inbound.settled(packetId, 2); // [MQTT-4.3.3-9]
    }
  }

  /** PUBREL came [MQTT-4.3.3-11]. false: for no message; 5.0 is told so. */
  pubrel({ packetId }: Pubrel): boolean {
    const settled = this.inbound.pubrel(packetId) === 'settled';
    this.answer({ type: 'PUBCOMP', packetId, reasonCode: settled || this.version < 5 ? 0 : 0x92 });
    return settled;
  }

  protected answer(packet: Puback | Pubrec | Pubcomp): void {
    this.way?.outbox.write(packet);
  }
}
