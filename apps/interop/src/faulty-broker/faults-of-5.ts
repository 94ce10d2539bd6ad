/**
 * Planted faults of what 5.0 adds: properties, aliases, shared subscriptions, options, reason codes.
 */
import type { Connect, Packet, Publish } from '@mqtt/codec';
import type { Passage } from '../peers/packet-relay.ts';
import { type Fault, rewriting, type Spoiling } from './fault.ts';
import { publishes, subscribes } from './faults-of-messages.ts';
import { connects } from './faults-of-sessions.ts';

/** The properties of a PUBLISH with these changes. */
function withProperties(packet: Publish, changes: Publish<5>['properties']): Publish {
  return { ...packet, properties: { ...packet.properties, ...changes } } as Publish;
}

/** `$share/group/filter` -> `filter`. */
function unshared(topicFilter: string): string {
  return topicFilter.replace(/^\$share\/[^/]+\//, '');
}

function sharesWithAll(packet: Packet): readonly Packet[] {
  if (packet.type === 'UNSUBSCRIBE') {
    const [first, ...rest] = packet.topicFilters;
    return [{ ...packet, topicFilters: [unshared(first), ...rest.map(unshared)] }];
  }
  return subscribes((one) => ({ ...one, topicFilter: unshared(one.topicFilter) }))(packet) as Packet[];
}

/** An alias stands for the topic that an alias was last given to, on whatever connection. */
function mixesAliases(): (passage: Passage) => Spoiling {
  let last = '';
  return () => ({
    fromClient: publishes((packet) => {
      if (packet.properties?.topicAlias === undefined) return [packet];
      if (packet.topic !== '') last = packet.topic;
      return [{ ...withProperties(packet, { topicAlias: undefined }), topic: last } as Publish];
    }),
  });
}

/** What a message had left when it came is said when it leaves. */
function stopsTheClock(): (passage: Passage) => Spoiling {
  const intervals = new Map<string, number>();
  const key = ({ payload }: Publish): string => Buffer.from(payload).toString('latin1');
  return () => ({
    fromClient: publishes((packet) => {
      const { messageExpiryInterval } = packet.properties ?? {};
      if (messageExpiryInterval !== undefined) intervals.set(key(packet), messageExpiryInterval);
      return [packet];
    }),
    fromBroker: publishes((packet) => {
      const messageExpiryInterval = intervals.get(key(packet));
      return [
        messageExpiryInterval === undefined ? packet : withProperties(packet, { messageExpiryInterval }),
      ];
    }),
  });
}

/** The will is due at once. */
function ignoresWillDelay(packet: Connect): Connect {
  if (packet.will === undefined) return packet;
  const properties = { ...packet.will.properties, willDelayInterval: 0 };
  return { ...packet, will: { ...packet.will, properties } } as Connect;
}

/** The faults. */
export const faultsOf5: readonly Fault[] = [
  {
    name: 'shares-with-all',
    what: 'gives a message to every member of a shared subscription',
    plant: rewriting('client', sharesWithAll),
    scenario: {
      name: 'each message goes to one of two who share a subscription, and to one who does not',
      version: '5.0',
      says: /(one|two) received .*job \d+/,
    },
    case: { none: 'no statement says that it is one member: §4.8.2 tells it in prose' },
  },
  {
    name: 'drops-user-properties',
    what: 'passes no User Property on',
    plant: rewriting(
      'broker',
      publishes((packet) => [withProperties(packet, { userProperties: undefined })]),
    ),
    scenario: {
      name: 'user properties arrive as they were sent, in order',
      version: '5.0',
      says: /userProperties absent/,
    },
    case: {
      name: 'User Properties, all and in their order, come to every subscriber as they were',
      version: '5.0',
      says: /userProperties: absent/,
    },
  },
  {
    name: 'ignores-expiry',
    what: 'keeps messages beyond their Message Expiry Interval',
    plant: rewriting(
      'client',
      publishes((packet) => [withProperties(packet, { messageExpiryInterval: undefined })]),
    ),
    scenario: {
      name: 'a message says for how long it is still worth something',
      version: '5.0',
      says: /messageExpiryInterval absent/,
    },
    case: {
      name: 'a message that expired before its delivery began does not come',
      version: '5.0',
      says: /payload: "short", not "long"/,
    },
  },
  {
    name: 'stops-the-clock',
    what: 'sends a Message Expiry Interval as it came, however long the message waited',
    plant: stopsTheClock,
    scenario: { none: 'a scenario takes any value that is not more than what was sent' },
    case: {
      name: 'Message Expiry Interval goes out less the time that the message waited',
      version: '5.0',
      says: /messageExpiryInterval 100/,
    },
  },
  {
    name: 'mixes-aliases',
    what: 'takes every Topic Alias for the topic that one was last given to',
    plant: mixesAliases,
    scenario: {
      name: 'three topics go out once each, then by their aliases',
      version: '5.0',
      says: /plant.d. .a 2./,
    },
    case: {
      name: 'a Topic Alias does not live on in the next connection',
      version: '5.0',
      says: /the connection must be closed/,
    },
  },
  {
    name: 'ignores-no-local',
    what: 'sends a client its own messages in spite of No Local',
    plant: rewriting(
      'client',
      subscribes((one) => ({ ...one, noLocal: false })),
    ),
    scenario: { none: 'no scenario asks for No Local: mosquitto_sub cannot' },
    case: {
      name: 'No Local keeps what a client publishes from itself',
      version: '5.0',
      says: /payload: "own", not "other"/,
    },
  },
  {
    name: 'wrong-reason-code',
    what: 'tells whom another took over 0x8B (Server shutting down)',
    plant: rewriting('broker', (packet) => [
      packet.type === 'DISCONNECT' && packet.reasonCode === 0x8e ? { ...packet, reasonCode: 0x8b } : packet,
    ]),
    scenario: {
      name: 'is closed when another takes over its client id',
      version: '5.0',
      says: /closed with 139/,
    },
    case: {
      name: 'a client that connects again ends its earlier connection, which is told 0x8E',
      version: '5.0',
      says: /reasonCode: 139, not 142/,
    },
  },
  {
    name: 'ignores-will-delay',
    what: 'publishes a will before its Will Delay Interval has passed',
    plant: rewriting('client', connects(ignoresWillDelay)),
    scenario: {
      name: 'a will with a delay comes when it has passed, and not before',
      version: '5.0',
      says: /received .*gone/,
    },
    case: {
      name: 'a will is published when its delay is over, not before',
      version: '5.0',
      says: /it came after \d+ ms, not before/,
    },
  },
];
