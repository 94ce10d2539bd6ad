/**
 * The state of a client from `connect` to `ended`: one connection after the other, when to try again, when to stop.
 * Attaches the rooms to each connection. Knows nothing of topics, payloads or handlers. Where to try again, pausing and
 * authentication are the whole client's (`client.ts`).
 */
import type { Connack, Connect, Disconnect, ProtocolVersion } from '@mqtt/codec';
import type { Attempt } from './attempt.ts';
import type { Cancel } from './clock.ts';
import { Connection, type ConnectionParts, type Opening } from './connection.ts';
import { MqttError, RefusedError, unsendable } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import type { CorePlatform } from './platform.ts';
import { nextAttempt } from './reconnect.ts';
import type { Rooms } from './rooms.ts';
import { type CoreSettings, toBytes } from './settings.ts';
import type { ClientState } from './state.ts';
import * as words from './words.ts';

/** A server, and who this client is to it. */
export interface Destination {
  readonly endpoint: { readonly href: string };
  readonly username?: string | undefined;
  readonly password?: string | Uint8Array | undefined;
}

/** What is different about the next attempt, when it goes to another server. */
export interface Elsewhere {
  /** Servers that take turns. */
  readonly round: number;
  /** What this server said against trying again counts for nothing. */
  readonly isElsewhere: boolean;
  /** The next attempt belongs to the first one: `connect` waits for it. */
  readonly isFirst: boolean;
}

const DISCONNECT: Disconnect = { type: 'DISCONNECT', reasonCode: 0 };

/** One client's life. */
export abstract class Lifecycle {
  declare protected readonly settings: CoreSettings;
  declare protected readonly platform: CorePlatform;
  declare protected readonly rooms: Rooms;
  #state: ClientState = { status: 'connecting', attempt: 1, reason: undefined };
  protected connection: Connection | undefined;
  /** The timer of a state that waits. */
  #cancel: Cancel = () => {};
  #attempt = 0;
  #backoff = 0;
  #connectedAt = 0;
  /** Seconds that the server keeps the session; there is none before the first connection. */
  #sessionExpiry = 0;
  readonly #firstConnected = new Pending<void>();
  readonly #ended = new Pending<void>();
  #clientId: string;

  constructor(settings: CoreSettings, platform: CorePlatform, rooms: Rooms) {
    this.settings = settings;
    this.platform = platform;
    this.rooms = rooms;
    this.#clientId = settings.clientId;
  }

  /** What this client is doing, and why. */
  get state(): ClientState {
    return this.#state;
  }

  /** The Client Identifier: the option, or what the server assigned. */
  get clientId(): string {
    return this.#clientId;
  }

  /** 5 (5.0), 4 (3.1.1) or 3 (3.1). */
  get version(): ProtocolVersion {
    return this.settings.version;
  }

  /** Internal: use `connect`. Resolves with the first connection, rejects when the client ended before. */
  start(): Promise<void> {
    this.connectNow(undefined);
    return this.#firstConnected.promise;
  }

  /** Where to, and as whom. What it throws is tried again. */
  protected destination(_attempt: Attempt): Destination | Promise<Destination> {
    return this.settings as Destination;
  }

  /** The rooms are attached. `isNewSession`: the server knows nothing of this client's subscriptions. */
  protected abstract connected(limits: ServerLimits, isNewSession: boolean): void;
  /** Over for good: everything that is open must be settled. */
  protected abstract over(reason: MqttError | undefined): void;
  /** The state changed. */
  protected abstract entered(state: ClientState, previous: ClientState): void;

  protected connectNow(reason: MqttError | undefined): void {
    const attempt = ++this.#attempt;
    const { platform, rooms, settings } = this;
    const connection = this.open({
      ...settings,
      ...platform,
      rooms,
      opening: (signal) => this.opening({ attempt, reason, signal }),
      connected: (connack, limits, outbox) => this.#connected(connack, limits, outbox),
      closed: (error) => {
        if (this.connection === connection) this.#closed(error);
      },
    });
    this.connection = connection;
    this.enter({ status: 'connecting', attempt, reason });
    connection.open();
  }

  protected open(parts: ConnectionParts): Connection {
    return new Connection(parts);
  }

  /** Every later CONNECT asks for the session back if it can have outlived the connection (§3.1.2.4, §3.1.2.11.2). */
  protected async opening(attempt: Attempt): Promise<Opening> {
    const { version, cleanStart, keepAlive, will, properties } = this.settings;
    const { endpoint, username, password } = await this.destination(attempt);
    const connect = {
      type: 'CONNECT',
      version,
      clientId: this.#clientId,
      cleanStart: cleanStart && this.#sessionExpiry === 0,
      keepAlive,
      will,
      username,
      password: password === undefined ? undefined : toBytes(password),
      properties,
    } as Connect; // the codec checks what each version allows
    this.checkConnect(connect);
    return { endpoint, connect };
  }

