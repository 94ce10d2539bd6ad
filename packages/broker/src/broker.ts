/**
 * createBroker: makes the rooms, wires them, opens listeners and ends it all. What happens to a packet is none of its
 * business; see `connection/`.
 */

import type { ReasonCodeOf, TopicFilter, TopicName } from '@mqtt/codec';
import type { Link, LinkHandler } from '@mqtt/session';
import type { Access, Client } from './access/access.ts';
import { type Explanation, isRedirect, isTellable, type RedirectCode } from './access/refusal.ts';
import { Admission, type Visit } from './admission.ts';
import { type Bounds, type BrokerOptions, type Made, makeRooms } from './assemble.ts';
import { type Clock, systemClock } from './clock.ts';
import { refuse } from './connection/connect.ts';
import { Connection } from './connection/connection.ts';
import { type Details, disconnect } from './connection/disconnect.ts';
import type { Rooms } from './connection/rooms.ts';
import type { Terms } from './connection/terms.ts';
import { BrokerError } from './errors.ts';
import type { EventListener, EventName } from './events.ts';
import { type Expelled, expel, type Judge } from './expel.ts';
import type { FeatureOptions } from './features.ts';
import { Hall } from './hall.ts';
import type { OverloadLevel } from './hooks.ts';
import {
  type LocalSubscription,
  type MessageHandler,
  messageOf,
  type PublishOptions,
  type ReceivedMessage,
  subscribeHandler,
} from './in-process.ts';
import type { ListenOptions, OpenListener, OpenSecureListener, SecureListenOptions } from './listen.ts';
import { type ListenerChange, Listening } from './listening.ts';
import { Message } from './message.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { reauthorize } from './reauthorize.ts';
import { type OnProgress, Recovery } from './recovery.ts';
import { type SysSizes, SysTopics } from './sys-topics.ts';

/** What `open` takes. */
export interface OpenOptions {
  /** Told some hundred times how many of about `total` records are loaded. */
  readonly onProgress?: OnProgress | undefined;
}

