/**
 * What options add to messages on their way in: topic aliases of the server, acknowledgements by the consumer, a store
 * that outlives the process. The flows and the order of acknowledgements are `incoming.ts`.
 */
import type { Puback, Pubcomp, Publish, Pubrec } from '@mqtt/codec';
import { InboundAliases } from '@mqtt/session';
import { breach } from '../errors.ts';
import { type Consumers, Incoming, type Owed } from '../incoming.ts';
import { Acknowledgeable } from '../message.ts';
import type { Settings } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import type { Fact, Keeper } from '../store.ts';
import * as words from '../words.ts';

/** All received messages of a client with every option. */
export class KeepingIncoming extends Incoming {
  readonly #topicAliasMaximum: number;
  readonly #keeper: Keeper | undefined;
  #aliases = new InboundAliases(0);

  constructor(settings: Settings, consumers: Consumers, keeper?: Keeper) {
    super(settings, consumers);
    this.#topicAliasMaximum = settings.properties?.topicAliasMaximum ?? 0;
    this.#keeper = keeper;
    if (keeper !== undefined) this.inbound.restore(keeper.kept.held);
  }

  override attach(outbox: Outbox, sessionPresent: boolean): void {
    this.#aliases = new InboundAliases(this.#topicAliasMaximum);
    super.attach(outbox, sessionPresent);
  }

  protected override topicOf({ topic, properties }: Publish): string {
    if (this.version < 5) return topic;
    const resolved = this.#aliases.resolve(topic, properties?.topicAlias);
    if (typeof resolved === 'string') return resolved;
    throw breach(words.badAlias, resolved === 0x94 ? '3.1.2-26' : '3.3.2-7', resolved); // [K01]
  }

  protected override received(packet: Publish, topic: string, owed?: Owed): Acknowledgeable {
    return new Acknowledgeable(packet, topic, owed, this.version);
  }

  /** PUBREC and PUBCOMP leave when the store has what they say; but only on the connection of now. */
  protected override answer(packet: Puback | Pubrec | Pubcomp): void {
    const { type, packetId, reasonCode = 0 } = packet;
    if (type === 'PUBACK' || this.#keeper === undefined) {
      super.answer(packet);
      return;
    }
    const { way } = this;
    let fact: Fact | undefined = { fact: 'unheld', packetId };
    if (type === 'PUBREC') fact = reasonCode < 0x80 ? { fact: 'held', packetId } : undefined;
    this.#keeper.tell(fact, () => {
      if (way === this.way) super.answer(packet);
    });
  }
}
