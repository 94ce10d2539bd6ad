/**
 * createBroker: makes the rooms, wires them, opens listeners and ends it all. What happens to a packet is none of its
 * business; see `connection/`.
 */

import { type ReasonCodeOf, TextCache } from '@mqtt/codec';
import type { Link, LinkHandler } from '@mqtt/session';
import type { Access, Client } from './access/access.ts';
import { Door } from './access/authorize.ts';
import { Gate } from './access/gate.ts';
import { Headcount } from './access/headcount.ts';
import { type Explanation, isRedirect, isTellable, type RedirectCode } from './access/refusal.ts';
import { Admission, type Place, type Visit } from './admission.ts';
import { type Clock, type RandomBytes, systemClock, systemRandom } from './clock.ts';
import { releasePending } from './connection/acknowledgements.ts';
import { refuse } from './connection/connect.ts';
import { Connection } from './connection/connection.ts';
import { type Details, disconnect } from './connection/disconnect.ts';
import { type HandshakeOptions, resolveHandshake } from './connection/handshake.ts';
import type { Rooms } from './connection/rooms.ts';
import { BrokerError } from './errors.ts';
import { type FeatureOptions, resolveFeatures } from './features.ts';
import { type Hooks, type OverloadLevel, tell } from './hooks.ts';
import {
  LocalSubscriber,
  type LocalSubscription,
  type MessageHandler,
  messageOf,
  type PublishOptions,
  type ReceivedMessage,
} from './in-process.ts';
import {
  type ListenOptions,
  type OpenListener,
  type OpenSecureListener,
  openListener,
  type SecureListenOptions,
} from './listen.ts';
import type { Listener } from './listeners/listener.ts';
import { Message } from './message.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type Limits, type Overflow, resolveLimits } from './options.ts';
import { Turn } from './outbox.ts';
import { Overload } from './overload/overload.ts';
import { type Probe, systemProbe } from './overload/probe.ts';
import { Retained } from './router/retained.ts';
import { Router } from './router/router.ts';
import { strategyOf } from './router/strategies.ts';
import { Schedule } from './schedule.ts';
import { Aging } from './session/aging.ts';
import { AliasHead } from './session/aliasing.ts';
import { Registry } from './session/registry.ts';
import { MemoryStore } from './store/memory.ts';
import type { Store, Ticket } from './store/store.ts';
import { type SysSizes, SysTopics } from './sys-topics.ts';
import { Tap } from './tap.ts';
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
  /**
   * true: a message whose Payload Format Indicator says UTF-8 and that is none is refused with 0x99 (§3.3.2.3.2).
   * Default false: it costs reading every payload that says so.
   */
  readonly validatePayloadFormat?: boolean | undefined;
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

/** A running broker. */
export interface Broker {
  /** Opens a listener, on loopback unless `host` says otherwise; port 0 is any free one. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION */
  listen(options: SecureListenOptions): Promise<OpenSecureListener>;
  listen(options: ListenOptions): Promise<OpenListener>;
  /** Serves a link that came some other way; the link reports to what this returns. */
  accept(link: Link): LinkHandler;
  /**
   * Publishes for the program itself: to all who subscribed, retained if so said. Text is sent as UTF-8.
   * Resolves when it is where its QoS promises it. @throws {BrokerError} INVALID_TOPIC_NAME, BROKER_CLOSED
   */
  publish(topic: string, payload: Uint8Array | string, options?: PublishOptions): Promise<void>;
  /**
   * Subscribes for the program itself: retained messages first, then each as it comes, at the end of its turn.
   * `$share/...` joins a shared subscription. @throws {BrokerError} INVALID_TOPIC_FILTER, BROKER_CLOSED
   */
  subscribe(topicFilter: string, handler: MessageHandler): LocalSubscription;
  /** Every connected client. */
  clients(): IterableIterator<Client>;
  /** Every session, connected or not. */
  sessions(): IterableIterator<SessionState>;
  /** Every retained message. */
  retained(): IterableIterator<ReceivedMessage>;
  /**
   * Sends a client to another server: 0x9C for now, 0x9D for good (§4.11); false when there is no such client.
   * 3.x clients are closed without a word. @throws {BrokerError} INVALID_OPTION for texts that MQTT cannot carry
   */
  disconnect(clientId: string, reasonCode: RedirectCode, details?: Details): boolean;
  /**
   * Ends a client's connection with a 5.0 reason code, default 0x98 (Administrative action); false when there is none.
   * @throws {BrokerError} INVALID_OPTION for texts that MQTT cannot carry
   */
  disconnect(
    clientId: string,
    reasonCode?: ReasonCodeOf<'DISCONNECT_SERVER'>,
    details?: Explanation,
  ): boolean;
  /** Counters since the start. */
  readonly metrics: Readonly<Metrics>;
  /** What there is now. */
  readonly sizes: Sizes;
  /**
   * Closes the listeners, tells clients 0x8B (0x88 in CONNACK), lets their bytes leave for up to `drain` ms (default 5000), and ends.
   * With a `serverReference` clients are told 0x9C and where to go instead (§4.11). @throws {BrokerError} INVALID_OPTION
   */
  close(options?: CloseOptions): Promise<void>;
}

