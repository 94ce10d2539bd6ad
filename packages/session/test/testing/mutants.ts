/** Sessions with one fault each, that the model must find: proof that its rules bite. */
import { AckOrder, Inbound, Outbound, type OutboundFact, type Resend } from '@mqtt/session';
import type { Message, PairOptions } from '@mqtt/session/testing';

class TakesIdInUse extends Outbound<Message> {
  override send(item: Message, qos: 1 | 2): number {
    const packetId = super.send(item, qos);
    return Math.ceil(packetId / 2);
  }
}

class RequestTakesIdInUse extends Outbound<Message> {
  override allocate(): number {
    super.allocate();
    return 1;
  }
}

class ExceedsWindow extends Outbound<Message> {
  override get full(): boolean {
    return this.unsent > 0 || this.inflight > this.receiveMaximum;
  }
}

class KeepsOldWindow extends Outbound<Message> {
  override reconnect(receiveMaximum = 65_535): void {
    super.reconnect(Math.max(receiveMaximum, this.receiveMaximum));
  }
}

class LosesResend extends Outbound<Message> {
  override resend(sink: Resend<Message>): void {
    let skipped = false;
    super.resend({
      publish: (packetId, item, qos) => {
        if (skipped) sink.publish(packetId, item, qos);
        skipped = true;
      },
      pubrel: (packetId) => sink.pubrel(packetId),
    });
  }
}

class LosesPubrel extends Outbound<Message> {
  override resend(sink: Resend<Message>): void {
    super.resend({ publish: (packetId, item, qos) => sink.publish(packetId, item, qos), pubrel: () => {} });
  }
}

class ResendsBackwards extends Outbound<Message> {
  override resend(sink: Resend<Message>): void {
    const sends: (() => void)[] = [];
    super.resend({
      publish: (packetId, item, qos) => sends.unshift(() => sink.publish(packetId, item, qos)),
      pubrel: (packetId) => sends.push(() => sink.pubrel(packetId)),
    });
    for (const send of sends) send();
  }
}

class ReleasesBackwards extends Outbound<Message> {
  override resend(sink: Resend<Message>): void {
    const pubrels: number[] = [];
    super.resend({
      publish: (packetId, item, qos) => sink.publish(packetId, item, qos),
      pubrel: (packetId) => pubrels.unshift(packetId),
    });
    for (const packetId of pubrels) sink.pubrel(packetId);
  }
}

class ResendsReleasedMessage extends Outbound<Message> {
  readonly #sent = new Map<number, Message>();
  override send(item: Message, qos: 1 | 2): number {
    const packetId = super.send(item, qos);
    this.#sent.set(packetId, item);
    return packetId;
  }
  override resend(sink: Resend<Message>): void {
    super.resend({
      publish: (packetId, item, qos) => sink.publish(packetId, item, qos),
      pubrel: (packetId) => {
        const item = this.#sent.get(packetId);
        if (item === undefined) sink.pubrel(packetId);
        else sink.publish(packetId, item, 2);
      },
    });
  }
}

class ResendsTwice extends Outbound<Message> {
  override resend(sink: Resend<Message>): void {
    const twice: Resend<Message> = {
      publish: (packetId, item, qos) => {
        sink.publish(packetId, item, qos);
        sink.publish(packetId, item, qos);
      },
      pubrel: (packetId) => sink.pubrel(packetId),
    };
    super.resend(twice);
  }
}

class IgnoresPubrecError extends Outbound<Message> {
  override pubrec(packetId: number): 'release' | 'settled' | 'unknown' {
    return super.pubrec(packetId, 0);
  }
}

class KeepsRefusedMessage extends Outbound<Message> {
  override pubrec(packetId: number, reasonCode = 0): 'release' | 'settled' | 'unknown' {
    return reasonCode >= 0x80 ? 'settled' : super.pubrec(packetId, reasonCode);
  }
}

class SettlesOnPubrec extends Outbound<Message> {
  override pubrec(packetId: number, reasonCode = 0): 'release' | 'settled' | 'unknown' {
    const verdict = super.pubrec(packetId, reasonCode);
    if (verdict === 'release') super.discard(packetId);
    return verdict;
  }
}

class SettlesOnAnyAck extends Outbound<Message> {
  override puback(packetId: number): 'settled' | 'unknown' {
    return super.discard(packetId);
  }
  override pubcomp(packetId: number): 'settled' | 'unknown' {
    return super.discard(packetId);
  }
}

class NeverSettles extends Outbound<Message> {
  override puback(packetId: number): 'settled' | 'unknown' {
    return this.item(packetId) === undefined ? 'unknown' : 'settled';
  }
}

class RestoresNothing extends Outbound<Message> {
  override restore(): void {}
}

class RestoresBackwards extends Outbound<Message> {
  override restore(facts: Iterable<OutboundFact<Message>>): void {
    super.restore([...facts].reverse());
  }
}

class ForgetsHeld extends Inbound {
  override reconnect(receiveMaximum = 65_535): void {
    super.clear();
    super.reconnect(receiveMaximum);
  }
}

class RestoresNoHeld extends Inbound {
  override restore(): void {}
}

class NeverReleases extends Inbound {
  override pubrel(packetId: number): 'settled' | 'unknown' {
    for (const held of this.held()) if (held === packetId) return 'settled';
    return 'unknown';
  }
}

class HoldsRefused extends Inbound {
  override settled(packetId: number, qos: 1 | 2): void {
    if (qos === 1) super.settled(packetId, qos);
  }
}

class CountsForEver extends Inbound {
  override settled(packetId: number, qos: 1 | 2): void {
    if (qos === 2) super.settled(packetId, qos);
  }
}

