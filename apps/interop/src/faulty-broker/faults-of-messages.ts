/**
 * Planted faults of the way of a message: lost, doubled, in another order, spoilt, at another QoS, retained or not.
 */
import type { Packet, Publish, Subscribe, Subscription } from '@mqtt/codec';
import type { Instead, Passage } from '../peers/packet-relay.ts';
import { type Fault, rewriting, type Spoiling } from './fault.ts';

/** Every so many QoS 1 messages one is lost. */
const LOST_OF = 3;
/** Bytes from which a payload is large. */
const LARGE = 65_536;
/** ms after which a message is passed on even if none overtakes it. */
const OVERTAKING = 50;
/** Packet ids from here on are ours. */
const OURS = 60_000;

/** A PUBLISH that comes from one side, otherwise; everything else as it is. */
export function publishes(instead: (packet: Publish) => Instead): (packet: Packet) => Instead {
  return (packet) => (packet.type === 'PUBLISH' ? instead(packet) : [packet]);
}

/** A SUBSCRIBE whose every subscription is another one. */
export function subscribes(to: (subscription: Subscription) => Subscription): (packet: Packet) => Instead {
  return (packet) => {
    if (packet.type !== 'SUBSCRIBE') return [packet];
    const [first, ...rest] = packet.subscriptions;
    return [{ ...packet, subscriptions: [to(first), ...rest.map(to)] } as Subscribe];
  };
}

function loses(): ReturnType<Fault['plant']> {
  let count = 0;
  return (passage) => ({
    fromClient: publishes((packet) => {
      if (packet.qos !== 1) return [packet];
      count += 1;
      if (count % LOST_OF !== 0) return [packet];
      passage.toClient({ type: 'PUBACK', packetId: packet.packetId, reasonCode: 0 });
      return [];
    }),
  });
}

/** Each QoS 2 message once more, under a packet id of ours, whose handshake the broker does not see. */
function doubles(passage: Passage): Spoiling {
  let next = OURS;
  return {
    fromClient: (packet) => {
      if (packet.type !== 'PUBREC' && packet.type !== 'PUBCOMP') return [packet];
      if (packet.packetId <= OURS) return [packet];
      if (packet.type === 'PUBREC')
        passage.toClient({ type: 'PUBREL', packetId: packet.packetId, reasonCode: 0 });
      return [];
    },
    fromBroker: publishes((packet) => {
      if (packet.qos !== 2) return [packet];
      next += 1;
      return [packet, { ...packet, packetId: next }];
    }),
  };
}

/** A message waits until the next one has overtaken it, or for a short time. */
function reorders(passage: Passage): Spoiling {
  let held: Publish | undefined;
  const release = (): readonly Publish[] => {
    const released = held === undefined ? [] : [held];
    held = undefined;
    return released;
  };
  return {
    fromClient: (packet) => {
      if (packet.type !== 'PUBLISH') return [...release(), packet];
      if (held !== undefined) return [packet, ...release()];
      held = packet;
      setTimeout(() => {
        for (const one of release()) passage.toBroker(one);
      }, OVERTAKING);
      return [];
    },
    clientGone: () => {
      for (const one of release()) passage.toBroker(one);
    },
  };
}

/** Subscriptions are made at QoS 2, and said to be what was asked for. */
function raises(): Spoiling {
  const asked = new Map<number, readonly Subscription[]>();
  return {
    fromClient: (packet) => {
      if (packet.type === 'SUBSCRIBE') asked.set(packet.packetId, packet.subscriptions);
      return subscribes((subscription) => ({ ...subscription, qos: 2 }))(packet);
    },
    fromBroker: (packet) => {
      const subscriptions = packet.type === 'SUBACK' ? asked.get(packet.packetId) : undefined;
      if (packet.type !== 'SUBACK' || subscriptions === undefined) return [packet];
      return [{ ...packet, reasonCodes: subscriptions.map(({ qos }) => qos) }];
    },
  };
}