/** How a broker ends; all optional. */
export interface CloseOptions {
  /** Milliseconds for bytes that have not left; default 5000. */
  readonly drain?: number | undefined;
  /** Servers to use instead, as `host[:port]` parted by spaces. */
  readonly serverReference?: string | undefined;
}

/** How much there is of what a broker holds. */
export interface Sizes {
  readonly connections: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly retained: number;
  readonly retainedBytes: number;
  /** QoS 1 and 2 messages that wait in all sessions, and their bytes; see `maximumTotalQueuedMessages`. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Bytes that wait for connections that do not take them; see `maximumTotalOutgoingBytes`. */
  readonly outgoingBytes: number;
  /** Bytes of connections that are not accepted yet. */
  readonly bytesBeforeConnect: number;
  /** Bytes of clients that are not handled yet: half packets, and packets of clients that are held. */
  readonly receivedBytes: number;
  /** How overloaded the process is, 0 to 3. */
  readonly overload: OverloadLevel;
}

/** A session as it is now. */
export interface SessionState {
  readonly clientId: string;
  readonly isConnected: boolean;
  /** Topic filters, `$share/...` included. */
  readonly topicFilters: readonly string[];
  /** QoS 1 and 2 messages that wait, and those that are sent and not yet acknowledged. */
  readonly queued: number;
  readonly inflight: number;
}

/** Makes a broker; it listens nowhere yet. @throws {BrokerError} INVALID_OPTION */
export function createBroker(options: BrokerOptions = {}): Broker {
  return new Embedded(options);
}

class Embedded implements Broker {
  readonly metrics: Metrics = createMetrics();
  readonly #clock: Clock;
  readonly #rooms: Rooms;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Map<Connection, Place>();
  readonly #admission: Admission;
  /** Where links come from that the program gives itself. */
  readonly #byProgram: Place = { maximumConnections: Number.POSITIVE_INFINITY, isAnswering: true, open: 0 };
  #durable: { readonly ticket: Ticket; readonly resolve: () => void }[] = [];
  #isClosed = false;
  #whenEmpty: (() => void) | undefined;