class KeepsCounting extends Inbound {
  #before = 0;
  override reconnect(receiveMaximum = 65_535): void {
    this.#before = Math.min(this.inflight, receiveMaximum);
    super.reconnect(receiveMaximum - this.#before);
  }
}

class TakesEveryPublishAsNew extends Inbound {
  override publish(packetId: number, qos: 1 | 2): 'new' | 'duplicate' | 'exceeded' {
    const verdict = super.publish(packetId, qos);
    return verdict === 'duplicate' ? 'new' : verdict;
  }
}

class AcksAsReady<Ack extends NonNullable<unknown>> extends AckOrder<Ack> {
  readonly #ready: Ack[] = [];
  override ready(_place: number, ack: Ack): void {
    this.#ready.push(ack);
  }
  override next(): Ack | undefined {
    return this.#ready.shift();
  }
}

/** A faulty session, and the rules whose violation may give it away. */
export interface Mutant {
  readonly fault: string;
  readonly parts: PairOptions;
  readonly rules: readonly string[];
}

/** Every mutant; each has exactly one fault. */
export const mutants: readonly Mutant[] = [
  {
    fault: 'a packet id is reused while in use',
    parts: { outbound: () => new TakesIdInUse() },
    rules: ['packet id in use'],
  },
  {
    fault: 'SUBSCRIBE takes a packet id in use',
    parts: { outbound: () => new RequestTakesIdInUse() },
    rules: ['packet id in use', 'packet id reused in a burst'],
  },
  {
    fault: 'the window is exceeded',
    parts: { outbound: () => new ExceedsWindow() },
    rules: ['window exceeded'],
  },
  {
    fault: 'a smaller window after a reconnect is exceeded',
    parts: { outbound: () => new KeepsOldWindow() },
    rules: ['window exceeded'],
  },
  {
    fault: 'a message is not sent again',
    parts: { outbound: () => new LosesResend() },
    rules: ['lost resend', 'wrong order on resend', 'flow never ended'],
  },
  {
    fault: 'PUBREL is not sent again',
    parts: { outbound: () => new LosesPubrel() },
    rules: ['flow never ended'],
  },
  {
    fault: 'messages are sent again in the wrong order',
    parts: { outbound: () => new ResendsBackwards() },
    rules: ['wrong order on resend'],
  },
  {
    fault: 'PUBRELs are sent again in the wrong order',
    parts: { outbound: () => new ReleasesBackwards() },
    rules: ['wrong order of PUBREL'],
  },
  {
    fault: 'a message is sent again after its PUBREL',
    parts: { outbound: () => new ResendsReleasedMessage() },
    rules: ['resend after PUBREL'],
  },
  {
    fault: 'a message is sent again twice',
    parts: { outbound: () => new ResendsTwice() },
    rules: ['needless resend'],
  },
  {
    fault: 'PUBREL follows a PUBREC with an error',
    parts: { outbound: () => new IgnoresPubrecError() },
    rules: ['PUBREL without PUBREC'],
  },
  {
    fault: 'a refused message stays in flight',
    parts: { outbound: () => new KeepsRefusedMessage() },
    rules: ['flow never ended', 'message lost', 'wrong resend'],
  },
  {
    fault: 'PUBREC settles',
    parts: { outbound: () => new SettlesOnPubrec() },
    rules: ['window exceeded', 'flow never ended', 'packet id in use'],
  },
  {
    fault: 'an acknowledgement of another flow settles',
    parts: { outbound: () => new SettlesOnAnyAck() },
    rules: [
      'forgotten PUBREC',
      'window exceeded',
      'lost resend',
      'flow never ended',
      'wrong order on resend',
    ],
  },
  {
    fault: 'PUBACK does not settle',
    parts: { outbound: () => new NeverSettles() },
    rules: ['flow never ended', 'message lost', 'wrong resend'],
  },
  {
    fault: 'a restart loses what was sent',
    parts: { outbound: () => new RestoresNothing() },
    rules: ['flow never ended', 'lost resend', 'forgotten PUBREC', 'packet id in use'],
  },
  {
    fault: 'a restart loses the order',
    parts: { outbound: () => new RestoresBackwards() },
    rules: ['wrong order on resend', 'wrong order of PUBREL'],
  },
  {
    fault: 'QoS 2 is delivered twice after a reconnect',
    parts: { inbound: () => new ForgetsHeld() },
    rules: ['QoS 2 delivered twice'],
  },
  {
    fault: 'QoS 2 is delivered twice after a restart',
    parts: { inbound: () => new RestoresNoHeld() },
    rules: ['QoS 2 delivered twice'],
  },
  {
    fault: 'a duplicate is delivered',
    parts: { inbound: () => new TakesEveryPublishAsNew() },
    rules: ['QoS 2 delivered twice'],
  },
  {
    fault: 'PUBREL does not let go',
    parts: { inbound: () => new NeverReleases() },
    rules: ['held for ever', 'wrong 0x93'],
  },
  {
    fault: 'a refused QoS 2 id stays held',
    parts: { inbound: () => new HoldsRefused() },
    rules: ['held for ever', 'wrong 0x93'],
  },
  {
    fault: 'PUBACK does not return quota',
    parts: { inbound: () => new CountsForEver() },
    rules: ['wrong 0x93'],
  },
  {
    fault: 'quota is carried over a reconnect',
    parts: { inbound: () => new KeepsCounting() },
    rules: ['wrong 0x93'],
  },
  {
    fault: 'acknowledgements leave as they become ready',
    parts: { order: () => new AcksAsReady() },
    rules: ['wrong order of acknowledgements'],
  },
];