function spoilt(payload: Uint8Array): Uint8Array {
  if (payload.length < LARGE) return payload;
  const copy = Uint8Array.from(payload);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** The faults. */
export const faultsOfMessages: readonly Fault[] = [
  {
    name: 'loses-messages',
    what: 'acknowledges one of three QoS 1 messages and loses it',
    plant: loses,
    scenario: {
      name: '20 messages of QoS 1 arrive in order',
      version: '3.1.1',
      says: /received .*message 4.*expected .*message 3/,
    },
    case: {
      name: 'messages of QoS 1 of one client and topic come in their order',
      version: '3.1.1',
      says: /payload: "3", not "2"/,
    },
  },
  {
    name: 'doubles-qos-2',
    what: 'delivers each QoS 2 message twice',
    plant: () => doubles,
    scenario: {
      name: '20 messages of QoS 2 arrive once and in order',
      version: '5.0',
      says: /received .*message 1.*expected .*message 2/,
    },
    case: {
      name: 'messages of QoS 2 of one client and topic come in their order',
      version: '5.0',
      says: /payload: "0", not "1"/,
    },
  },
  {
    name: 'reorders',
    what: 'lets a message overtake the one before it',
    plant: () => reorders,
    scenario: {
      name: '20 messages of QoS 1 arrive in order',
      version: '5.0',
      says: /received .*message 2.*expected .*message 1/,
    },
    case: {
      name: 'messages of QoS 0 of one client and topic come in their order',
      version: '5.0',
      says: /payload: "1", not "0"/,
    },
  },
  {
    name: 'corrupts-large-payloads',
    what: 'changes one bit of a payload of 64 KiB or more',
    plant: rewriting(
      'broker',
      publishes((packet) => [{ ...packet, payload: spoilt(packet.payload) }]),
    ),
    scenario: {
      name: 'a payload of 1 MB, QoS 0',
      version: '3.1.1',
      says: /1000000 bytes QoS 0: the payload was changed/,
    },
    case: { none: 'no statement speaks of large payloads' },
  },
  {
    name: 'raises-qos',
    what: 'delivers with the QoS of the publisher, whatever was granted',
    plant: () => raises,
    scenario: {
      name: 'a subscription lowers QoS 2 to 1, and never raises 0',
      version: '3.1.1',
      says: /QoS 2, expected .* QoS 1/,
    },
    case: {
      name: 'messages come at the lower of the QoS published and the QoS granted',
      version: '3.1.1',
      says: /qos: 1, not 0/,
    },
  },
  {
    name: 'forgets-retained',
    what: 'keeps no retained message',
    plant: rewriting(
      'client',
      publishes((packet) => [{ ...packet, retain: false }]),
    ),
    scenario: {
      name: 'a retained message waits for a new subscriber, with the QoS it was sent with',
      version: '3.1.1',
      says: /\(receive\): a message: not within/,
    },
    case: {
      name: 'retained messages outlive the session that sent them',
      version: '3.1.1',
      says: /PUBLISH must come/,
    },
  },
  {
    name: 'keeps-cleared-retained',
    what: 'keeps a retained message that an empty one removes',
    plant: rewriting(
      'client',
      publishes((packet) => [packet.payload.length === 0 ? { ...packet, retain: false } : packet]),
    ),
    scenario: {
      name: 'an empty payload removes it',
      version: '3.1.1',
      says: /late received .*on. QoS 1 retained/,
    },
    case: {
      name: 'an empty retained message is passed on, removes the one that is kept, and is not kept itself',
      version: '3.1.1',
      says: /nothing must come/,
    },
  },
  {
    name: 'passes-retain-on',
    what: 'leaves RETAIN 1 for who is subscribed already',
    plant: rewriting(
      'client',
      subscribes((one) => ({ ...one, retainAsPublished: true }) as Subscription),
    ),
    scenario: {
      name: 'who is subscribed already gets it without the retain flag',
      version: '5.0',
      says: /early received .* retained/,
    },
    case: {
      name: 'Retain As Published 0: RETAIN is 0 whatever came',
      version: '5.0',
      says: /retain: true, not false/,
    },
  },
];