  /** @throws MqttError INVALID_OPTION */
  protected checkConnect(connect: Connect): void {
    try {
      sizeOf(connect, connect.version);
    } catch (error) {
      throw unsendable(error, 'CONNECT');
    }
  }

  #connected(connack: Connack, limits: ServerLimits, outbox: Outbox): void {
    const { platform, rooms, settings } = this;
    const { sessionPresent: isSaid, properties } = connack;
    // 3.1 has no Session Present: what is in flight goes on if the session was asked for, filters are subscribed anew.
    const sessionPresent = settings.version === 3 ? !settings.cleanStart : isSaid;
    this.#clientId = properties?.assignedClientIdentifier ?? this.#clientId; // [MQTT-3.2.2-16]
    this.#sessionExpiry =
      properties?.sessionExpiryInterval ?? settings.properties?.sessionExpiryInterval ?? 0; // §3.2.2.3.2
    this.#connectedAt = platform.clock.now();
    rooms.incoming.attach(outbox, sessionPresent);
    rooms.publisher.attach(outbox, limits, sessionPresent, this.#clientId);
    this.connected(limits, !isSaid);
    rooms.requests.attach(outbox, limits);
    rooms.publisher.advance();
    this.enter({ status: 'connected', sessionPresent, limits, connack });
    this.#firstConnected.resolve();
  }

  /** The rooms are nobody's until the next connection. */
  protected detach(reason: MqttError | undefined): Connection | undefined {
    const { publisher, incoming, requests } = this.rooms;
    const { connection } = this;
    this.connection = undefined;
    this.#cancel();
    publisher.detach();
    incoming.detach();
    requests.detach(reason ?? new MqttError('CLOSED', words.connectionEnded));
    return connection;
  }

  #closed(error: MqttError | undefined): void {
    const { status } = this.state;
    this.detach(error);
    if (error === undefined || status === 'ending') this.#end(undefined);
    else this.decide(error, status === 'connected' ? this.platform.clock.now() - this.#connectedAt : 0);
  }

  /** Again, or never again. */
  protected decide(reason: MqttError, connectedFor: number, elsewhere?: Elsewhere): void {
    const { reconnect } = this.settings;
    const { random, clock } = this.platform;
    // Only what the server said counts; a statement's reason code is this side's.
    const reasonCode =
      reason instanceof RefusedError && !elsewhere?.isElsewhere ? reason.reasonCode : undefined;
    const isLasting = /^(INVALID|AUTH)/.test(reason.code);
    const isOnce = !reconnect?.initial && this.#firstConnected.open && !elsewhere?.isFirst;
    if (reconnect === undefined || isLasting || isOnce) {
      this.#end(reason);
      return;
    }
    const { backoff, delay } = nextAttempt(
      this.#backoff,
      { reasonCode, connectedFor },
      reconnect,
      random(),
      elsewhere?.round,
    );
    if (delay === undefined) {
      this.#end(reason);
      return;
    }
    this.#backoff = backoff;
    this.#cancel = clock.after(delay, () => this.connectNow(reason));
    this.enter({ status: 'waiting', reason, delay, attempt: this.#attempt });
  }

  /** The next failure is the first one again. */
  protected forgetFailures(): void {
    this.#cancel();
    this.#backoff = 0;
  }

  /**
   * Ends in order: waits up to `timeout` ms for what is in flight when there is a connection, then sends `packet`.
   * Resolves when all is over; never rejects.
   */
  protected finish(timeout: number, packet: Disconnect = DISCONNECT): Promise<void> {
    const { status } = this.state;
    const { connection } = this;
    const disconnect = (): void => connection?.disconnect(packet);
    if (status === 'connected' && timeout > 0) {
      this.#cancel = this.platform.clock.after(timeout, disconnect);
      this.enter({ status: 'ending' });
      this.rooms.publisher.whenIdle(disconnect);
    } else if (status === 'connected' || (status === 'ending' && timeout === 0)) {
      if (status === 'connected') this.enter({ status: 'ending' });
      disconnect();
    } else if (status !== 'ending') this.stop(undefined);
    return this.#ended.promise;
  }

  /** Ends at once because of `reason`. */
  protected stop(reason: MqttError | undefined): void {
    if (this.state.status === 'ended') return;
    const connection = this.detach(reason);
    this.#end(reason);
    connection?.disconnect(DISCONNECT);
  }

  #end(reason: MqttError | undefined): void {
    this.enter({ status: 'ended', reason });
    this.#firstConnected.reject(reason ?? new MqttError('CLOSED', words.endedEarly));
    this.over(reason);
    this.#ended.resolve();
  }

  protected enter(state: ClientState): void {
    const previous = this.#state;
    this.#state = state;
    this.entered(state, previous);
  }
}