/** A running broker. */
export interface Broker {
  /**
   * Loads what the store kept; `listen` does it by itself. Resolves when the broker is what it was; at once without a
   * store. Rejects with the store's own error when it cannot be opened.
   */
  open(options?: OpenOptions): Promise<void>;
  /** Opens a listener, on loopback unless `host` says otherwise; port 0 is any free one. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION */
  listen(options: SecureListenOptions): Promise<OpenSecureListener>;
  listen(options: ListenOptions): Promise<OpenListener>;
  /** Begins to put another set of listeners in the place of those there are. @throws {BrokerError} BROKER_CLOSED, STORE_NOT_LOADED */
  changeListeners(): ListenerChange;
  /**
   * Serves a link that came some other way; the link reports to what this returns. `terms`: what is different for its
   * client, as `listen` takes it for all of a listener. @throws {BrokerError} STORE_NOT_LOADED, INVALID_OPTION
   */
  accept(link: Link, terms?: Terms): LinkHandler;
  /**
   * Publishes for the program itself: to all who subscribed, retained if so said. Text is sent as UTF-8.
   * Resolves when it is where its QoS promises it. @throws {BrokerError} INVALID_TOPIC_NAME, INVALID_OPTION,
   * BROKER_CLOSED, STORE_NOT_LOADED, STORE_FULL; the store's error when it failed meanwhile
   */
  publish<Topic extends string, ResponseTopic extends string = string>(
    topic: TopicName<Topic>,
    payload: Uint8Array | string,
    options?: PublishOptions<ResponseTopic>,
  ): Promise<void>;
  /**
   * Subscribes for the program itself: retained messages first, then each as it comes, at the end of its turn. Retained
   * ones come a few hundred a turn, what is published meanwhile between them. `$share/...` joins a shared subscription.
   * @throws {BrokerError} INVALID_TOPIC_FILTER, INVALID_OPTION, BROKER_CLOSED
   */
  subscribe<Filter extends string>(
    topicFilter: TopicFilter<Filter>,
    handler: MessageHandler,
  ): LocalSubscription;
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
  /**
   * Puts out whoever `judge` names, there or away: the connection ends (0x98), nothing it sent is published any more, nor
   * its will; the session ends too where it says so. Refusing whoever comes again is up to `authenticate`: let it know
   * first. Rejects with what `judge` throws. @throws {BrokerError} INVALID_OPTION for texts that MQTT cannot carry
   */
  expel(judge: Judge): Promise<Expelled>;
  /** Why the store keeps nothing any more; undefined while all is well. See the hook `onStore`. */
  readonly failed: Error | undefined;
  /**
   * The rules behind `access` have changed: asks `authorizeSubscribe` about every subscription again, of sessions whose
   * client is away too, and ends those that are no longer allowed. Resolves to how many. Deliveries need no such call:
   * `authorizeReceive` is asked about each.
   */
  reauthorize(): Promise<number>;
  /**
   * Asks these hooks from now on, in place of those given as `access`; without hooks everybody may do everything. Who is
   * connected stays, as who he was; `reauthorize` ends the subscriptions that are no longer allowed.
   */
  setAccess(access: Access): void;
  /**
   * Puts other limits in force, and another answer when a queue is full; what is left out is at its default, as for
   * `createBroker`. Nobody is ended and nothing dropped because a bound is lower now: it holds for what comes. What a
   * client was told in its CONNACK, and its message and byte rates, hold while it is connected.
   * @throws {BrokerError} INVALID_OPTION, and nothing has changed
   */
  setBounds(bounds: Bounds): void;
  /**
   * Puts other choices in force about what is served, and how; what is left out is at its default, as for
   * `createBroker`. What CONNACK tells (`maximumQoS` and all whose names end in `Available`) holds for connections from
   * then on, and for no client that was told otherwise; the rest holds for all at once, `retainExpiryInterval` for
   * messages that are retained later. @throws {BrokerError} INVALID_OPTION, and nothing has changed
   */
  setFeatures(features: FeatureOptions): void;
  /** Seconds between two rounds of `$SYS/broker/...` from now on; 0: no more, and those retained go. @throws {BrokerError} INVALID_OPTION */
  setSysInterval(seconds: number): void;
  /**
   * Calls `listener` each time, with what the hook of that name is told (`connect` is `onConnect`), until the function
   * that is returned is called. Listeners come and go; hooks stay. `packet` shows those of connections that are open, too.
   */
  on<N extends EventName>(name: N, listener: EventListener<N>): () => void;
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
  /** Bytes of open messages to clients whose sessions no store keeps; see `maximumTotalInflightBytes`. */
  readonly inflightBytes: number;
  /** Open messages, and those that wait in sessions no store keeps; see `maximumMessagesInMemory`. */
  readonly messagesInMemory: number;
  /** Bytes of all wills; see `maximumWillBytes`. */
  readonly willBytes: number;
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
  readonly #setBounds: Made['setBounds'];
  readonly #setFeatures: Made['setFeatures'];
  readonly #sysTopics: SysTopics;
  readonly #listening: Listening;
  readonly #connections = new Map<Connection, Hall>();
  readonly #admission: Admission<Hall>;
  /** Where links come from that the program gives itself. */
  readonly #byProgram: Hall;
  #isClosed = false;
  /** What was kept is back, or there is no store. */
  #isLoaded = false;
  #opened: Promise<void> | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(options: BrokerOptions) {
    this.#clock = options.clock ?? systemClock;
    const made = makeRooms(options, this.#clock, this.metrics, (connection) => this.#gone(connection));
    this.#rooms = made.rooms;
    this.#setBounds = made.setBounds;
    this.#setFeatures = made.setFeatures;
    this.#byProgram = new Hall(this.#rooms, {}, true);
    this.#admission = new Admission(this.#rooms, (link, visit) => this.#serve(link, visit));
    this.#listening = new Listening(this.#admission, this.#rooms);
    const { keeping } = this.#rooms;
    if (keeping === undefined) this.#isLoaded = true;
    else {
      keeping.whenFailed = () => this.#storeFailed();
      keeping.store.watch(keeping);
    }
    const { sysInterval = 0, version = '@mqtt/broker' } = options;
    const { wheel, schedule } = this.#rooms;
    const source = { version, metrics: this.metrics, sizes: (): SysSizes => this.sizes };
    this.#sysTopics = new SysTopics(source, wheel, (message) => schedule.publish(message));
    this.setSysInterval(sysInterval);
  }

