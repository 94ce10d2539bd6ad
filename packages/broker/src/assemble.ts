/**
 * What createBroker takes, and the rooms of a broker made from it: which room is given which, and nothing else.
 * What they do together is `broker.ts`'s.
 */
import { TextCache } from '@mqtt/codec';
import type { Access } from './access/access.ts';
import { Door } from './access/authorize.ts';
import { Gate } from './access/gate.ts';
import { Headcount } from './access/headcount.ts';
import { type Clock, type RandomBytes, systemRandom } from './clock.ts';
import { type HandshakeOptions, resolveHandshake } from './connection/handshake.ts';
import type { Rooms } from './connection/rooms.ts';
import { Events } from './events.ts';
import { type FeatureOptions, type Features, resolveFeatures } from './features.ts';
import { type Hooks, tell } from './hooks.ts';
import { Keeping } from './keeping.ts';
import type { Metrics } from './metrics.ts';
import type { Limits, Overflow } from './options.ts';
import { type OutgoingBounds, Turn } from './outbox.ts';
import { Overload } from './overload/overload.ts';
import { largestHeap, type Probe, systemProbe } from './overload/probe.ts';
import { resolveLimits } from './resolve-limits.ts';
import { Levels } from './router/levels.ts';
import { Retained, type RetainedBounds } from './router/retained.ts';
import { Router } from './router/router.ts';
import { type Strategy, strategyOf } from './router/strategies.ts';
import { sweepExpired } from './router/sweep.ts';
import { Schedule } from './schedule.ts';
import { Aging } from './session/aging.ts';
import { AliasHead } from './session/aliasing.ts';
import type { QueueBounds } from './session/queue.ts';
import { Registry } from './session/registry.ts';
import type { Store } from './store/store.ts';
import { TimerWheel } from './timer-wheel.ts';
import { Totals } from './totals.ts';

/** Topics and property texts that all decoders of a broker remember, at 200 bytes each. */
const TEXTS = 8192;

/** Everything createBroker takes; all optional. */
export interface BrokerOptions extends HandshakeOptions, FeatureOptions {
  /** Limits in place of their defaults; the table is in `options.ts`. */
  readonly limits?: Partial<Limits> | undefined;
  /** What happens when a session's queue is full; default `drop-newest`. */
  readonly overflow?: Overflow | undefined;
  /** Who may connect, publish and subscribe; without hooks, everybody. */
  readonly access?: Access | undefined;
  /** What the program wants to be told. */
  readonly hooks?: Hooks | undefined;
  /** Where kept sessions and retained messages outlive the process; default: nowhere. */
  readonly store?: Store | undefined;
  /** Seconds between two rounds of `$SYS/broker/...`; 0, the default, is never. */
  readonly sysInterval?: number | undefined;
  /** What `$SYS/broker/version` says; default `@mqtt/broker`. */
  readonly version?: string | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's. */
  readonly random?: RandomBytes | undefined;
  /** Measures the load of the process; default: its event loop and heap. false: overload is not watched. */
  readonly probe?: Probe | false | undefined;
}

/** What of a broker's options may change while it runs; what is left out is at its default. */
export type Bounds = Pick<BrokerOptions, 'limits' | 'overflow'>;

/** The rooms of a broker, and what puts other bounds in force in all of them. */
export interface Made {
  readonly rooms: Rooms;
  /** `identities`: one for each client that is connected. @throws {BrokerError} INVALID_OPTION, and nothing has changed */
  readonly setBounds: (bounds: Bounds, identities: Iterable<string>) => void;
  /** @throws {BrokerError} INVALID_OPTION, and nothing has changed */
  readonly setFeatures: (features: FeatureOptions) => void;
}

