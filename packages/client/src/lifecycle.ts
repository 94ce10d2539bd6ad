/**
 * The state of a client from `connect` to `ended`: one connection after the other, to which server, when to try again,
 * when to stop. Attaches the rooms to each connection. Knows nothing of topics, payloads or handlers.
 */
import type { Connack, Connect, Disconnect, Packet, ProtocolVersion } from '@mqtt/codec';
import type { Attempt } from './attempt.ts';
import type { Cancel } from './clock.ts';
import { Connection, type Opening } from './connection.ts';
import { invalid, MqttError, RefusedError, unsendable } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import { type Settings, toBytes } from './options.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import type { Platform } from './platform.ts';
import { nextAttempt } from './reconnect.ts';
import type { Rooms } from './rooms.ts';
import { redirected, type Turns } from './servers.ts';
import type { ClientState } from './state.ts';
import type { Server } from './url.ts';

/** What a lifecycle is made of. */
export interface LifecycleParts extends Platform {
  readonly turns: Turns;
  readonly settings: Settings;
  readonly rooms: Rooms;
}

/** Who is told. */
export interface LifecycleEvents {
  state(state: ClientState, previous: ClientState): void;
  /** The rooms are attached. `isNewSession`: the server knows nothing of this client's subscriptions. */
  connected(limits: ServerLimits, isNewSession: boolean): void;
  /** Over for good: everything that is open must be settled. */
  ended(reason: MqttError | undefined): void;
  stray(packet: Packet): void;
}

/** A state and the one after it, for those who follow at their own speed. */
interface Moment {
  readonly state: ClientState;
  readonly next: Pending<Moment>;
}

/** Server References that are followed in a row, without a connection that lasted. */
const MOST_REDIRECTS = 5;
const DISCONNECT: Disconnect = { type: 'DISCONNECT', reasonCode: 0 };