  setBounds(bounds: Bounds): void {
    this.#setBounds(
      bounds,
      Array.from(this.clients(), ({ identity }) => identity),
    );
    this.#admission.relimit();
  }

  setAccess(access: Access): void {
    this.#rooms.door.change(access);
  }

  setFeatures(features: FeatureOptions): void {
    this.#setFeatures(features);
    this.#byProgram.renew();
    this.#listening.renew();
  }

  setSysInterval(seconds: number): void {
    if (!(seconds >= 0 && seconds <= 86_400)) {
      throw new BrokerError('INVALID_OPTION', `sysInterval must be 0 to 86400 s, not ${seconds}`);
    }
    this.#sysTopics.every(seconds);
  }

  on<N extends EventName>(name: N, listener: EventListener<N>): () => void {
    const off = this.#rooms.events.on(name, listener);
    if (name === 'packet') this.#watch();
    return () => {
      off();
      if (name === 'packet') this.#watch();
    };
  }

  /** Shows packets of the connections there are, or none. */
  #watch(): void {
    const isWanted = this.#rooms.hooks.onPacket !== undefined;
    for (const connection of this.#connections.keys()) connection.watch(isWanted);
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
    this.#refuseWhenNotLoaded();
    const { schedule, keeping, wheel, router } = this.#rooms;
    const message = new Message(messageOf(topic, payload, options), undefined, wheel.now);
    if (keeping?.isFull && (message.retain || router.isKept(topic, message.qos)))
      throw new BrokerError('STORE_FULL', 'the store has no room: make some, or publish with QoS 0');
    const before = keeping?.newest;
    schedule.publish(message);
    if (keeping !== undefined && keeping.newest !== before) await keeping.kept();
  }

  subscribe(topicFilter: string, handler: MessageHandler): LocalSubscription {
    this.#refuseWhenClosed();
    this.#refuseWhenNotLoaded();
    return subscribeHandler(this.#rooms, topicFilter, handler, () => this.#isClosed);
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

  async reauthorize(): Promise<number> {
    return await reauthorize(this.#rooms, (run) => this.#clock.defer(run));
  }

  async expel(judge: Judge): Promise<Expelled> {
    return await expel(this.#rooms, this.#connections.keys(), judge, (run) => this.#clock.defer(run));
  }

  listen(options: SecureListenOptions): Promise<OpenSecureListener>;
  listen(options: ListenOptions): Promise<OpenListener>;
  async listen(options: ListenOptions): Promise<OpenListener> {
    this.#refuseWhenClosed();
    if (!this.#isLoaded) await this.open();
    return await this.#listening.open(options);
  }

  changeListeners(): ListenerChange {
    this.#refuseWhenClosed();
    this.#refuseWhenNotLoaded();
    return this.#listening.change();
  }

  accept(link: Link, terms?: Terms): LinkHandler {
    this.#refuseWhenNotLoaded();
    const place = terms === undefined ? this.#byProgram : new Hall(this.#rooms, terms, true);
    const visit = this.#admission.arrive(place, link.peer);
    return this.#serve(link, visit?.identify() ? visit : undefined);
  }

  #serve(link: Link, visit: Visit<Hall> | undefined): LinkHandler {
    const connection = new Connection(visit?.place.rooms ?? this.#rooms, link);
    connection.watch(this.#rooms.hooks.onPacket !== undefined);
    if (visit === undefined || this.failed !== undefined) {
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
    const { wheel, turn, keeping, overload } = this.#rooms;
    this.#admission.close();
    const closing = this.#listening.close();
    for (const connection of [...this.#connections.keys()]) this.#tellEnd(connection, serverReference);
    turn.flush();
    await this.#empty(drain);
    await closing;
    overload.close();
    wheel.stop();
    if (this.#opened !== undefined) await keeping?.store.close();
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

  open(options: OpenOptions = {}): Promise<void> {
    this.#opened ??= this.#load(options.onProgress);
    return this.#opened;
  }

  async #load(onProgress: OnProgress | undefined): Promise<void> {
    const { keeping } = this.#rooms;
    if (keeping === undefined) return;
    const recovery = new Recovery(this.#rooms, keeping, onProgress);
    await keeping.store.load(recovery);
    await recovery.finish((run) => this.#clock.defer(run));
    this.#isLoaded = true;
  }

  get failed(): Error | undefined {
    return this.#rooms.keeping?.failure;
  }

  /** Nothing can be acknowledged any more: clients had better know. */
  #storeFailed(): void {
    for (const connection of [...this.#connections.keys()]) disconnect(connection, 0x83);
  }

  #refuseWhenNotLoaded(): void {
    if (!this.#isLoaded) {
      throw new BrokerError(
        'STORE_NOT_LOADED',
        'the store is not loaded yet: await broker.open() or broker.listen(...) first',
      );
    }
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