/** Makes the rooms. @throws {BrokerError} INVALID_OPTION */
export function makeRooms(options: BrokerOptions, clock: Clock, metrics: Metrics, gone: Rooms['gone']): Made {
  const limits = resolveLimits(options.limits ?? {});
  const wheel = new TimerWheel(clock);
  const features = resolveFeatures(options);
  const { probe = systemProbe(), random = systemRandom } = options;
  const events = new Events(options.hooks ?? {}, metrics);
  const { hooks } = events;
  const keeping = options.store && new Keeping(options.store, clock, metrics, hooks);
  const kept = retainedBounds(limits, features);
  const levels = new Levels(random(new Uint8Array(8)));
  const retained = new Retained(kept, keeping, levels);
  sweepExpired(retained, wheel);
  const strategy = strategyOf(features.sharedSubscriptions, random);
  const router = new Router(retained, strategy, levels);
  const totals = new Totals();
  const turn = new Turn(clock.defer, (error) => tell(metrics, hooks.onError, error));
  const door = new Door(options.access ?? {}, wheel, limits.hookTimeout, (error) => {
    metrics.hooksFailed++;
    tell(metrics, hooks.onHookFailed, error);
  });
  const bounds = boundsOf(limits, options.overflow);
  const environment = {
    metrics,
    features,
    bounds,
    inflightBytes: limits.maximumInflightBytes,
    totals,
    turn,
    aging: new Aging(wheel),
    door,
    hooks,
    outboundAliases: limits.maximumOutboundTopicAliases,
    aliasHead: new AliasHead(),
    now: clock.now,
  };
  const registry = new Registry(environment, limits.maximumSessions, limits.maximumSessionsPerIdentity);
  const rooms: Rooms = {
    limits,
    features,
    mountPoint: '',
    metrics,
    traffic: { received: 0, sent: 0 },
    events,
    hooks,
    door,
    handshake: resolveHandshake(options),
    gate: new Gate(door, hooks.onPublish, metrics, () => wheel.now),
    wheel,
    turn,
    totals,
    overload: new Overload(probe === false ? undefined : probe, limits, wheel, metrics, hooks),
    connectionsOf: new Headcount(limits.maximumConnectionsPerIdentity),
    outgoing: { ...outgoingBounds(limits), totals },
    random,
    router,
    registry,
    schedule: new Schedule(wheel, router, registry, metrics, totals),
    keeping,
    gone,
    texts: new TextCache(TEXTS),
  };
  const parts = { bounds, kept, environment };
  return {
    rooms,
    setBounds: settingBounds(rooms, limits, parts),
    setFeatures: settingFeatures(rooms, kept, strategy),
  };
}

/** What the bounds of a broker were made of beside its rooms. */
interface BoundParts {
  readonly bounds: QueueBounds;
  readonly kept: RetainedBounds;
  readonly environment: { inflightBytes: number; outboundAliases: number };
}

/** Writes new bounds into the same objects as before: whoever was given one looks at it anew each time. */
function settingBounds(rooms: Rooms, limits: Limits, parts: BoundParts): Made['setBounds'] {
  return (next, identities) => {
    Object.assign(limits, resolveLimits(next.limits ?? {}));
    Object.assign(parts.bounds, boundsOf(limits, next.overflow));
    Object.assign(parts.kept, retainedBounds(limits, rooms.features));
    Object.assign(rooms.outgoing, outgoingBounds(limits));
    parts.environment.inflightBytes = limits.maximumInflightBytes;
    parts.environment.outboundAliases = limits.maximumOutboundTopicAliases;
    rooms.door.timeout = limits.hookTimeout;
    rooms.registry.change(limits.maximumSessions, limits.maximumSessionsPerIdentity);
    rooms.connectionsOf.change(limits.maximumConnectionsPerIdentity, identities);
  };
}

/** Writes other choices into the same objects. */
function settingFeatures(
  { features, limits, random }: Rooms,
  kept: RetainedBounds,
  strategy: Strategy,
): Made['setFeatures'] {
  return (next) => {
    Object.assign(features, resolveFeatures(next));
    Object.assign(strategy, strategyOf(features.sharedSubscriptions, random));
    Object.assign(kept, retainedBounds(limits, features));
  };
}

/** What may wait for slow connections. */
function outgoingBounds(limits: Limits): Omit<OutgoingBounds, 'totals'> {
  return { bytes: limits.maximumOutgoingBytes, totalBytes: limits.maximumTotalOutgoingBytes };
}

/** Of the heap, for each message in memory: it takes a third of that with a small payload. */
const KIBIBYTE = 1024;

/** What may wait in one session, and in all. */
function boundsOf(limits: Limits, overflow: Overflow = 'drop-newest'): QueueBounds {
  return {
    messages: limits.maximumQueuedMessages,
    bytes: limits.maximumQueuedBytes,
    overflow,
    totalMessages: limits.maximumTotalQueuedMessages,
    totalBytes: limits.maximumTotalQueuedBytes,
    messagesInMemory:
      limits.maximumMessagesInMemory || Math.floor((limits.maximumHeap || largestHeap()) / KIBIBYTE),
    totalInflightBytes: limits.maximumTotalInflightBytes,
  };
}

/** What may be retained, and for how long in s. */
function retainedBounds(
  { maximumRetainedMessages: messages, maximumRetainedBytes: bytes }: Limits,
  { retainExpiryInterval: expiryInterval }: Features,
): RetainedBounds {
  return { messages, bytes, expiryInterval };
}