/** One client's life. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #events: LifecycleEvents;
  #moment = momentOf({ status: 'connecting', attempt: 1, reason: undefined });
  #connection: Connection | undefined;
  /** The timer of a state that waits. */
  #cancel: Cancel = () => {};
  #attempt = 0;
  #backoff = 0;
  /** Whose turn it is, and who was pointed to in its place. */
  #turn = 0;
  #server: Server | undefined;
  #redirect: Server | undefined;
  #redirects = 0;
  #connectedAt = 0;
  /** Seconds that the server keeps the session; there is none before the first connection. */
  #sessionExpiry = 0;
  readonly #firstConnected = new Pending<void>();
  readonly #ended = new Pending<void>();
  #clientId: string;

  constructor(parts: LifecycleParts, events: LifecycleEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#clientId = parts.settings.clientId;
  }

  get state(): ClientState {
    return this.#moment.state;
  }

  /** The state now and every later one; ends behind `ended`. */
  async *states(): AsyncGenerator<ClientState, void, void> {
    for (let moment = this.#moment; ; moment = await moment.next.promise) {
      yield moment.state;
      if (moment.state.status === 'ended') return;
    }
  }

  get clientId(): string {
    return this.#clientId;
  }

  get version(): ProtocolVersion {
    return this.#parts.settings.version;
  }

  /** Begins. Resolves with the first connection, rejects when the client ended before. */
  start(): Promise<void> {
    this.#connect(undefined);
    return this.#firstConnected.promise;
  }

  #connect(reason: MqttError | undefined): void {
    const attempt = ++this.#attempt;
    const { settings, timerLag = 0 } = this.#parts;
    const opening = (signal: AbortSignal): Promise<Opening> => this.#opening({ attempt, reason, signal });
    const parts = { ...settings, ...this.#parts, timerLag, opening };
    const connection = new Connection(parts, {
      connected: (connack, limits, outbox) => this.#connected(connack, limits, outbox),
      closed: (error) => {
        if (this.#connection === connection) this.#closed(error);
      },
      stray: (packet) => this.#events.stray(packet),
    });
    this.#connection = connection;
    this.#enter({ status: 'connecting', attempt, reason });
    connection.open();
  }

  /** Every later CONNECT asks for the session back if it can have outlived the connection (§3.1.2.4, §3.1.2.11.2). */
  async #opening(attempt: Attempt): Promise<Opening> {
    const { turns, settings } = this.#parts;
    const { version, cleanStart, keepAlive, will, authentication } = settings;
    const server = this.#redirect ?? (await turns.at(this.#turn, attempt));
    this.#server = server;
    const given = await settings.credentials?.(attempt);
    const exchange = authentication?.exchange(attempt);
    const first = await exchange?.next();
    const password = given?.password ?? settings.password ?? server.password;
    const connect = {
      type: 'CONNECT',
      version,
      clientId: this.#clientId,
      cleanStart: cleanStart && this.#sessionExpiry === 0,
      keepAlive,
      will,
      username: given?.username ?? settings.username ?? server.username,
      password: password === undefined ? undefined : toBytes(password),
      properties: exchange
        ? {
            ...settings.properties,
            authenticationMethod: authentication?.method,
            authenticationData: first?.value as Uint8Array | undefined,
          }
        : settings.properties,
    } as Connect; // `toSettings` has checked what each version allows
    try {
      sizeOf(connect, version);
    } catch (error) {
      throw unsendable('CONNECT', error);
    }
    return { endpoint: server.endpoint, connect, exchange };
  }

  #connected(connack: Connack, limits: ServerLimits, outbox: Outbox): void {
    const { clock, rooms, settings } = this.#parts;
    const { sessionPresent: isSaid, properties } = connack;
    // 3.1 has no Session Present: what is in flight goes on if the session was asked for, filters are subscribed anew.
    const sessionPresent = settings.version === 3 ? !settings.cleanStart : isSaid;
    this.#clientId = properties?.assignedClientIdentifier ?? this.#clientId; // [MQTT-3.2.2-16]
    this.#sessionExpiry =
      properties?.sessionExpiryInterval ?? settings.properties?.sessionExpiryInterval ?? 0; // §3.2.2.3.2
    this.#connectedAt = clock.now();
    rooms.incoming.attach(outbox, sessionPresent);
    rooms.publisher.attach(outbox, limits, sessionPresent, this.#clientId);
    this.#events.connected(limits, !isSaid);
    rooms.requests.attach(outbox, limits);
    rooms.publisher.start();
    this.#enter({ status: 'connected', sessionPresent, limits, connack });
    this.#firstConnected.resolve();
  }

  /** The rooms are nobody's until the next connection. */
  #detach(reason: MqttError | undefined): Connection | undefined {
    const { publisher, incoming, requests } = this.#parts.rooms;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#cancel();
    publisher.detach();
    incoming.detach();
    requests.detach(reason ?? new MqttError('CLOSED', 'the connection was ended'));
    return connection;
  }

  #closed(error: MqttError | undefined): void {
    const { status } = this.state;
    this.#detach(error);
    if (error === undefined || status === 'ending') {
      this.#end(undefined);
      return;
    }
    this.#decide(error, status === 'connected' ? this.#parts.clock.now() - this.#connectedAt : 0);
  }

  /** Again, or never again. */
  #decide(reason: MqttError, connectedFor: number): void {
    const { settings, random, clock, turns } = this.#parts;
    const { reconnect } = settings;
    const isMoved = this.#follow(reason);
    // Only what the server said counts; a statement's reason code is this side's.
    // With a list, "use another server" is what the next attempt does anyway.
    const isElsewhere = isMoved || (turns.round > 1 && pointsAway(reason));
    const reasonCode = reason instanceof RefusedError && !isElsewhere ? reason.reasonCode : undefined;
    const isLasting = /^(INVALID|AUTH)/.test(reason.code);
    const isOnce =
      !reconnect?.initial && this.#firstConnected.open && this.#attempt >= turns.round && !isMoved;
    if (reconnect === undefined || isLasting || isOnce) {
      this.#end(reason);
      return;
    }
    const { backoff, delay } = nextAttempt(
      this.#backoff,
      { reasonCode, connectedFor },
      reconnect,
      random(),
      turns.round,
    );
    if (delay === undefined) {
      this.#end(reason);
      return;
    }
    // A connection that lasted is sought where it was, anything else at the next server.
    if (connectedFor >= reconnect.resetAfter) this.#redirects = 0;
    else if (!isMoved) {
      this.#redirect = undefined;
      this.#turn += 1;
    }
    this.#backoff = backoff;
    this.#cancel = clock.after(delay, () => this.#connect(reason));
    this.#enter({ status: 'waiting', reason, delay, attempt: this.#attempt });
  }

  /** Whether the server pointed to another one, and may (§4.11). */
  #follow(reason: MqttError): boolean {
    if (!pointsAway(reason)) return false;
    const { serverReference = undefined } = (reason.properties ?? {}) as { serverReference?: string };
    if (!this.#parts.settings.followRedirects || !serverReference || !this.#server) return false;
    const to = redirected(this.#server, serverReference);
    this.#redirects += 1;
    if (to === undefined || this.#redirects > MOST_REDIRECTS) return false;
    this.#redirect = to;
    return true;
  }

  /** Lets the connection go, in order, and tries none until `resume`. Everything open stays open. */
  pause(): void {
    if (/^(paused|end)/.test(this.state.status)) return;
    const connection = this.#detach(undefined);
    this.#enter({ status: 'paused' });
    connection?.disconnect(DISCONNECT);
  }

  /** Connects now: after `pause`, or in place of waiting for the next attempt. */
  resume(): void {
    if (!/^(paused|waiting)$/.test(this.state.status)) return;
    this.#cancel();
    this.#backoff = 0;
    this.#connect(undefined);
  }

  /** Authenticates again (§4.12.1). */
  async reauthenticate(): Promise<void> {
    const { authentication } = this.#parts.settings;
    if (authentication === undefined) throw invalid('reauthenticate needs the option authentication');
    if (this.#connection === undefined || this.state.status !== 'connected')
      throw new MqttError('NOT_CONNECTED', 'not connected; each new connection authenticates anew');
    const attempt = this.#attempt;
    await this.#connection.reauthenticate((signal) =>
      authentication.exchange({ attempt, reason: undefined, signal }),
    );
  }

  /**
   * Ends in order: waits up to `timeout` ms for what is in flight when there is a connection, then sends `packet`.
   * Resolves when all is over; never rejects.
   */
  end(packet: Disconnect, timeout: number): Promise<void> {
    const { status } = this.state;
    const connection = this.#connection;
    const disconnect = (): void => connection?.disconnect(packet);
    if (status === 'connected' && timeout > 0) {
      this.#cancel = this.#parts.clock.after(timeout, disconnect);
      this.#enter({ status: 'ending' });
      this.#parts.rooms.publisher.whenIdle(disconnect);
    } else if (status === 'connected' || (status === 'ending' && timeout === 0)) {
      if (status === 'connected') this.#enter({ status: 'ending' });
      disconnect();
    } else if (status !== 'ending') this.stop(undefined);
    return this.#ended.promise;
  }

  /** Ends at once because of `reason`. */
  stop(reason: MqttError | undefined): void {
    if (this.state.status === 'ended') return;
    const connection = this.#detach(reason);
    this.#end(reason);
    connection?.disconnect(DISCONNECT);
  }

  #end(reason: MqttError | undefined): void {
    this.#enter({ status: 'ended', reason });
    this.#firstConnected.reject(
      reason ?? new MqttError('CLOSED', 'the client was ended before it was connected'),
    );
    this.#events.ended(reason);
    this.#ended.resolve();
  }

  /** A consumer has room again, or an answer is awaited no more. */
  pace(): void {
    this.#connection?.pace();
  }

  #enter(state: ClientState): void {
    const previous = this.#moment;
    this.#moment = momentOf(state);
    previous.next.resolve(this.#moment);
    this.#events.state(state, previous.state);
  }
}

/** 0x9C use another server, 0x9D server moved. */
function pointsAway(reason: MqttError): reason is RefusedError {
  return reason instanceof RefusedError && (reason.reasonCode & ~1) === 0x9c;
}

function momentOf(state: ClientState): Moment {
  return { state, next: new Pending() };
}