  constructor(options: BrokerOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#rooms = makeRooms(options, this.#clock, this.metrics, (connection) => this.#gone(connection));
    this.#admission = new Admission(this.#rooms, (link, visit) => this.#serve(link, visit));
    this.#rooms.store.watch({
      durable: () => this.#stored(),
      full: () => {},
      failed: () => {},
      damaged: () => {},
    });
    const { sysInterval = 0, version = '@mqtt/broker' } = options;
    if (!(sysInterval >= 0 && sysInterval <= 86_400)) {
      throw new BrokerError('INVALID_OPTION', `sysInterval must be 0 to 86400 s, not ${sysInterval}`);
    }
    if (sysInterval > 0) this.#startSysTopics(sysInterval, version);
  }

  #startSysTopics(interval: number, version: string): void {
    const { wheel, schedule } = this.#rooms;
    const sizes = (): SysSizes => this.sizes;
    const source = { version, metrics: this.metrics, sizes };
    new SysTopics(source, wheel, interval, (message) => schedule.publish(message)).start();
  }

  get sizes(): Sizes {
    const { registry, router, totals, overload } = this.#rooms;
    return {
      connections: this.#connections.size,
      sessions: registry.size,
      subscriptions: router.subscriptionCount,
      retained: router.retained.size,
      retainedBytes: router.retained.bytes,
      ...totals,
      overload: overload.level,
    };
  }

  async publish(topic: string, payload: Uint8Array | string, options: PublishOptions = {}): Promise<void> {
    this.#refuseWhenClosed();
    const { schedule, store, wheel } = this.#rooms;
    schedule.publish(new Message(messageOf(topic, payload, options), undefined, wheel.now));
    const ticket = store.newest;
    if (ticket > store.durable) await new Promise<void>((resolve) => this.#durable.push({ ticket, resolve }));
  }

  subscribe(topicFilter: string, handler: MessageHandler): LocalSubscription {
    this.#refuseWhenClosed();
    const { router, turn, hooks, wheel } = this.#rooms;
    const subscriber = new LocalSubscriber(topicFilter, handler, turn, this.metrics, hooks);
    if (subscriber.wantsRetained) {
      for (const message of router.retained.match(topicFilter, wheel.now))
        subscriber.deliverRetained(message);
    }
    router.subscribe(subscriber.subscription);
    return {
      topicFilter,
      unsubscribe: () => {
        subscriber.end();
        router.unsubscribe(topicFilter, subscriber);
      },
    };
  }

  *clients(): IterableIterator<Client> {
    for (const { client, phase } of this.#connections.keys())
      if (client !== undefined && phase === 'connected') yield client;
  }

  *sessions(): IterableIterator<SessionState> {
    for (const session of this.#rooms.registry) {
      const { clientId, isOnline, queued, inflight } = session;
      const topicFilters = Array.from(session.subscriptions(), ({ topicFilter }) => topicFilter);
      yield { clientId, isConnected: isOnline, topicFilters, queued, inflight };
    }
  }

  *retained(): IterableIterator<ReceivedMessage> {
    for (const { topic, payload, qos, properties } of this.#rooms.router.retained) {
      yield { topic, payload, qos, retain: true, properties: properties ?? {} };
    }
  }

  disconnect(
    clientId: string,
    reasonCode: ReasonCodeOf<'DISCONNECT_SERVER'> = 0x98,
    details?: Details,
  ): boolean {
    refuseUntellable(reasonCode, details);
    for (const connection of this.#connections.keys()) {
      if (connection.client?.clientId !== clientId || connection.phase !== 'connected') continue;
      disconnect(connection, reasonCode, undefined, details);
      return true;
    }
    return false;
  }

  listen(options: SecureListenOptions): Promise<OpenSecureListener>;
  listen(options: ListenOptions): Promise<OpenListener>;
  async listen(options: ListenOptions): Promise<OpenListener> {
    this.#refuseWhenClosed();
    const listener = await openListener(options, this.#admission, this.#rooms.limits);
    this.#listeners.push(listener);
    return listener;
  }

  accept(link: Link): LinkHandler {
    const visit = this.#admission.arrive(this.#byProgram, link.peer);
    return this.#serve(link, visit?.identify() ? visit : undefined);
  }

  #serve(link: Link, visit: Visit | undefined): LinkHandler {
    const { hooks, limits, metrics } = this.#rooms;
    if (hooks.onPacket === undefined) return this.#connect(link, visit);
    const tap = new Tap(link.peer, hooks.onPacket, metrics, limits.maximumPacketSize);
    return tap.handler(this.#connect(tap.link(link), visit));
  }

  #connect(link: Link, visit: Visit | undefined): LinkHandler {
    const connection = new Connection(this.#rooms, link);
    if (visit === undefined) {
      connection.phase = 'ended';
      link.abort(); // no linger for those: they would be the very connections there is no room for
    } else {
      this.#connections.set(connection, visit.place);
      this.#rooms.overload.start();
      connection.refusal = visit.refusal;
      connection.open(visit.since);
      visit.became(connection);
    }
    return connection;
  }

  async close(options: CloseOptions = {}): Promise<void> {
    if (this.#isClosed) return;
    const { drain = 5000, serverReference } = options;
    refuseUntellable(0x9c, { serverReference });
    this.#isClosed = true;
    const { wheel, turn, store, overload } = this.#rooms;
    this.#admission.close();
    const closing = this.#listeners.map((listener) => listener.close());
    for (const connection of [...this.#connections.keys()]) this.#tellEnd(connection, serverReference);
    turn.flush();
    await this.#empty(drain);
    await Promise.all(closing);
    overload.close();
    wheel.stop();
    await store.close();
  }

  /** The broker ends: a connected client gets DISCONNECT, one whose CONNECT is not answered yet CONNACK (§4.11). */
  #tellEnd(connection: Connection, serverReference: string | undefined): void {
    const isMoved = serverReference !== undefined;
    const details = isMoved ? { serverReference } : undefined;
    if (connection.phase === 'asked') refuse(connection, isMoved ? 0x9c : 0x88, undefined, details);
    else disconnect(connection, isMoved ? 0x9c : 0x8b, undefined, details);
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new BrokerError('BROKER_CLOSED', 'the broker is closed');
  }

  /** The store has more: acknowledgements and promises that waited for it go. */
  #stored(): void {
    for (const connection of this.#connections.keys()) releasePending(connection);
    const { durable } = this.#rooms.store;
    for (const { ticket, resolve } of this.#durable) if (ticket <= durable) resolve();
    this.#durable = this.#durable.filter(({ ticket }) => ticket > durable);
  }

  #gone(connection: object): void {
    const place = this.#connections.get(connection as Connection);
    if (place === undefined) return;
    this.#connections.delete(connection as Connection);
    this.#admission.leave(place);
    this.metrics.connectionsClosed++;
    if (this.#connections.size > 0) return;
    this.#rooms.overload.stop();
    this.#whenEmpty?.();
  }

  /** Waits until every connection is gone, and cuts what is left after `drain` ms. */
  async #empty(drain: number): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(drain, () => {
        for (const connection of [...this.#connections.keys()]) connection.link.abort();
      });
      this.#whenEmpty = () => {
        cancel();
        resolve();
      };
    });
  }
}

function makeRooms(options: BrokerOptions, clock: Clock, metrics: Metrics, gone: Rooms['gone']): Rooms {
  const limits = resolveLimits(options.limits ?? {});
  const wheel = new TimerWheel(clock);
  const features = resolveFeatures(options);
  const random = options.random ?? systemRandom;
  const retained = new Retained({
    messages: limits.maximumRetainedMessages,
    bytes: limits.maximumRetainedBytes,
    expiryInterval: features.retainExpiryInterval,
  });
  const router = new Router(retained, strategyOf(features.sharedSubscriptions, random));
  const bounds = {
    messages: limits.maximumQueuedMessages,
    bytes: limits.maximumQueuedBytes,
    overflow: options.overflow ?? 'drop-newest',
    totalMessages: limits.maximumTotalQueuedMessages,
    totalBytes: limits.maximumTotalQueuedBytes,
  };
  const totals = new Totals();
  const { hooks = {}, probe = systemProbe() } = options;
  const turn = new Turn(clock.defer, (error) => tell(metrics, hooks.onError, error));
  const door = new Door(options.access ?? {}, wheel, metrics, limits.hookTimeout);
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
  return {
    limits,
    features,
    metrics,
    hooks,
    door,
    handshake: resolveHandshake(options),
    gate: new Gate(door, hooks.onPublish, metrics, () => wheel.now),
    wheel,
    turn,
    totals,
    overload: new Overload(probe === false ? undefined : probe, limits, wheel, metrics, hooks),
    connectionsOf: new Headcount(limits.maximumConnectionsPerIdentity),
    outgoing: { bytes: limits.maximumOutgoingBytes, totalBytes: limits.maximumTotalOutgoingBytes, totals },
    random,
    router,
    registry,
    schedule: new Schedule(wheel, router, registry, metrics),
    store: options.store ?? new MemoryStore(),
    gone,
    validatesText: options.validatePayloadFormat ?? false,
    texts: new TextCache(TEXTS),
  };
}

function refuseUntellable(reasonCode: number, details: Details | undefined): void {
  if (details?.serverReference !== undefined && !isRedirect(reasonCode)) {
    throw new BrokerError('INVALID_OPTION', 'serverReference goes with reason code 0x9C or 0x9D only');
  }
  if (details !== undefined && !isTellable('DISCONNECT', details)) {
    throw new BrokerError(
      'INVALID_OPTION',
      'details must be texts of at most 65,535 bytes without U+0000, user properties pairs of them',
    );
  }
}
